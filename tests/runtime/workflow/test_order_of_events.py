"""What steps side by side tell on an event loop: a plain function's events stand in one piece, whatever it takes."""

import asyncio
import threading
import time

import pytest

from wherry.exceptions import RunCancelledException
from wherry.workflow import Condition, Loop, Parallel, Step, StepOutput, Steps, Workflow
from wherry.workflow.types import StepProgress


def naps(name, seconds=0.02):
    """A step whose function blocks its thread."""

    def nap(_):
        time.sleep(seconds)
        return StepOutput(content=name)

    return Step(name=name, executor=nap)


def waits(name, seconds=0.002):
    """A step that waits on the loop."""

    async def wait(_):
        await asyncio.sleep(seconds)
        return StepOutput(content=name)

    return Step(name=name, executor=wait)


async def told(*steps, **how):
    """Names of events and steps, as a watched run tells them."""
    workflow = Workflow(name="Locks", steps=[*steps])
    events = [event async for event in workflow.arun("Go.", stream=True, stream_events=True, **how)]
    return [
        f"{event.step_name} {event.event.removeprefix('Step').lower()}"
        for event in events
        if event.event in ("StepStarted", "StepCompleted")
    ]


async def test_events_of_a_function_that_blocks_stand_in_one_piece():
    first = await told(Parallel(naps("slow", 0.05), naps("slower", 0.08), waits("net")))
    assert first == [
        "slow started",
        "slow completed",
        "slower started",
        "slower completed",
        "net started",
        "net completed",
    ]


async def test_the_order_is_that_of_the_steps_also_when_the_later_one_is_faster():
    assert await told(Parallel(waits("net", 0.0), naps("slow", 0.08), naps("fast", 0.01))) == [
        "net started",
        "slow started",
        "slow completed",
        "fast started",
        "fast completed",
        "net completed",
    ]


async def test_steps_still_run_at_the_same_time():
    met = threading.Barrier(2, timeout=60)

    def meet(_):
        met.wait()
        return StepOutput(content="met")

    begun = asyncio.Event()

    async def begin(_):
        begun.set()
        return StepOutput(content="begun")

    loop = asyncio.get_running_loop()

    def wait_for_the_loop(_):
        asyncio.run_coroutine_threadsafe(begun.wait(), loop).result(60)
        return StepOutput(content="heard")

    steps = [Step(name=name, executor=meet) for name in ("one", "two")]
    assert len(await told(Parallel(*steps))) == 4
    hearing = Parallel(Step(name="hears", executor=wait_for_the_loop), Step(name="begins", executor=begin))
    assert await told(hearing) == ["hears started", "hears completed", "begins started", "begins completed"]


async def test_a_generator_function_has_its_events_in_one_piece():
    def pieces(_):
        for number in range(3):
            time.sleep(0.01)
            yield str(number)
        yield StepOutput(content="all")

    steps = [Step(name="given", executor=pieces), waits("net", 0.001)]
    assert await told(Parallel(*steps)) == ["given started", "given completed", "net started", "net completed"]


async def test_what_a_group_inside_tells_stays_in_one_piece_too():
    inner = Parallel(naps("a", 0.05), naps("b", 0.01), name="inner")
    order = await told(Parallel(inner, Steps(name="row", steps=[waits("net", 0.02), naps("last", 0.01)])))
    assert order == [
        "net started",
        "a started",
        "a completed",
        "b started",
        "b completed",
        "net completed",
        "last started",
        "last completed",
    ]


async def test_groups_of_functions_follow_each_other():
    choice = Condition(name="if", evaluator=True, steps=[naps("a"), naps("b", 0.0)])
    again = Loop(name="again", steps=[naps("c", 0.01)], max_iterations=2)
    order = await told(Parallel(choice, again))
    assert order == [f"{name} {what}" for name in "abcc" for what in ("started", "completed")]


async def test_a_failing_function_lets_the_others_be_told():
    def fails(_):
        time.sleep(0.02)
        raise ValueError("no water")

    steps = [Step(name="dry", executor=fails, max_retries=0, skip_on_failure=True), waits("net", 0.001)]
    assert await told(Parallel(*steps)) == ["dry started", "dry completed", "net started", "net completed"]


async def test_what_was_told_before_a_cancel_is_told_although_a_function_is_at_work():
    at_work, over = threading.Event(), threading.Event()

    def works(_):
        at_work.set()
        over.wait(60)
        return StepOutput(content="done")

    async def cancels(_):
        await asyncio.to_thread(at_work.wait, 60)
        yield StepProgress(content="in sight")
        raise RunCancelledException("storm")

    steps = [Step(name="works", executor=works), Step(name="stops", executor=cancels)]
    workflow = Workflow(name="Locks", steps=[Parallel(*steps)])
    events = [event async for event in workflow.arun("Go.", stream=True, stream_events=True)]
    assert not over.is_set()
    over.set()
    assert [(event.event, getattr(event, "step_name", None)) for event in events[2:6]] == [
        ("StepStarted", "works"),
        ("StepStarted", "stops"),
        ("StepProgress", "stops"),
        ("WorkflowCancelled", None),
    ]


async def test_a_task_that_a_step_left_behind_holds_nobody_up():
    over, left = threading.Event(), []

    def works(_):
        over.wait(60)
        return StepOutput(content="done")

    async def leaves(_):
        left.append(asyncio.create_task(told(Step(name="long", executor=works))))
        return StepOutput(content="left")

    async def waits_for_it(_):
        await asyncio.sleep(0.05)
        return StepOutput(content="net")

    steps = [Step(name="leaves", executor=leaves), Step(name="net", executor=waits_for_it)]
    workflow = Workflow(name="Locks", steps=[Parallel(*steps)])
    async with asyncio.timeout(60):
        async for _ in workflow.arun("Go.", stream=True, stream_events=True):
            pass
    over.set()
    assert await left[0] == ["long started", "long completed"]


async def test_a_loop_of_its_own_in_a_functions_thread_is_not_mixed_up():
    def whole_run(_):
        return StepOutput(content=str(asyncio.run(told(Parallel(naps("x"), naps("y", 0.0))))))

    async def last(step_input):
        return StepOutput(content=step_input.get_step_content("inside"))

    workflow = Workflow(
        name="Outer",
        steps=[
            Parallel(Step(name="inside", executor=whole_run), waits("net"), name="both"),
            Step(name="z", executor=last),
        ],
    )
    events = [event async for event in workflow.arun("Go.", stream=True, stream_events=True)]
    assert events[-1].content == "['x started', 'x completed', 'y started', 'y completed']"


async def test_a_caller_that_leaves_early_ends_the_run():
    workflow = Workflow(name="Locks", steps=[Parallel(naps("a", 0.05), naps("b", 0.05), waits("net"))])
    events = workflow.arun("Go.", stream=True, stream_events=True)
    async with asyncio.timeout(60):
        async for event in events:
            if event.event == "StepStarted":
                break
        await events.aclose()
    with pytest.raises(StopAsyncIteration):
        await anext(events)
