"""Budgets of our own on the page of benchmarks: which are missed, and which nobody who makes the requests can meet."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from wherry_portal.bench.verdicts import INSIDE, OUT_OF_REACH, OUTSIDE, UNDECIDED, limit_of, verdict
from wherry_portal.evidence.resolve import bound_text
from wherry_portal.pages.text import plain, table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Held = tuple[str, str, Mapping[str, Any], str]

HEAD = ("Scenario", "Metric", "Ratio", "95 % interval", "Our own budget", "By hand", "Verdict")


def own_budgets(scenarios: Mapping[str, Any], names: Mapping[str, str], short: Callable[[str], str]) -> Iterator[str]:
    """Which of our own budgets are not met, beside what the same requests take by hand.

    Args:
        scenarios: Of the results file.
        names: What scenarios are called.
        short: Gives a metric's words.
    """
    held = list(_held(scenarios))
    if not held:
        return
    yield "## Our own budgets"
    yield (
        "The specification's budgets close the release gate. Beside them stand stricter ones, to which we hold "
        f"ourselves. The whole interval meets {_met(held, by_hand=False)} of them beside Agno, and "
        f"{_met(held, by_hand=True)} beside the same requests made by hand."
    )
    missed = [one for one in held if one[-1] != INSIDE]
    if not missed:
        return
    yield _counted(Counter(found for *_, found in missed))
    rows = [
        (
            plain(names.get(name, name)),
            plain(short(metric)) + (", divided by hand's" if one.get("against") == "bare" else ""),
            *interval(one),
            bound_text(one["own_budget"]),
            _by_hand(scenarios[name], metric, one),
            found,
        )
        for name, metric, one, found in missed
    ]
    yield table(HEAD, rows)
    yield (
        "*By hand* is the same number for the requests alone, made with an HTTP client and without a runtime; with "
        "telemetry, for Wherry's runs with the same rows written by a few lines. A budget is *out of reach* when its "
        "whole interval is outside, too: on that machine that alone costs more than the budget allows. *Undecided* is "
        "an interval on both sides of the budget."
    )


def interval(one: Mapping[str, Any]) -> tuple[str, str]:
    """A ratio and its interval, as two cells of a table."""
    return f"{one['ratio']:.3f}", f"{one['low']:.3f} to {one['high']:.3f}"


def _held(scenarios: Mapping[str, Any]) -> Iterator[Held]:
    for name, scenario in scenarios.items():
        for metric, one in scenario.get("ratios", {}).items():
            if "own_budget" in one:
                yield name, metric, one, verdict(one, one["own_budget"], limit_of(scenario, metric))
        for metric, one in scenario.get("by_hand", {}).items():
            if "own_budget" in one:
                yield name, metric, one, verdict(one, one["own_budget"])


def _counted(found: Counter[str]) -> str:
    told = ", ".join(f"{found[kind]} {kind}" for kind in (UNDECIDED, OUTSIDE, OUT_OF_REACH) if found[kind])
    return f"Of the others: {told}."


def _met(held: list[Held], *, by_hand: bool) -> str:
    inside = [found == INSIDE for *_, one, found in held if (one.get("against") == "bare") == by_hand]
    return f"{sum(inside)} of {len(inside)}"


def _by_hand(scenario: Mapping[str, Any], metric: str, one: Mapping[str, Any]) -> str:
    limit = limit_of(scenario, metric)
    if limit is None or one.get("against") == "bare":
        return ""
    return f"{limit['ratio']:.3f} ({limit['low']:.3f} to {limit['high']:.3f})"
