"""Events: they survive JSON, users may add their own, and the small differences from Agno are on purpose."""

from __future__ import annotations

import json
import pickle
from copy import copy
from dataclasses import MISSING, asdict, dataclass, fields
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wherry.core.events.event_registry import event_from_dict
from wherry.media import Image
from wherry.models.response import ToolExecution
from wherry.run.agent import (
    RUN_EVENT_TYPE_REGISTRY,
    CustomEvent,
    RunCancelledEvent,
    RunContentEvent,
    RunEvent,
    RunInput,
    RunOutput,
    RunPausedEvent,
    RunStartedEvent,
    run_output_event_from_dict,
)
from wherry.run.base import BaseRunOutputEvent
from wherry.run.requirement import RunRequirement
from wherry.run.team import TEAM_RUN_EVENT_TYPE_REGISTRY, TeamRunEvent, TeamRunOutput, team_run_output_event_from_dict
from wherry.run.team import CustomEvent as TeamCustomEvent
from wherry.run.workflow import (
    WORKFLOW_RUN_EVENT_TYPE_REGISTRY,
    StepCompletedEvent,
    StepOutputEvent,
    WorkflowCancelledEvent,
    WorkflowRunEvent,
    WorkflowRunOutput,
    workflow_run_output_event_from_dict,
)
from wherry.run.workflow import CustomEvent as WorkflowCustomEvent

few = settings(max_examples=40, deadline=None)
ALL = [
    kind
    for table in (RUN_EVENT_TYPE_REGISTRY, TEAM_RUN_EVENT_TYPE_REGISTRY, WORKFLOW_RUN_EVENT_TYPE_REGISTRY)
    for kind in table.values()
]
VALUES = {
    "str": st.text(max_size=5),
    "str | None": st.none() | st.text(max_size=5),
    "int": st.integers(0, 9),
    "int | None": st.none() | st.integers(0, 9),
    "float | None": st.none() | st.floats(0, 1),
    "bool": st.booleans(),
    "bool | None": st.none() | st.booleans(),
    "StepIndex | None": st.none() | st.integers(0, 3) | st.tuples(st.integers(0, 3), st.integers(0, 3)),
    "list[str]": st.lists(st.text(max_size=3), max_size=2),
    "list[str] | None": st.none() | st.lists(st.text(max_size=3), max_size=2),
    "dict[str, Any] | None": st.none() | st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
}


def test_a_user_may_keep_attributes_of_their_own_on_what_a_run_tells_and_returns() -> None:
    told = [kind() for kind in ALL if "Custom" not in kind.__name__]  # a custom event tells what is added to it
    returned = [RunOutput(), TeamRunOutput(), WorkflowRunOutput(), ToolExecution(), RunInput("Which boat?")]
    for one in [*told, *returned]:
        before, alike = one.to_dict(), copy(one)
        one.seen_by = "Ada"
        copies: list[Any] = [pickle.loads(pickle.dumps(one)), copy(one)]  # noqa: S301 - its own
        assert {again.seen_by for again in copies} == {"Ada"}
        assert one.to_dict() == before
        assert one == alike


@few
@given(data=st.data(), kind=st.sampled_from(ALL))
def test_any_event_comes_back_from_json(data: st.DataObject, kind: Any) -> None:
    given_fields = {
        field.name: data.draw(VALUES[str(field.type)], field.name)
        for field in fields(kind)
        if field.name not in {"event", "event_index"} and str(field.type) in VALUES
    }
    event = kind(**given_fields)
    event.event_index = data.draw(st.none() | st.integers(0, 5))
    stored = json.loads(event.to_json())
    before = json.dumps(stored)
    again = kind.from_dict(stored)
    assert json.dumps(stored) == before
    assert json.loads(again.to_json()) == stored
    assert again.event_index == event.event_index
    assert type(event_from_dict(stored)) is kind


def test_the_place_in_a_stream_is_no_field() -> None:
    event = RunStartedEvent(run_id="r")
    assert "event_index" not in asdict(event)
    assert event.event_index is None
    event.event_index = 3
    assert (event.event_index, copy(event).event_index, event.to_dict()["event_index"]) == (3, 3, 3)
    assert RunStartedEvent.from_dict({"run_id": "r", "event_index": 4}).event_index == 4


def test_every_name_has_a_class_but_the_one_agno_never_sends() -> None:
    assert set(RUN_EVENT_TYPE_REGISTRY) == {name.value for name in RunEvent}
    assert set(TEAM_RUN_EVENT_TYPE_REGISTRY) == {name.value for name in TeamRunEvent}
    assert {name.value for name in WorkflowRunEvent} - set(WORKFLOW_RUN_EVENT_TYPE_REGISTRY) == {"ConditionPaused"}


def test_events_are_made_of_their_fields_and_nothing_else() -> None:
    with pytest.raises(TypeError, match="strange"):
        RunContentEvent(strange=1)


def test_states_of_events() -> None:
    open_tool = ToolExecution(requires_confirmation=True)
    paused = RunPausedEvent(tools=[open_tool], requirements=[RunRequirement(open_tool)])
    assert (paused.is_paused, paused.is_cancelled) == (True, False)
    assert paused.tools_requiring_confirmation == [open_tool]
    assert paused.tools_requiring_user_input == paused.tools_awaiting_external_execution == []
    assert paused.active_requirements == paused.requirements
    paused.requirements[0].confirm()
    assert paused.active_requirements == []
    assert RunCancelledEvent(reason="r").is_cancelled
    assert WorkflowCancelledEvent().status == "Cancelled"
    assert StepCompletedEvent().status == "Completed"


def test_unknown_entries_are_ignored_and_unknown_names_refused() -> None:
    assert run_output_event_from_dict({"event": "RunContent", "content": "x", "strange": 1}).content == "x"
    for read in (run_output_event_from_dict, team_run_output_event_from_dict, workflow_run_output_event_from_dict):
        with pytest.raises(ValueError, match="'Strange' is not the name of an event"):
            read({"event": "Strange"})
        assert type(read({"event": "RunStarted"})) is RUN_EVENT_TYPE_REGISTRY["RunStarted"]
    for read in (team_run_output_event_from_dict, workflow_run_output_event_from_dict):
        assert type(read({"event": "TeamRunStarted"})) is TEAM_RUN_EVENT_TYPE_REGISTRY["TeamRunStarted"]


@dataclass
class Progress(CustomEvent):
    percent: int | None = None
    event: str = "Progress"


def test_users_make_events_of_their_own() -> None:
    event = Progress(percent=5, agent_id="a")
    assert event.created_at
    assert event.to_dict() == {
        "created_at": event.created_at,
        "event": "Progress",
        "agent_id": "a",
        "agent_name": "",
        "nested_depth": 0,
        "percent": 5,
    }
    event.later = {"a": 1}
    again = Progress.from_dict({**event.to_dict(), "strange": 1})
    assert again.percent == 5
    assert not hasattr(again, "strange")
    assert "later" in event.to_dict()


@pytest.mark.parametrize("kind", [CustomEvent, TeamCustomEvent, WorkflowCustomEvent])
def test_a_custom_event_takes_any_keyword(kind: Any) -> None:
    event = kind(colour="red", run_id="r")
    stored = json.loads(event.to_json())
    assert (stored["colour"], stored["run_id"], stored["event"]) == ("red", "r", "CustomEvent")
    again = event_from_dict(stored)
    assert type(again) is kind
    assert again.colour == "red"
    for field in fields(kind):
        if field.default is not MISSING and field.name != "run_id":
            assert getattr(event, field.name) == field.default


def test_media_of_a_step_are_dictionaries_where_agno_leaves_objects() -> None:
    event = StepCompletedEvent(images=[Image(url="http://127.0.0.1/", id="i")])
    stored = event.to_dict()
    assert stored["images"] == [{"id": "i", "url": "http://127.0.0.1/"}]
    assert StepCompletedEvent.from_dict(stored).images == event.images


def test_an_output_that_holds_its_own_event_can_be_stored() -> None:
    output = WorkflowRunOutput(run_id="r")
    done = WORKFLOW_RUN_EVENT_TYPE_REGISTRY["WorkflowCompleted"](run_id="r", run_output=output)
    output.events = [done]
    assert "run_output" not in output.to_dict()["events"][0]


def test_base64_in_an_event_is_decoded_once() -> None:
    event = RunContentEvent(image=Image(content=b"\x89PNG", id="i"))
    assert RunContentEvent.from_dict(event.to_dict()).image == event.image


def test_a_step_output_event_reads_through_to_its_output() -> None:
    assert StepOutputEvent().content is None
    assert StepOutputEvent().success is True
    event = StepOutputEvent.from_dict(
        {"event": "StepOutput", "step_output": {"content": "c", "success": False, "error": "e"}}
    )
    assert (event.content, event.success, event.error, event.stop, event.images) == ("c", False, "e", False, None)


@pytest.mark.parametrize("slots", [True, False])
@pytest.mark.parametrize("base", [BaseRunOutputEvent, RunContentEvent, CustomEvent])
def test_events_of_ones_own_take_their_place_in_a_stream(base, slots):
    own = dataclass(slots=slots)(type("Own", (base,), {"__annotations__": {"boat": str}, "boat": ""}))
    event = own(boat="Albion")
    assert event.event_index is None
    assert "event_index" not in event.to_dict()
    event.event_index = 3
    assert own.from_dict(event.to_dict()).event_index == 3
