"""Two recorded runs of the benchmarks side by side: does each budget get the same verdict in both?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wherry.core.errors import ConfigurationError
from wherry_portal.bench.verdicts import INSIDE, UNDECIDED, where
from wherry_portal.evidence.resolve import bound_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from typing import Any

    from wherry_portal.evidence.results import ResultFile

KINDS = {"budget": "the specification's", "own_budget": "our own"}


@dataclass(frozen=True, slots=True)
class Judged:
    """One budget in both runs.

    Attributes:
        name: Scenario and metric.
        kind: `budget` or `own_budget`.
        bound: The budget, of the later run.
        before: Ratio with its interval, in the earlier run.
        now: The same in the later.
    """

    name: str
    kind: str
    bound: Mapping[str, float]
    before: Mapping[str, float]
    now: Mapping[str, float]

    @property
    def verdicts(self) -> tuple[str, str]:
        """Where the interval lies, in the earlier run and in the later; `undecided` when on both sides of the bound."""
        return where(self.before, self.bound), where(self.now, self.bound)

    @property
    def same(self) -> bool:
        """Whether both runs say the same: that the budget is met, or that it is not shown to be."""
        before, now = self.verdicts
        return (before == INSIDE) == (now == INSIDE)

    @property
    def doubtful(self) -> bool:
        """Whether the two differ, and one of them could not tell."""
        return not self.same and UNDECIDED in self.verdicts


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
        for part in ("ratios", "by_hand"):
            for metric, one in scenario.get(part, {}).items():
                earlier = before.get(name, {}).get(part, {}).get(metric)
                if earlier is None:
                    continue
                told = f"{name} {metric}" + (", by hand" if part == "by_hand" else "")
                for kind in KINDS:
                    if kind in one:
                        yield Judged(told, kind, one[kind], earlier, one)


def told(found: list[Judged], before: ResultFile, now: ResultFile) -> Iterator[str]:
    """What a person reads: which runs, counts, then each budget that the two runs judge differently."""
    yield " and ".join(f"{one.path.name} of {one.stamp.date:%Y-%m-%d %H:%M}" for one in (before, now))
    yield from _unlike(before, now)
    for kind, whose in KINDS.items():
        of_kind = [one for one in found if one.kind == kind]
        same, doubtful = sum(one.same for one in of_kind), sum(one.doubtful for one in of_kind)
        yield f"{whose} budgets: {same} of {len(of_kind)} get the same verdict in both" + (
            f"; of the others {doubtful} undecided in one of the two, its interval on both sides of the bound"
            if doubtful
            else ""
        )
        for one in of_kind:
            if not one.same:
                said = ", then ".join(
                    f"{verdict} ({side['ratio']:.3f} [{side['low']:.3f}, {side['high']:.3f}])"
                    for verdict, side in zip(one.verdicts, (one.before, one.now), strict=True)
                )
                yield f"  {one.name} {bound_text(one.bound)}: {said}"


def _unlike(before: ResultFile, now: ResultFile) -> Iterator[str]:
    """What else than chance may lie behind a difference."""
    code = [one.stamp.commit[:7] + " with changes" * one.dirty for one in (before, now)]
    if code[0] != code[1]:
        yield f"  their code differs, {code[0]} and then {code[1]}: a verdict may have changed with it"
    places = [{**one.data.get("machine", {}), "python": one.stamp.versions.get("python")} for one in (before, now)]
    for name in sorted(places[0].keys() | places[1].keys()):
        was, is_now = (place.get(name) for place in places)
        if was != is_now:
            yield f"  their machines differ in {name}: {was}, then {is_now}"
    if len({_in_blocks(one) for one in (before, now)}) > 1:
        yield "  one of them measured in blocks by turns, the other did not: its intervals are wider for it"
    measured = [{(name, part, metric) for name, part, metric in _measured(one)} for one in (before, now)]
    for whose, alone in (("the first", measured[0] - measured[1]), ("the second", measured[1] - measured[0])):
        if alone:
            yield f"  {len(alone)} ratios stand in {whose} of them only and are not compared"


def _in_blocks(one: ResultFile) -> bool:
    """Whether the sides took turns within a round; results of earlier versions name no blocks."""
    return any(
        "blocks" in found for scenario in one.data["scenarios"].values() for found in scenario["ratios"].values()
    )


def _measured(one: ResultFile) -> Iterator[tuple[str, str, str]]:
    for name, scenario in one.data["scenarios"].items():
        for part in ("ratios", "by_hand"):
            for metric in scenario.get(part, {}):
                yield name, part, metric
