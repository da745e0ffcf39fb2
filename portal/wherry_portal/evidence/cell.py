"""A cell of the support matrix: the status somebody wants, met with what the evidence shows.

Pure. The matrix and the pages call it; the gate counts what is not proven.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wherry_portal.evidence.resolve import Evidence

Shown = Literal["available", "limited", "unverified", "failed", "stale", "planned", "not_migrated"]


@dataclass(frozen=True, slots=True)
class Cell:
    """What a row shows.

    Attributes:
        wanted: The status in `support_matrix.yaml`.
        shown: The status that may be claimed. `available` and `limited` appear here only when proven.
        evidence: The judgements it rests on.
    """

    wanted: str
    shown: Shown
    evidence: tuple[Evidence, ...]

    @property
    def proven(self) -> bool:
        """Whether passing, current evidence stands behind the status wanted."""
        return self.shown in {"available", "limited"}

    @property
    def open(self) -> bool:
        """Whether the row claims something that its evidence does not bear out; such a row closes the gate."""
        return self.shown in {"unverified", "failed", "stale"}


def cell(wanted: str, evidence: Iterable[Evidence]) -> Cell:
    """Combine a wanted status with its evidence.

    A row that is planned or not migrated shows just that. One that claims to be available or limited is proven when it
    has at least one judgement and all of them passed; otherwise the worst shows: failed, stale, unverified.

    Args:
        wanted: ``available``, ``limited``, ``planned`` or ``not_migrated``.
        evidence: The judgements on its selectors.
    """
    judged = tuple(evidence)
    if wanted == "planned":
        return Cell(wanted, "planned", judged)
    if wanted == "not_migrated":
        return Cell(wanted, "not_migrated", judged)
    statuses = {one.status for one in judged}
    if "failed" in statuses:
        return Cell(wanted, "failed", judged)
    if "stale" in statuses:
        return Cell(wanted, "stale", judged)
    if statuses != {"passed"}:
        return Cell(wanted, "unverified", judged)
    return Cell(wanted, "limited" if wanted == "limited" else "available", judged)
