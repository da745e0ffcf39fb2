"""What random trees of steps, run beside Agno, found at the edges: states, names, tries, questions, metrics."""

import pytest
from team_kit import WAYS, call, delegate, on
from workflow_ways import continue_in, run_in

from wherry.core.errors import ConfigurationError
from wherry.db.in_memory import InMemoryDb
from wherry.db.sqlite import SqliteDb
from wherry.tools import tool
from wherry.workflow import Condition, HumanReview, Loop, Parallel, Router, Step, StepOutput, Steps, Workflow
from wherry.workflow.types import StepProgress

four_ways = pytest.mark.parametrize("way", WAYS)
streams = pytest.mark.parametrize("way", [way for way in WAYS if "stream" in way])


def flow(*steps, **options):
    return Workflow(name="Outer", id="outer", steps=list(steps), telemetry=False, **options)


def count(given, run_context):
    run_context.session_state["n"] = run_context.session_state.get("n", 0) + 1
    return StepOutput(content=str(run_context.session_state["n"]))


def fail(given):
    raise RuntimeError("she leaks")


@four_ways
def test_an_inner_workflow_works_on_the_state_of_the_outer_one(way):
    seen = []

    def look(given, run_context):
        seen.append(dict(run_context.session_state))

    broken = Step(name="break", executor=fail, max_retries=0, human_review=HumanReview(on_error="fail"))
    inner = Workflow(name="Inner", id="inner", steps=[Step(executor=count), look, broken], session_state={"own": 1})
    step = Step(name="inner", workflow=inner, max_retries=1, skip_on_failure=True)
    _, output = run_in(way, flow(step, look), "go", session_id="s", session_state={"n": 0, "session_id": "mine"})
    assert output.status == "COMPLETED"
    assert [state["n"] for state in seen] == [1, 2, 2], "what a failed run changed stays"
    assert [state["own"] for state in seen] == [1, 1, 1]
    assert seen[-1]["session_id"] == "mine"
    if not way.startswith("a"):  # on an event loop the state names nothing, as in Agno
        assert [state["workflow_id"] for state in seen] == ["inner", "inner", "outer"]
        assert seen[-1]["current_run_id"] == output.run_id


@streams
def test_progress_is_told_with_its_try_and_its_group(way):
    tries = []

    def report(given):
        tries.append(1)
        yield StepProgress(content="half way")
        if len(tries) < 2:
            raise RuntimeError("not yet")
        yield StepOutput(content="there")

    loop = Loop(name="l", steps=[Step(name="far", executor=report)], max_iterations=2)
    events, _ = run_in(way, flow(loop), "go", session_id="s")
    told = [event for event in events if event.event == "StepProgress"]
    groups = [event.step_id for event in events if event.event == "LoopExecutionStarted"]
    assert [event.attempt for event in told] == [1, 2, 1]
    assert [event.parent_step_id for event in told] == groups * 3


@streams
def test_a_part_without_a_name_is_told_under_that_of_the_outermost(way):
    work = Step(name="work", executor=count)
    router = Router(name="r", choices=[Steps(steps=[work])], selector=lambda given, step_choices: step_choices)
    events, _ = run_in(way, flow(Condition(name="c", evaluator=True, steps=[router])), "go", session_id="s")
    assert {event.step_name for event in events if event.event.startswith("StepsExecution")} == {"c"}
    assert [event.selected_steps for event in events if event.event.startswith("Router")] == [[None], [None]]


@four_ways
@pytest.mark.parametrize("asked", [False, True])
def test_a_step_may_never_be_tried(way, asked):
    review = HumanReview(requires_output_review=True) if asked else None
    step = Step(name="s", executor=count, max_retries=-1, human_review=review)
    _, output = run_in(way, flow(step), "go", session_id="s")
    (result,) = output.step_results
    assert (result.content, result.success, result.error) == ("Step s failed but skipped", False, None)
    assert output.is_paused is asked


@four_ways
def test_a_failed_step_is_reviewed(way):
    broken = Step(name="b", executor=fail, max_retries=0, human_review=HumanReview(requires_output_review=True))
    made = flow(broken, lambda given: f"after {given.previous_step_content}")
    _, output = run_in(way, made, "go", session_id="s")
    assert (output.status, output.pause_kind) == ("PAUSED", "step")
    question = output.step_requirements[-1]
    assert question.step_output.content == "Step skipped due to error: she leaks"
    question.edit("mended")
    _, output = continue_in(way, made, output)
    assert (output.status, output.content) == ("COMPLETED", "after mended")


@four_ways
def test_a_group_asks_in_the_name_of_the_agent_that_waits(way):
    @tool(requires_confirmation=True)
    def book(boat: str) -> str:
        return f"{boat} booked"

    with on(["Which?", call("book", boat="Albion"), "Booked."]) as crew:
        steps = [Step(name="one", agent=crew.agent("Ann")), Step(name="two", agent=crew.agent("Ben", tools=[book]))]
        made = flow(Steps(name="g", steps=steps))
        _, output = run_in(way, made, "go", session_id="s")
        question = output.step_requirements[-1]
        assert (question.step_name, question.executor_name) == ("two", "Ben")
        question.executor_requirements[0]["confirmation"] = True
        question.executor_requirements[0]["tool_execution"]["confirmed"] = True
        _, output = continue_in(way, made, output)
    assert (output.status, output.content) == ("COMPLETED", "Booked.")


@four_ways
def test_a_failed_run_keeps_what_its_steps_used(way):
    with on(["A wherry."]) as crew:
        broken = Step(name="b", executor=fail, max_retries=0, human_review=HumanReview(on_error="fail"))
        made = flow(Step(name="ask", agent=crew.agent("Ann")), broken, db=InMemoryDb())
        with pytest.raises(RuntimeError, match="she leaks"):
            run_in(way, made, "go", session_id="s")
        session = made.get_session(session_id="s")
    assert session.runs[0].metrics.steps["ask"].metrics.total_tokens > 0
    assert session.session_data["session_metrics"]["total_tokens"] > 0


@four_ways
def test_branches_with_the_workflows_database_stay_parts_of_its_run(way, tmp_path):
    replies = [delegate("ann", "Name a boat."), "Maud.", "Maud it is."]
    with on(replies) as crew:
        db = SqliteDb(db_file=str(tmp_path / "s.db"))
        team = crew.team(crew.agent("Ann"), db=db)
        made = flow(Parallel(Step(name="ask", team=team), Step(name="count", executor=count), name="both"), db=db)
        run_in(way, made, "go", session_id="s")
        (row,) = db.get_sessions(deserialize=False)[0]
        session = made.get_session(session_id="s")
    assert (row["session_type"], row["workflow_id"], row["team_id"], row["agent_id"]) == (
        "workflow",
        "outer",
        None,
        None,
    )
    (stored,) = session.runs
    assert (stored.workflow_id, [run.team_name for run in stored.step_executor_runs]) == ("outer", ["Crew"])
    assert [run.agent_name for run in stored.step_executor_runs[0].member_responses] == ["Ann"]


@four_ways
def test_an_agent_that_did_a_step_keeps_a_session_of_its_own(way, tmp_path):
    with on(["As a step.", "By herself."]) as crew:
        ann = crew.agent("Ann", db=SqliteDb(db_file=str(tmp_path / "s.db")))
        run_in(way, flow(Step(name="ask", agent=ann)), "go", session_id="s")
        run_in(way, ann, "go", session_id="t")
        assert [run.content for run in ann.get_session(session_id="t").runs] == ["By herself."]


@four_ways
def test_a_function_in_place_of_the_steps_has_the_state(way):
    def whole(workflow, execution_input, session_state):
        return f"{execution_input.input} {session_state['boat']}"

    made = Workflow(name="w", steps=whole, session_state={"boat": "Maud"}, telemetry=False)
    _, output = run_in(way, made, "row", session_id="s")
    assert output.content == "row Maud"


@four_ways
def test_a_reviewed_loop_counts_its_rounds(way):
    loop = Loop(name="l", steps=[count, count], human_review=HumanReview(requires_iteration_review=True))
    _, output = run_in(way, flow(loop), "go", session_id="s")
    assert "completed iteration 1/3" in output.step_requirements[-1].confirmation_message


@four_ways
@pytest.mark.parametrize("strict", [False, True])
def test_a_tool_that_waits_in_an_inner_workflow_cannot_stop_the_outer_one(way, strict, caplog):
    @tool(requires_confirmation=True)
    def book(boat: str) -> str:
        return f"{boat} booked"

    with on([call("book", boat="Albion")]) as crew:
        asking = Step(name="ask", agent=crew.agent("Ann", tools=[book]))
        inner = Workflow(name="Inner", steps=[Steps(name="g", steps=[asking])], telemetry=False)
        made = flow(Step(name="inner", workflow=inner), count, strict=strict)
        if strict:
            with pytest.raises(ConfigurationError, match="'Inner' in step 'inner' waits for a person"):
                run_in(way, made, "go", session_id="s")
        else:
            _, output = run_in(way, made, "go", session_id="s")
            assert (output.status, output.content, output.step_requirements) == ("COMPLETED", "1", None)
            assert output.step_executor_runs[0].status == "PAUSED"
            assert "'Inner' in step 'inner' waits for a person" in caplog.text
