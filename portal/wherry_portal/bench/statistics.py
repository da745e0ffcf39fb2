"""Ratios with their bootstrap intervals. Pure."""

from __future__ import annotations

from math import comb
from random import Random
from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

RESAMPLES = 2000
LOW, HIGH = 0.025, 0.975
TENTH = 0.1
SURE = 0.99


def alone(values: Sequence[float]) -> dict[str, Any]:
    """A median with its 95 % bootstrap interval, for what is compared with nothing."""
    random = Random(1)  # noqa: S311 - the same samples give the same interval
    drawn = sorted(median(random.choices(values, k=len(values))) for _ in range(RESAMPLES))
    low, high = drawn[int(LOW * RESAMPLES)], drawn[int(HIGH * RESAMPLES)]
    return {"ratio": median(values), "low": low, "high": high, "samples": len(values), "against": "absolute"}


def differs(one: Mapping[str, Any]) -> bool:
    """Whether a comparison says that two sides differ: its whole interval is more than a tenth from 1."""
    return bool(one["low"] > 1 + TENTH or one["high"] < 1 - TENTH)


def leaves_out_one(one: Mapping[str, Any]) -> bool:
    """Whether an interval says that two sides are not quite the same, were it the only one."""
    return not one["low"] <= 1 <= one["high"]


def by_chance(comparisons: int) -> int:
    """How many intervals of 95 % leave the truth out by chance: more than that happens once in a hundred times.

    Args:
        comparisons: How many intervals there are.
    """
    miss, likely = LOW + 1 - HIGH, 0.0
    for count in range(comparisons + 1):
        likely += comb(comparisons, count) * miss**count * (1 - miss) ** (comparisons - count)
        if likely >= SURE:
            return count
    return comparisons


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
