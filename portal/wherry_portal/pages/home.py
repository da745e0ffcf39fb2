"""What the home page says that is measured: filled in where the hand-written page has a mark."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from wherry_portal.pages.plots import figure
from wherry_portal.pages.text import figures

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wherry_portal.evidence import Cell
    from wherry_portal.evidence.results import ResultFile
    from wherry_portal.gate.verdict import Verdict

MARK = "<!-- measured -->"
SCENARIO = "tool-100"
SHOWN = (("p95_ms", "latency", "ms"), ("cpu_ms_per_run", "processor time per run", "ms"), ("rss_mb", "memory", "MB"))
"""Metric, what it is called here, and its unit."""


def filled(page: str, bench: ResultFile | None, cells: Iterable[Cell], verdict: Verdict) -> str:
    """The home page with its mark replaced.

    Args:
        page: The hand-written page.
        bench: Results of the benchmarks, or None.
        cells: Of the support matrix.
        verdict: Of the release gate.
    """
    shown = Counter(cell.shown for cell in cells)
    proven = shown["available"] + shown["limited"]
    claimed = proven + shown["unverified"] + shown["failed"] + shown["stale"]
    missing = shown["planned"] + shown["not_migrated"]
    still = sum(line.open for line in verdict.lines)
    answer = "may go ahead" if verdict.passed else f"waits for {still} of {len(verdict.lines)} checks"
    state = (
        f"**{proven} of {claimed}** features that Wherry claims are proven by a recorded run, {missing} are not there "
        f"yet ([support matrix](support-matrix.md)). **Release {verdict.release}** {answer} ([gate](release.md))."
    )
    return page.replace(MARK, "\n\n".join([*_measured(bench), state]))


def _measured(bench: ResultFile | None) -> Iterator[str]:
    """What Wherry needs of what Agno needs, large, and below it what was measured and when."""
    if bench is None:
        return
    scenario = bench.data["scenarios"].get(SCENARIO, {})
    told = []
    for metric, words, unit in SHOWN:
        one = scenario.get("ratios", {}).get(metric)
        if one:
            sides = [scenario.get("measured", {}).get(side, {}).get(metric) for side in ("wherry", "agno")]
            beside = "" if None in sides else f"<small>{figure(sides[0])} instead of {figure(sides[1])} {unit}</small>"
            told.append((f"of Agno's {words}{beside}", f"{100 * one['ratio']:.0f}&nbsp;%"))
    if told:
        yield figures(told)
        yield (
            f"100 runs with a tool at a time, Wherry beside Agno {bench.stamp.versions.get('agno', '')}, measured on "
            f"{bench.stamp.date:%Y-%m-%d}; latency is the 95th percentile ([all benchmarks](benchmarks.md))."
        )
