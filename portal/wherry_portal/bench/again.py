"""Two recorded runs of the benchmarks side by side: does each budget get the same verdict in both?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wherry.core.errors import ConfigurationError
from wherry_portal.evidence.resolve import bound_text, within

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from wherry_portal.evidence.results import ResultFile

KINDS = {"budget": "the specification's", "own_budget": "our own"}
_SAID = {True: "inside", False: "outside"}


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
    def verdicts(self) -> tuple[bool, bool]:
        """Whether the whole interval lies inside the budget, in the earlier run and in the later."""
        return within(self.before, self.bound), within(self.now, self.bound)

    @property
    def same(self) -> bool:
        """Whether both runs say the same."""
        before, now = self.verdicts
        return before == now


def judged(before: ResultFile, now: ResultFile) -> list[Judged]:
    """Every budget that both runs measured, in the order of the later.

    Raises:
        ConfigurationError: They measured different releases of the reference, or nothing alike.
    """
    theirs, ours = (one.stamp.versions.get("agno") for one in (before, now))
    if theirs != ours:
        raise ConfigurationError(
            f"{before.path} was measured beside Agno {theirs!r}, {now.path} beside Agno {ours!r}",
            hint="Ratios to two releases of Agno say nothing about each other; measure one of them again.",
        )
    found = list(_pairs(before.data["scenarios"], now.data["scenarios"]))
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
                where = f"{name} {metric}" + (", by hand" if part == "by_hand" else "")
                for kind in KINDS:
                    if kind in one:
                        yield Judged(where, kind, one[kind], earlier, one)


def told(found: list[Judged], before: ResultFile, now: ResultFile) -> Iterator[str]:
    """What a person reads: counts, then each budget that the two runs judge differently."""
    yield " and ".join(f"{one.path.name} of {one.stamp.date:%Y-%m-%d %H:%M}" for one in (before, now))
    for kind, whose in KINDS.items():
        of_kind = [one for one in found if one.kind == kind]
        yield f"{whose} budgets: {sum(one.same for one in of_kind)} of {len(of_kind)} get the same verdict in both"
        for one in of_kind:
            if not one.same:
                said = ", then ".join(
                    f"{_SAID[verdict]} ({side['ratio']:.3f} [{side['low']:.3f}, {side['high']:.3f}])"
                    for verdict, side in zip(one.verdicts, (one.before, one.now), strict=True)
                )
                yield f"  {one.name} {bound_text(one.bound)}: {said}"
