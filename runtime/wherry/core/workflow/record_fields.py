"""What the fields of a workflow's record may hold: whatever is let in goes through JSON and comes back the same.

Called by `workflow_record` and `record_making`, where a record is made by hand, from a run or from JSON.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import MISSING, Field, fields
from math import isfinite
from typing import TYPE_CHECKING, Any

from wherry.core.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_SHOWN = 80


class WorkflowRecordError(ConfigurationError):
    """A record or a workflow that cannot be right; raised before any model is asked. Also a ValueError."""


def is_text(value: Any) -> bool:
    """Whether it is a text."""
    return type(value) is str


def may_be_text(value: Any) -> bool:
    """Whether it is a text or None."""
    return value is None or is_text(value)


def is_count(value: Any) -> bool:
    """Whether it is a whole number from zero."""
    return type(value) is int and value >= 0


def is_seconds(value: Any) -> bool:
    """Whether it is a finite number from zero."""
    return type(value) in (int, float) and isfinite(value) and value >= 0


def is_texts(value: Any) -> bool:
    """Whether it is a list of texts."""
    return isinstance(value, (list, tuple)) and all(map(is_text, value))


def may_be_texts(value: Any) -> bool:
    """Whether it is a list of texts or None."""
    return value is None or is_texts(value)


def is_plain(value: Any) -> bool:
    """Whether JSON gives the value back as it was."""
    if isinstance(value, dict):
        return all(is_text(key) and is_plain(inner) for key, inner in value.items())
    if isinstance(value, list):
        return all(map(is_plain, value))
    return value is None or type(value) in (str, int, bool) or (type(value) is float and isfinite(value))


def is_rules(value: Any) -> bool:
    """Whether it is a list of mappings that JSON gives back."""
    return isinstance(value, list) and all(isinstance(item, dict) and is_plain(item) for item in value)


_SAYS: dict[Callable[[Any], bool], str] = {
    is_text: "a text",
    may_be_text: "a text or None",
    is_count: "a whole number from zero",
    is_seconds: "a finite number from zero",
    is_texts: "a list of texts",
    may_be_texts: "a list of texts or None",
    is_rules: "a list of mappings of JSON values",
}


def check_fields(record: Any, kinds: Mapping[str, Callable[[Any], bool]]) -> None:
    """Refuse a field whose value is not of its kind.

    Raises:
        WorkflowRecordError: One is not.
    """
    for name, fits in kinds.items():
        value = getattr(record, name)
        if not fits(value):
            raise WorkflowRecordError(
                f"{name} of a {type(record).__name__} is {told(value)}.", hint=f"It has to be {_SAYS[fits]}."
            )


def check_kind(value: Any, kind: type, what: str) -> None:
    """Refuse a value of another type.

    Raises:
        WorkflowRecordError: It is one.
    """
    if not isinstance(value, kind):
        raise WorkflowRecordError(f"{what} is {told(value)}.", hint=f"It has to be a {kind.__name__}.")


def known_fields(kind: Any, data: Any) -> dict[str, Any]:
    """The data of a record, refused when it is no mapping, holds anything else or lacks what has to be there."""
    check_kind(data, dict, f"The data of a {kind.__name__}")
    names = {item.name for item in fields(kind)}
    missing = [item.name for item in fields(kind) if item.name not in data and _has_to_be_given(item)]
    if missing:
        raise WorkflowRecordError(f"A {kind.__name__} needs its {missing[0]}.", hint=f"It has {sorted(names)}.")
    unknown = sorted(map(str, data.keys() - names))
    if unknown:
        raise WorkflowRecordError(f"{kind.__name__} has no fields {told(unknown)}.", hint=f"It has {sorted(names)}.")
    return dict(data)


def _has_to_be_given(item: Field[Any]) -> bool:
    return item.default is MISSING and item.default_factory is MISSING


def listed_ids(given: Any, what: str) -> list[str]:
    """Ids that were given in any order, as a list.

    Raises:
        WorkflowRecordError: They are no texts, or one text alone.
    """
    found = list(given) if isinstance(given, Iterable) and not isinstance(given, (str, bytes)) else given
    if not is_texts(found):
        raise WorkflowRecordError(f"{what} of a record are {str(found)[:80]!r}.", hint="Give a list of ids.")
    return list(found)


def told(value: Any) -> str:
    """A value as an error shows it: cut where it is long."""
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
