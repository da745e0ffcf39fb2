"""What a workflow's agent may do beside one call of its tool: call it again, call it twice at once, fail."""

import asyncio

import pytest
from agent_kit import calls, chat, model
from agent_ways import run_in
from workflow_ways import WAYS, names

from wherry.db.in_memory import InMemoryDb
from wherry.workflow import HumanReview, Step, StepOutput, Workflow, WorkflowAgent

four_ways = pytest.mark.parametrize("way", WAYS)


def flow(review=None):
    def work(given, run_context):
        state = run_context.session_state
        state["n"] = state.get("n", 0) + 1
        return StepOutput(content=f"{given.input} {state['n']}")

    step = Step(name="work", executor=work, human_review=review)
    agent = WorkflowAgent(model=chat())
    return Workflow(name="w", steps=[step], agent=agent, db=InMemoryDb(), telemetry=False)


@four_ways
def test_each_call_runs_the_steps_and_the_last_one_counts(way):
    with model(calls("run_workflow", query="boats"), calls("run_workflow", query="rivers"), "Both.") as server:
        made = flow()
        events, output = run_in(way, made, "go", session_id="s")
    assert [request.turns[-1] for request in server.requests[1:]] == [("tool", "boats 1"), ("tool", "rivers 2")]
    assert (output.content, [result.content for result in output.step_results]) == ("rivers 2", ["rivers 2"])
    assert output.status == "COMPLETED"
    [stored] = made.get_session(session_id="s").runs
    assert (stored.content, stored.workflow_agent_run.content) == ("rivers 2", "Both.")
    assert made.get_session_state(session_id="s") == {"n": 2}
    if events:
        assert names(events).count("WorkflowStarted") == names(events).count("WorkflowCompleted") == 2


TWO = {"tool_calls": [{"name": "run_workflow", "arguments": {"query": query}} for query in "ab"]}


@four_ways
def test_calls_in_one_breath_run_the_steps_in_turn(way):
    with model(TWO, "Both.") as server:
        output = run_in(way, flow(), "go", session_id="s")[1]
    assert [turn for turn in server.requests[1].turns if turn[0] == "tool"] == [("tool", "a 1"), ("tool", "b 2")]
    assert output.content == "b 2"


@pytest.mark.parametrize("way", ["arun", "arun stream"])
def test_steps_that_wait_are_not_overtaken_by_another_call(way):
    trail = []

    async def work(given):
        trail.append(f"{given.input} begins")
        await asyncio.sleep(0.05)
        trail.append(f"{given.input} ends")
        return StepOutput(content=given.input)

    made = Workflow(name="w", steps=[work], agent=WorkflowAgent(model=chat()), db=InMemoryDb(), telemetry=False)
    with model(TWO, "Both."):
        run_in(way, made, "go", session_id="s")
    assert trail == ["a begins", "a ends", "b begins", "b ends"]


@pytest.mark.parametrize("way", ["run", "run stream"])
def test_the_state_tells_ids_at_the_first_call_only_as_in_agno(way):
    seen = []

    def work(given, run_context):
        seen.append(run_context.session_state.get("current_session_id"))
        return StepOutput(content="done")

    made = Workflow(name="w", steps=[work], agent=WorkflowAgent(model=chat()), db=InMemoryDb(), telemetry=False)
    with model(TWO, "Both."):
        run_in(way, made, "go", session_id="s")
    assert seen == ["s", None]


@four_ways
def test_a_run_that_waits_for_a_person_is_not_begun_again(way):
    with model(calls("run_workflow", query="a"), calls("run_workflow", query="b"), "It waits."):
        made = flow(HumanReview(requires_confirmation=True))
        output = run_in(way, made, "go", session_id="s")[1]
    assert output.is_paused
    assert len(output.step_requirements) == 1
