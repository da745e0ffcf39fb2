"""A run that nobody hears makes no events; what it does is the same as with them."""

import asyncio
from contextvars import ContextVar, copy_context

import pytest
from workflow_ways import WAYS, run_in

from wherry.core.run import listeners
from wherry.db.in_memory import InMemoryDb
from wherry.media import Image
from wherry.workflow import HumanReview, Step, StepOutput, Workflow


@pytest.fixture(params=[False, True], ids=["unheard", "heard"])
def heard(request):
    """Whether a listener, such as telemetry, hears the run."""
    told = []

    def listener(event, _run):
        told.append(event.event)

    if request.param:
        listeners.append(listener)
    yield told if request.param else None
    if request.param:
        listeners.remove(listener)


def results(output):
    return [(one.step_name, one.step_type, one.executor_type, one.content, one.success) for one in output.step_results]


async def run(workflow, way):
    return await workflow.arun("Go.") if way == "arun" else workflow.run("Go.")


def steps(*functions, **options):
    return Workflow(
        name="Locks", steps=[Step(name=f"s{n}", executor=one, **options) for n, one in enumerate(functions, 1)]
    )


@pytest.mark.parametrize("way", ["run", "arun"])
async def test_outputs_are_the_same_whoever_hears(way, heard):
    workflow = steps(
        lambda given: StepOutput(content=f"{given.input}!"),
        lambda given: f"{given.previous_step_content}?",
        lambda given, run_context: run_context.session_state.setdefault("seen", given.previous_step_content),
    )
    output = await run(workflow, way)
    assert results(output) == [
        ("s1", "Step", "function", "Go.!", True),
        ("s2", "Step", "function", "Go.!?", True),
        ("s3", "Step", "function", "Go.!?", True),
    ]
    assert output.content == "Go.!?"
    assert output.status == "COMPLETED"
    assert output.metrics.duration > 0
    if heard is not None:
        assert [name for name in heard if name.startswith("Workflow")] == ["WorkflowStarted", "WorkflowCompleted"]
        assert heard.count("StepStarted") == heard.count("StepCompleted") == 3


@pytest.mark.parametrize("way", ["run", "arun"])
async def test_a_failing_step_is_tried_again_whoever_hears(way, heard):
    left = [ValueError("jammed"), ValueError("jammed")]

    def lock(given):
        if left:
            raise left.pop()
        return StepOutput(content="open")

    output = await run(steps(lock, max_retries=2), way)
    assert output.content == "open"
    assert left == []


@pytest.mark.parametrize("way", ["run", "arun"])
async def test_a_step_that_keeps_failing_is_skipped_whoever_hears(way, heard):
    calls = []

    def lock(given):
        calls.append(1)
        raise ValueError("jammed")

    output = await run(steps(lock, lambda given: "on", max_retries=1, skip_on_failure=True), way)
    assert len(calls) == 2
    assert [(one.content, one.success) for one in output.step_results] == [
        ("Step s1 failed but skipped", False),
        ("on", True),
    ]


@pytest.mark.parametrize("way", ["run", "arun"])
async def test_a_result_without_a_text_is_a_failed_try_whoever_hears(way, heard):
    class Mute:
        def __str__(self):
            raise ValueError("no text")

    results = [*["open"] * 19, Mute(), "open again", Mute(), Mute()]  # after 19 it has shown to be brief
    workflow = steps(lambda given: results.pop(0), lambda given: "on", max_retries=1, skip_on_failure=True)
    for _ in range(19):
        await run(workflow, way)
    first = [(await run(workflow, way)).step_results[0].content for _ in range(2)]
    assert first == ["open again", "Step s1 failed but skipped"]
    assert results == []


@pytest.mark.parametrize("way", ["run", "arun"])
async def test_a_step_that_stops_ends_the_run_whoever_hears(way, heard):
    output = await run(steps(lambda _: StepOutput(content="enough", stop=True), lambda _: "never"), way)
    assert [one.content for one in output.step_results] == ["enough"]


async def test_a_cancelled_run_is_told_apart_whoever_hears(heard):
    async def forever(given):
        workflow.cancel_run(run_id)
        await asyncio.sleep(0)
        return "late"

    run_id = "cancelled-run"
    workflow = steps(forever, lambda _: "never")
    output = await workflow.arun("Go.", run_id=run_id)
    assert output.status == "CANCELLED"
    assert [one.content for one in output.step_results][-1:] != ["never"]


@pytest.mark.parametrize("way", WAYS)
def test_the_four_ways_give_one_output(way):
    _, output = run_in(way, steps(lambda given: f"{given.input}!", lambda given: given.previous_step_content), "Go.")
    assert [one.content for one in output.step_results] == ["Go.!", "Go.!"]
    assert output.content == "Go.!"


@pytest.mark.parametrize("way", WAYS)
def test_later_steps_see_a_context_variable_wherever_the_function_that_set_it_was_called(way, heard):
    depth = ContextVar("depth", default=0)

    def measure(given):
        depth.set(depth.get() + 1)
        if given.input == "Fail.":
            raise ValueError("no bottom")
        return "measured"

    workflow = steps(measure, lambda given: str(depth.get()), max_retries=0, skip_on_failure=True)
    for text in ("Go.", "Go.", "Fail."):  # first in a thread: nobody knows yet how long it takes
        _, output = copy_context().run(run_in, way, workflow, text)
        assert output.content == "1"


@pytest.mark.parametrize("way", WAYS)
def test_a_generator_and_later_steps_see_the_context_variables_that_it_set(way, heard):
    depth = ContextVar("depth", default=0)

    def measure(given):
        for _ in range(3):
            depth.set(depth.get() + 1)
            yield f"{depth.get()} "
        depth.set(depth.get() + 1)

    workflow = steps(measure, lambda given: f"{given.previous_step_content}and {depth.get()}")
    _, output = copy_context().run(run_in, way, workflow, "Go.")
    assert output.content == "1 2 3 and 4"


@pytest.mark.parametrize("end", ["cancelled", "left", "failed", "stopped", "paused"])
async def test_a_brief_function_that_ends_its_run_ends_it_alike_whoever_hears(end, heard):
    runs = 0

    def lock(given, run_context):
        nonlocal runs
        runs += 1
        if runs < 20:  # by then it has shown to be brief
            return StepOutput(content="open")
        if end == "cancelled":
            Workflow.cancel_run(run_context.run_id)
        elif end == "left":
            raise asyncio.CancelledError
        return StepOutput(content="shut", success=end != "failed", stop=end == "stopped", is_paused=end == "paused")

    workflow = steps(
        lambda given: "before", lock, lambda given: "after", max_retries=0, human_review=HumanReview(on_error="fail")
    )
    for _ in range(19):
        assert (await workflow.arun("Go.", session_id="canal")).content == "after"
    if end == "failed":
        with pytest.raises(RuntimeError):
            await workflow.arun("Go.", session_id="canal")
        return
    if end == "left":
        workflow.db = InMemoryDb()
        with pytest.raises(asyncio.CancelledError):
            await workflow.arun("Go.", session_id="canal", run_id="last")
        output = workflow.get_run("last", session_id="canal")
    else:
        output = await workflow.arun("Go.", session_id="canal")
    found = [(one.step_name, one.content, one.success) for one in output.step_results]
    before, shut = ("s1", "before", True), ("s2", "shut", True)
    assert (output.status, found) == {
        "cancelled": ("CANCELLED", [before, ("s2", None, False)]),
        "left": ("CANCELLED", [before, ("s2", None, False)]),
        "stopped": ("COMPLETED", [before, shut]),
        "paused": ("COMPLETED", [before, shut, ("s3", "after", True)]),
    }[end]


async def test_brief_functions_in_a_row_are_given_the_same_in_each_run_and_what_was_changed_between(heard):
    seen = []

    def look(given):
        seen.append((given.previous_step_content, [*given.previous_step_outputs], len(given.images)))
        return f"{len(seen) % 2}"

    gate = Step(name="gate", executor=lambda given: StepOutput(content="shut", images=[Image(url="https://a.b/c.png")]))
    watch = Step(name="watch", executor=look)
    again = Step(name="gate", executor=lambda given: "open")
    workflow = Workflow(name="Locks", steps=[gate, watch, again, Step(name="last", executor=look)])
    for _ in range(4):  # in threads at first, later in place, one after the other
        output = await workflow.arun("Go.")
        assert [one.content for one in output.step_results] == ["shut", "1", "open", "0"]
    # As in Agno, two steps of one name are one among the outputs, where the first of them stood.
    assert seen == [("shut", ["gate"], 1), ("1", ["gate", "watch"], 1)] * 4
    gate.active_executor = lambda given: "ajar"
    assert (await workflow.arun("Go.")).step_results[0].content == "ajar"
    assert seen[-2] == ("ajar", ["gate"], 0)
    watch.human_review = HumanReview(requires_confirmation=True)
    assert (await workflow.arun("Go.")).status == "PAUSED"
    assert len(seen) == 10


@pytest.mark.parametrize("way", WAYS)
def test_a_step_that_is_added_while_the_run_is_at_work_is_done_in_it(way):
    def grow(given):
        workflow.steps.append(Step(name="grown", executor=lambda given: f"after {given.previous_step_content}"))
        return "one more"

    workflow = steps(grow)
    _, output = run_in(way, workflow, "Go.")
    assert [one.step_name for one in output.step_results] == ["s1", "grown"]
    assert output.content == "after one more"
