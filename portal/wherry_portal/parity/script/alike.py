"""Making two recordings of a script comparable where only chance tells them apart.

Branches of a `Parallel` tell their events as they come: they are put one branch after the other, on all sides. What is
asked at the same time arrives in either order. Labels of ids are numbered by where an id is first seen: one value more
on one side shifts all that follow, though ids that are the same in one recording are the same in the other. The
project's own cases name such channels and labels instead.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from wherry_portal.parity.compare import ABSENT, Comparison, compare

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

_LABEL = re.compile(r"<[a-z_]+-\d+>")
NEAR = 4
"""Among how many requests the next one of the other side is looked for."""
_BEGIN, _END = "ParallelExecutionStarted", "ParallelExecutionCompleted"


def by_branch(events: list[Any] | None) -> list[Any] | None:
    """The events of a run, those inside each `Parallel` one branch after the other."""
    if not events:
        return events
    found: list[Any] = []
    k = 0
    while k < len(events):
        found.append(events[k])
        k += 1
        if found[-1].get("event") == _BEGIN:
            end = _end(events, k, found[-1].get("step_id"))
            found += [event for _, event in sorted(_branches(events[k:end], found[-1]), key=lambda pair: pair[0])]
            k = end
    return found


def in_order_of(
    reference: Sequence[Any],
    requests: Sequence[Any],
    key: Callable[[Any], Any],
    like: Callable[[Any, Any], float] = lambda one, other: one == other,
) -> list[Any]:
    """Requests in the order of the reference's, each moved over a few neighbours at most.

    Args:
        reference: The other side's.
        requests: What was asked, in the order of arrival.
        key: What makes two of them the same.
        like: How much one is like another, for several that are the same.
    """
    wanted = [key(request) for request in reference]
    left, found = [(key(request), request) for request in requests], []
    for name, one in zip(wanted, reference, strict=True):
        while left and left[0][0] not in wanted:
            found.append(left.pop(0)[1])
        near = [k for k, (other, _) in enumerate(left[:NEAR]) if other == name]
        if near:
            found.append(left.pop(max(near, key=lambda k: like(one, left[k][1])))[1])
    return [*found, *(request for _, request in left)]


def rows_beside(documents: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Documents in which the rows of sessions and runs stand beside their like; one that a side has not is ABSENT.

    Rows are known by their `name`: one that only one side has would else shift all that follow.
    """
    tables = [
        {
            (file, table): _by_name(rows)
            for file, tables in document["sessions"].items()
            for table, rows in tables.items()
        }
        for document in documents
    ]
    found = [
        {**document, "sessions": {file: dict(one) for file, one in document["sessions"].items()}}
        for document in documents
    ]
    for place in dict.fromkeys(place for side in tables for place in side):
        if all(place in side for side in tables):
            names = dict.fromkeys(name for side in tables for name in side[place])
            for document, side in zip(found, tables, strict=True):
                document["sessions"][place[0]][place[1]] = [side[place].get(name, ABSENT) for name in names]
    return found


def _by_name(rows: Sequence[Mapping[str, Any]]) -> dict[tuple[str, int], Any]:
    counts: Counter[str] = Counter()
    found = {}
    for k, row in enumerate(rows):
        name = str(row.get("name", k))
        counts[name] += 1
        found[name, counts[name]] = row
    return found


def _end(events: list[Any], start: int, step: Any) -> int:
    places = (
        k for k in range(start, len(events)) if events[k].get("event") == _END and events[k].get("step_id") == step
    )
    return next(places, len(events))


def _branches(events: list[Any], parallel: Mapping[str, Any]) -> Iterator[tuple[int, Any]]:
    """Each event with the number of its branch; one that names none belongs to the branch before it."""
    depth, branch = len(_index(parallel)), 0
    for event in events:
        index = _index(event)
        branch = index[depth] if len(index) > depth else branch
        yield branch, event


def _index(event: Mapping[str, Any]) -> list[int]:
    given = event.get("step_index")
    return given if isinstance(given, list) else [] if given is None else [given]


def compare_by_identity(one: Any, again: Any, other: Any) -> Comparison:
    """The comparison, with labels of the second side renamed where each stands for just one of the first side."""
    first = compare(one, again, other)
    names = _names(first)
    second = compare(one, again, _renamed(other, names)) if names else first
    return second if len(second.differences) < len(first.differences) else first


def _names(comparison: Comparison) -> dict[str, str]:
    """Label of the second side -> that of the first, where texts are equal but for labels and no label means two."""
    theirs: defaultdict[str, set[str]] = defaultdict(set)
    ours: defaultdict[str, set[str]] = defaultdict(set)
    for difference in comparison.found:
        left, right = difference.agno, difference.wherry
        if isinstance(left, str) and isinstance(right, str) and _LABEL.sub("", left) == _LABEL.sub("", right):
            for a, b in zip(_LABEL.findall(left), _LABEL.findall(right), strict=True):
                theirs[a].add(b)
                ours[b].add(a)
    return {
        b: a for b, (a, *more) in ((b, sorted(names)) for b, names in ours.items()) if not more and theirs[a] == {b}
    }


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    """The document with labels renamed; a label whose name is taken gets one that nobody has."""
    taken = {new: f"{new[:-1]}-0>" for new in names.values() if new not in names}  # two ids must not become one
    return _put(value, {**taken, **names})


def _put(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return _LABEL.sub(lambda found: names.get(found[0], found[0]), value) if "<" in value else value
    if isinstance(value, dict):
        return {_put(name, names): _put(item, names) for name, item in value.items()}
    return [_put(item, names) for item in value] if isinstance(value, list) else value


def requests_beside(sides: Sequence[Sequence[Any]], keys: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """The requests of each side, each beside its like on the others; ABSENT where a side did not ask.

    Without it, one that only one side asks, as after a cancel, would shift all that follow.

    Args:
        sides: What each side asked, the reference first.
        keys: For each of these, what makes two of them the same.
    """
    rows: list[tuple[Any, list[Any]]] = []
    for nth, (asked, names) in enumerate(zip(sides, keys, strict=True)):
        known = [name for name, _ in rows]
        beside: list[tuple[Any, list[Any]]] = []
        for _, a, b, c, d in SequenceMatcher(None, known, names, autojunk=False).get_opcodes():
            for k in range(max(b - a, d - c)):
                name, row = rows[a + k] if a + k < b else (names[c + k], [ABSENT] * nth)
                beside.append((name, [*row, asked[c + k] if c + k < d else ABSENT]))
        rows = beside
    return [[row[nth] for _, row in rows] for nth in range(len(sides))]
