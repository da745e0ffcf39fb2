"""Runs in the background: found by who asks again, cancelled, limited in number."""

import asyncio
import threading

import pytest
from agent_kit import agent, calls, model

from wherry.db.in_memory import InMemoryDb
from wherry.run.cancel import get_active_runs
from wherry.testing.sequence import check_sequence
from wherry.tools import tool
from wherry.workflow import Step, Workflow


def tide(place: str) -> str:
    """Tide at a place."""
    return f"{place}: rising"


async def everything_else():
    """Wait for what runs beside the test."""
    await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}))


async def test_a_run_in_the_background_returns_at_once():
    owner = agent(db=InMemoryDb())
    with model("fine"):
        output = await owner.arun("Which way?", background=True, session_id="s")
        assert output.status == "PENDING"
        assert [run.status for run in (await owner.aget_session("s")).runs] == ["PENDING"]
        await everything_else()
    assert (output.status, output.content) == ("COMPLETED", "fine")
    assert [run.status for run in (await owner.aget_session("s")).runs] == ["COMPLETED"]


async def test_a_stream_in_the_background_goes_on_without_its_reader():
    owner = agent(db=InMemoryDb(), tools=[tide])
    with model(calls("tide", place="Acle"), "fine"):
        stream = owner.arun("Which way?", background=True, stream=True, stream_events=True, session_id="s")
        first = await anext(stream)
        assert first.event == "RunStarted"
        await stream.aclose()
        await everything_else()
    assert [run.content for run in (await owner.aget_session("s")).runs] == ["fine"]


async def test_a_stream_in_the_background_may_be_read_to_its_end():
    with model("fine"):
        stream = agent(db=InMemoryDb()).arun(
            "?", background=True, stream=True, stream_events=True, yield_run_output=True
        )
        *events, output = [item async for item in stream]
    check_sequence(events)
    assert output.content == "fine"


@pytest.mark.parametrize("stream", [False, True])
async def test_a_run_in_the_background_needs_a_database(stream):
    with pytest.raises(ValueError, match=r"this agent has db=None"):
        agent().arun("Which way?", background=True, stream=stream)


async def stored_status(owner, run_id):
    return (await owner.aget_run_output(run_id=run_id, session_id="s")).status


async def soon(condition):
    """Wait until something holds, for a minute at least."""
    for _ in range(6000):
        if await condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came to hold")


async def test_who_asks_again_sees_a_run_at_work_and_then_its_end():
    owner = agent(db=InMemoryDb())
    asked_again = threading.Event()
    with model(lambda _: "fine" if asked_again.wait(60) else "nobody asked"):
        output = await owner.arun("Which way?", background=True, session_id="s")
        seen = [await stored_status(owner, output.run_id)]

        async def changed():
            status = await stored_status(owner, output.run_id)
            if status != seen[-1]:
                seen.append(status)
                asked_again.set()
            return status == "COMPLETED"

        await soon(changed)
    assert seen == ["PENDING", "RUNNING", "COMPLETED"]


async def test_a_run_in_the_background_may_be_cancelled_before_and_while_it_works():
    owner, cancelled = agent(db=InMemoryDb()), threading.Event()
    with model(lambda _: "too late" if cancelled.wait(60) else "nobody cancelled") as server:
        waiting = await owner.arun("Which way?", background=True, session_id="s")
        assert owner.cancel_run(waiting.run_id)
        working = await owner.arun("Which way?", background=True, session_id="s")
        await asyncio.to_thread(server.wait_for, 1, 60)
        assert owner.cancel_run(working.run_id)
        cancelled.set()
        await everything_else()
    for output in (waiting, working):
        assert (output.status, output.content) == ("CANCELLED", f"Run {output.run_id} was cancelled")
        assert await stored_status(owner, output.run_id) == "CANCELLED"


@pytest.mark.parametrize(("limit", "at_once"), [("2", 2), ("0", 5), ("many", 5), (None, 5)])
async def test_so_many_runs_are_at_work_in_the_background_at_once(limit, at_once, monkeypatch, caplog):
    if limit is not None:
        monkeypatch.setenv("AGNO_BACKGROUND_MAX_CONCURRENCY", limit)
    working, most, enough = 0, 0, asyncio.Event()

    async def haul() -> str:
        """Haul."""
        nonlocal working, most
        working += 1
        most = max(most, working)
        if working == at_once:
            enough.set()
        async with asyncio.timeout(60):
            await enough.wait()
        await asyncio.sleep(0.1)  # time for one too many
        working -= 1
        return "done"

    owner = agent(db=InMemoryDb(), tools=[haul])
    done = {"content": "fine", "when": {"role": "tool", "contains": "done"}, "times": 5}
    with model(done, {**calls("haul"), "when": {"role": "user", "contains": "Go"}, "times": 5}):
        outputs = [await owner.arun("Go", background=True, session_id=f"s{number}") for number in range(5)]
        await everything_else()
    assert {output.content for output in outputs} == {"fine"}
    assert most == at_once
    assert ("'many'" in caplog.text) is (limit == "many")


async def test_a_run_may_be_continued_in_the_background():
    book = tool(requires_confirmation=True)(tide)
    owner = agent(db=InMemoryDb(), tools=[book])
    with model(calls("tide", place="Acle"), "fine"):
        paused = await owner.arun("Which way?", session_id="s")
        paused.active_requirements[0].confirm()
        stream = owner.acontinue_run(paused, background=True, stream=True, stream_events=True)
        assert (await anext(stream)).event == "RunContinued"
        await stream.aclose()
        await everything_else()
    assert [run.content for run in (await owner.aget_session("s")).runs] == ["fine"]
    with pytest.raises(ValueError, match="db=None"):
        agent().acontinue_run(paused, background=True)


class FullDb(InMemoryDb):
    def save_run(self, *_args, **_kwargs):
        raise OSError("the disk is full")

    upsert_session = upsert_run = save_run


@pytest.mark.parametrize("kind", ["agent", "workflow"])
async def test_a_run_that_cannot_be_stored_as_pending_is_not_listed_as_active(kind):
    db = FullDb(on_unsaved="raise")
    owner = agent(db=db)
    if kind == "workflow":
        owner = Workflow(name="flow", steps=[Step(name="ask", agent=agent())], db=db, telemetry=False)
    before = get_active_runs()
    with model(), pytest.raises(OSError, match="the disk is full"):
        await owner.arun("Which way?", background=True, session_id="s")
    assert get_active_runs() == before


async def test_a_stream_in_the_background_of_a_run_that_is_not_there_ends_with_a_line_in_the_log(caplog):
    owner = agent(db=InMemoryDb())
    stream = owner.acontinue_run(run_id="nowhere", session_id="s", requirements=[], background=True, stream=True)
    assert [event async for event in stream] == []
    await everything_else()
    assert [record.getMessage() for record in caplog.records] == [
        "A stream in the background broke off: No runs found for run ID nowhere"
    ]
