"""What the blocks of a process come to: each metric, block by block. Pure; called by `turns` and `measure`."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

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


def joined(parts: Sequence[Mapping[str, Any]], size: int) -> list[dict[str, Any]]:
    """Blocks of so many parts each: their lists one after the other, and the sums of their sums."""
    found: list[dict[str, Any]] = []
    for begin in range(0, len(parts), size):
        block = dict(parts[begin])
        for part in parts[begin + 1 : begin + size]:
            for name, more in part.items():
                block[name] += more
        found.append(block)
    return found


def values(turn: Turn, window: int) -> dict[str, list[tuple[float, ...]]]:
    """Each metric of a process: what each block says, or one for the process as a whole.

    A block says one number; of a quantile one for each of its windows, as many runs in each, one after the other.

    Args:
        turn: What the process said.
        window: Runs of a window: as many on all sides, for the quantile of more runs is another number.
    """
    found: dict[str, list[tuple[float, ...]]] = {metric: [(value,)] for metric, value in turn.whole.items()}
    for metric, (name, share) in QUANTILES.items():
        if turn.blocks and name in turn.blocks[0]:
            found[metric] = _quantiles([block[name] for block in turn.blocks], share, window)
    for metric, (over, under, unit) in QUOTIENTS.items():
        if turn.blocks and {over, under} <= turn.blocks[0].keys():
            found[metric] = [(block[over] / block[under] * unit,) for block in turn.blocks]
    return found


def _quantiles(blocks: Sequence[Sequence[float]], share: float, window: int) -> list[tuple[float, ...]]:
    """Of each block; of all together where one has no run beyond it."""
    if window * (1 - share) < ONE:
        return [quantiles(list(chain.from_iterable(blocks)), share, window * len(blocks))]
    return [quantiles(block, share, window) for block in blocks]


def quantiles(each: Sequence[float], share: float, window: int) -> tuple[float, ...]:
    """Milliseconds of the quantile in each window of so many seconds; what fills no window is left out."""
    width = min(window, len(each))
    cut = (sorted(each[begin : begin + width]) for begin in range(0, len(each) - width + 1, width))
    return tuple(one[int(width * share)] * THOUSAND for one in cut)
