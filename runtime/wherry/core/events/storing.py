"""From events and outputs to dictionaries and back: one converter a field name.

Field names mean the same in every event and output, so two tables do the work: `STORE` says how a field is written,
`REVIVE` how it is read. Which fields there are and in which order is known by the classes that call this.
"""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Any

from wherry.core.citations import Citations, MessageReferences
from wherry.core.events.model_response import ToolExecution
from wherry.core.events.pause import RunRequirement
from wherry.core.media import Audio, File, Image, Video, media_list
from wherry.core.messages import Message
from wherry.core.metrics import RunMetrics
from wherry.core.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


@cache
def _field_names(cls: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(cls))


def field_names(cls: Any) -> tuple[str, ...]:
    """Names of a dataclass's fields in order, looked up once a class."""
    return _field_names(cls)


ATOMS = frozenset({str, int, float, bool, type(None)})


def plain(value: Any) -> Any:
    """A value with its own containers and with dataclasses as dictionaries, as `dataclasses.asdict` has it."""
    kind = type(value)
    if kind in ATOMS:
        return value
    if kind is dict:
        if ATOMS.issuperset(map(type, value.values())):
            return value.copy()
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        items = [plain(item) for item in value]
        return items if isinstance(value, list) else tuple(items)
    if isinstance(value, Record):
        return stored(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {name: plain(getattr(value, name)) for name in field_names(type(value))}
    return value


def stored(item: Any) -> Any:
    """One item as it stores itself; a dictionary stays as it is."""
    if hasattr(item, "to_dict"):
        return item.to_dict()
    return item.model_dump() if isinstance(item, Record) else item


def stored_all(items: Iterable[Any]) -> list[Any]:
    """Items as they store themselves, lists of items too."""
    return [stored_all(item) if isinstance(item, list) else stored(item) for item in items]


def is_model(value: Any) -> bool:
    """Whether it is a structured answer: an instance of a pydantic model or of a record."""
    return value is not None and hasattr(value, "model_dump") and not isinstance(value, type)


def _dumped_all(items: Iterable[Any]) -> list[Any]:
    return [item.model_dump() if is_model(item) else item for item in items]


def _same(value: Any) -> Any:
    return value


def _cited(value: Any) -> Any:
    return value.model_dump(exclude_none=True) if is_model(value) else value


STORE: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("metadata", "followups"), _same),
    **dict.fromkeys(("reasoning_steps", "references"), _dumped_all),
    **dict.fromkeys(
        ("response_audio", "image", "tool", "metrics", "session_summary", "run_input", "compaction", "input"), stored
    ),
    **dict.fromkeys(
        (
            "additional_input",
            "events",
            "images",
            "videos",
            "audio",
            "files",
            "member_responses",
            "memories",
            "messages",
            "reasoning_messages",
            "requirements",
            "tasks",
            "tools",
            "step_results",
            "step_executor_runs",
            "step_requirements",
            "error_requirements",
            "iteration_results",
            "all_results",
            "executor_requirements",
        ),
        stored_all,
    ),
    **dict.fromkeys(("step_output", "step_response", "workflow_agent_run"), stored),
    "citations": _cited,
}


def _each(make: Callable[[dict[str, Any]], Any]) -> Callable[[Any], Any]:
    def revive(items: Any) -> Any:
        return [make(item) if isinstance(item, dict) else item for item in items]

    return revive


def _one(make: Callable[[dict[str, Any]], Any]) -> Callable[[Any], Any]:
    def revive(item: Any) -> Any:
        return make(item) if isinstance(item, dict) else item

    return revive


def _media(kind: Any) -> Callable[[Any], Any]:
    def revive(items: Any) -> Any:
        return media_list(kind, items)

    return revive


def _step(stored: Any) -> Any:
    """A step of a line of thought; pydantic is loaded only for runs that have one."""
    from wherry.core.events.reasoning_step import ReasoningStep

    return ReasoningStep.model_validate(stored)


REVIVE: dict[str, Callable[[Any], Any]] = {
    "tool": _one(ToolExecution.from_dict),
    "tools": _each(ToolExecution.from_dict),
    "images": _media(Image),
    "videos": _media(Video),
    "audio": _media(Audio),
    "files": _media(File),
    "image": _one(Image.from_dict),
    "response_audio": _one(Audio.from_dict),
    "messages": _each(Message.from_dict),
    "additional_input": _each(Message.from_dict),
    "reasoning_messages": _each(Message.from_dict),
    "reasoning_steps": _each(_step),
    "references": _each(MessageReferences.model_validate),
    "citations": _one(Citations.model_validate),
    "metrics": _one(RunMetrics.from_dict),
    "requirements": _each(RunRequirement.from_dict),
}

# Empty ones of these are read as absent.
_EMPTY_IS_ABSENT = frozenset(REVIVE) - {"additional_input", "reasoning_messages", "reasoning_steps", "references"}


def revive(found: dict[str, Any], more: dict[str, Callable[[Any], Any]] | None = None) -> dict[str, Any]:
    """Turn the nested dictionaries among `found` into objects, in place; `more` overrides and adds converters."""
    table = REVIVE if more is None else REVIVE | more
    for name in table.keys() & found.keys():
        value = found[name]
        if value:
            found[name] = table[name](value)
        elif value is None or name in _EMPTY_IS_ABSENT:
            del found[name]
    return found


def json_default(value: Any) -> Any:
    """JSON form of what JSON has no word for: times as ISO text, enums by value, the rest as text."""
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value if type(value.value) in ATOMS else value.name
    return str(value)


def json_text(data: dict[str, Any], separators: tuple[str, str], indent: int | None, *, ascii_only: bool) -> str:
    """The JSON text Agno's `to_json` methods write."""
    return json.dumps(data, indent=indent, separators=separators, default=json_default, ensure_ascii=ascii_only)
