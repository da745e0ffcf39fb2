"""What a selector proves: passed, failed, missing or stale, with the date, versions and commit of the run.

Pure functions over `Results`. One function a kind of selector yields what was found; `resolve` folds it into a status.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from wherry import __version__
from wherry_portal.evidence.selectors import Selector, matching, parse_selector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from wherry_portal.evidence.results import Entry, ResultFile, Results, Stamp

Status = Literal["passed", "failed", "missing", "stale"]

# Clocks of two machines may differ by this much before a date counts as one from the future.
CLOCK_SLACK = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Currency:
    """What evidence has to agree with to count.

    Attributes:
        reference: The version of Agno that the matrix speaks of.
        wherry: The version of Wherry it is about.
        now: The moment of judging.
        max_age: Older evidence is stale; None for any age (the site shows the date, the gate sets a limit).
        root: Where the notebooks are; their files are compared with what ran.
    """

    reference: str
    wherry: str = __version__
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    max_age: timedelta | None = None
    root: Path | None = None

    def objection(self, stamp: Stamp, *, needs_reference: bool = False) -> str:
        """Why a run of that stamp is stale, or empty."""
        wherry, agno = stamp.versions.get("wherry"), stamp.versions.get("agno")
        if wherry != self.wherry:
            return f"made with wherry {wherry}, not {self.wherry}"
        if agno is None and needs_reference:
            return "does not say with which agno it was made"
        if agno is not None and agno != self.reference:
            return f"made with agno {agno}, not {self.reference}"
        if stamp.date > self.now + CLOCK_SLACK:
            return f"dated {stamp.date:%Y-%m-%d %H:%M} UTC, which is in the future"
        if self.max_age is not None and self.now - stamp.date > self.max_age:
            return f"{(self.now - stamp.date).days} days old; {self.max_age.days} are allowed"
        return ""


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that a selector found."""

    name: str
    status: Status
    detail: str
    stamp: Stamp


@dataclass(frozen=True, slots=True)
class Evidence:
    """The judgement on one selector.

    Attributes:
        selector: As it was written.
        status: passed, failed, missing or stale.
        detail: One line: how many passed, or what is wrong.
        found: What it is based on, the worst first.
    """

    selector: str
    status: Status
    detail: str
    found: tuple[Found, ...] = ()

    @property
    def date(self) -> datetime | None:
        """When the oldest part of it ran, or None."""
        stamp = self._oldest
        return stamp.date if stamp else None

    @property
    def versions(self) -> Mapping[str, str]:
        """The versions of that run."""
        stamp = self._oldest
        return stamp.versions if stamp else {}

    @property
    def commit(self) -> str:
        """The commit of that run, or empty."""
        stamp = self._oldest
        return stamp.commit if stamp else ""

    @property
    def _oldest(self) -> Stamp | None:
        return min((found.stamp for found in self.found), key=lambda stamp: stamp.date, default=None)


def resolve(selector: str | Selector, results: Results, currency: Currency) -> Evidence:
    """Judge one selector.

    Failure outweighs staleness, staleness outweighs success: a selector has passed when everything it found has.
    Skipped and expectedly failing tests prove nothing and are left out; a selector that finds only such is missing.

    Raises:
        SelectorError: The text is no selector, or of a kind that results do not hold (``gate``, ``signature``).
    """
    parsed = parse_selector(selector) if isinstance(selector, str) else selector
    file_name, finder = _finder(parsed)
    file = results.get(file_name)
    if file is None:
        problem = results.problems.get(file_name)
        why = str(problem.complaints[0]) if problem else f"there is no {file_name} result in {results.folder.name}/"
        return Evidence(str(parsed), "missing", why)
    found = sorted(finder(parsed, file, currency), key=lambda one: (_ORDER.index(one.status), one.name))
    return _judge(parsed, found)


_ORDER: tuple[Status, ...] = ("failed", "stale", "missing", "passed")


def _judge(selector: Selector, found: list[Found]) -> Evidence:
    telling = tuple(one for one in found if one.status != "missing")
    if not telling:
        detail = found[0].detail if found else f"nothing ran under {selector}"
        return Evidence(str(selector), "missing", detail)
    worst = telling[0]
    count = sum(1 for one in telling if one.status == worst.status)
    if worst.status == "passed":
        silent = len(found) - len(telling)
        detail = worst.detail if len(found) == 1 else f"{count} passed" + (f", {silent} skipped" if silent else "")
    else:
        more = f" (and {count - 1} more)" if count > 1 else ""
        detail = f"{worst.name}: {worst.detail}{more}"
    return Evidence(str(selector), worst.status, detail, telling)


def _finder(selector: Selector) -> tuple[str, Callable[[Selector, ResultFile, Currency], Iterator[Found]]]:
    finders: dict[str, tuple[str, Callable[[Selector, ResultFile, Currency], Iterator[Found]]]] = {
        "test": ("tests", _tests),
        "fixture": ("parity", _fixture),
        "notebook": ("notebooks", _notebook),
        "bench": ("bench", _bench),
    }
    if selector.kind not in finders:
        from wherry_portal.evidence.selectors import SelectorError

        raise SelectorError(
            f"{str(selector)!r} is not answered by a results file",
            hint="The gate and the matrix answer that kind themselves.",
        )
    return finders[selector.kind]


def _tests(selector: Selector, file: ResultFile, currency: Currency) -> Iterator[Found]:
    for name in matching(selector.name, file.names):
        entry = file.entries[name]
        if entry.outcome in {"skipped", "xfailed"}:
            yield Found(name, "missing", f"{entry.outcome}: {entry.data.get('reason', 'no reason given')}", entry.stamp)
        else:
            yield _timed(name, entry, currency, entry.outcome, passed=entry.outcome == "passed")


def _timed(name: str, entry: Entry, currency: Currency, detail: str, *, passed: bool, reference: bool = False) -> Found:
    if not passed:
        return Found(name, "failed", detail, entry.stamp)
    objection = currency.objection(entry.stamp, needs_reference=reference)
    return Found(name, "stale" if objection else "passed", objection or detail, entry.stamp)


def _fixture(selector: Selector, file: ResultFile, currency: Currency) -> Iterator[Found]:
    for fixture in matching(selector.name, file.names):
        entry = file.entries[fixture]
        if not entry.data["cases"]:
            yield Found(fixture, "failed", entry.data.get("error", "it holds no case"), entry.stamp)
        for name, case in entry.data["cases"].items():
            if selector.case in {"", name}:
                fault = case_fault(case) or ("" if entry.outcome == "passed" or selector.case else _whole(entry))
                detail = fault or f"{case['compared']} values compared, {case['different']} different"
                yield _timed(f"{fixture}/{name}", entry, currency, detail, passed=not fault, reference=True)


def _whole(entry: Entry) -> str:
    return str(entry.data.get("error", f"the fixture's outcome is {entry.outcome}"))


def case_fault(case: Mapping[str, Any]) -> str:
    """What is wrong with one case of a fixture, or empty.

    The counts speak, not only the outcome: a case that compared nothing, or whose counts do not add up, has not passed.
    """
    counted = case["equal"] + case["noise"] + case["intentional"] + case["different"]
    if case["outcome"] == "error":
        return str(case.get("error", "it could not be compared"))
    if case["different"]:
        return f"{case['different']} unexplained of {case['compared']} values"
    if case["outcome"] != "passed":
        return str(case.get("error") or f"its outcome is {case['outcome']}")
    if case["compared"] - case["noise"] <= 0:
        return "nothing but noise was compared"
    if counted != case["compared"]:
        return f"its counts add up to {counted}, not to the {case['compared']} values compared"
    return ""


def _notebook(selector: Selector, file: ResultFile, currency: Currency) -> Iterator[Found]:
    entry = file.entries.get(selector.name)
    if entry is None:
        return
    passed = entry.outcome == "passed" and entry.data["cells"] > 0
    failures = entry.data.get("failures") or [f"outcome {entry.outcome}, {entry.data['cells']} cells"]
    detail = f"{entry.data['cells']} cells compared" if passed else failures[0]
    found = _timed(selector.name, entry, currency, detail, passed=passed)
    changed = passed and _changed(entry, currency)
    yield Found(found.name, "stale", changed, found.stamp) if changed else found


def _changed(entry: Entry, currency: Currency) -> str:
    if currency.root is None:
        return ""
    path = currency.root / entry.data["path"]
    if not path.is_file():
        return f"{entry.data['path']} is not there any more"
    now = hashlib.sha256(path.read_bytes()).hexdigest()
    return "" if now == entry.data["sha256"] else f"{entry.data['path']} has changed since it ran"


def _bench(selector: Selector, file: ResultFile, currency: Currency) -> Iterator[Found]:
    entry = file.entries.get(selector.name)
    if entry is None:
        return
    if "error" in entry.data:
        yield Found(selector.name, "failed", entry.data["error"], entry.stamp)
        return
    budgeted = {metric: ratio for metric, ratio in entry.data["ratios"].items() if "budget" in ratio}
    if not budgeted:
        yield Found(selector.name, "missing", "no ratio of it has a budget", entry.stamp)
    for metric, ratio in budgeted.items():
        detail = f"{ratio['ratio']:.3g} [{ratio['low']:.3g}, {ratio['high']:.3g}], budget {bound_text(ratio['budget'])}"
        passed = within(ratio, ratio["budget"])
        yield _timed(f"{selector.name}.{metric}", entry, currency, detail, passed=passed, reference=True)


def within(ratio: Mapping[str, float], bound: Mapping[str, float]) -> bool:
    """Whether the whole interval of a ratio lies inside a bound."""
    return ratio["high"] <= bound.get("max", float("inf")) and ratio["low"] >= bound.get("min", float("-inf"))


def bound_text(bound: Mapping[str, float]) -> str:
    """A bound as text: `≤ 0.7`, `≥ 0.9`."""
    signs = {"max": "≤", "min": "≥"}
    return " and ".join(f"{signs[side]} {value:g}" for side, value in bound.items())
