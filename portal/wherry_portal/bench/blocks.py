"""What the blocks of a process come to: each metric, block by block. Pure; called by `measure`."""

from __future__ import annotations

from itertools import chain
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wherry_portal.bench.turns import Turn

THOUSAND = 1000
ONE = 0.999  # 20 runs have one beyond their 95th percentile; rounding must not hide it
# Metric: the list that it is a quantile of, and which.
QUANTILES = {
    "p50_ms": ("seconds", 0.50),
    "p95_ms": ("seconds", 0.95),
    "p99_ms": ("seconds", 0.99),
    "first_token_ms": ("firsts", 0.95),
}
# Metric: two sums, the first of which is divided by the second, and the unit.
QUOTIENTS = {
    "cpu_ms_per_run": ("cpu", "runs", THOUSAND),
    "cpu_percent": ("cpu", "wall", 100),
    "runs_per_s": ("runs", "wall", 1),
    "tokens_per_s": ("tokens", "wall", 1),
    "served_share": ("tokens", "served", 1),
    "written_kb_per_run": ("written", "runs", 1),
    "mean_rss_mb": ("held", "looks", 1),
    "us_per_object": ("cpu", "made", THOUSAND * THOUSAND),
}


def values(turn: Turn, window: int) -> dict[str, list[float]]:
    """Each metric of a process: one value for each block, or the only one of the process as a whole.

    Args:
        turn: What the process said.
        window: Runs that a quantile is of: as many on all sides, for that of more runs is another number. A block
            that has more is cut into as many windows as it fills, and has their median.
    """
    found = {metric: [value] for metric, value in turn.whole.items()}
    for metric, (name, share) in QUANTILES.items():
        if turn.blocks and name in turn.blocks[0]:
            found[metric] = [
                one * THOUSAND for one in _quantiles([block[name] for block in turn.blocks], share, window)
            ]
    for metric, (over, under, unit) in QUOTIENTS.items():
        if turn.blocks and {over, under} <= turn.blocks[0].keys():
            found[metric] = [block[over] / block[under] * unit for block in turn.blocks]
    return found


def _quantiles(blocks: Sequence[Sequence[float]], share: float, window: int) -> list[float]:
    """Of each block; of all together where one has no run beyond it."""
    if window * (1 - share) < ONE:
        return [quantile(list(chain.from_iterable(blocks)), share, window * len(blocks))]
    return [quantile(block, share, window) for block in blocks]


def quantile(each: Sequence[float], share: float, window: int) -> float:
    """The median of the quantiles of windows of so many, one after the other; what fills no window is left out."""
    width = min(window, len(each))
    cut = [sorted(each[begin : begin + width]) for begin in range(0, len(each) - width + 1, width)]
    return median(one[int(width * share)] for one in cut)
