"""What the home page says that is measured: filled in where the hand-written page has a mark."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from wherry_portal.pages.benchmarks import short

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wherry_portal.evidence import Cell
    from wherry_portal.evidence.results import ResultFile
    from wherry_portal.gate.verdict import Verdict

MARK = "<!-- measured -->"
SHOWN = (("tool-100", "p95_ms"), ("tool-100", "cpu_ms_per_run"), ("tool-100", "rss_mb"))


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
    lines = [*_measured(bench)]
    lines.append(
        f"- [Support matrix](support-matrix.md): {proven} of {claimed} claimed features proven by a recorded run, "
        f"{shown['planned'] + shown['not_migrated']} planned or not migrated."
    )
    still = sum(line.open for line in verdict.lines)
    answer = "may go ahead" if verdict.passed else f"is held by {still} of {len(verdict.lines)} items"
    lines.append(f"- [Release {verdict.release}](release.md) {answer}.")
    return page.replace(MARK, "\n".join(lines))


def _measured(bench: ResultFile | None) -> Iterator[str]:
    """The figures beside Agno's, large, and below them what they are of."""
    if bench is None:
        return
    found = {}
    for scenario, metric in SHOWN:
        one = bench.data["scenarios"].get(scenario, {}).get("ratios", {}).get(metric)
        if one:
            found[short(metric)] = one["ratio"]
    if found:
        figures = "".join(f"<div><dt>{word}</dt><dd>{ratio:.2f} &times;</dd></div>" for word, ratio in found.items())
        yield f'<dl class="figures">{figures}</dl>\n'
        yield (
            f"- Wherry's figures in parts of Agno {bench.stamp.versions.get('agno', '')}'s: 100 runs with a tool at a "
            f"time, measured {bench.stamp.date:%Y-%m-%d} ([all benchmarks](benchmarks.md))."
        )
