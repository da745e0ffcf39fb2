"""A strict workflow ends with the exception of its step, wherever the step stands."""

import pytest
from agent_kit import agent, model
from workflow_ways import WAYS, run_in

from wherry.core.errors import ConfigurationError
from wherry.workflow import Condition, Loop, Parallel, Router, Step, StepOutput, Steps, Workflow

four_ways = pytest.mark.parametrize("way", WAYS)


def leak(given):
    raise RuntimeError("she leaks")


def row(given):
    return StepOutput(content="rowed")


GROUPS = {
    "steps": lambda step: Steps(name="g", steps=[step, row]),
    "parallel": lambda step: Parallel(row, step, name="g"),
    "condition": lambda step: Condition(name="g", evaluator=True, steps=[step, row]),
    "router": lambda step: Router(name="g", selector=lambda _: step.name, choices=[step, row]),
    "loop": lambda step: Loop(name="g", steps=[step], max_iterations=1),
    "condition in steps": lambda step: Steps(name="o", steps=[Condition(name="g", evaluator=True, steps=[step])]),
    "steps in parallel": lambda step: Parallel(Steps(name="g", steps=[step]), row, name="o"),
}


def flow(*steps, **options):
    return Workflow(name="w", steps=list(steps), telemetry=False, **options)


@four_ways
@pytest.mark.parametrize("group", GROUPS.values(), ids=GROUPS)
def test_a_step_that_raises_inside_a_group_ends_a_strict_run(way, group):
    step = Step(name="leak", executor=leak, max_retries=0)
    with pytest.raises(RuntimeError, match="she leaks"):
        run_in(way, flow(group(step), row, strict=True), "go")
    tolerant = Step(name="leak", executor=leak, max_retries=0, skip_on_failure=True)
    assert run_in(way, flow(group(tolerant), row, strict=True), "go")[1].content == "rowed"


@four_ways
@pytest.mark.parametrize("group", [None, *GROUPS], ids=str)
def test_an_agent_that_fails_ends_a_strict_run(way, group):
    with model({"status": 400, "error": "Ada is out", "times": "forever"}):
        step = Step(name="ask", agent=agent(), max_retries=0)
        with pytest.raises(RuntimeError, match="failed: Ada is out"):
            run_in(way, flow(GROUPS[group](step) if group else step, strict=True), "go")
        assert run_in(way, flow(step), "go")[1].status == "COMPLETED"


@four_ways
@pytest.mark.parametrize("strict", [True, False])
def test_a_workflow_inside_is_as_strict_as_it_says_itself(way, strict):
    inner = Workflow(
        name="inner", steps=[Step(name="leak", executor=leak, max_retries=0)], telemetry=False, strict=strict
    )
    made = flow(Step(name="deep", workflow=inner, max_retries=0), row, strict=True)
    if not strict:
        assert run_in(way, made, "go")[1].status == "COMPLETED"
        return
    with pytest.raises(RuntimeError, match="she leaks"):
        run_in(way, made, "go")


async def later(*_):
    return True


DECIDED = {
    "condition": (lambda: Condition(name="g", evaluator=later, steps=[leak], else_steps=[row]), ["rowed"]),
    "router": (lambda: Router(name="g", selector=later, choices=[leak]), []),
    "loop": (lambda: Loop(name="g", steps=[row], end_condition=later), ["rowed"]),
}


@pytest.mark.parametrize("way", ["run", "run stream"])
@pytest.mark.parametrize(("group", "done"), DECIDED.values(), ids=DECIDED)
def test_what_decides_asynchronously_is_not_waited_for_in_a_blocking_run(way, group, done, capsys):
    output = run_in(way, flow(group()), "go")[1]
    assert [inner.content for result in output.step_results for inner in result.steps or ()] == done
    with pytest.raises(ConfigurationError, match="'later' is asynchronous"):
        run_in(way, flow(group(), strict=True), "go")


@pytest.mark.parametrize("way", ["arun", "arun stream"])
def test_what_decides_asynchronously_is_waited_for_on_a_loop(way):
    loop = Loop(name="l", steps=[row], end_condition=later)
    chosen = Condition(name="c", evaluator=later, steps=[row], else_steps=[leak])
    output = run_in(way, flow(loop, chosen, strict=True), "go")[1]
    assert [len(result.steps) for result in output.step_results] == [1, 1]
