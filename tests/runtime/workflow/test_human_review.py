"""A workflow asks a person before, after and inside its steps, and goes on with the answer, in the four ways."""

from datetime import UTC, datetime, timedelta

import pytest
from workflow_ways import WAYS, continue_in, names, run_in

from wherry.agent import Agent
from wherry.core.errors import ConfigurationError
from wherry.db.sqlite import SqliteDb
from wherry.models.openai import OpenAIChat
from wherry.run.workflow import WorkflowRunOutput
from wherry.testing import ReplayServer
from wherry.tools import tool
from wherry.workflow import Condition, HumanReview, Loop, Parallel, Router, Step, StepOutput, Steps, Workflow
from wherry.workflow.types import StepRequirement

four_ways = pytest.mark.parametrize("way", WAYS)


def begin(_given):
    return StepOutput(content="begun")


def work(given):
    data = given.additional_data or {}
    said = [f"{name}={value}" for name, value in sorted(data.items())]
    return StepOutput(content=" ".join([f"work after {given.previous_step_content}", *said]))


def end(given):
    return StepOutput(content=f"end after {given.previous_step_content}")


def workflow(middle, **options):
    return Workflow(name="w", steps=[begin, middle, end], telemetry=False, **options)


def reviewed(**review):
    return Step(name="work", executor=work, human_review=HumanReview(**review))


def pause(way, made):
    events, output = run_in(way, made, "go", session_id="s")
    assert output.status == "PAUSED"
    assert output.paused_step_index == 1
    return events, output


@pytest.fixture
def db(tmp_path):
    return SqliteDb(db_file=str(tmp_path / "w.db"))


@four_ways
def test_a_confirmed_step_runs_and_the_workflow_ends(way):
    made = workflow(reviewed(requires_confirmation=True, confirmation_message="Shall I?"))
    events, output = pause(way, made)
    (question,) = output.steps_requiring_confirmation
    assert (question.step_name, question.confirmation_message) == ("work", "Shall I?")
    assert output.pause_kind == "step"
    assert [result.step_name for result in output.step_results] == ["begin"]
    if events:
        assert names(events)[-1] == "StepPaused"
        assert events[-1].requires_confirmation
    question.confirm()
    events, output = continue_in(way, made, output)
    assert output.status == "COMPLETED"
    assert output.content == "end after work after begun"
    assert output.paused_step_index is None
    if events:
        assert names(events)[0] == "StepContinued"
        assert names(events)[-1] == "WorkflowCompleted"


@four_ways
@pytest.mark.parametrize(
    ("policy", "status", "content"), [("skip", "COMPLETED", "end after begun"), ("cancel", "CANCELLED", None)]
)
def test_a_rejected_step_is_skipped_or_ends_the_run(way, policy, status, content):
    made = workflow(reviewed(requires_confirmation=True, on_reject=policy))
    _, output = pause(way, made)
    output.step_requirements[0].reject()
    events, output = continue_in(way, made, output)
    assert output.status == status
    assert output.content == (content or "Workflow cancelled: Step 'work' was rejected")
    if events and policy == "cancel":
        assert names(events) == ["WorkflowCancelled"]


@four_ways
def test_an_unanswered_question_keeps_the_run_waiting(way):
    made = workflow(reviewed(requires_confirmation=True))
    _, output = pause(way, made)
    with pytest.raises(ValueError, match="unresolved step requirements"):
        continue_in(way, made, output)
    output.step_requirements[0].confirm()
    assert continue_in(way, made, output)[1].status == "COMPLETED"
    with pytest.raises(ValueError, match="not paused"):
        continue_in(way, made, output)


@four_ways
def test_a_run_goes_on_with_an_output_and_with_answers_only(way):
    made = workflow(reviewed(requires_confirmation=True))
    _, output = pause(way, made)
    with pytest.raises(ValueError, match="unresolved step requirements"):
        continue_in(way, made, output, step_requirements=[])
    with pytest.raises(ValueError, match="not with 'yes'"):
        continue_in(way, made, "yes")
    assert output.is_paused
    assert len(output.step_requirements) == 1


@four_ways
def test_values_that_a_person_gives_reach_the_step(way):
    schema = [{"name": "tone", "field_type": "str"}, {"name": "size", "field_type": "int", "required": False}]
    made = workflow(reviewed(requires_user_input=True, user_input_message="How?", user_input_schema=schema))
    _, output = pause(way, made)
    (question,) = output.steps_requiring_user_input
    with pytest.raises(ValueError, match="expected int"):
        question.set_user_input(tone="calm", size="big")
    question.set_user_input(tone="calm", size=3)
    _, output = continue_in(way, made, output)
    assert output.content == "end after work after begun user_input={'tone': 'calm', 'size': 3}"


@four_ways
def test_an_output_is_edited_before_it_counts(way):
    made = workflow(reviewed(requires_output_review=lambda output: "work" in output.content))
    events, output = pause(way, made)
    (question,) = output.steps_requiring_output_review
    assert question.step_output.content == "work after begun"
    if events:
        assert names(events)[-1] == "StepOutputReview"
    question.edit("better")
    _, output = continue_in(way, made, output)
    assert output.content == "end after better"


@four_ways
def test_a_rejected_output_is_made_again_with_the_feedback_until_the_retries_are_used_up(way):
    made = workflow(reviewed(requires_output_review=True, on_reject="retry", max_retries=1))
    _, output = pause(way, made)
    output.step_requirements[-1].reject("too long")
    _, output = continue_in(way, made, output)
    assert output.status == "PAUSED"
    question = output.step_requirements[-1]
    assert question.retry_count == 1
    assert question.step_output.content == (
        "work after begun previous_output=work after begun rejection_feedback=too long"
    )
    question.reject("still too long")
    _, output = continue_in(way, made, output)
    assert output.status == "CANCELLED"
    assert output.content == "Max retries (1) reached for step 'work'"


@four_ways
def test_a_person_chooses_the_routes(way):
    review = HumanReview(requires_user_input=True, allow_multiple_selections=True)
    choices = [Step(name="x", executor=work), Step(name="y", executor=end)]
    made = workflow(Router(name="r", choices=choices, human_review=review))
    events, output = pause(way, made)
    (question,) = output.steps_requiring_route
    assert question.available_choices == ["x", "y"]
    if events:
        assert names(events)[-1] == "RouterPaused"
    question.select_multiple(["y", "x"])
    _, output = continue_in(way, made, output)
    assert [inner.step_name for inner in output.step_results[1].steps] == ["y", "x"]


@four_ways
def test_a_route_that_is_none_ends_the_router_and_says_so(way):
    review = HumanReview(requires_user_input=True)
    made = workflow(Router(name="r", choices=[Step(name="x", executor=work)], human_review=review))
    _, output = pause(way, made)
    output.step_requirements[0].selected_choices = ["nowhere"]
    _, output = continue_in(way, made, output)
    assert output.step_results[1].content == "Router r completed with 0 results (no valid steps selected)"
    assert output.content == f"end after {output.step_results[1].content}"


@four_ways
@pytest.mark.parametrize("beside", [False, True], ids=["alone", "in a Parallel"])
def test_a_question_of_an_inner_workflow_does_not_stop_the_outer_one(way, beside, caplog):
    inner = Workflow(name="Inner", steps=[reviewed(requires_confirmation=True)], telemetry=False)
    step = Step(name="inner", workflow=inner)
    _, output = run_in(way, workflow(Parallel(step, name="both") if beside else step), "go", session_id="s")
    assert output.status == "COMPLETED"
    assert output.step_executor_runs[0].status == "PAUSED"
    of_step = output.step_results[1].steps[0] if beside else output.step_results[1]
    assert (of_step.success, of_step.is_paused, of_step.content) == (True, False, None)
    assert "'Inner' in step 'inner' waits for a person" in caplog.text


@four_ways
@pytest.mark.parametrize("beside", [False, True], ids=["alone", "in a Parallel"])
def test_a_question_of_an_inner_workflow_fails_a_strict_outer_one(way, beside):
    begun = []
    first = Step(name="first", executor=lambda given: begun.append(given) or "begun")
    inner = Workflow(name="Inner", steps=[first, reviewed(requires_confirmation=True)], telemetry=False)
    step = Step(name="inner", workflow=inner)
    with pytest.raises(ConfigurationError, match="'Inner' in step 'inner' waits for a person"):
        run_in(way, workflow(Parallel(step, name="both") if beside else step, strict=True), "go", session_id="s")
    assert len(begun) == 1, "it is not tried again"


@four_ways
def test_a_rejected_route_is_chosen_anew(way):
    review = HumanReview(requires_output_review=True, on_reject="retry")
    choices = [Step(name="x", executor=work), Step(name="y", executor=end)]
    router = Router(name="r", choices=choices, selector="'x'", human_review=review)
    made = workflow(router)
    _, output = pause(way, made)
    output.step_requirements[-1].reject()
    _, output = continue_in(way, made, output)
    output.step_requirements[-1].select("y")
    _, output = continue_in(way, made, output)
    output.step_requirements[-1].confirm()
    _, output = continue_in(way, made, output)
    assert output.content == "end after end after begun"


@four_ways
def test_a_chosen_route_may_end_the_run(way):
    stop = Step(name="stop", executor=lambda given: StepOutput(content="no further", stop=True))
    made = workflow(Router(name="r", choices=[work, stop], human_review=HumanReview(requires_user_input=True)))
    _, output = pause(way, made)
    output.step_requirements[-1].select("stop")
    _, output = continue_in(way, made, output)
    assert (output.status, output.content) == ("COMPLETED", "no further")


@four_ways
def test_a_rejected_condition_runs_its_other_branch(way):
    review = HumanReview(requires_confirmation=True, on_reject="else")
    made = workflow(Condition(name="c", steps=[work], else_steps=[end], human_review=review))
    _, output = pause(way, made)
    output.step_requirements[0].reject()
    _, output = continue_in(way, made, output)
    assert output.step_results[1].content == "Condition c completed with 1 results (else branch)"


@four_ways
def test_rounds_of_a_loop_are_reviewed(way):
    review = HumanReview(requires_iteration_review=True, on_reject="retry")
    made = workflow(Loop(name="l", steps=[work], max_iterations=3, forward_iteration_output=True, human_review=review))
    _, output = pause(way, made)
    question = output.step_requirements[-1]
    assert question.confirmation_message == "Loop 'l' completed iteration 1/3. Continue?"
    question.reject("again")
    _, output = continue_in(way, made, output)
    assert output.status == "PAUSED"
    assert len(output.step_results[1].steps) == 2
    told = "previous_output=work after begun rejection_feedback=again"
    assert output.step_results[1].steps[1].content == f"work after work after begun {told}"
    output.step_requirements[-1].confirm()
    _, output = continue_in(way, made, output)
    assert output.status == "COMPLETED"
    assert len(output.step_results[1].steps) == 2


@four_ways
@pytest.mark.parametrize(("kind", "asked"), [(Steps, "Execute steps pipeline 'g'?"), (Loop, "Execute loop 'g'?")])
def test_groups_ask_before_they_run(way, kind, asked):
    made = workflow(kind(name="g", steps=[work], human_review=HumanReview(requires_confirmation=True)))
    _, output = pause(way, made)
    assert output.step_requirements[0].confirmation_message == asked
    output.step_requirements[0].confirm()
    assert continue_in(way, made, output)[1].status == "COMPLETED"


@four_ways
@pytest.mark.parametrize("answer", ["retry", "skip"])
def test_a_failed_step_waits_for_a_decision(way, answer):
    failures = ["first", "second"]

    def fragile(_given):
        if failures:
            raise RuntimeError(failures.pop(0))
        return StepOutput(content="recovered")

    step = Step(name="fragile", executor=fragile, max_retries=0, human_review=HumanReview(on_error="pause"))
    made = workflow(step)
    events, output = pause(way, made)
    (question,) = output.steps_with_errors
    assert (question.error_type, question.error_message) == ("RuntimeError", "first")
    if events:
        assert names(events)[-1] == "StepError"
    with pytest.raises(ValueError, match="unresolved error requirements"):
        continue_in(way, made, output)
    getattr(question, answer)()
    _, output = continue_in(way, made, output)
    if answer == "skip":
        assert output.content == "end after begun"
        return
    output.error_requirements[0].retry()
    _, output = continue_in(way, made, output)
    assert output.content == "end after recovered"


@four_ways
@pytest.mark.parametrize(
    ("policy", "status", "content"),
    [
        ("approve", "COMPLETED", "end after work after begun"),
        ("skip", "COMPLETED", "end after begun"),
        ("cancel", "CANCELLED", "Workflow cancelled: Step 'work' was rejected"),
    ],
)
def test_silence_is_decided_by_the_policy(way, policy, status, content):
    made = workflow(reviewed(requires_confirmation=True, timeout=60, on_timeout=policy))
    _, output = pause(way, made)
    output.step_requirements[0].timeout_at = datetime.now(UTC) - timedelta(seconds=1)
    _, output = continue_in(way, made, output)
    assert (output.status, output.content) == (status, content)


@four_ways
def test_a_tool_of_an_agent_waits_for_a_person(way):
    @tool(requires_confirmation=True)
    def pay(amount: int) -> str:
        """Pay.

        Args:
            amount: How much.
        """
        return f"paid {amount}"

    script = [{"tool_calls": [{"name": "pay", "arguments": {"amount": 5}}]}, "All is paid."]
    with ReplayServer(script) as server, server.environment():
        agent = Agent(name="clerk", model=OpenAIChat(id="gpt-5-mini"), tools=[pay], telemetry=False)
        made = workflow(Step(name="pay", agent=agent))
        events, output = pause(way, made)
        assert output.pause_kind == "executor"
        (question,) = output.steps_requiring_executor_resolution
        assert (question.executor_name, question.executor_type) == ("clerk", "agent")
        if events:
            assert names(events)[-1] == "StepExecutorPaused"
        restored = WorkflowRunOutput.from_dict(output.to_dict())
        question = restored.step_requirements[0]
        question.executor_requirements[0]["tool_execution"]["confirmed"] = True
        events, output = continue_in(way, made, restored)
        assert output.content == "end after All is paid."
        assert [run.status for run in output.step_executor_runs] == ["COMPLETED"]
        if events:
            assert names(events)[0] == "StepExecutorContinued"
            assert "ToolCallCompleted" in names(events)
        server.assert_done()


@four_ways
def test_another_process_goes_on_from_the_database(way, db):
    run_id = pause(way, workflow(reviewed(requires_confirmation=True), db=db))[1].run_id
    other = workflow(reviewed(requires_confirmation=True), db=SqliteDb(db_file=db.db_file))
    stored = other.get_run_output(run_id=run_id, session_id="s")
    answers = [StepRequirement.from_dict(item.to_dict()) for item in stored.step_requirements]
    answers[0].confirm()
    _, output = continue_in(way, other, run_id=run_id, session_id="s", step_requirements=answers)
    assert output.content == "end after work after begun"
    assert other.get_run_output(run_id=run_id, session_id="s").status == "COMPLETED"


def test_a_requirement_has_the_shape_that_clients_know():
    _, output = pause("run", workflow(reviewed(requires_confirmation=True)))
    stored = output.step_requirements[0].to_dict()
    assert len(stored) == 24
    assert stored["step_type"] == "Step"
    assert stored["step_input"]["previous_step_content"] == "begun"
    assert StepRequirement.from_dict(stored).to_dict() == stored


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda review: Step(name="s", executor=work, human_review=review(requires_iteration_review=True)), "on Step"),
        (lambda review: Loop(name="l", steps=[work], human_review=review(requires_user_input=True)), "on Loop"),
        (lambda review: Parallel(work, name="p", human_review=review(requires_confirmation=True)), "on Parallel"),
        (lambda review: Condition(steps=[work], human_review=review(requires_output_review=True)), "on Condition"),
        (lambda review: review(requires_output_review=True, requires_iteration_review=True), "cannot both be set"),
    ],
)
def test_questions_that_a_step_cannot_ask_are_refused_when_it_is_made(make, text):
    with pytest.raises(ValueError, match=text):
        make(HumanReview)


@four_ways
def test_a_rejected_condition_without_another_branch_says_so(way):
    review = HumanReview(requires_confirmation=True, on_reject="else")
    made = workflow(Condition(name="c", steps=[work], human_review=review))
    _, output = pause(way, made)
    output.step_requirements[0].reject()
    _, output = continue_in(way, made, output)
    assert output.step_results[1].content == "Condition c rejected - skipped (no else branch)"
