"""Events are compared and shown as every dataclass is, though what does so is written once for all of them."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, fields, make_dataclass

import pytest

from wherry.core.events.event_registry import (
    RUN_OUTPUT_EVENT_TYPES,
    TEAM_RUN_OUTPUT_EVENT_TYPES,
    WORKFLOW_RUN_OUTPUT_EVENT_TYPES,
)
from wherry.run.agent import RunCompletedEvent, RunContentEvent

KINDS = [*RUN_OUTPUT_EVENT_TYPES, *TEAM_RUN_OUTPUT_EVENT_TYPES, *WORKFLOW_RUN_OUTPUT_EVENT_TYPES]


@pytest.fixture(scope="module")
def pairs():
    """An event of each kind, and an object with the same fields whose methods `dataclass` has written."""
    made = []
    for kind in KINDS:
        event = kind()
        plain = make_dataclass(kind.__name__, [one.name for one in fields(kind)])
        made.append((event, plain(*(getattr(event, one.name) for one in fields(kind)))))
    return made


def test_an_event_is_shown_with_its_fields(pairs):
    assert len(pairs) > 90
    assert [repr(event) for event, _ in pairs] == [repr(plain) for _, plain in pairs]


def test_events_are_equal_by_their_fields_and_have_no_hash(pairs):
    for event, _ in pairs:
        other = copy(event)
        assert event == other
        last = fields(event)[-1].name
        setattr(other, last, "another")
        assert event != other
        with pytest.raises(TypeError, match="unhashable"):
            hash(event)


def test_events_of_two_classes_are_not_equal():
    assert RunContentEvent(event="x", created_at=1) != RunCompletedEvent(event="x", created_at=1)
    assert RunContentEvent() != "x"


def test_an_event_inside_of_itself_is_shown_once():
    event = RunContentEvent(created_at=1)
    event.content = event
    assert ", content=..., " in repr(event)


def test_an_event_of_somebody_elses_is_a_dataclass_of_their_own():
    @dataclass
    class Tide(RunContentEvent):
        level: float = 0.0

    tide = Tide(created_at=1, level=2.5)
    assert repr(tide).endswith(", level=2.5)")
    assert tide == Tide(created_at=1, level=2.5)
    assert tide != Tide(created_at=1, level=3.0)
    assert tide != RunContentEvent(created_at=1)
