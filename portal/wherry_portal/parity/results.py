"""Judged comparisons as `results/parity_results.json` (`contracts/results-parity.schema.json`), and merging into it.

What is in the file from earlier runs stays, with the commit and date it was run with. No judging here.
"""

from __future__ import annotations

import errno
import os
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import orjson

from wherry_portal.evidence.stamp import write_results
from wherry_portal.parity.compare import ABSENT
from wherry_portal.parity.stats import load

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from wherry_portal.parity.intentional import Expectations
    from wherry_portal.parity.run import CaseResult, FixtureResult

NAME = "parity_results.json"
LISTED = 40
LONGEST = 300
STAMP = ("date", "commit", "versions")


def body_of(results: Iterable[FixtureResult], expectations: Expectations, root: Path) -> dict[str, Any]:
    """The `fixtures` of the results file."""
    return {result.fixture.id: _fixture(result, expectations, root) for result in results}


def write(path: Path, head: Mapping[str, Any], fixtures: Mapping[str, Any], *, whole: bool) -> None:
    """Write the file, or (a part of the fixtures) merge into what is there.

    Args:
        path: The results file.
        head: From `evidence.stamp.header`.
        fixtures: From `body_of`.
        whole: True when every fixture ran; then nothing earlier is kept.

    Raises:
        OSError: The folder cannot be written to.
        StatsError: What is there cannot be merged into.
    """
    kept: dict[str, Any] = {}
    if not whole and path.is_file():
        earlier = load(path)
        stamp = {name: earlier.get(name, "unknown") for name in STAMP}
        kept = {name: {**stamp, **entry} for name, entry in earlier["fixtures"].items()}
    write_results(path, dict(head), {"fixtures": {**kept, **fixtures}})


def refuse_unwritable(path: Path, *, whole: bool) -> None:
    """Refuse before minutes of runs what `write` would refuse after them.

    Args:
        path: The results file.
        whole: True when every fixture will be run; then it does not matter what is there.

    Raises:
        OSError: A folder is in its place, or it cannot be written there.
        StatsError: What is there cannot be merged into.
    """
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    folder = next(one for one in path.absolute().parents if one.exists())
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, f"no file can be made in {str(folder)!r}", str(path))
    if not whole and path.is_file():
        load(path)


def _fixture(result: FixtureResult, expectations: Expectations, root: Path) -> dict[str, Any]:
    path = result.fixture.path.resolve()
    return {
        "outcome": result.outcome,
        "file": str(path.relative_to(root)) if path.is_relative_to(root) else path.name,
        "description": result.fixture.description,
        "seconds": round(sum(case.seconds for case in result.cases), 2),
        "cases": {case.case.id: _case(case, expectations) for case in result.cases},
    }


def _case(result: CaseResult, expectations: Expectations) -> dict[str, Any]:
    channels: Counter[str] = Counter()
    for way in result.ways:
        channels.update(way.comparison.channels() if way.comparison else {})
    entry: dict[str, Any] = {
        "outcome": result.outcome,
        "seconds": round(result.seconds, 3),
        "ways": [way.way for way in result.ways],
        **{name: result.count(name) for name in ("compared", "equal", "noise", "intentional")},
        "different": result.count("difference"),
    }
    faults = [f"{way.way}: {line}" for way in result.ways for line in ([way.error] if way.error else way.broken)]
    if faults:
        entry["error"] = "; ".join(faults)[:1000]
    if channels:
        entry["channels"] = dict(sorted(channels.items()))
    listed = _listed(result, expectations)
    if listed:
        entry["differences"] = listed
    return entry


def _listed(result: CaseResult, expectations: Expectations) -> list[dict[str, Any]]:
    """The unexplained differences one by one (to a limit), and the intentional ones once a rule."""
    different: list[dict[str, Any]] = []
    rules: Counter[str] = Counter()
    for way in result.ways:
        for one in way.comparison.found if way.comparison else ():
            if one.severity == "intentional":
                rules[one.rule] += one.weight
            elif one.severity == "difference" and len(different) < LISTED:
                sides = {"agno": _short(one.agno), "wherry": _short(one.wherry)}
                different.append({"path": f"[{way.way}].{one.where}", "severity": "difference", **sides})
    for name, count in sorted(rules.items()):
        rule = expectations.rule(name)
        words = {"path": rule.places, "severity": "intentional", "feature": rule.feature}
        different.append({**words, "explanation": f"{name}: {rule.reason}", "values": count})
    return different


def _short(value: Any) -> Any:
    if value is ABSENT:
        return "(absent)"
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    if len(text) <= LONGEST:
        return value
    return re.sub(r"\s+", " ", text[: LONGEST // 2]) + " … " + re.sub(r"\s+", " ", text[-LONGEST // 2 :])
