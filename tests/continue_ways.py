"""Going on with a run in the four ways."""

import asyncio

from agent_ways import split


def continued_in(way, owner, output, **options):
    """The events of a streamed continuation (none for a whole one) and the output."""
    streamed = {"stream": True, "stream_events": True, "yield_run_output": True}
    if way == "run":
        return [], owner.continue_run(output, **options)
    if way == "run stream":
        return split(list(owner.continue_run(output, **streamed, **options)))

    async def whole():
        return await owner.acontinue_run(output, **options)

    async def collect():
        return [item async for item in owner.acontinue_run(output, **streamed, **options)]

    return ([], asyncio.run(whole())) if way == "arun" else split(asyncio.run(collect()))
