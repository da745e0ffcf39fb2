"""Ratios with their bootstrap intervals. Pure; called by `measure`, and by whoever reads what it has found."""

from __future__ import annotations

from functools import lru_cache
from math import comb, exp, fsum, log, sqrt
from operator import itemgetter
from random import Random
from statistics import fmean, median
from sys import float_info
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Processes = Sequence[Sequence[float | tuple[float, ...]]]

RESAMPLES = 2000
LOW, HIGH = 0.025, 0.975
TENTH = 0.1
SURE = 0.99
TINY = float_info.min
NORMAL = 1.96
STUDENT = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228)
"""By degrees of freedom, from 1 on."""


def alone(processes: Processes) -> dict[str, Any]:
    """A number that is compared with nothing, with its 95 % bootstrap interval.

    Args:
        processes: Of each process, the number in each of its blocks, or in each window of it.
    """
    middle, low, high = _interval([[_windows(block) for block in blocks] for blocks in processes])
    return {"ratio": middle, "low": low, "high": high, **_counted(processes), "against": "absolute"}


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


def ratio(ours: Processes, theirs: Processes) -> dict[str, Any]:
    """How much more or less one side takes than the other, with the 95 % bootstrap interval.

    Blocks at the same place were measured in turns: their quotient is free of whatever has slowed the machine for both.
    The median of a process's quotients is its one say, which a disturbed block does not move. The ratio is the
    geometric mean of the processes', and the interval is drawn over processes: how much the blocks of one differ is in
    its median already, and drawing them too would count it twice.

    A block may say more than one number on one side: of a quantile one for each window, and those of two processes.
    One of each side's is then taken at a time, the same in all blocks, and the say is the mean over all ways to do so.
    The median of a block's windows would not do: where slow runs lie near the quantile, that of many windows is another
    number than one window's, though the sides be equal.

    Args:
        ours: Of each process, the value in each of its blocks, or all that the block says.
        theirs: The same of the processes that were there at the same time; none of the values is 0.
    """
    found = [
        [_quotients(_windows(one), _windows(other)) for one, other in zip(our_blocks, their_blocks, strict=True)]
        for our_blocks, their_blocks in zip(ours, theirs, strict=True)
    ]
    drawn = map(exp, _interval(found))
    return {**dict(zip(("ratio", "low", "high"), drawn, strict=True)), **_counted(found)}


def _windows(block: float | tuple[float, ...]) -> tuple[float, ...]:
    return block if isinstance(block, tuple) else (block,)


def _quotients(ours: tuple[float, ...], theirs: tuple[float, ...]) -> list[float]:
    return [log(max(one, TINY) / other) for one in ours for other in theirs]


def _interval(processes: Sequence[Sequence[Sequence[float]]]) -> tuple[float, float, float]:
    """Mean of what processes say, and the 95 % interval of it; of each process what its blocks say, window by window.

    Few processes differ by less than many would, so what is drawn from them is spread by what that hides: by the
    quantile of Student's distribution instead of the normal one, and by the degree of freedom that their own mean took.
    It reaches as far to either side as it does to the farther one: a side on which few processes show nothing is no
    side on which there is nothing.
    Of a process that is the only one the blocks are drawn; a single block has no interval.
    """
    says = [fmean(map(median, zip(*blocks, strict=True))) for blocks in processes]
    middle, among = fmean(says), says if len(says) > 1 else list(map(fmean, processes[0]))
    count = len(among)
    if count == 1:
        return middle, middle, middle
    center = fmean(among)
    drawn = sorted(fsum(sample(among)) / count - center for sample in _samples(count, RESAMPLES))
    spread = student(count - 1) / NORMAL * sqrt(count / (count - 1))
    reach = spread * max(-drawn[int(LOW * RESAMPLES)], drawn[int(HIGH * RESAMPLES)])
    return middle, middle - reach, middle + reach


@lru_cache(8)
def _samples(count: int, number: int) -> list[Callable[[Sequence[float]], tuple[float, ...]]]:
    """What takes each of a number of samples out of `count` values, two at least: always the same ones."""
    random, places = Random(1), range(count)  # noqa: S311 - nothing here is a secret
    return [itemgetter(*random.choices(places, k=count)) for _ in range(number)]


def student(freedom: int) -> float:
    """Quantile of Student's distribution that 97.5 % lie below, to 0.2 %.

    Args:
        freedom: Degrees of freedom, at least 1.
    """
    if freedom <= len(STUDENT):
        return STUDENT[freedom - 1]
    second = (5 * NORMAL**5 + 16 * NORMAL**3 + 3 * NORMAL) / (96 * freedom**2)
    return NORMAL + (NORMAL**3 + NORMAL) / (4 * freedom) + second


def _counted(processes: Sequence[Sequence[Any]]) -> dict[str, int]:
    return {"samples": len(processes), "blocks": sum(map(len, processes))}
