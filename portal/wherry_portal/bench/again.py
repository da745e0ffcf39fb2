"""Two recorded runs of the benchmarks side by side: does each budget get the same verdict in both?

Called by `wherry bench --against`, which prints it and records it as `results/bench-against.json`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wherry.core.errors import ConfigurationError
from wherry_portal.bench.verdicts import INSIDE, UNDECIDED, limit_of, verdict
from wherry_portal.evidence.resolve import bound_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from typing import Any

    from wherry_portal.evidence.results import ResultFile

    Both = tuple[str, Mapping[str, Any], Mapping[str, Any]]

KINDS = {"budget": "the specification's", "own_budget": "our own"}
PARTS = ("ratios", "by_hand")
SAME, LOST, WON, OTHER = "same", "no longer met", "met only now", "missed otherwise"
# What may become of a verdict from one run to the other, as a person reads it behind a number.
CHANGES = {
    SAME: "get the same verdict in both",
    LOST: "inside in the first, outside in the second",
    WON: "outside in the first, inside in the second",
    UNDECIDED: "undecided in one of the two, its interval on both sides of the bound",
    OTHER: "outside in both, in one of them out of reach",
}


@dataclass(frozen=True, slots=True)
class Judged:
    """One budget in both runs.

    Attributes:
        name: Scenario and metric.
        kind: `budget` or `own_budget`.
        bound: The budget, of the later run; both are held to it.
        before: Ratio with its interval, in the earlier run.
        now: The same in the later.
        verdicts: In the earlier run and in the later.
    """

    name: str
    kind: str
    bound: Mapping[str, float]
    before: Mapping[str, Any]
    now: Mapping[str, Any]
    verdicts: tuple[str, str]

    @property
    def change(self) -> str:
        """Which of `CHANGES` it is."""
        before, now = self.verdicts
        if before == now:
            return SAME
        if UNDECIDED in self.verdicts:
            return UNDECIDED
        if INSIDE in self.verdicts:
            return LOST if before == INSIDE else WON
        return OTHER

    @property
    def same(self) -> bool:
        """Whether both runs say the same."""
        return self.change == SAME


def judged(before: ResultFile, now: ResultFile, names: Collection[str] = ()) -> list[Judged]:
    """Every budget that both runs measured, in the order of the later; of the scenarios named, if any is.

    Raises:
        ConfigurationError: They measured different releases of the reference, or nothing alike.
    """
    theirs, ours = (one.stamp.versions.get("agno") for one in (before, now))
    if theirs != ours:
        raise ConfigurationError(
            f"{before.path} was measured beside Agno {theirs!r}, {now.path} beside Agno {ours!r}",
            hint="Ratios to two releases of Agno say nothing about each other; measure one of them again.",
        )
    chosen = {name: one for name, one in now.data["scenarios"].items() if not names or name in names}
    found = list(_pairs(before.data["scenarios"], chosen))
    if not found:
        raise ConfigurationError(
            f"{before.path} and {now.path} share no scenario with a budget", hint="Record whole runs: `wherry bench`."
        )
    return found


def _pairs(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Judged]:
    for name, scenario in now.items():
        for part in PARTS:
            for metric, one in scenario.get(part, {}).items():
                earlier = before.get(name, {}).get(part, {}).get(metric)
                if earlier is None:
                    continue
                for kind in KINDS:
                    if kind in one:
                        limits = [
                            limit_of(run, metric) if part == "ratios" and kind == "own_budget" else None
                            for run in (before[name], scenario)
                        ]
                        was, is_now = (
                            verdict(side, one[kind], limit) for side, limit in zip((earlier, one), limits, strict=True)
                        )
                        yield Judged(_told(name, metric, part), kind, one[kind], earlier, one, (was, is_now))


def _told(name: str, metric: str, part: str) -> str:
    return f"{name} {metric}" + (", by hand" if part == "by_hand" else "")


def both(before: ResultFile, now: ResultFile, names: Collection[str] = ()) -> list[Both]:
    """Every ratio that both runs measured, with a budget or without: its name, in the earlier and in the later."""
    return [
        (_told(name, metric, part), before.data["scenarios"][name][part][metric], one)
        for name, scenario in now.data["scenarios"].items()
        if not names or name in names
        for part in PARTS
        for metric, one in scenario.get(part, {}).items()
        if metric in before.data["scenarios"].get(name, {}).get(part, {})
    ]


def apart(pairs: Collection[Both]) -> list[Both]:
    """The ratios of which the two runs' intervals have nothing in common: more than both allow."""
    return [one for one in pairs if one[1]["low"] > one[2]["high"] or one[2]["low"] > one[1]["high"]]


def told(found: list[Judged], before: ResultFile, now: ResultFile, names: Collection[str] = ()) -> Iterator[str]:
    """What a person reads: which runs, counts, budgets that they judge differently, ratios that are apart."""
    yield " and ".join(f"{one.path.name} of {one.stamp.date:%Y-%m-%d %H:%M}" for one in (before, now))
    yield from (f"  {line}" for line in unlike(before, now))
    for kind, whose in KINDS.items():
        of_kind = [one for one in found if one.kind == kind]
        counts = {name: sum(one.change == name for one in of_kind) for name in CHANGES}
        others = "; ".join(f"{count} {CHANGES[name]}" for name, count in counts.items() if count and name != SAME)
        yield f"{whose} budgets: {counts[SAME]} of {len(of_kind)} {CHANGES[SAME]}" + (f"; {others}" if others else "")
        for one in of_kind:
            if not one.same:
                sides = zip(one.verdicts, (one.before, one.now), strict=True)
                said = ", then ".join(f"{word} ({_span(side)})" for word, side in sides)
                yield f"  {one.name} {bound_text(one.bound)}: {said}"
    pairs = both(before, now, names)
    off = apart(pairs)
    yield f"{len(off)} of {len(pairs)} ratios differ by more than both intervals allow"
    yield from (f"  {name}: {_span(was)}, then {_span(is_now)}" for name, was, is_now in off)


def _span(side: Mapping[str, float]) -> str:
    return f"{side['ratio']:.3f} [{side['low']:.3f}, {side['high']:.3f}]"


def recorded(found: list[Judged], before: ResultFile, now: ResultFile) -> dict[str, Any]:
    """What `results/bench-against.json` holds beside its head."""
    pairs = both(before, now)
    budgets = [
        {
            "name": one.name,
            "kind": one.kind,
            "bound": dict(one.bound),
            "change": one.change,
            "before": {**_numbers(one.before), "verdict": one.verdicts[0]},
            "now": {**_numbers(one.now), "verdict": one.verdicts[1]},
        }
        for one in found
    ]
    off = [{"name": name, "before": _numbers(was), "now": _numbers(is_now)} for name, was, is_now in apart(pairs)]
    runs = {"before": _run(before), "now": _run(now)}
    return {"runs": runs, "unlike": list(unlike(before, now)), "budgets": budgets, "ratios": len(pairs), "apart": off}


def _numbers(one: Mapping[str, float]) -> dict[str, float]:
    return {name: one[name] for name in ("ratio", "low", "high")}


def _run(one: ResultFile) -> dict[str, Any]:
    kept = ("date", "commit", "dirty", "versions", "command", "machine")
    return {name: one.data[name] for name in kept if name in one.data}


def unlike(before: ResultFile, now: ResultFile) -> Iterator[str]:
    """What else than chance may lie behind a difference."""
    code = [one.stamp.commit[:7] + " with changes" * one.dirty for one in (before, now)]
    if code[0] != code[1]:
        yield f"their code differs, {code[0]} and then {code[1]}: a verdict may have changed with it"
    places = [{**one.data.get("machine", {}), "python": one.stamp.versions.get("python")} for one in (before, now)]
    for name in sorted(places[0].keys() | places[1].keys()):
        was, is_now = (place.get(name) for place in places)
        if was != is_now:
            yield f"their machines differ in {name}: {was}, then {is_now}"
    if len({_in_blocks(one) for one in (before, now)}) > 1:
        yield "one of them measured in blocks by turns, the other did not: its intervals are wider for it"
    measured = [{(name, part, metric) for name, part, metric in _measured(one)} for one in (before, now)]
    for whose, alone in (("the first", measured[0] - measured[1]), ("the second", measured[1] - measured[0])):
        if alone:
            yield f"{len(alone)} ratios stand in {whose} of them only and are not compared"


def _in_blocks(one: ResultFile) -> bool:
    """Whether the sides took turns within a round; results of earlier versions name no blocks."""
    return any(
        "blocks" in found for scenario in one.data["scenarios"].values() for found in scenario["ratios"].values()
    )


def _measured(one: ResultFile) -> Iterator[tuple[str, str, str]]:
    for name, scenario in one.data["scenarios"].items():
        for part in PARTS:
            for metric in scenario.get(part, {}):
                yield name, part, metric
