"""Two whole runs beside each other on the page of benchmarks, from `wherry bench --against`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry_portal.bench.again import CHANGES, KINDS, OTHER, SAME
from wherry_portal.evidence.resolve import bound_text
from wherry_portal.pages.results import stamped
from wherry_portal.pages.text import code, folded, kept, plain, table
from wherry_portal.sources.counted import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from wherry_portal.evidence.results import ResultFile

HEAD = ("Metric", "Budget", "First run", "Second run")


def two_runs(against: ResultFile | None, shown: ResultFile, words: Callable[[str], str]) -> Iterator[str]:
    """Whether another whole run gave the same verdicts.

    Args:
        against: Results of `wherry bench --against`, or None.
        shown: The run that the page shows.
        words: What a metric with its scenario is called.
    """
    if against is None:
        return
    data = against.data
    yield "## Two whole runs"
    first, second = (_run(data["runs"][name]) for name in ("before", "now"))
    yield f"Does another run come to the same? The first {first}, the second {second}."
    if any(data["runs"]["now"][name] != shown.data[name] for name in ("date", "commit")):
        yield "The second is not the run that this page shows."
    if data["unlike"]:
        yield "What else than chance may lie behind a difference: " + "; ".join(map(plain, data["unlike"])) + "."
    names = [name for name in CHANGES if name != OTHER or any(one["change"] == OTHER for one in data["budgets"])]
    rows = (
        (f"{whose[0].upper()}{whose[1:]}", *(str(_count(data, kind, name)) for name in names))
        for kind, whose in KINDS.items()
    )
    yield table(("Budgets", *(_head(name) for name in names)), rows)
    moved = [one for one in data["budgets"] if one["change"] != SAME]
    if moved:
        cells = (
            (_name(one, words), bound_text(one["bound"]), _judged(one["before"]), _judged(one["now"])) for one in moved
        )
        yield folded(f"{counted(len(moved), 'budget')} judged differently", table(HEAD, cells), "two-runs")
    off = data["apart"]
    yield (
        f"Of {data['ratios']} ratios that both measured, {len(off)} differ by more than both intervals allow: "
        "these have nothing in common."
    )
    if off:
        spans = ((_name(one, words), _span(one["before"]), _span(one["now"])) for one in off)
        yield folded(f"{counted(len(off), 'ratio')} apart", table((HEAD[0], *HEAD[2:]), spans), "apart")
    yield stamped(against)


def _run(one: Mapping[str, Any]) -> str:
    changed = " with uncommitted changes" if one.get("dirty") else ""
    return f"ended {kept(one['date'][:16].replace('T', ' '))} UTC, commit {code(one['commit'][:12])}{changed}"


def _count(data: Mapping[str, Any], kind: str, change: str) -> int:
    return sum((one["kind"], one["change"]) == (kind, change) for one in data["budgets"])


def _head(change: str) -> str:
    told = "the same verdict" if change == SAME else CHANGES[change].partition(", its")[0]
    return told[0].upper() + told[1:]


def _name(one: Mapping[str, Any], words: Callable[[str], str]) -> str:
    name, _, by_hand = one["name"].partition(", by ")
    own = " (our own)" if one.get("kind") == "own_budget" else ""
    return words(name) + (", divided by hand's" if by_hand else "") + own


def _judged(side: Mapping[str, Any]) -> str:
    return f"{side['verdict']}: {_span(side)}"


def _span(side: Mapping[str, float]) -> str:
    return f"{side['ratio']:.3f} ({side['low']:.3f} to {side['high']:.3f})"
