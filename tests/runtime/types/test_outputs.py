"""Outputs: they survive JSON of today and of other versions, and their helpers agree with their state."""

from __future__ import annotations

import copy
import json
import time
from typing import Any

import pytest
import type_cases as cases
import type_specs as specs
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from wherry.core.events.storing import field_names
from wherry.filters import AND, EQ, GT, IN, NOT, OR, from_dict
from wherry.metrics import (
    MessageMetrics,
    ModelType,
    RunMetrics,
    SessionMetrics,
    Timer,
    ToolCallMetrics,
    accumulate_eval_metrics,
    accumulate_model_metrics,
    merge_background_metrics,
)
from wherry.models.response import ModelResponse, ToolExecution
from wherry.reasoning.step import NextAction, ReasoningStep, ReasoningSteps
from wherry.run import RunContext, RunStatus
from wherry.run.agent import RunOutput
from wherry.run.base import CancellationStage
from wherry.run.messages import RunMessages
from wherry.run.requirement import RunRequirement, UserInputField
from wherry.run.team import TeamRunOutput
from wherry.run.workflow import WorkflowRunOutput

few = settings(max_examples=40, deadline=None)
OUTPUTS = {
    "run.agent.RunOutput": RunOutput,
    "run.team.TeamRunOutput": TeamRunOutput,
    "run.workflow.WorkflowRunOutput": WorkflowRunOutput,
}


@pytest.mark.parametrize("path", OUTPUTS)
@few
@given(data=st.data())
def test_any_output_comes_back_from_json(path: str, data: st.DataObject) -> None:
    kind = OUTPUTS[path]
    chosen = data.draw(st.sets(st.sampled_from([n for n in field_names(kind) if n not in cases.SKIPPED])))
    output = specs.build(cases.full(path, tuple(n for n in field_names(kind) if n in chosen)), "wherry")
    output.events = output.events or []
    stored = json.loads(output.to_json())
    before = json.dumps(stored)
    assert json.loads(kind.from_dict(stored).to_json()) == stored
    assert json.dumps(stored) == before


@pytest.mark.parametrize("path", OUTPUTS)
def test_rows_of_other_versions_are_read(path: str) -> None:
    output = OUTPUTS[path].from_dict({"status": "TELEPORTED", "cancellation_stage": "ELSEWHERE", "invented_in": 9})
    assert (output.status, output.cancellation_stage) == ("TELEPORTED", "ELSEWHERE")
    read = OUTPUTS[path].from_dict({"status": "PAUSED"})
    assert read.status == RunStatus.paused
    assert isinstance(read.status, RunStatus) == (path == "run.agent.RunOutput")  # the others keep the stored text
    assert read.to_dict()["status"] == "PAUSED"
    assert OUTPUTS[path].from_dict({"cancellation_stage": "PENDING"}).cancellation_stage is CancellationStage.pending


def test_a_stored_output_shares_no_state_with_the_live_one() -> None:
    state = {"n": [1]}
    output = RunOutput(session_state=state, content={"deep": [1]})
    stored = output.to_dict()
    state["n"].append(2)
    output.content["deep"].append(2)
    assert (stored["session_state"], stored["content"]) == ({"n": [1]}, {"deep": [1]})


def test_states_of_outputs() -> None:
    tool = ToolExecution(requires_user_input=True, user_input_schema=[UserInputField("size", int)])
    output = RunOutput(status=RunStatus.paused, tools=[tool], requirements=[RunRequirement(tool)])
    assert output.is_paused
    assert tool.is_paused
    assert output.tools_requiring_user_input == [tool]
    assert output.tools_requiring_confirmation == output.tools_awaiting_external_execution == []
    output.active_requirements[0].provide_user_input({"size": 3})
    assert output.active_requirements == []
    assert (tool.answered, tool.user_input_schema[0].value) == (True, 3)
    assert TeamRunOutput(status=RunStatus.cancelled).is_cancelled
    assert WorkflowRunOutput(status=RunStatus.error).has_completed()
    assert not WorkflowRunOutput().has_completed()
    assert WorkflowRunOutput().active_step_requirements == WorkflowRunOutput().steps_with_errors == []


def test_answering_what_was_not_asked_is_refused_with_a_hint() -> None:
    requirement = RunRequirement(ToolExecution(tool_name="t"))
    for answer in (requirement.confirm, requirement.reject):
        with pytest.raises(ValueError, match="does not require confirmation"):
            answer()
    with pytest.raises(ValueError, match="user input"):
        requirement.provide_user_input({})
    with pytest.raises(ValueError, match="user feedback"):
        requirement.provide_user_feedback({})
    with pytest.raises(ValueError, match="external execution"):
        requirement.set_external_execution_result("x")
    with pytest.raises(ValueError, match="from None"):
        RunRequirement.from_dict(None)


def test_a_reload_of_a_pause_with_filled_in_values_is_not_an_answer() -> None:
    tool = ToolExecution(requires_user_input=True, user_input_schema=[UserInputField("size", int, value=3)])
    again = RunRequirement.from_dict(RunRequirement(tool).to_dict())
    assert again.needs_user_input
    assert again.tool_execution.answered is None


def test_a_context_keeps_the_state_it_was_given() -> None:
    state: dict[str, Any] = {}
    context = RunContext("r", "s", session_state=state, authorization="secret")
    context.session_state["seen"] = True
    assert state == {"seen": True}
    assert context.authorization == "secret"
    assert "secret" not in repr(context)


def test_run_messages_in_order() -> None:
    from wherry.models.message import Message

    system, user, extra = (Message(role=role, content=role) for role in ("system", "user", "user"))
    assert RunMessages(system_message=system, user_message=user, extra_messages=[extra]).get_input_messages() == [
        system,
        user,
        extra,
    ]
    assert RunMessages().get_input_messages() == []


def test_a_model_response_survives_the_cache() -> None:
    response = specs.build(
        {
            "$": "models.response.ModelResponse",
            "content": "x",
            "images": [cases.IMAGE],
            "audio": cases.AUDIO,
            "files": [cases.FILE],
            "citations": cases.CITATIONS,
            "response_usage": cases.USED,
            "tool_executions": [cases.TOOL],
            "tool_calls": [{"id": "c"}],
        },
        "wherry",
    )
    stored = json.loads(json.dumps(response.to_dict()))
    again = ModelResponse.from_dict({**stored, "strange": 1})
    assert again == response
    assert json.loads(json.dumps(again.to_dict())) == stored


def test_reasoning_steps_validate_and_describe_themselves() -> None:
    steps = ReasoningSteps.model_validate(
        {"reasoning_steps": [{"title": "t", "next_action": "final_answer", "strange": 1}]}
    )
    assert steps.reasoning_steps == [ReasoningStep(title="t", next_action=NextAction.FINAL_ANSWER)]
    with pytest.raises(ValueError, match="'jump'"):
        ReasoningStep(next_action="jump")
    schema = ReasoningSteps.model_json_schema()
    assert schema["required"] == ["reasoning_steps"]
    assert schema["$defs"]["NextAction"]["enum"] == ["continue", "validate", "final_answer", "reset"]
    assert isinstance(steps, BaseModel)
    entries = schema["$defs"]["ReasoningStep"]["properties"]
    assert all(entry["description"] for entry in entries.values())
    assert set(entries) == {"title", "action", "result", "reasoning", "next_action", "confidence"}


class _Model:
    id = "m"

    def get_provider(self) -> str:
        return "P"


def test_model_metrics_are_gathered_by_model_and_purpose() -> None:
    metrics = RunMetrics()
    used = MessageMetrics(input_tokens=2, output_tokens=1, total_tokens=3, cost=0.5)
    for kind in (ModelType.MODEL, "model", ModelType.MEMORY_MODEL):
        accumulate_model_metrics(ModelResponse(response_usage=used), _Model(), kind, metrics)
    accumulate_model_metrics(ModelResponse(), _Model(), "model", metrics)
    accumulate_model_metrics(ModelResponse(response_usage=used), _Model(), "model", None)
    assert metrics.to_dict() == {
        "input_tokens": 6,
        "output_tokens": 3,
        "total_tokens": 9,
        "cost": 1.5,
        "details": {
            "model": [
                {"input_tokens": 4, "output_tokens": 2, "total_tokens": 6, "cost": 1.0, "id": "m", "provider": "P"}
            ],
            "memory_model": [
                {"input_tokens": 2, "output_tokens": 1, "total_tokens": 3, "cost": 0.5, "id": "m", "provider": "P"}
            ],
        },
    }


def test_helpers_and_background_jobs_add_to_a_run() -> None:
    helper = RunMetrics(input_tokens=2, duration=1.5)
    accumulate_model_metrics(ModelResponse(response_usage=MessageMetrics(input_tokens=1)), _Model(), "model", helper)
    run = RunMetrics()
    accumulate_eval_metrics(helper, run)
    accumulate_eval_metrics(None, run)
    merge_background_metrics(run, [helper, None])
    merge_background_metrics(None, [helper])
    assert run.input_tokens == 6
    assert set(run.details) == {"eval_model", "model"}
    assert run.additional_metrics == {"eval_duration": 1.5}
    run.details["model"][0].input_tokens = 99
    assert helper.details["model"][0].input_tokens == 1, "two runs share an entry"


@few
@given(
    st.lists(
        st.builds(
            RunMetrics,
            input_tokens=st.integers(0, 9),
            cost=st.none() | st.floats(0, 9),
            duration=st.none() | st.integers(0, 9),
        )
    )
)
def test_a_session_is_the_sum_of_its_runs(runs: list[RunMetrics]) -> None:
    session = SessionMetrics()
    for run in runs:
        session.accumulate_from_run(run)
    total = sum(runs, RunMetrics())
    assert session.input_tokens == total.input_tokens
    assert session.cost == pytest.approx(total.cost)
    assert SessionMetrics.from_dict(session.to_dict()) == session
    assert sum([session, SessionMetrics()]).to_dict() == session.to_dict()


def test_timers_measure() -> None:
    metrics = ToolCallMetrics()
    metrics.start_timer()
    time.sleep(0.01)
    metrics.stop_timer()
    assert metrics.duration >= 0.01
    assert metrics.end_time > metrics.start_time > 1_700_000_000
    run = RunMetrics()
    run.stop_timer()
    run.set_time_to_first_token()
    assert (run.duration, run.time_to_first_token) == (None, None)
    run.start_timer()
    run.set_time_to_first_token()
    first = run.time_to_first_token
    run.set_time_to_first_token()
    assert run.time_to_first_token == first
    with Timer() as timer:
        assert timer.elapsed >= 0
    assert timer.to_dict()["elapsed"] == timer.elapsed
    assert Timer().elapsed == 0.0


def test_filters_combine_and_come_back() -> None:
    made = (EQ("a", 1) & GT("b", 2)) | ~IN("c", [1])
    assert made == OR(AND(EQ("a", 1), GT("b", 2)), NOT(IN("c", [1])))
    assert from_dict(made.to_dict()) == made
    assert copy.deepcopy(made) == made
    assert made != EQ("a", 1)
    assert len({made, from_dict(made.to_dict())}) == 1


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"op": "NEAR", "key": "a", "value": 1}, "'NEAR'"),
        ({"op": "EQ", "key": "a"}, "EQ filter requires 'value' field"),
        ({"key": "a"}, "must contain 'op' key"),
        ("a", "must contain 'op' key"),
        ({"op": "AND"}, "AND filter requires 'conditions' field"),
    ],
)
def test_bad_filters_are_refused(data: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        from_dict(data)


def test_filters_from_clients_do_not_nest_without_end() -> None:
    data: dict[str, Any] = {"op": "EQ", "key": "a", "value": 1}
    for _ in range(10):
        data = {"op": "NOT", "condition": data}
    assert from_dict(data)
    with pytest.raises(ValueError, match="deeper than 10"):
        from_dict({"op": "NOT", "condition": data})
