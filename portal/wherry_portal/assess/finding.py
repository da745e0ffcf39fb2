"""What a rule says about a place in a file. `wherry assess` prints findings, `wherry migrate` applies their edits.

Plain values: rules make them, formats and the migrator read them. Positions are those of the file as people see it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Literal, get_args

Level = Literal["error", "warning", "note"]
LEVELS: tuple[Level, ...] = get_args(Level)

Verdict = Literal["available", "limited", "planned", "not_migrated", "removed", "unknown", "unjudged"]
"""Status of the row, or: gone from Agno 3.1, never was in Agno, could not be judged."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of text; lines from 1, columns (characters) from 1, the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Edit:
    """A replacement of one stretch of a file.

    Attributes:
        start: Offset in UTF-8 bytes of the text.
        end: Offset after the last replaced byte.
        text: What takes its place.
    """

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing to know about one place.

    Attributes:
        rule: Id of the rule that found it.
        file: Path relative to the assessed root, with forward slashes.
        span: Where.
        symbol: What is used, in Agno's own name.
        verdict: How it is judged.
        level: ``error`` blocks the file, ``warning`` needs a look, ``note`` is done by `migrate` or for information.
        what: What is used, in one sentence.
        why: Why it matters.
        todo: What to do.
        feature: Row of the matrix, or the empty string.
        page: Path of the page that explains it.
        minutes: Effort by hand, in minutes; 0 when `migrate` does it.
        edits: What `migrate` applies; empty when a person has to.
        cell: Number of the notebook cell, from 1; 0 outside notebooks.
    """

    rule: str
    file: str
    span: Span
    symbol: str
    verdict: Verdict
    level: Level
    what: str
    why: str = ""
    todo: str = ""
    feature: str = ""
    page: str = ""
    minutes: int = 0
    edits: tuple[Edit, ...] = field(default=(), repr=False)
    cell: int = 0

    @property
    def automatic(self) -> bool:
        """Whether `migrate` can do it."""
        return bool(self.edits)

    def fingerprint(self, line_text: str, nth: int) -> str:
        """A key that survives moves of the line: rule, symbol, the line's own text, and which of its like it is."""
        raw = "\0".join((self.file, self.rule, self.symbol, " ".join(line_text.split()), str(nth)))
        return hashlib.sha256(raw.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Unjudged:
    """A file that could not be judged: a result of its own, never counted as fine.

    Attributes:
        file: Path relative to the assessed root.
        reason: One of the named reasons, for example ``syntax-error`` or ``too-large``.
        detail: What exactly.
        line: Where, or 0.
    """

    file: str
    reason: str
    detail: str
    line: int = 0
