"""Two recordings, value by value: what is equal, what is noise, what is intentional, what is different.

The reference ran twice; where its two recordings disagree, a difference is noise. The rest is given to the listed
expectations (`intentional`). Recordings are compared after `normalise`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from typing import Any

Path = tuple[str | int, ...]

_SIGNATURE = ("class", "event", "role", "step_name", "tool_name", "name", "run_type", "type", "path")


class _Absent:
    def __repr__(self) -> str:
        return "absent"


ABSENT = _Absent()
"""Stands for a value that one side does not have."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where two recordings disagree.

    Attributes:
        path: Where, in the reference's recording.
        agno: The reference's value, or ABSENT.
        wherry: The other's value, or ABSENT.
        weight: How many single values it stands for.
        severity: `noise`, `intentional` or `difference`.
        rule: The expectation that explains it.
    """

    path: Path
    agno: Any
    wherry: Any
    weight: int = 1
    severity: str = "difference"
    rule: str = ""

    @property
    def where(self) -> str:
        """The path as text: `events[0][3].content`."""
        return path_text(self.path)

    @property
    def channel(self) -> str:
        """The first part of the path; `metrics` wherever metrics are."""
        return "metrics" if "metrics" in self.path else str(self.path[0]) if self.path else ""


@dataclass(slots=True)
class Comparison:
    """What came of comparing one case in one way.

    Attributes:
        compared: How many single values were compared.
        found: Every disagreement, judged.
    """

    compared: int = 0
    found: list[Difference] = field(default_factory=list)

    def count(self, severity: str) -> int:
        """How many values a severity stands for."""
        return sum(d.weight for d in self.found if d.severity == severity)

    @property
    def equal(self) -> int:
        """How many values agree."""
        return self.compared - sum(d.weight for d in self.found)

    @property
    def differences(self) -> list[Difference]:
        """The unexplained ones."""
        return [d for d in self.found if d.severity == "difference"]

    def channels(self) -> dict[str, int]:
        """Unexplained values by channel."""
        counts: Counter[str] = Counter()
        for difference in self.differences:
            counts[difference.channel] += difference.weight
        return dict(counts)


def walk(one: Any, other: Any, path: Path = ()) -> Iterator[Difference | int]:
    """Every disagreement between two JSON values, and between them the numbers of values that agree.

    Lists of records are aligned by what the records are (event class, role, step name), so that one that is missing is
    one difference and not a shift of all that follow.
    """
    if isinstance(one, Mapping) and isinstance(other, Mapping) and (one or other):
        for key in [*one, *(k for k in other if k not in one)]:
            yield from walk(one.get(key, ABSENT), other.get(key, ABSENT), (*path, key))
    elif isinstance(one, list) and isinstance(other, list) and (one or other):
        turns = len(one) == len(other) and (
            path == ("outputs",)  # an output belongs to its turn, whatever it is
            or (path == ("requests",) and ABSENT in (*one, *other))  # a script's, put beside one another
        )
        for position, left, right in _in_turn(one, other) if turns else _aligned(one, other):
            yield from walk(left, right, (*path, position))
    elif type(one) is type(other) and one == other:
        yield 1
    else:
        yield Difference(path, one, other, max(leaves(one), leaves(other)))


def leaves(value: Any) -> int:
    """How many single values are in a JSON value; an empty container is one."""
    if isinstance(value, Mapping):
        return sum(leaves(item) for item in value.values()) or 1
    if isinstance(value, list):
        return sum(leaves(item) for item in value) or 1
    return 1


def compare(reference: Any, again: Any, candidate: Any) -> Comparison:
    """Compare a recording with the reference's; what the reference's second recording disputes is noise."""
    disputed = () if again is reference else walk(reference, again)
    noise = {item.path for item in disputed if isinstance(item, Difference)}
    result = Comparison()
    for item in walk(reference, candidate):
        if isinstance(item, int):
            result.compared += item
            continue
        result.compared += item.weight
        noisy = any(item.path[:cut] in noise for cut in range(1, len(item.path) + 1))
        result.found.append(replace(item, severity="noise") if noisy else item)
    return result


def path_text(path: Path) -> str:
    """`("events", 0, "content")` as `events[0].content`."""
    text = ""
    for part in path:
        dot = "." if text else ""
        text += f"[{part}]" if isinstance(part, int) else f"{dot}{part}"
    return text


def value_at(document: Any, path: Path) -> Any:
    """The value at a path, or ABSENT."""
    for part in path:
        try:
            document = document[part]
        except (KeyError, IndexError, TypeError):
            return ABSENT
    return document


def _in_turn(one: list[Any], other: list[Any]) -> Iterator[tuple[int, Any, Any]]:
    return ((k, a, b) for k, (a, b) in enumerate(zip(one, other, strict=True)))


def _aligned(one: list[Any], other: list[Any]) -> Iterator[tuple[int, Any, Any]]:
    """Pairs of elements with the position in the first list (for additions: where they would stand)."""
    left, right = [_signature(item) for item in one], [_signature(item) for item in other]
    if left == right:
        yield from _in_turn(one, other)
        return
    for kind, a, b, c, d in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        paired = min(b - a, d - c) if kind in {"equal", "replace"} else 0
        for k in range(paired):
            yield a + k, one[a + k], other[c + k]
        for k in range(a + paired, b):
            yield k, one[k], ABSENT
        for k in range(c + paired, d):
            yield k, ABSENT, other[k]


def _signature(item: Any) -> Any:
    if isinstance(item, Mapping):
        return tuple(str(item.get(key)) for key in _SIGNATURE if not isinstance(item.get(key), (dict, list)))
    return type(item).__name__ if isinstance(item, (list, dict)) else "value"
