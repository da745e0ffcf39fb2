"""What a measurement says of a budget: where its interval lies, and whether the bound can be reached at all.

Pure. Called when results are written and printed, by the pages, and by `wherry bench --against`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry_portal.evidence.resolve import within

if TYPE_CHECKING:
    from collections.abc import Mapping

INSIDE, UNDECIDED, OUTSIDE = "inside", "undecided", "outside"
OUT_OF_REACH = "out of reach"


def where(ratio: Mapping[str, float], bound: Mapping[str, float]) -> str:
    """Where the interval of a ratio lies; `undecided` when on both sides of the bound."""
    if within(ratio, bound):
        return INSIDE
    beyond = ratio["low"] > bound.get("max", float("inf")) or ratio["high"] < bound.get("min", float("-inf"))
    return OUTSIDE if beyond else UNDECIDED


def verdict(ratio: Mapping[str, Any], bound: Mapping[str, float], limit: Mapping[str, Any] | None = None) -> str:
    """The verdict on a budget of our own.

    Args:
        ratio: Of Wherry, with its interval.
        bound: The budget.
        limit: The same ratio of what was made by hand, from the same rounds; None where it was not measured.

    Returns:
        `inside`, `undecided` or `outside`; `out of reach` for one that is not inside while the whole interval of the
        requests alone is outside: whoever makes these requests in Python misses it.
    """
    found = where(ratio, bound)
    if found != INSIDE and limit is not None and where(limit, bound) == OUTSIDE:
        return OUT_OF_REACH
    return found


def limit_of(scenario: Mapping[str, Any], metric: str) -> Mapping[str, Any] | None:
    """The limit of a metric in a scenario's results; None where there is none."""
    found: Mapping[str, Any] | None = scenario.get("limits", {}).get(metric)
    return found


def with_verdicts(entry: dict[str, Any]) -> dict[str, Any]:
    """A scenario's results, each ratio with a budget of our own under `own_verdict` with what that comes to."""
    for metric, one in entry["ratios"].items():
        if "own_budget" in one:
            one["own_verdict"] = verdict(one, one["own_budget"], limit_of(entry, metric))
    for one in entry.get("by_hand", {}).values():
        if "own_budget" in one:
            one["own_verdict"] = verdict(one, one["own_budget"])
    return entry
