"""CEL expressions choose branches, routes and the end of loops, in the four ways."""

import pytest
from workflow_ways import WAYS, run_in

from wherry.core.errors import ConfigurationError
from wherry.core.workflow import expressions
from wherry.workflow import Condition, Loop, Router, Step, StepOutput, Workflow
from wherry.workflow.cel import CEL_AVAILABLE, is_cel_expression, validate_cel_expression

four_ways = pytest.mark.parametrize("way", WAYS)


def say(name):
    return Step(name=name, executor=lambda given: StepOutput(content=f"{name}: {given.input}"))


def run(way, step, **options):
    made = Workflow(name="w", steps=[say("first"), step], telemetry=False)
    return run_in(way, made, "please hurry", session_id="s", **options)[1]


@four_ways
@pytest.mark.parametrize(
    ("expression", "branch"),
    [
        ('input.contains("hurry")', "if"),
        ('previous_step_content.startsWith("first")', "if"),
        ('previous_step_outputs.first == "nothing"', "else"),
        ("session_state.count > 3", "if"),
        ('additional_data.kind == "b"', "else"),
        ("no such thing", "else"),
    ],
)
def test_an_expression_decides_a_condition(way, expression, branch):
    step = Condition(name="c", evaluator=expression, steps=[say("yes")], else_steps=[say("no")])
    output = run(way, step, session_state={"count": 4}, additional_data={"kind": "a"})
    assert output.step_results[1].content == f"Condition c completed with 1 results ({branch} branch)"


@four_ways
def test_an_expression_chooses_a_route(way):
    selector = 'input.contains("hurry") ? "fast" : step_choices[0]'
    step = Router(name="r", choices=[say("slow"), say("fast")], selector=selector)
    assert run(way, step).content == "fast: please hurry"


@four_ways
def test_an_expression_ends_a_loop(way):
    step = Loop(name="l", steps=[say("round")], max_iterations=5, end_condition="current_iteration == 2 && all_success")
    assert len(run(way, step).step_results[1].steps) == 2


def test_expressions_are_checked_without_running_them():
    assert CEL_AVAILABLE
    assert validate_cel_expression("input.size() > 3")
    assert not validate_cel_expression("input.size( >")
    assert is_cel_expression("a == b")
    assert not is_cel_expression("my_function")


def test_without_the_extra_the_error_names_it(monkeypatch):
    expressions.program.cache_clear()
    monkeypatch.setattr(expressions, "CEL_AVAILABLE", False)
    with pytest.raises(ConfigurationError, match=r"pip install 'wherry\[cel\]'"):
        run("run", Condition(evaluator="input == 'a'", steps=[say("yes")]))
    assert not validate_cel_expression("true")
