"""Whatever steps are put into each other, the four ways give the same outputs, results and events."""

from __future__ import annotations

from collections import Counter
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st
from workflow_ways import WAYS, run_in

from wherry.workflow import Condition, Loop, Parallel, Router, Step, StepOutput, Steps, Workflow

leaves = st.just("leaf")
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.tuples(st.just("steps"), st.lists(inner, min_size=1, max_size=3)),
        st.tuples(st.just("parallel"), st.lists(inner, min_size=1, max_size=3)),
        st.tuples(st.just("loop"), st.lists(inner, min_size=1, max_size=2), st.integers(1, 3), st.booleans()),
        st.tuples(st.just("condition"), st.lists(inner, min_size=1, max_size=2), st.booleans()),
        st.tuples(st.just("router"), st.lists(inner, min_size=1, max_size=3), st.integers(0, 2)),
    ),
    max_leaves=8,
)


def told(given_input):
    """What a leaf says: everything it could see that does not depend on who was faster."""
    before = ",".join(given_input.previous_step_outputs or {})
    return StepOutput(content=f"{given_input.input}<{before}>")


def built(tree, numbers):
    """The steps of a tree, under names that no two share."""
    name = f"n{next(numbers)}"
    if tree == "leaf":
        return Step(name=name, executor=told)
    kind, parts, *more = tree
    inner = [built(part, numbers) for part in parts]
    if kind == "steps":
        return Steps(name=name, steps=inner)
    if kind == "parallel":
        return Parallel(*inner, name=name)
    if kind == "loop":
        return Loop(name=name, steps=inner, max_iterations=more[0], forward_iteration_output=more[1])
    if kind == "condition":
        other = Step(name=f"{name} else", executor=told)
        return Condition(name=name, steps=inner, else_steps=[other], evaluator=more[0])
    chosen = inner[more[0] % len(inner)].name
    return Router(name=name, choices=inner, selector=lambda _given: chosen)


def shape(output):
    """An output and those inside it, the members of a parallel in the order of their names."""
    inner = [shape(part) for part in output.steps or ()]
    parallel = output.step_type == "Parallel"
    parts = tuple(sorted(inner) if parallel else inner)
    return (output.step_name, str(output.step_type), "" if parallel else output.content, output.success, parts)


def label(event):
    return event.event, getattr(event, "step_name", None), getattr(event, "iteration", None)


def in_order(events, name):
    """The events of one step, in order."""
    return [label(event)[::2] for event in events if getattr(event, "step_name", None) == name]


@settings(max_examples=40)
@given(st.lists(trees, min_size=1, max_size=3))
def test_four_ways_agree(described):
    seen = {}
    for way in WAYS:
        numbers = count(1)
        made = Workflow(name="w", steps=[built(tree, numbers) for tree in described], telemetry=False)
        events, output = run_in(way, made, "in", session_id="s")
        assert output.status == "COMPLETED"
        seen[way] = ([shape(result) for result in output.step_results], events)
    results = [shapes for shapes, _ in seen.values()]
    assert all(shapes == results[0] for shapes in results)

    blocking, looping = seen["run stream"][1], seen["arun stream"][1]
    assert Counter(map(label, blocking)) == Counter(map(label, looping))
    for name in {getattr(event, "step_name", None) for event in blocking}:
        assert in_order(blocking, name) == in_order(looping, name), "a step's own events changed their order"
    for events in (blocking, looping):
        check_brackets(events)


def check_brackets(events):
    """What starts ends, and the workflow encloses it all."""
    assert events[0].event == "WorkflowStarted"
    assert events[-1].event == "WorkflowCompleted"
    kinds = Counter(event.event for event in events)
    for name, number in kinds.items():
        if name.endswith("Started"):
            assert kinds[name.removesuffix("Started") + "Completed"] == number
