"""Running and continuing a workflow in the four ways. `agent_ways` starts runs; this goes on with them."""

import asyncio

import agent_ways
from agent_ways import WAYS, split

from wherry.testing.sequence import check_sequence

__all__ = ["WAYS", "continue_in", "names", "run_in"]


def run_in(way, workflow, *asked, **options):
    """As `agent_ways.run_in`; a stream's events have to make sense as a sequence."""
    events, output = agent_ways.run_in(way, workflow, *asked, **options)
    check_sequence(events)
    return events, output


def continue_in(way, workflow, output=None, **options):
    """The events of a continued run (none for a whole one), which have to make sense, and the output."""
    events, output = going_on(way, workflow, output, **options)
    check_sequence(events, continued=True)
    return events, output


def going_on(way, workflow, output, **options):
    """The events of a continued run (none for a whole one) and the output."""
    if way == "run":
        return [], workflow.continue_run(output, **options)
    if way == "run stream":
        streamed = workflow.continue_run(output, stream=True, stream_events=True, yield_run_output=True, **options)
        return split(list(streamed))
    if way == "arun":
        return [], asyncio.run(workflow.acontinue_run(output, **options))

    async def collect():
        streamed = await workflow.acontinue_run(
            output, stream=True, stream_events=True, yield_run_output=True, **options
        )
        return [item async for item in streamed]

    return split(asyncio.run(collect()))


def names(events):
    """The names of events."""
    return [event.event for event in events]
