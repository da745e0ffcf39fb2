"""Wherry against itself on the page of benchmarks: from the recorded run, and from `wherry bench --alike`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry_portal.bench.alike import MOST, counts
from wherry_portal.bench.statistics import by_chance
from wherry_portal.pages.own_budgets import interval
from wherry_portal.pages.results import stamped
from wherry_portal.pages.text import folded, table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from wherry_portal.evidence.results import ResultFile

HEAD = ("Metric", "Ratio", "95 % interval")


def noise(bench: Mapping[str, Any], alike: ResultFile | None, words: Callable[[str], str]) -> Iterator[str]:
    """How much two equal sides differ, and how often they are called different.

    Args:
        bench: The results of the benchmarks.
        alike: Results of `wherry bench --alike`, or None.
        words: What a metric with its scenario is called.
    """
    found = bench.get("noise")
    if not found and alike is None:
        return
    yield "## Wherry against itself"
    yield "The same comparison with Wherry on both sides: a difference smaller than this is noise."
    if found:
        yield from _beside(found, bench.get("false_alarms"), words)
    if alike is not None:
        yield from _again(alike, words)


def _beside(found: Mapping[str, Any], alarms: Mapping[str, int] | None, words: Callable[[str], str]) -> Iterator[str]:
    if alarms:
        yield (
            f"Of {alarms['comparisons']} comparisons of Wherry with itself {alarms['alarms']} call the two "
            "different: their whole interval is more than a tenth from 1."
        )
    *_, off = counts(list(found.values()))
    yield (
        f"{off} of {len(found)} intervals leave out 1; chance explains up to {by_chance(len(found))}. "
        "More than that, or one by more than a tenth, closes the [release gate](release.md)."
    )
    rows = ((words(name), *interval(one)) for name, one in found.items())
    yield folded(f"All {len(found)} comparisons", table(HEAD, rows), "noise")


def _again(alike: ResultFile, words: Callable[[str], str]) -> Iterator[str]:
    made: Sequence[Mapping[str, Any]] = alike.data["comparisons"]
    total, alarms, off = counts(made)
    kept = "within" if alarms <= MOST * total else "beyond"
    yield f"### {alike.data['times']} times over"
    yield (
        f"Measured against itself {alike.data['times']} times, {total} comparisons in all, Wherry is called different "
        f"{alarms} times, {100 * alarms / total:.1f} %: {kept} one in twenty. {off} intervals leave out 1."
    )
    rows = ((words(one["name"]), *interval(one)) for one in made)
    yield folded(f"All {total} comparisons", table(HEAD, rows), "alike")
    yield stamped(alike)
