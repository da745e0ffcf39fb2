"""The verdict: each item of the release checklist judged, waivers applied, one yes or no. Pure over a `Context`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from wherry_portal.gate.items import judge_item
from wherry_portal.sources import SourceError

if TYPE_CHECKING:
    from datetime import datetime

    from wherry_portal.checklists import Automatic, Signed
    from wherry_portal.gate.context import Context
    from wherry_portal.gate.signoffs import Waiver

Status = Literal["passed", "failed", "missing", "stale", "waived"]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the gate's table.

    Attributes:
        id: The item's id, which a waiver names.
        text: What has to be true.
        role: Who answers for it.
        status: passed, failed, missing, stale or waived.
        shown: What it rests on, in one line.
        details: Further lines.
        todo: What has to be done about it, for a line that is open.
        waiver: In force and needed, or None.
    """

    id: str
    text: str
    role: str
    status: Status
    shown: str
    details: tuple[str, ...] = ()
    todo: tuple[str, ...] = ()
    waiver: Waiver | None = None

    @property
    def open(self) -> bool:
        """Whether this line closes the gate."""
        return self.status not in {"passed", "waived"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The gate's answer.

    Attributes:
        release: The version in question.
        date: When it was judged.
        reference: The version of Agno it is judged against.
        lines: In the checklist's order.
        not_migrated: Id, status and fallback of every row that is planned or not migrated.
    """

    release: str
    date: datetime
    reference: str
    lines: tuple[Line, ...]
    not_migrated: tuple[tuple[str, str, str], ...]

    @property
    def passed(self) -> bool:
        """Whether the release may go ahead: there are lines, and none of them is open."""
        return bool(self.lines) and not any(line.open for line in self.lines)


def judge(context: Context) -> Verdict:
    """Judge a release; a check that cannot be carried out is a line that fails, never one that is left out."""
    rows = (row for row in context.matrix.features if row.blocks)
    return Verdict(
        release=context.release,
        date=context.now,
        reference=context.matrix.version,
        lines=tuple(_line(context, item) for item in context.checklist.items),
        not_migrated=tuple((row.id, row.status, row.fallback) for row in rows),
    )


def _line(context: Context, item: Automatic | Signed) -> Line:
    try:
        finding = judge_item(context, context.checklist, item)
    except SourceError as error:
        return _unreadable(context, item, error)
    waiver = context.signoffs.waiver(item.id, context.now.date())
    if finding.passed or waiver is None:
        notes = tuple(
            f"a waiver of {one.owner} {objection}"
            for one in context.signoffs.waivers
            if one.check == item.id and not finding.passed and (objection := one.objection(context.now.date()))
        )
        details = (*notes, *finding.details)
        return Line(item.id, item.text, item.role, finding.status, finding.shown, details, finding.todo)
    shown = f"{finding.status}: {finding.shown}; waived until {waiver.expires} by {waiver.owner}: {waiver.reason}"
    return Line(item.id, item.text, item.role, "waived", shown, finding.details, finding.todo, waiver)


def _unreadable(context: Context, item: Automatic | Signed, error: SourceError) -> Line:
    """The line of a check whose files cannot be read: a waiver covers what was found, not what nobody could judge."""
    told = tuple(str(replace(one, file=_inside(context.root, one.file))) for one in error.complaints)
    return Line(item.id, item.text, item.role, "failed", told[0], told, ("Correct the file that is named.",))


def _inside(root: Path, file: str) -> str:
    """A file's name as everybody has it: the verdict is published."""
    path = Path(file)
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else file
