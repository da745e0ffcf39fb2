"""Async runs that their caller leaves: a cancelled task, a time that is up, a stream that is not read on."""

import asyncio

import pytest
from agent_kit import agent, calls, model
from leaving_kit import SlowStore, cancelled_twice, read_to_the_end

from wherry.db.base import SessionType
from wherry.db.in_memory import InMemoryDb
from wherry.run.base import RunStatus
from wherry.testing import ReplayServer
from wherry.tools import tool


def tide(place: str) -> str:
    """Tide at a place."""
    return f"{place}: rising"


def kept(db):
    """What is stored of the one run: status, content, who said what, and which tools were called."""
    (session,) = db.get_sessions(SessionType.AGENT)
    (run,) = session.runs
    said = [(message.role, message.content) for message in run.messages if message.role != "system"]
    return run.status, run.content, said, [tool.tool_name for tool in run.tools or ()]


async def asked(server, work):
    """A task of a run that waits for the model's answer."""
    task = asyncio.ensure_future(work)
    await asyncio.to_thread(server.wait_for, 1, 60)
    return task


async def left_by_its_task(server, work):
    task = await asked(server, work)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("stream", [False, True])
async def test_an_async_run_whose_task_is_cancelled_is_stored_as_cancelled(stream):
    db = InMemoryDb()
    with ReplayServer([{"content": "Go.", "think": 60}]) as server, server.environment():
        run = agent(db=db).arun("Which way?", session_id="s", stream=stream)
        await left_by_its_task(server, read_to_the_end(run) if stream else run)
    assert kept(db) == (RunStatus.cancelled, "Operation cancelled by user", [("user", "Which way?")], [])


async def test_an_async_run_that_takes_too_long_for_its_caller_is_stored_without_what_was_not_done():
    async def drift():
        """Drift."""
        limit.reschedule(0)  # time is up
        await asyncio.sleep(60)

    db = InMemoryDb()
    with model(calls("drift")), pytest.raises(TimeoutError):
        async with asyncio.timeout(60) as limit:
            await agent(db=db, tools=[drift]).arun("Which way?", session_id="s")
    said = [("user", "Which way?"), ("assistant", None)]
    assert kept(db) == (RunStatus.cancelled, "Operation cancelled by user", said, [])


async def test_an_async_stream_that_is_not_read_on_is_stored_with_what_it_said():
    db = InMemoryDb()
    with model("One two three four."):
        stream = agent(db=db).arun("Which way?", session_id="s", stream=True)
        async for event in stream:
            if event.content:
                break
        await stream.aclose()
    status, content, said, _ = kept(db)
    assert (status, content) == (RunStatus.cancelled, "One ")
    assert said == [("user", "Which way?"), ("assistant", "One ")]


async def test_a_paused_stream_that_is_not_read_on_stays_paused():
    held = tool(requires_confirmation=True)(tide)
    db = InMemoryDb()
    with model(calls("tide", place="Acle")):
        stream = agent(db=db, tools=[held]).arun("Which way?", session_id="s", stream=True)
        async for event in stream:
            if event.is_paused:
                break
        await stream.aclose()
    assert kept(db)[0] == RunStatus.paused


async def test_a_run_that_is_cancelled_again_while_it_is_stored_is_stored():
    db = SlowStore()
    with ReplayServer([{"content": "Go.", "think": 60}]) as server, server.environment():
        task = await asked(server, agent(db=db).arun("Which way?", session_id="s"))
        await cancelled_twice(task, db)
    assert kept(db)[0] == RunStatus.cancelled
