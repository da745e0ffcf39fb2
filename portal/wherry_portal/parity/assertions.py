"""`expected_assertions`: what has to come out of a run, on both runtimes, whatever the comparison says.

A path such as `outputs[0].stored.content` (negative indexes count from the end) leads into a recording.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from wherry_portal.parity.compare import ABSENT, value_at


def failures(assertions: Iterable[Mapping[str, Any]], document: Mapping[str, Any], way: str) -> list[str]:
    """One line for every assertion that does not hold in this recording."""
    found = []
    for assertion in assertions:
        if way not in assertion.get("ways", [way]):
            continue
        value = value_at(document, parse_path(assertion["path"]))
        complaint = _complaint(assertion, value)
        if complaint:
            found.append(f"{assertion['kind']} at {assertion['path']}: {complaint}")
    return found


def parse_path(text: str) -> tuple[str | int, ...]:
    """`outputs[0].content` as `("outputs", 0, "content")`; a quoted key may hold anything: `state["a.b"]`."""
    parts: list[str | int] = []
    for name, index, quoted in re.findall(r"([^.\[\]]+)|\[(-?\d+)\]|\[\"([^\"]+)\"\]", text):
        parts.append(int(index) if index else quoted or name)
    return tuple(parts)


def _complaint(assertion: Mapping[str, Any], value: Any) -> str:
    wanted, how = assertion.get("value"), assertion.get("diff", "exact")
    if how in {"present", "absent"}:
        return "" if (value is not ABSENT) == (how == "present") else f"expected it to be {how}, got {value!r}"
    if value is ABSENT:
        return "there is nothing at this path"
    if assertion["kind"] == "contains":
        return "" if _contains(value, wanted, how) else f"expected {wanted!r} in it, got {value!r}"
    if how == "length":
        value = len(value) if isinstance(value, (str, list, dict)) else value
    if assertion["kind"] == "tolerance":
        within = assertion.get("within", 0)
        near = isinstance(value, (int, float)) and abs(value - assertion["value"]) <= within
        return "" if near else f"expected {wanted!r} within {within!r}, got {value!r}"
    return "" if _equal(value, wanted, how) else f"expected {wanted!r}, got {value!r}"


def _equal(value: Any, wanted: Any, how: str) -> bool:
    if how == "text":
        return _spaced(value) == _spaced(wanted)
    if how == "unordered" and isinstance(value, list) and isinstance(wanted, list):
        return sorted(map(repr, value)) == sorted(map(repr, wanted))
    return bool(value == wanted)


def _contains(value: Any, wanted: Any, how: str) -> bool:
    if how == "text":
        return _spaced(wanted) in _spaced(value)
    if isinstance(value, str):
        return str(wanted) in value
    if isinstance(value, list):
        return all(item in value for item in wanted) if isinstance(wanted, list) else wanted in value
    if isinstance(value, Mapping) and isinstance(wanted, Mapping):
        return all(value.get(key, ABSENT) == item for key, item in wanted.items())
    return isinstance(value, Mapping) and wanted in value


def _spaced(value: Any) -> str:
    return " ".join(str(value).split())
