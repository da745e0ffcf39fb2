"""What a workflow's run gives and tells, in the four ways."""

import asyncio
import re
import time
from io import StringIO

import pytest
from rich.console import Console
from workflow_ways import WAYS, names, run_in

from wherry.agent import Agent
from wherry.db.sqlite import SqliteDb
from wherry.models.openai import OpenAIChat
from wherry.run.base import RunStatus
from wherry.team import Team
from wherry.testing import ReplayServer
from wherry.workflow import (
    Condition,
    HumanReview,
    Loop,
    Parallel,
    Router,
    Step,
    StepInput,
    StepOutput,
    Steps,
    Workflow,
    WorkflowAgent,
)

four_ways = pytest.mark.parametrize("way", WAYS)


def say(name, **more):
    def work(given):
        return StepOutput(content=f"{name} after {given.previous_step_content}", **more)

    return Step(name=name, executor=work)


def fail(_given):
    raise RuntimeError("broken")


def run(way, *steps, **options):
    made = Workflow(name="w", steps=list(steps), telemetry=False, **options)
    return run_in(way, made, "go", session_id="s")


@pytest.fixture
def db(tmp_path):
    return SqliteDb(db_file=str(tmp_path / "w.db"))


@four_ways
def test_every_kind_of_step_tells_its_beginning_and_end(way):
    events, output = run(
        way,
        say("a"),
        Parallel(say("b"), name="p"),
        Condition(name="c", evaluator=lambda given: given.input == "go", steps=[say("d")]),
        Loop(name="l", steps=[say("e")], max_iterations=2),
        Router(name="r", choices=[say("f"), say("g")], selector=lambda _given: "g"),
        Steps(name="s", steps=[say("h")]),
        say("last"),
    )
    assert output.status == "COMPLETED"
    assert output.content == "last after h after g after e after d after b after a after None"
    contents = [result.content for result in output.step_results]
    assert contents[2:6] == [
        "Condition c completed with 1 results (if branch)",
        "Loop l completed 2 iterations with 2 total steps",
        "Router r completed with 1 results",
        "Steps s completed with 1 results",
    ]
    if events:
        around = ["StepStarted", "StepCompleted"]
        assert names(events) == [
            *("WorkflowStarted", "StepStarted", "StepOutput", "StepCompleted"),
            *("ParallelExecutionStarted", *around, "ParallelExecutionCompleted"),
            *("ConditionExecutionStarted", *around, "ConditionExecutionCompleted"),
            "LoopExecutionStarted",
            *("LoopIterationStarted", *around, "LoopIterationCompleted"),
            *("LoopIterationStarted", *around, "LoopIterationCompleted"),
            "LoopExecutionCompleted",
            *("RouterExecutionStarted", *around, "RouterExecutionCompleted"),
            *("StepsExecutionStarted", *around, "StepsExecutionCompleted"),
            *("StepStarted", "StepOutput", "StepCompleted", "WorkflowCompleted"),
        ]


@four_ways
@pytest.mark.parametrize(("joined", "content"), [(False, "end after y after None"), (True, None)])
def test_a_parallel_step_hands_on_the_last_output_or_all_of_them(way, joined, content):
    members = [say("x"), say("y")] if joined else [say("y")]
    output = run(way, Parallel(*members, name="p", joined_output=joined), say("end"))[1]
    if content is None:
        assert output.content.startswith("end after ## Parallel Execution Results")
        assert "x after None" in output.content
        assert "y after None" in output.content
    else:
        assert output.content == content


@four_ways
@pytest.mark.parametrize(
    ("in_order", "content"),
    [
        (False, "check after check after check after write after None"),
        (True, "check after write after check after write after check after write after None"),
    ],
)
def test_a_loop_that_forwards_gives_a_step_what_the_step_before_it_gave_when_that_is_wanted(way, in_order, content):
    loop = Loop(
        [say("write"), say("check")], name="again", max_iterations=3, forward_iteration_output=True, in_order=in_order
    )
    assert run(way, loop)[1].content == content


@four_ways
def test_a_failing_step_is_skipped_unless_it_may_not_fail(way):
    calls = []

    def count(given):
        calls.append(1)
        return fail(given)

    _, output = run(way, Step(name="f", executor=count, max_retries=1), say("end"))
    assert len(calls) == 2
    assert output.status == "COMPLETED"
    assert output.step_results[0].content == "Step skipped due to error: broken"
    assert output.step_results[0].success is False


@four_ways
def test_a_step_that_may_not_fail_ends_the_run_and_is_stored(way, db):
    step = Step(name="f", executor=fail, max_retries=0, human_review=HumanReview(on_error="fail"))
    made = Workflow(name="w", steps=[say("a"), step, say("never")], db=db, telemetry=False)
    with pytest.raises(RuntimeError, match="broken"):
        run_in(way, made, "go", session_id="s", run_id="r")
    stored = made.get_run_output(run_id="r", session_id="s")
    assert stored.status == RunStatus.error
    assert [(result.step_name, result.success) for result in stored.step_results] == [("a", True), ("f", False)]


@four_ways
def test_a_strict_workflow_fails_with_its_step(way):
    with pytest.raises(RuntimeError, match="broken"):
        run(way, Step(name="f", executor=fail, max_retries=0), say("never"), strict=True)
    tolerant = Step(name="f", executor=fail, max_retries=0, skip_on_failure=True)
    assert run(way, tolerant, strict=True)[1].content == "Step f failed but skipped"


@four_ways
def test_a_step_may_stop_the_workflow(way):
    output = run(way, say("a", stop=True), say("never"))[1]
    assert output.content == "a after None"
    assert len(output.step_results) == 1


@four_ways
def test_a_cancelled_workflow_keeps_what_was_done(way):
    def stop(_given, run_context):
        Workflow.cancel_run(run_context.run_id)
        return StepOutput(content="too late")

    events, output = run(way, say("a"), Step(name="stop", executor=stop), say("never"))
    assert output.status == "CANCELLED"
    done = [(result.step_name, result.error) for result in output.step_results]
    assert done == [("a", None), ("stop", "Cancelled during execution")]
    if events:
        assert names(events)[-2:] == ["WorkflowCancelled", "WorkflowCompleted"]


@pytest.mark.parametrize("way", ["run stream", "arun stream"])
def test_nothing_follows_a_cancellation_when_that_is_wanted(way):
    def stop(_given, run_context):
        Workflow.cancel_run(run_context.run_id)

    events, _ = run(way, Step(name="stop", executor=stop), cancelled_runs_complete=False)
    assert names(events)[-1] == "WorkflowCancelled"


@four_ways
def test_workflows_are_steps_of_workflows(way):
    inner = Workflow(name="inner", steps=[say("x"), say("y")], telemetry=False)
    events, output = run(way, say("a"), Step(name="nested", workflow=inner), say("end"))
    assert output.content == "end after y after x after None"
    assert [step.step_name for step in output.step_results[1].steps] == ["x", "y"]
    depths = {event.nested_depth for event in events if event.workflow_name == "inner"}
    assert depths <= {1}


@four_ways
def test_steps_share_the_state_and_it_is_stored(way, db):
    def count(_given, run_context):
        run_context.session_state["count"] = run_context.session_state.get("count", 0) + 1

    for total in (2, 4):
        run(way, Step(name="a", executor=count), Step(name="b", executor=count), db=db)
        made = Workflow(name="w", steps=[], db=db, telemetry=False)
        assert made.get_session_state(session_id="s") == {"count": total}


@four_ways
def test_agents_are_shown_what_the_step_before_gave(way):
    with ReplayServer(["Noted."]) as server, server.environment():
        agent = Agent(name="clerk", model=OpenAIChat(id="gpt-5-mini"), telemetry=False)
        events, output = run(way, say("a"), agent)
        assert server.requests[0].turns == [("user", "a after None")]
    assert output.content == "Noted."
    assert output.metrics.steps["clerk"].metrics.total_tokens > 0
    if events:
        told = [event for event in events if event.event == "RunContent" and event.content]
        assert {event.step_name for event in told} == {"clerk"}
        assert {event.workflow_run_id for event in told} == {output.run_id}


@four_ways
def test_a_workflow_agent_runs_the_steps_once_and_then_answers_from_history(way, db):
    script = [{"tool_calls": [{"name": "run_workflow", "arguments": {"query": "cats"}}]}, "Done.", "I told you."]

    def work(given):
        return StepOutput(content=f"about {given.input}")

    with ReplayServer(script) as server, server.environment():
        agent = WorkflowAgent(model=OpenAIChat(id="gpt-5-mini"))
        made = Workflow(name="w", steps=[Step(name="a", executor=work)], agent=agent, db=db, telemetry=False)
        first, output = run_in(way, made, "tell me", session_id="s")
        assert (output.content, output.workflow_agent_run.content) == ("about cats", "Done.")
        second, output = run_in(way, made, "again", session_id="s")
        assert (output.content, output.step_results) == ("I told you.", [])
        assert "Workflow output: about cats" in server.requests[-1].turns[0][1]
        assert server.requests[1].turns[-1] == ("tool", "about cats"), "the agent hears the result once"
        server.assert_done()
    if first:
        assert names(first)[0] == "WorkflowAgentStarted"
        assert names(first)[-2:] == ["WorkflowCompleted", "WorkflowAgentCompleted"]
        assert names(second)[-2:] == ["WorkflowAgentCompleted", "WorkflowCompleted"]


async def test_a_background_run_ends_after_the_call_has_returned(db):
    made = Workflow(name="w", steps=[say("a")], db=db, telemetry=False)
    output = await made.arun("go", session_id="s", background=True)
    assert output.status == RunStatus.pending
    assert made.get_run_output(run_id=output.run_id, session_id="s").status == RunStatus.pending
    ends = time.monotonic() + 60
    while (stored := made.get_run_output(run_id=output.run_id, session_id="s")).status != RunStatus.completed:
        assert time.monotonic() < ends
        await asyncio.sleep(0.01)
    assert (output.status, stored.content) == (RunStatus.completed, "a after None")
    assert (
        made.get_run(output.run_id, "s").content == (await made.aget_run(output.run_id, "s")).content == "a after None"
    )
    assert made.get_run("another", "s") is None


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({}, r"Workflow Session - {}"),
        ({"session_id": "s"}, r"Workflow Session-{}"),
        ({"session_id": "s", "description": "Sails"}, r"Sails - {}"),
        ({"session_id": "s", "description": "x" * 41}, "x" * 40 + r"- - {}"),
    ],
)
def test_a_workflow_names_its_session_by_its_purpose_and_the_time(tmp_path, options, name):
    made = Workflow(name="w", steps=[say("a")], db=SqliteDb(db_file=str(tmp_path / "w.db")), telemetry=False, **options)
    made.run("go", session_id="s")
    named = made.set_session_name(session_id="s", autogenerate=True).session_data["session_name"]
    assert re.fullmatch(name.format(r"\d{4}-\d\d-\d\d \d\d:\d\d"), named)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("looping", [False, True])
def test_a_workflow_is_drawn(stream, looping):
    console = Console(width=80, record=True, file=StringIO())
    steps = [say("a"), Loop(name="l", steps=[say("b")])]
    made = Workflow(name="w", description="says things", steps=steps, telemetry=False)
    if looping:
        asyncio.run(made.aprint_response("go", stream=stream, console=console))
    else:
        made.print_response("go", stream=stream, console=console)
    drawn = console.export_text()
    for text in ("Workflow Information", "says things", "Step 1: a (Completed)", "Completed in"):
        assert text in drawn
    if stream:  # a function inside a group says nothing while it runs, so that the group's summary stands for it
        assert "Total iterations: 3/3" in drawn
        assert "Total steps executed: 3" in drawn
    else:
        assert "b after a after None" in drawn


def saying(name):
    """A step whose agent says a word."""
    agent = Agent(name=name, model=OpenAIChat(id="m", api_key="k"), telemetry=False)
    return Step(name=name, agent=agent)


@pytest.mark.parametrize("looping", [False, True])
def test_the_panels_of_a_stream_tell_groups_and_rounds(looping):
    console = Console(width=80, record=True, file=StringIO())
    steps = [
        Loop(name="rounds", steps=[saying("refine")], max_iterations=2),
        Router(name="way", choices=[saying("north"), saying("south")], selector=lambda _: "south"),
        Parallel(saying("left"), saying("right"), name="both"),
        Steps(name="rest", steps=[saying("moor")]),
        Condition(name="maybe", steps=[saying("sail")], evaluator=lambda _: True),
    ]
    made = Workflow(name="w", steps=steps, telemetry=False)
    with ReplayServer(fallback=lambda _: "aye") as server, server.environment():
        if looping:
            asyncio.run(made.aprint_response("go", stream=True, console=console))
        else:
            made.print_response("go", stream=True, console=console)
    titles = re.findall(r"┏━ (.+?) ━", console.export_text())
    assert titles == [
        "Workflow Information",
        "Step 1.1 (Iteration 1): refine (Completed)",
        "Step 1.1 (Iteration 2): refine (Completed)",
        "Loop rounds (Completed)",
        "Step 2: south (Completed)",
        "Router way (Completed)",
        "Step 3: both",
        "Step 3: left (Completed)",
        "Step 3: right (Completed)",
        "Step 4.1: moor (Completed)",
        "Steps rest (Completed)",
        "Step 5.1: sail (Completed)",
    ]


def test_what_breaks_a_drawn_workflow_is_drawn():
    console = Console(width=80, record=True, file=StringIO())
    step = Step(name="f", executor=fail, max_retries=0, human_review=HumanReview(on_error="fail"))
    Workflow(name="w", steps=[step], telemetry=False).print_response("go", console=console)
    assert "Workflow execution failed: broken" in console.export_text()


def test_steps_run_alone():
    assert say("a").execute(StepInput(input="go")).content == "a after None"
    streamed = list(Loop(name="l", steps=[say("b")]).execute_stream(StepInput(input="go"), stream_events=True))
    assert [getattr(item, "event", "output") for item in streamed][-2:] == ["LoopExecutionCompleted", "output"]
    described = Condition(name="c", evaluator="true", steps=[say("x")], else_steps=[say("y")]).to_dict()
    assert (described["evaluator_type"], described["else_steps"][0]["executor_ref"]) == ("cel", "work")


def test_a_blocking_run_cannot_be_in_the_background():
    with pytest.raises(RuntimeError, match="Background execution is not supported for sync run"):
        Workflow(name="w", steps=[say("a")], telemetry=False).run("go", background=True)


@pytest.mark.parametrize("kind", ["agent", "team"])
def test_a_step_tells_what_its_executor_said_in_a_session(db, kind):
    with ReplayServer(["A wherry."]) as server, server.environment():
        options = {"id": "ada", "name": "Ada", "model": OpenAIChat(id="gpt-5-mini"), "db": db, "telemetry": False}
        executor = Agent(**options) if kind == "agent" else Team([], **options)
        step = Step(name="ask", **{kind: executor})
        Workflow(name="w", steps=[step], db=db, telemetry=False).run("Which boat?", session_id="s")
        said = [message.content for message in step.get_chat_history("s")]
        assert said == [message.content for message in asyncio.run(step.aget_chat_history("s"))]
    assert said[-2:] == ["Which boat?", "A wherry."]
    assert step.get_chat_history("another") == []
    assert say("a").get_chat_history("s") == []


@four_ways
def test_events_of_executors_are_stored_only_when_they_are_streamed(way):
    with ReplayServer(["A wherry."]) as server, server.environment():
        agent = Agent(name="Ada", model=OpenAIChat(id="gpt-5-mini"), telemetry=False)
        options = {"store_events": True, "stream_executor_events": False, "telemetry": False}
        _, output = run_in(way, Workflow(name="w", steps=[Step(name="ask", agent=agent)], **options), "go")
    kept = [event.event for event in output.events or () if not hasattr(event, "step_response")]
    assert [name for name in kept if name.startswith("Run")] == (["RunCompleted"] if "stream" in way else [])


@four_ways
def test_a_router_that_chooses_nothing_says_so(way):
    made = Workflow(name="w", steps=[Router(name="r", choices=[say("a")], selector=lambda _: "b"), say("z")])
    _, output = run_in(way, made, "go")
    told = "None" if "stream" in way else "Router r completed with 0 results (no steps selected)"
    assert output.content == f"z after {told}"  # as in Agno, a stream shows no output of such a router


def test_a_parallel_named_twice_has_the_name_of_the_keyword():
    assert Parallel("first", say("a"), name="second").name == "second"
    assert Parallel("first", say("a")).name == "first"


@pytest.mark.parametrize("looping", [False, True])
def test_a_workflow_that_streams_events_streams_them_whatever_a_run_says(looping):
    made = Workflow(name="w", steps=[say("a")], stream_events=True, telemetry=False)

    async def listened():
        return [event async for event in made.arun("go", stream=True, stream_events=False)]

    events = asyncio.run(listened()) if looping else made.run("go", stream=True, stream_events=False)
    expected = ["WorkflowStarted", "StepStarted", "StepOutput", "StepCompleted", "WorkflowCompleted"]
    assert [event.event for event in events] == expected


@four_ways
def test_settings_may_be_given_by_place_in_the_order_of_the_reference(way):
    def told(given, run_context):
        return f"{given.additional_data} {run_context.session_state['count']}"

    made = Workflow(name="w", steps=[Step(name="a", executor=told)], telemetry=False)
    _, output = run_in(way, made, "go", {"k": 1}, "ada", "r1", "s1", {"count": 2})
    assert (output.user_id, output.run_id, output.session_id) == ("ada", "r1", "s1")
    assert output.content == "{'k': 1} 2"


def test_by_place_they_are_refused_twice_and_too_many(capsys):
    made = Workflow(name="w", steps=[say("a")], telemetry=False)
    with pytest.raises(TypeError, match="'user_id' is given twice: by place as 'ada' and by name as 'bob'"):
        made.run("go", None, "ada", user_id="bob")
    with pytest.raises(TypeError, match="cannot be given by place: after 'background'"):
        made.run("go", None, *[None] * 11, "more")
    made.print_response("go", None, "ada", "s1", None, None, None, None, False, False, False)
    shown = capsys.readouterr().out
    assert "a after" in shown
    assert "Completed in" not in shown
