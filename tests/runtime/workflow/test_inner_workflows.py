"""Workflows inside workflows: what they are told of the outer one, in the four ways."""

import pytest
from workflow_ways import WAYS, continue_in, run_in

from wherry.workflow import HumanReview, Step, StepOutput, Workflow

four_ways = pytest.mark.parametrize("way", WAYS)


@four_ways
@pytest.mark.parametrize("told", [False, True], ids=["as in Agno", "told"])
def test_an_inner_workflow_is_told_what_the_outer_one_was_given_when_that_is_wanted(way, told):
    heard = []

    def look(given, run_context):
        heard.append((given.input, given.additional_data, run_context.dependencies, run_context.metadata))
        return StepOutput(content="seen")

    innermost = Workflow(name="Innermost", steps=[Step(name="look", executor=look)], telemetry=False)
    inner = Workflow(name="Inner", steps=[Step(name="innermost", workflow=innermost)], telemetry=False)
    review = HumanReview(requires_user_input=True, user_input_schema=[{"name": "boat", "field_type": "str"}])
    given = {"dependencies": {"tide": "high"}, "metadata": {"river": "Bure"}, "additional_data": {"miles": 3}}
    step = Step(name="inner", workflow=inner, human_review=review)
    made = Workflow(name="Outer", steps=[step], telemetry=False, tell_inner=told)
    _, output = run_in(way, made, "go", session_id="s", **given)
    output.step_requirements[-1].set_user_input(boat="Maud")
    _, output = continue_in(way, made, output, **given)
    assert output.content == "seen"
    if not told:
        assert heard == [("go", None, None, {})]
        return
    ((text, data, dependencies, metadata),) = heard
    assert text.endswith("User preferences:\n- boat: Maud")
    assert (data, dependencies, metadata) == (
        {"miles": 3, "user_input": {"boat": "Maud"}},
        {"tide": "high"},
        {"river": "Bure"},
    )
