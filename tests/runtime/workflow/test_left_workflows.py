"""Async runs of workflows that their caller leaves: a cancelled task, a stream that is not read on."""

import asyncio
import threading

import pytest
from leaving_kit import SlowStore, cancelled_twice, read_to_the_end

from wherry.db.base import SessionType
from wherry.db.in_memory import InMemoryDb
from wherry.run.base import RunStatus
from wherry.workflow import Parallel, Step, StepOutput, Workflow


async def casts(_):
    return StepOutput(content="cast off")


async def drifts(_):
    ADRIFT.set()
    await asyncio.sleep(60)


def crossing(db, *steps, **options):
    return Workflow(name="Crossing", db=db, steps=[Step(name="cast", executor=casts), *steps], **options)


ADRIFT = threading.Event()
DRIFT = Step(name="drift", executor=drifts)
STEPS = {
    "step": DRIFT,
    "parallel": Parallel(DRIFT, name="both"),
    "inner": Step(name="inner", workflow=Workflow(name="Inner", steps=[DRIFT])),
}


def kept(db):
    """What is stored of the one run."""
    (session,) = db.get_sessions(SessionType.WORKFLOW)
    (run,) = session.runs
    steps = [(output.step_name, output.error) for output in run.step_results]
    return run.status, run.content, run.cancellation_stage, steps


async def started(workflow, *, stream):
    """A task in which the workflow drifts."""
    ADRIFT.clear()
    run = workflow.arun("Go.", session_id="s", stream=stream, stream_events=stream or None)
    task = asyncio.ensure_future(read_to_the_end(run) if stream else run)
    assert await asyncio.to_thread(ADRIFT.wait, 60)
    return task


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
@pytest.mark.parametrize("stream", [False, True])
async def test_a_workflow_whose_task_is_cancelled_is_stored_as_cancelled(stream, step):
    db = InMemoryDb()
    task = await started(crossing(db, step), stream=stream)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    done = [("cast", None)] + [(step.name, "Cancelled during execution")] * (not stream)
    assert kept(db) == (RunStatus.cancelled, "Operation cancelled by user", None, done)


async def test_a_stream_of_a_workflow_that_is_not_read_on_is_stored_as_cancelled():
    db = InMemoryDb()
    stream = crossing(db, DRIFT).arun("Go.", session_id="s", stream=True, stream_events=True)
    async for event in stream:
        if event.event == "StepCompleted":
            break
    await stream.aclose()
    assert kept(db) == (RunStatus.cancelled, "Operation cancelled by user", None, [("cast", None)])


async def test_a_workflow_that_is_cancelled_again_while_it_is_stored_is_stored():
    db = SlowStore()
    db.go_on.set()
    task = await started(crossing(db, DRIFT), stream=False)
    for event in (db.at_it, db.go_on, db.stored):  # the run is stored after each step, too
        event.clear()
    await cancelled_twice(task, db)
    assert kept(db)[0] == RunStatus.cancelled
