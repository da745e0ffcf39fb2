"""Records of workflow runs: what they hold, what they refuse, and their way through JSON."""

import json
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from wherry.agent import Agent
from wherry.models.openai import OpenAIChat
from wherry.team import Team
from wherry.testing import ReplayServer
from wherry.tools import Function
from wherry.workflow import Condition, HumanReview, Loop, Parallel, Step, StepOutput, Steps, Workflow
from wherry.workflow.record import StepRecord, WorkflowRecordError, WorkflowRef, WorkflowRunRecord, plan_of, record_of


def say(name, **options):
    def work(given):
        return StepOutput(content=f"{name} after {given.previous_step_content}")

    return Step(name=name, executor=work, **options)


def test_a_run_is_recorded_with_its_steps_rules_and_tokens():
    with ReplayServer(["A fine plan."]) as server, server.environment():
        planner = Agent(name="planner", model=OpenAIChat(id="gpt-5-mini"), telemetry=False)
        steps = [
            Step(name="plan", agent=planner),
            Parallel(say("left"), say("right"), name="both"),
            Condition(name="check", evaluator=True, steps=[say("yes")]),
            say("last"),
        ]
        made = Workflow(name="w", id="w", steps=steps, telemetry=False)
        output = made.run("go")
    record = record_of(made, output, agents=["planner"], version="3")
    assert record.id == output.run_id
    assert record.workflow_ref == WorkflowRef("w", "3")
    assert record.pattern_type == "parallel"
    ids = ["plan", "both", "both/left", "both/right", "check", "check/yes", "last"]
    assert [step.id for step in record.steps] == ids
    assert {step.status for step in record.steps} == {"completed"}
    assert (record.steps[0].agent_id, record.steps[0].input_summary) == ("planner", "go")
    assert record.steps[0].output_summary == "A fine plan."
    assert (record.steps[1].join, record.steps[2].group) == ("check", "both")
    assert record.routing_rules_applied == [{"step": "check", "rule": "Condition", "ran": ["yes"]}]
    assert record.resources_used.prompt_tokens > 0
    assert record.resources_used.latency > 0


@pytest.mark.parametrize(
    "rounds", [{}, {"forward_iteration_output": True}, {"forward_iteration_output": True, "in_order": True}]
)
def test_inputs_are_what_the_steps_were_given(rounds):
    seen = {}

    def hears(name):
        def work(given):
            seen[name] = given.previous_step_content or given.input
            return StepOutput(content=f"{name} after {seen[name]}"[:150])

        return Step(name=name, executor=work)

    inner = Workflow(name="inner", steps=[hears("within"), hears("deeper")], telemetry=False)
    with ReplayServer(["A plan.", "Done."]) as server, server.environment():
        ada = Agent(name="ada", model=OpenAIChat(id="gpt-5-mini"), telemetry=False)
        steps = [
            Steps(name="seq", steps=[hears("a"), Parallel(hears("l"), hears("r"), name="p"), hears("b")]),
            Loop([hears("x"), hears("y")], name="loop", max_iterations=3, **rounds),
            Step(name="deep", workflow=inner),
            Condition(
                name="check", evaluator=True, steps=[hears("c"), Steps(name="s", steps=[hears("d")]), hears("e")]
            ),
            Parallel(hears("left"), hears("right"), name="both"),
            Step(name="plan", agent=ada),
            Parallel(hears("one"), hears("two"), name="joined", joined_output=True),
            hears("all"),
            Parallel(hears("here"), hears("there"), name="last"),
            hears("end"),
        ]
        made = Workflow(name="w", steps=steps, telemetry=False)
        output = made.run("go")
        seen["plan"] = server.requests[0].turns[-1][1]
    for told in (output, type(output).from_dict(json.loads(json.dumps(output.to_dict())))):
        noted = {step.id.rpartition("/")[2]: step.input_summary for step in record_of(made, told).steps}
        assert {name: noted[name][:150] for name in seen} == {name: given[:150] for name, given in seen.items()}


def test_a_record_goes_through_json():
    made = Workflow(name="w", steps=[say("a"), Loop(name="l", steps=[say("b")], max_iterations=2)], telemetry=False)
    record = record_of(made, made.run("go"))
    record.think("first")
    record.think("second")
    again = WorkflowRunRecord.from_dict(json.loads(json.dumps(record.to_dict())))
    assert again == record
    assert again.reasoning_trace == ("first", "second")
    assert again.pattern_type == "loop"


def test_a_paused_run_tells_which_step_waits():
    waiting = say("b", human_review=HumanReview(requires_confirmation=True))
    made = Workflow(name="w", steps=[say("a"), waiting, say("c")], telemetry=False)
    record = record_of(made, made.run("go"))
    assert [step.status for step in record.steps] == ["completed", "paused", "pending"]


@pytest.mark.parametrize("kept", [True, False])
def test_a_record_holds_what_everybody_thought_and_used(kept):
    task = {"tool_calls": [{"name": "delegate_task_to_member", "arguments": {"member_id": "ben", "task": "Look."}}]}
    replies = [
        *({"content": f"round {number}", "reasoning": f"thought {number}"} for number in (1, 2)),
        *(task, {"content": "looked", "reasoning": "the member's"}, {"content": "led", "reasoning": "the leader's"}),
        {"content": "within", "reasoning": "the inner one's"},
    ]
    with ReplayServer(replies) as server, server.environment():
        model = OpenAIChat(id="gpt-5-mini")
        ada, ben, cat = (Agent(name=name, id=name, model=model, telemetry=False) for name in ("ada", "ben", "cat"))
        inner = Workflow(name="inner", steps=[Step(name="c", agent=cat)], telemetry=False, store_executor_outputs=kept)
        steps = [
            Loop([Step(name="a", agent=ada)], name="loop", max_iterations=2),
            Step(name="t", team=Team(name="crew", members=[ben], model=model, telemetry=False)),
            Step(name="deep", workflow=inner),
        ]
        made = Workflow(name="w", steps=steps, telemetry=False)
        record = record_of(made, made.run("go"))
        used = server.request_count * 20
    thoughts = ["thought 1", "thought 2", "the member's", "the leader's", "the inner one's"]
    assert list(record.reasoning_trace) == thoughts[: None if kept else -1]
    assert record.resources_used.prompt_tokens == used


@pytest.mark.parametrize("finish", [True, False])
def test_a_group_that_waits_for_a_tool_tells_of_the_steps_inside(finish):
    with ReplayServer([{"tool_calls": [{"name": "moor", "arguments": {}}]}, "Moored."]) as server, server.environment():
        moor = Function(name="moor", entrypoint=lambda: "moored", requires_confirmation=True)
        ada = Agent(name="ada", model=OpenAIChat(id="gpt-5-mini"), tools=[moor], telemetry=False)
        group = Steps(name="g", steps=[say("b"), Steps(name="h", steps=[Step(name="ask", agent=ada)]), say("c")])
        made = Workflow(name="w", steps=[say("a"), group, say("z")], telemetry=False, finish_groups=finish)
        output = made.run("go")
        waiting = {step.id: step.status for step in record_of(made, output).steps}
        output.step_requirements[-1].executor_requirements[0]["tool_execution"]["confirmed"] = True
        record = record_of(made, made.continue_run(output))
    # Without the option nothing is kept of the steps before the one that waits, and those after it never run.
    known, after = ("completed", "completed") if finish else ("pending", "pending")
    around = "paused" if finish else "pending"
    expected = {"a": "completed", "g": "paused", "g/b": known, "g/h": around, "g/h/ask": "paused"}
    assert waiting == {**expected, "g/c": "pending", "z": "pending"}
    ended = dict.fromkeys(("a", "g", "g/h", "g/h/ask", "z"), "completed")
    assert {step.id: step.status for step in record.steps} == {**ended, "g/b": known, "g/c": after}
    assert next(step.output_summary for step in record.steps if step.id == "g/h/ask") == "Moored."


def test_steps_without_names_are_recorded_by_their_places():
    row, sail = Loop([say("row")], max_iterations=2), Loop([say("sail")], max_iterations=1)
    groups = [Parallel(say("left"), say("right")), row, sail]
    made = Workflow(name="w", steps=[Condition(steps=groups, else_steps=[Loop([say("walk")])])], telemetry=False)
    record = record_of(made, made.run("go"))
    done = {step.id: step.status for step in record.steps}
    assert [identity for identity, status in done.items() if status == "pending"] == [
        "step_1/step_4",
        "step_1/step_4/walk",
    ]
    assert done["step_1/step_3/sail"] == "completed"
    assert [rule["step"] for rule in record.routing_rules_applied] == ["step_1", "step_1/step_2", "step_1/step_3"]
    assert [rule["ran"] for rule in record.routing_rules_applied[1:]] == [["row", "row"], ["sail"]]


def test_a_parallel_step_names_who_receives_its_outputs_inside_groups_too():
    def beside():
        return Parallel(say("l"), say("r"), name="p")

    inner = Workflow(name="inner", steps=[beside(), say("within")], telemetry=False)
    steps = [Loop([beside()], name="loop", max_iterations=1), Step(name="deep", workflow=inner), beside()]
    made = Workflow(name="w", steps=steps, telemetry=False)
    record = record_of(made, made.run("go"), background_tasks=["b-1"])
    joins = {step.id: step.join for step in record.steps if step.join}
    assert joins == {"loop/p": "deep", "deep/p": "deep/within", "p": "end"}
    assert {step.status for step in record.steps} == {"completed"}
    assert WorkflowRunRecord.from_dict(record.to_dict()).background_tasks == ["b-1"]


def test_what_is_no_workflow_or_no_output_is_refused():
    with pytest.raises(WorkflowRecordError, match="3 is no workflow"):
        plan_of(3)
    ring = Workflow(name="ring")
    ring.steps = [Step(name="again", workflow=ring)]
    with pytest.raises(WorkflowRecordError, match="Does a workflow contain itself"):
        plan_of(ring)
    with pytest.raises(WorkflowRecordError, match="3 is no output of a workflow"):
        record_of(Workflow(name="w", steps=[say("a")]), 3)


def test_a_workflow_that_cannot_be_right_is_refused_before_any_model_is_asked():
    with ReplayServer([]) as server, server.environment():
        agent = Agent(name="ghost", model=OpenAIChat(id="gpt-5-mini"), telemetry=False)
        with pytest.raises(WorkflowRecordError, match="unknown agent 'ghost'"):
            plan_of(Workflow(name="w", steps=[Step(name="s", agent=agent)]), agents=["planner"])
        inner = Workflow(name="inner", steps=[Step(name="s", agent=agent)])
        with pytest.raises(WorkflowRecordError, match="unknown agent 'ghost'"):
            plan_of(Workflow(name="w", steps=[Step(name="deep", workflow=inner)]), agents=["planner"])
        with pytest.raises(WorkflowRecordError, match="Two steps have the id 'twin'"):
            plan_of(Workflow(name="w", steps=[say("twin"), say("twin")]))
        assert server.request_count == 0


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({"steps": [{"id": "p", "join": "nowhere"}, {"id": "m", "group": "p"}]}, "has the join 'nowhere'"),
        ({"steps": [{"id": "p"}, {"id": "m", "group": "p"}]}, "has the join None"),
        ({"steps": [{"id": "a", "status": "lost"}]}, "status 'lost'"),
        ({"pattern_type": "spiral"}, "'spiral' is no pattern"),
        ({"steps": [{"id": "a", "colour": "red"}]}, "colour"),
        ({"agents": ["a"], "steps": [{"id": "s", "agent_id": "b"}]}, "unknown agent 'b'"),
    ],
)
def test_records_that_cannot_be_right_are_refused(data, text):
    with pytest.raises(WorkflowRecordError, match=text):
        WorkflowRunRecord.from_dict({"workflow_ref": {"id": "w"}, **data})
    assert StepRecord("a").status == "pending"


def test_a_record_needs_its_workflow():
    with pytest.raises(WorkflowRecordError, match="workflow_ref"):
        WorkflowRunRecord.from_dict({})


class River(Enum):
    BURE = "bure"


class Boat(BaseModel):
    name: str = "Albion"


@dataclass
class Trip:
    miles: int = 3


ODD = [
    *(
        float("nan"),
        float("inf"),
        Decimal("1.5"),
        datetime(2026, 5, 1, tzinfo=UTC),
        b"\xff",
        River.BURE,
        Boat(),
        Trip(),
    ),
    *({1}, object(), [None], [[1]], {1: 2}, -1, True, "\ud800", "x" * 10_000, None, {}, [], 0.5),
]
DATA = {
    "workflow_ref": {"id": "w", "version": "1"},
    "steps": [
        {"id": "a", "status": "completed", "agent_id": "x", "input_summary": "in", "output_summary": "out"},
        {"id": "p", "join": "end"},
        {"id": "p/b", "group": "p"},
    ],
    "pattern_type": "parallel",
    "id": "r",
    "routing_rules_applied": [{"step": "a", "rule": "Loop", "ran": ["a", None]}],
    "reasoning_trace": ["first"],
    "background_tasks": ["b"],
    "resources_used": {"prompt_tokens": 1, "completion_tokens": 2, "latency": 0.5},
    "agents": ["x"],
}


def places(data, above=()):
    for key, value in data.items() if isinstance(data, dict) else enumerate(data):
        yield (*above, key)
        if isinstance(value, (dict, list)):
            yield from places(value, (*above, key))


def there_and_back(data):
    """Refused as a record that cannot be right, or the same after JSON."""
    try:
        record = WorkflowRunRecord.from_dict(data)
    except WorkflowRecordError:
        return False
    text = json.dumps(record.to_dict(), allow_nan=False)
    assert WorkflowRunRecord.from_dict(json.loads(text)) == record
    return True


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.sampled_from(list(places(DATA))), st.sampled_from(ODD) | st.recursive(st.none() | st.text(), st.lists))
def test_a_record_takes_what_json_gives_back_and_refuses_the_rest(place, value):
    data = deepcopy(DATA)
    inner = data
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    there_and_back(data)


@pytest.mark.parametrize("value", ODD, ids=lambda value: type(value).__name__)
def test_odd_values_of_a_run_do_not_keep_it_from_being_recorded(value):
    steps = [Step(name="odd", executor=lambda given: StepOutput(content=value)), say("end")]
    made = Workflow(name="w", steps=steps, telemetry=False)
    record = record_of(made, made.run(value))
    assert there_and_back(record.to_dict())
    assert [step.status for step in record.steps] == ["completed", "completed"]
    assert not there_and_back(value)


def test_a_record_lacks_nothing_and_takes_ids_from_lists():
    assert there_and_back(DATA)
    with pytest.raises(WorkflowRecordError, match=r"A StepRecord needs its id\."):
        WorkflowRunRecord.from_dict({**DATA, "steps": [{}]})
    made = Workflow(name="w", steps=[say("a")], telemetry=False)
    for wrong in (3, "planner", [None]):
        with pytest.raises(WorkflowRecordError, match="agents of a record are"):
            plan_of(made, agents=wrong)
        with pytest.raises(WorkflowRecordError, match="background_tasks of a record are"):
            record_of(made, made.run("go"), background_tasks=wrong)
    with pytest.raises(WorkflowRecordError, match="A thought is 3"):
        plan_of(made).think(3)


def test_an_error_shows_the_beginning_of_a_long_value():
    for place, value in (("pattern_type", "zig" * 50_000), ("agents", ["ada"] * 50_000)):
        data = {**deepcopy(DATA), place: value}
        if place == "agents":
            data["steps"][0]["agent_id"] = "ghost"
        with pytest.raises(WorkflowRecordError) as refused:
            WorkflowRunRecord.from_dict(data)
        assert value[0] in str(refused.value)
        assert len(str(refused.value)) < 1000
