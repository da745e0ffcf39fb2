"""What a checklist is once it has been read. Data only; `source` makes it from YAML."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing to do.

    Attributes:
        id: Unique in its list.
        text: What has to be done or be true.
        why: What goes wrong without it.
        role: Who does it.
        expected_minutes: How long it takes.
        docs: Page that explains it, or empty.
        line: Line in the file.
    """

    id: str
    text: str
    why: str
    role: str
    expected_minutes: float
    docs: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Automatic(Item):
    """An item that a machine decides.

    Attributes:
        command: Run without a shell; exit status 0 is done. Empty when evidence decides.
        evidence: Selectors that all have to pass. Empty when a command decides.
    """

    command: str = ""
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed(Item):
    """An item that a person vouches for, with a link.

    Attributes:
        proof: What the link has to show.
        optional: Whether it may be marked not applicable, with a reason.
    """

    proof: str
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Numbers that the gate compares with; see ``contracts/checklist.schema.json`` for each.

    Attributes:
        coverage_percent: Least coverage, in per cent.
        coverage_own_percent: What we hold ourselves to.
        parity_percent: Least share of equal values, in per cent.
        evidence_days: Age in days after which evidence is stale.
        pilots: Accepted pilots needed.
        pilot_minutes: Longest working time of a pilot, in minutes.
        tickets_per_week: Most tickets of one team in one week.
        tickets_days: Age in days after which ticket counts are stale.
    """

    coverage_percent: float = 85
    coverage_own_percent: float = 90
    parity_percent: float = 99
    evidence_days: int = 14
    pilots: int = 2
    pilot_minutes: int = 60
    tickets_per_week: int = 2
    tickets_days: int = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Checklist:
    """A whole list.

    Attributes:
        path: File it was read from.
        id: Short name, equal to the file's.
        title: What people call it.
        purpose: What it is for, in a sentence or two.
        budget_minutes: What the whole list may take, or None.
        thresholds: Numbers its checks compare with.
        items: In the order of doing.
        guidance: Tuning guidance that the gate wrote; plain entries.
    """

    path: Path
    id: str
    title: str
    purpose: str
    budget_minutes: int | None
    thresholds: Thresholds
    items: tuple[Automatic | Signed, ...]
    guidance: tuple[Mapping[str, Any], ...] = field(default=())

    def item(self, item_id: str) -> Automatic | Signed | None:
        """The item with that id, or None."""
        return next((item for item in self.items if item.id == item_id), None)

    @property
    def expected_minutes(self) -> float:
        """The items' expected minutes together."""
        return sum(item.expected_minutes for item in self.items)
