"""`wherry bench --alike`: Wherry against itself again and again, to show how often equal sides are called different."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from wherry.core.errors import ConfigurationError
from wherry_portal.bench.measure import measure
from wherry_portal.bench.statistics import differs, leaves_out_one

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from wherry_portal.bench.scenarios import Scenario

USUAL = ("construct", "workflow-steps", "tool-1")
MOST = 0.05
"""Share of comparisons of equal sides that may be called different."""
ENOUGH = 20
"""Measurements that tell a share of one in twenty; fewer are not recorded."""


def compared(
    scenarios: Sequence[Scenario],
    times: int,
    rounds: int,
    told: Callable[[str], None] = lambda _: None,
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each comparison of Wherry with itself: the metric with its scenario, and the ratio with its interval.

    Args:
        scenarios: What to measure; nothing but Wherry is.
        times: So often.
        rounds: Processes of each side in one comparison.
        told: Called with a line after each comparison's measurement.

    Raises:
        BenchError: A turn failed.
        ConfigurationError: `times` is less than 1.
    """
    if times < 1:
        raise ConfigurationError(f"{times!r} measurements compare nothing.", hint="Ask for 20: `--alike 20`.")
    for number in range(times):
        for scenario in scenarios:
            alone = replace(scenario, against="", bare=False)
            yield from measure(alone, rounds).noise().items()
            told(f"{scenario.id}: {number + 1} of {times}")


def verdict(found: Sequence[tuple[str, dict[str, Any]]]) -> tuple[list[str], bool]:
    """What a person reads, and whether few enough comparisons call equal sides different; none at all shows nothing."""
    alarms = [(name, one) for name, one in found if differs(one)]
    total, _, off = counts([one for _, one in found])
    told = f"{total} comparisons, {len(alarms)} call the two different, {off} intervals leave out 1"
    said = [f"Wherry against itself: {told}"]
    said += [f"  {name} {one['ratio']:.3f} [{one['low']:.3f}, {one['high']:.3f}]" for name, one in alarms]
    return said, bool(found) and len(alarms) <= MOST * len(found)


def recorded(found: Sequence[tuple[str, dict[str, Any]]], times: int, rounds: int, seconds: float) -> dict[str, Any]:
    """What `results/alike.json` holds beside its head and machine."""
    told = [{"name": name, **{key: one[key] for key in ("ratio", "low", "high")}} for name, one in found]
    return {"times": times, "rounds": rounds, "seconds": round(seconds, 1), "comparisons": told}


def counts(comparisons: Sequence[Mapping[str, Any]]) -> tuple[int, int, int]:
    """How many comparisons there are, how many call equal sides different, how many intervals leave out 1."""
    return len(comparisons), sum(map(differs, comparisons)), sum(map(leaves_out_one, comparisons))
