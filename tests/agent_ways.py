"""Running an agent in the four ways: run and arun, whole and streamed."""

import asyncio

WAYS = ["run", "run stream", "arun", "arun stream"]


def run_in(way, agent, *asked, **options):
    """The events of a streamed run (none for a whole one) and the output.

    An exception that the run raises comes through.
    """
    if way == "run":
        return [], agent.run(*asked, **options)
    if way == "run stream":
        return split(list(agent.run(*asked, stream=True, stream_events=True, yield_run_output=True, **options)))
    if way == "arun":
        return [], asyncio.run(agent.arun(*asked, **options))

    async def collect():
        stream = agent.arun(*asked, stream=True, stream_events=True, yield_run_output=True, **options)
        return [item async for item in stream]

    return split(asyncio.run(collect()))


def split(items):
    *events, output = items
    return events, output
