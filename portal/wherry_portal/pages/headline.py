"""The three figures that stand for all benchmarks: a run with a tool, 100 at a time. Home opens with them, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wherry_portal.pages.plots import figure
from wherry_portal.pages.text import figures, kept

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wherry_portal.evidence.results import ResultFile

SCENARIO = "tool-100"
SHOWN = (("p95_ms", "latency", "ms"), ("cpu_ms_per_run", "processor time per run", "ms"), ("rss_mb", "memory", "MB"))
"""Metric, what it is called here, and its unit."""


def headline(bench: ResultFile, more: str = "") -> Iterator[str]:
    """What Wherry needs of what Agno needs, large, and below it what was measured and when.

    Args:
        bench: Results of the benchmarks.
        more: What the sentence below ends with, before its stop.
    """
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
            f"{kept(f'{bench.stamp.date:%Y-%m-%d}')} (`results/{bench.path.name}`, by `wherry bench {SCENARIO}`); "
            f"latency is the 95th percentile{more}."
        )
