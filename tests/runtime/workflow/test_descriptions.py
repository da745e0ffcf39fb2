"""Steps as plain data and back: every kind of step, what a registry gives back, and what it does not know."""

from __future__ import annotations

import json

import pytest
from workflow_ways import WAYS, run_in

from wherry.agent import Agent
from wherry.workflow import Condition, HumanReview, Loop, OnError, Parallel, Router, Step, StepOutput, Steps, Workflow
from wherry.workflow.step import UnresolvableCallableError

four_ways = pytest.mark.parametrize("way", WAYS)


def shout(given):
    return StepOutput(content=str(given.previous_step_content or given.input).upper())


def windy(given):
    return "wind" in str(given.input)


def enough(_outputs):
    return True


def pick(_given):
    return "shout"


KNOWN = {function.__name__: function for function in (shout, windy, enough, pick)}


class Shelf:
    """A registry as an object."""

    def get_function(self, name):
        return KNOWN.get(name)

    def get_agent(self, agent_id):
        return Agent(id="ada", name="Ada") if agent_id == "ada" else None


def a_step(**more):
    return Step(name="shout", executor=shout, description="Shouts.", max_retries=1, **more)


OWN = ("joined_output", "in_order")
EVERY_KIND = [
    a_step(skip_on_failure=True, human_review=HumanReview(on_error=OnError.fail)),
    Steps(name="seq", steps=[a_step(), a_step()]),
    Parallel(a_step(), a_step(), name="both", description="Two at once."),
    Loop(name="again", steps=[a_step()], max_iterations=5, end_condition=enough, forward_iteration_output=True),
    Loop(name="on", steps=[a_step()], forward_iteration_output=True, in_order=True),
    Loop(name="until", steps=[a_step()], end_condition="current_iteration >= 2"),
    Condition(name="windy", evaluator=windy, steps=[a_step()], else_steps=[a_step()]),
    Condition(name="always", evaluator=True, steps=[a_step()], human_review=HumanReview(on_error=OnError.pause)),
    Router(name="which", selector=pick, choices=[a_step(), Steps(name="seq", steps=[a_step()])]),
    Step(name="ask", agent=Agent(id="ada", name="Ada")),
]


@pytest.mark.parametrize(
    "registry", [{**KNOWN, "ada": Agent(id="ada", name="Ada")}, Shelf()], ids=["mapping", "object"]
)
@pytest.mark.parametrize("step", EVERY_KIND, ids=lambda step: step.name)
def test_a_step_comes_back_from_its_description(step, registry):
    described = json.loads(json.dumps(step.to_dict()))
    again = type(step).from_dict(described, registry=registry, strict=True)
    assert type(again) is type(step)
    assert again.to_dict() == step.to_dict()
    assert [getattr(again, own, None) for own in OWN] == [getattr(step, own, None) for own in OWN]


@four_ways
def test_steps_that_came_back_run_as_before(way):
    steps = EVERY_KIND[:-1]
    again = [type(step).from_dict(step.to_dict(), registry=KNOWN) for step in steps]
    outputs = [
        run_in(way, Workflow(name="w", steps=these, telemetry=False), "a windy day", session_id="s")[1]
        for these in (steps, again)
    ]
    assert outputs[0].content == outputs[1].content == "A WINDY DAY"


def test_what_a_parallel_hands_on_is_kept_in_its_description():
    def heard(given):
        return StepOutput(content=given.previous_step_content)

    joined = Parallel(a_step(), a_step(), name="both", joined_output=True)
    again = Parallel.from_dict(json.loads(json.dumps(joined.to_dict())), registry=KNOWN)
    outputs = [
        Workflow(name="w", steps=[step, heard], telemetry=False).run("a windy day").content for step in (joined, again)
    ]
    assert outputs[0] == outputs[1]
    assert outputs[1].count("A WINDY DAY") == 2
    assert set(Parallel(a_step()).to_dict()) == {"type", "name", "description", "steps"}, "Agno's shape"


def test_an_agent_from_a_registry_is_a_copy():
    ada = Agent(id="ada", name="Ada")
    step = Step.from_dict(EVERY_KIND[-1].to_dict(), registry={"ada": ada})
    assert step.agent is not ada
    assert (step.agent.id, step.executor_type) == ("ada", "agent")


@four_ways
def test_what_nobody_knows_keeps_its_name_and_refuses_to_run(way):
    described = EVERY_KIND[-1].to_dict()
    step = Step.from_dict(described)
    assert step.to_dict() == described
    step.max_retries = 0
    made = Workflow(name="w", steps=[step], telemetry=False, strict=True)
    with pytest.raises(ValueError, match="Step 'ask' needs the agent 'ada', not found in registry"):
        run_in(way, made, "go", session_id="s")


@pytest.mark.parametrize("step", [EVERY_KIND[0], EVERY_KIND[3], EVERY_KIND[5], EVERY_KIND[7]], ids=lambda s: s.name)
def test_a_strict_return_refuses_what_nobody_knows(step):
    with pytest.raises(ValueError, match="not found in registry"):
        type(step).from_dict(step.to_dict(), registry={}, strict=True)


@pytest.mark.parametrize(
    ("described", "text"),
    [
        ({"type": "Spiral", "name": "s"}, "no kind of step called 'Spiral'"),
        ({"type": "Step", "name": "s"}, "names nobody who does its work"),
        ({"type": "Loop", "name": "l", "steps": []}, "describes a Loop, not a Step"),
    ],
)
def test_other_data_is_refused(described, text):
    with pytest.raises(ValueError, match=text):
        Step.from_dict(described)


def test_a_workflow_is_copied_with_other_options():
    first = Workflow(name="first", steps=[a_step()], session_state={"n": [1]}, telemetry=False)
    first.initialize_workflow()
    second = first.deep_copy(update={"name": "second"})
    second.session_state["n"].append(2)
    assert (first.id, first.name, second.name) == ("first", "first", "second")
    assert first.session_state == {"n": [1]}
    assert second.run("go").content == "GO"


@pytest.mark.parametrize(
    ("kind", "key"),
    [(Condition, "evaluator"), (Loop, "end_condition"), (Router, "selector")],
    ids=["condition", "loop", "router"],
)
def test_a_bare_name_without_a_type_is_a_functions(kind, key):
    def is_windy(_given):
        return True

    inside = "choices" if kind is Router else "steps"
    described = {"type": kind.__name__, "name": "g", key: "is_windy", inside: []}
    assert getattr(kind.from_dict(described, registry={"is_windy": is_windy}), key) is is_windy
    with pytest.raises(ValueError, match="'is_windy', not found in registry"):
        kind.from_dict(described, registry={}, strict=True)
    unknown = getattr(kind.from_dict(described, registry={}), key)
    with pytest.raises(UnresolvableCallableError, match="is_windy"):
        unknown(None)
    assert issubclass(UnresolvableCallableError, RuntimeError)
    expression = "input.contains('wind')"
    assert getattr(kind.from_dict({**described, key: expression}, registry={}), key) == expression
