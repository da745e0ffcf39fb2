"""From an assessment to new file contents: which files move, which stay on Agno and why, what each becomes.

Pure: nothing is written here. Every changed Python file is parsed again before it counts as done.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import unified_diff
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from wherry_portal.assess.check import parse_python
from wherry_portal.assess.text import Text, UnreadableError
from wherry_portal.migrate.marker import marker_edits

if TYPE_CHECKING:
    from pathlib import Path

    from wherry_portal.assess.check import Assessment
    from wherry_portal.assess.finding import Edit
    from wherry_portal.assess.judged import FileResult

Outcome = Literal["migrated", "blocked", "held", "untouched", "failed"]


@dataclass(slots=True)
class Change:
    """What becomes of one file.

    Attributes:
        file: The judged file.
        outcome: ``migrated``; ``blocked`` by something in it; ``held`` back because it shares objects with a blocked
            file; ``untouched`` because nothing is to be done; ``failed`` when the edits could not be made.
        before: Bytes of the file.
        after: New bytes; equal to `before` when nothing changes.
        reasons: What blocks or holds it, or why it failed.
        shown: Old and new code for the diff.
    """

    file: FileResult
    outcome: Outcome
    before: bytes = b""
    after: bytes = b""
    reasons: tuple[str, ...] = ()
    shown: tuple[str, str] = ("", "")

    @property
    def changes(self) -> bool:
        """Whether the bytes of the file change."""
        return self.before != self.after

    def diff(self) -> str:
        """The change as a unified diff, with the code of a notebook instead of its JSON."""
        old, new = (text.splitlines(keepends=True) for text in self.shown)
        lines = unified_diff(old, new, f"a/{self.file.name}", f"b/{self.file.name}")
        return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


@dataclass(slots=True)
class Plan:
    """What a migration does.

    Attributes:
        root: Folder that names are relative to.
        changes: One entry a judged file that has to do with Agno.
        assessment: What it is made from.
    """

    root: Path
    assessment: Assessment
    changes: list[Change] = field(default_factory=list)

    def of(self, outcome: Outcome) -> list[Change]:
        """Changes with an outcome."""
        return [change for change in self.changes if change.outcome == outcome]


def make_plan(assessment: Assessment, held: dict[str, tuple[str, ...]] | None = None) -> Plan:
    """Decide about every file of an assessment.

    Args:
        assessment: What was found.
        held: Files that stay on Agno with a blocked one; by default all that share objects with it, either way.
    """
    held = assessment.held() if held is None else held
    changes = [_change(file, held) for file in assessment.files if file.uses_agno or file.name in held]
    return Plan(assessment.root, assessment, changes)


def blocking_ids(file: FileResult) -> tuple[str, ...]:
    """What blocks a file: row ids, or the symbol where no row speaks of it."""
    ids = (finding.feature or finding.symbol for finding in file.findings if finding.level == "error")
    return tuple(sorted(set(ids)))


def _change(file: FileResult, held: dict[str, tuple[str, ...]]) -> Change:
    before = file.path.read_bytes()
    ids = blocking_ids(file)
    outcome: Outcome = "blocked" if ids else "held" if file.name in held else "migrated"
    reasons = ids or held.get(file.name, ())
    code = file.kind in {"python", "notebook"}
    if not code and outcome == "blocked":
        return Change(file, outcome, before, before, reasons)
    try:
        edits = _edits(file, outcome, reasons)
        after, shown = _applied(file, edits, before)
    except (UnreadableError, OverlapError) as error:
        return Change(file, "failed", before, before, (str(error),))
    change = Change(file, outcome, before, after, reasons, shown)
    if outcome == "migrated" and not change.changes:
        change.outcome = "untouched"
    return change


class OverlapError(Exception):
    """Two rules want to change the same stretch of a file in different ways."""


def _edits(file: FileResult, outcome: Outcome, reasons: tuple[str, ...]) -> tuple[Edit, ...]:
    found = {edit for finding in file.findings for edit in finding.edits} if outcome == "migrated" else set()
    edits = sorted(found, key=lambda edit: (edit.start, edit.end))
    for first, second in pairwise(edits):
        if first.end > second.start or (first.start, first.end) == (second.start, second.end):
            raise OverlapError(f"two edits meet at byte {second.start}: {first.text!r} and {second.text!r}")
    if file.kind not in {"python", "notebook"}:
        return tuple(edits)
    judged = file.notebook.joined if file.notebook else file.text
    return (*edits, *marker_edits(file.text, parse_python(judged), () if outcome == "migrated" else reasons))


def _applied(file: FileResult, edits: tuple[Edit, ...], before: bytes) -> tuple[bytes, tuple[str, str]]:
    after = file.text.apply(edits)
    shown = (file.text.text, after.text)
    if not edits:
        return before, shown
    if file.kind not in {"python", "notebook"}:
        return after.encode(), shown
    if file.notebook is not None:
        parse_python(file.notebook.judged(after))
        return file.notebook.apply(edits).encode(), shown
    parse_python(Text(after.text))
    return after.encode(), shown
