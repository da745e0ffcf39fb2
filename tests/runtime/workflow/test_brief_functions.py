"""Functions of steps on an event loop: brief ones in place, slow ones in threads where they stall nobody."""

import asyncio
import dataclasses
import gc
import threading
import time
import weakref

import pytest

from wherry.core import cancel
from wherry.run import RunStatus, set_cancellation_manager
from wherry.run.cancellation_management import InMemoryRunCancellationManager
from wherry.workflow import Step, StepInput, StepOutput, Workflow


def threads_of(function):
    """The threads in which a step's function ran, run by run."""
    ran = []

    def noted(step_input):
        ran.append(threading.current_thread() is threading.main_thread())
        return function(step_input)

    return noted, ran


async def run_often(function, times=4):
    workflow = Workflow(name="Locks", steps=[Step(name="turn", executor=function)])
    return [(await workflow.arun("Go.")).content for _ in range(times)]


async def test_a_brief_function_runs_in_place_once_it_has_shown_to_be_brief():
    function, ran = threads_of(lambda given: StepOutput(content=given.input))
    assert await run_often(function, 20) == ["Go."] * 20
    assert ran[0] is False
    assert True in ran


async def test_a_slow_function_never_runs_in_place_and_others_go_on_meanwhile():
    function, ran = threads_of(lambda _: time.sleep(0.05) or StepOutput(content="slept"))
    beats = 0

    async def beat():
        nonlocal beats
        while True:
            await asyncio.sleep(0.005)
            beats += 1

    heart = asyncio.create_task(beat())
    assert await run_often(function) == ["slept"] * 4
    heart.cancel()
    assert ran == [False] * 4
    assert beats > 4


async def test_a_function_that_turns_slow_goes_back_to_threads():
    naps = iter([0, 0, 0, 0.02, 0.02, 0.02])

    def nap(_):
        time.sleep(next(naps))
        return StepOutput(content="up")

    function, ran = threads_of(nap)
    await run_often(function, 6)
    assert ran[-1] is False


async def test_a_function_that_no_table_could_hold_is_judged_by_each_step():
    class Turn:
        __hash__ = None

        def __init__(self):
            self.ran = []

        def __call__(self, step_input):
            self.ran.append(threading.current_thread() is threading.main_thread())
            return StepOutput(content=step_input.input)

    turn = Turn()
    await run_often(turn, 20)
    assert turn.ran[0] is False
    assert True in turn.ran
    before = len(turn.ran)
    await run_often(turn, 1)
    assert turn.ran[before] is False  # another workflow's step knows nothing yet


async def test_a_function_known_to_be_brief_is_so_in_another_workflow():
    function, ran = threads_of(lambda given: StepOutput(content=given.input))
    await run_often(function, 20)
    while not ran[-1]:  # the machine was busy in the last call
        await run_often(function, 5)
    before = len(ran)
    await run_often(function, 1)
    assert ran[before] is True


def now_and_then(misses, late):
    """A function that is brief for its first calls, then fails as often as told; it may give what is to be awaited."""
    calls = []

    async def later(content):
        await asyncio.sleep(0)
        if content is None:
            raise ValueError("not yet")
        return StepOutput(content=content)

    def turn(given):
        calls.append(given.input)
        missed = 20 < len(calls) <= 20 + misses
        if late and len(calls) > 20:
            return later(None if missed else given.input)
        if missed:
            raise ValueError("not yet")
        return StepOutput(content=given.input)

    return turn, calls


@pytest.mark.parametrize("late", [False, True], ids=["raises", "is awaited"])
async def test_the_first_call_in_place_counts_as_the_first_try(late):
    turn, calls = now_and_then(3, late)
    assert await run_often(turn, 21) == ["Go."] * 21
    assert len(calls) == 24


@pytest.mark.parametrize("late", [False, True], ids=["raises", "is awaited"])
async def test_a_brief_function_that_keeps_failing_is_called_no_more_than_its_step_says(late):
    turn, calls = now_and_then(99, late)
    workflow = Workflow(name="Locks", steps=[Step(name="turn", executor=turn, max_retries=1, skip_on_failure=True)])
    outputs = [(await workflow.arun("Go.")).step_results[0] for _ in range(21)]
    assert [output.success for output in outputs] == [True] * 20 + [False]
    assert outputs[-1].error == "not yet"
    assert len(calls) == 22


async def test_the_error_of_a_first_try_in_place_is_gone_with_its_run():
    raised = []

    class Stuck(ValueError):
        def __init__(self):
            super().__init__("stuck")
            raised.append(weakref.ref(self))

    calls = []

    def turn(given):
        calls.append(given)
        if len(calls) > 20:
            raise Stuck
        return StepOutput(content=given.input)

    gc.disable()
    try:
        assert (await run_often(turn, 21))[-1] != "Go."
        ends = time.monotonic() + 60
        # The thread that told the loop of an error may hold it a moment longer.
        while any(error() for error in raised) and time.monotonic() < ends:
            await asyncio.to_thread(time.sleep, 0.01)
    finally:
        gc.enable()
    assert [error() for error in raised] == [None] * 4


async def test_a_function_in_a_row_is_given_all_that_a_step_is_given():
    """Steps in a row make their inputs without the constructor and name their outputs themselves."""
    seen, names = [], ("first", None, "first", "last")

    def turn(given):
        seen.append((threading.current_thread() is threading.main_thread(), given))
        return StepOutput(content=f"{given.previous_step_content or given.input}.")

    workflow = Workflow(name="Locks", steps=[Step(name=name, executor=turn) for name in names])
    workflow.steps[1].name = None
    first = await workflow.arun("Go", session_id="s", additional_data={"gate": 1})  # one by one, in threads
    while not all(in_place for in_place, _ in seen[-4:]):  # the machine was busy in some of the calls
        last = await workflow.arun("Go", session_id="s", additional_data={"gate": 1})
    fields = {field.name for field in dataclasses.fields(StepInput)}
    for (_, early), (_, late) in zip(seen[:4], seen[-4:], strict=True):
        assert vars(late).keys() == vars(early).keys() == fields
        assert late.workflow_session.session_id == "s"
        assert (late.input, late.additional_data, late.images) == ("Go", {"gate": 1}, [])
        assert late.previous_step_content == early.previous_step_content
        assert list(late.previous_step_outputs) == list(early.previous_step_outputs)
    assert [step.to_dict() for step in last.step_results] == [step.to_dict() for step in first.step_results]
    assert [step.step_name for step in last.step_results] == ["first", "unnamed_step", "first", "last"]


async def test_a_run_is_cancelled_through_a_manager_that_was_set_by_a_step_of_its_row(monkeypatch):
    """A row asks once which manager is in use."""
    monkeypatch.setattr(cancel, "_cancellation_manager", InMemoryRunCancellationManager())
    monkeypatch.setattr(cancel, "_cancellation_manager_explicitly_set", False)
    places, seen = [], []

    def first(given):
        places.append(threading.current_thread() is threading.main_thread())
        if given.input == "Stop":
            other = InMemoryRunCancellationManager()
            other.cancel_run("r")
            set_cancellation_manager(other)
        return "Done."

    def second(given):
        seen.append(given.input)
        return "Done."

    workflow = Workflow(name="Locks", steps=[first, second])
    while not (places and places[-1]):  # the machine was busy in some of the calls
        await workflow.arun("Go", session_id="s")
    stopped = await workflow.arun("Stop", session_id="s", run_id="r")
    assert stopped.status == RunStatus.cancelled
    assert "Stop" not in seen
