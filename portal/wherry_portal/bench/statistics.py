"""Ratios with their bootstrap intervals. Pure."""

from __future__ import annotations

from random import Random
from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

RESAMPLES = 2000
LOW, HIGH = 0.025, 0.975


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> dict[str, Any]:
    """Median of `ours` divided by that of `theirs`, with its 95 % bootstrap interval.

    Args:
        ours: One value a round.
        theirs: One value a round, none of them 0.
    """
    random = Random(1)  # noqa: S311 - the same samples give the same interval
    drawn = sorted(
        median(random.choices(ours, k=len(ours))) / median(random.choices(theirs, k=len(theirs)))
        for _ in range(RESAMPLES)
    )
    return {
        "ratio": median(ours) / median(theirs),
        "low": drawn[int(LOW * RESAMPLES)],
        "high": drawn[int(HIGH * RESAMPLES)],
        "samples": len(ours),
    }
