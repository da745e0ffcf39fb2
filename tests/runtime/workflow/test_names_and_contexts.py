"""What steps are called when nobody named them, what their functions may change, and how deep workflows nest."""

import pytest
from workflow_ways import WAYS, run_in

from wherry.db.in_memory import InMemoryDb
from wherry.workflow import HumanReview, Router, Step, StepOutput, Workflow, pause

four_ways = pytest.mark.parametrize("way", WAYS)


def flow(*steps, **options):
    return Workflow(name="w", steps=list(steps), telemetry=False, **options)


def row(given):
    return StepOutput(content="rowed")


class Sail:
    def __call__(self, given):
        return StepOutput(content="sailed")


@four_ways
def test_a_step_without_a_name_has_its_functions(way):
    def look(given):
        return StepOutput(content=given.get_step_content("row"))

    events, output = run_in(way, flow(Step(executor=row), Step(executor=look)), "go")
    assert (output.content, [result.step_name for result in output.step_results]) == ("rowed", ["row", "look"])
    if events:
        assert [event.step_name for event in events if event.event == "StepStarted"] == ["row", "look"]


def test_a_marked_function_names_its_step_unless_the_step_has_a_review_of_its_own():
    @pause(name="ask first", requires_confirmation=True)
    def marked(given):
        return StepOutput(content="asked")

    assert Step(executor=marked).name == "ask first"
    assert Step(executor=marked, human_review=HumanReview()).name == "marked"
    assert Step(name="own", executor=marked).name == "own"


@four_ways
def test_something_callable_without_a_name_is_called_anonymous(way):
    [result] = run_in(way, flow(Step(name="s", executor=Sail())), "go")[1].step_results
    assert (result.content, result.executor_name) == ("sailed", "anonymous_function")


@four_ways
def test_of_choices_of_one_name_a_selector_has_the_last(way):
    first, last = Step(name="go", executor=row), Step(name="go", executor=Sail())
    router = Router(name="r", choices=[first, last], selector=lambda _: "go")
    assert run_in(way, flow(router), "go")[1].content == "sailed"


def test_of_choices_of_one_name_a_person_has_the_first():
    first, last = Step(name="go", executor=row), Step(name="go", executor=Sail())
    made = flow(Router(name="r", choices=[first, last], human_review=HumanReview(requires_user_input=True)))
    output = made.run("go")
    output.step_requirements[0].select("go")
    assert made.continue_run(output).content == "rowed"


@four_ways
def test_what_a_function_puts_in_place_of_the_state_is_not_for_later_steps(way):
    def change(given, run_context):
        run_context.session_state["tide"] = "high"
        run_context.session_state = {"lost": True}
        return StepOutput(content="changed")

    def look(given, run_context):
        return StepOutput(content=run_context.session_state.get("tide"))

    made = flow(change, look, db=InMemoryDb(), session_state={"boat": "Maud"})
    assert run_in(way, made, "go", session_id="s")[1].content == "high"
    assert made.get_session_state(session_id="s") == {"boat": "Maud", "tide": "high"}


def nested(depth):
    made = Workflow(name="w0", steps=[row], telemetry=False)
    for number in range(1, depth + 1):
        made = Workflow(
            name=f"w{number}", steps=[Step(name=f"s{number}", workflow=made, max_retries=0)], telemetry=False
        )
    return made


@four_ways
def test_workflows_nest_ten_deep_and_not_deeper(way):
    assert run_in(way, nested(10), "go")[1].content == "rowed"
    assert "'s1' is in the 10th workflow inside a workflow" in run_in(way, nested(11), "go")[1].content


@four_ways
def test_a_workflow_that_contains_itself_says_so(way):
    made = Workflow(name="ring", telemetry=False)
    made.steps = [Step(name="again", workflow=made, max_retries=0)]
    assert "Does a workflow contain itself?" in run_in(way, made, "go")[1].content
