"""What is wrong with a source file and where: the value every check yields, and the error that carries them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wherry.core.errors import WherryError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True, order=True)
class Complaint:
    """One fault of one field.

    Attributes:
        file: The file, as the caller named it.
        line: Line of the field, from 1; of the enclosing mapping when the field is missing.
        field: Dotted path such as ``items[2].id``; empty for the whole file.
        message: What is wrong, with the offending value, and what would be right.
    """

    file: str
    line: int
    field: str
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}"
        return f"{where}: {self.field}: {self.message}" if self.field else f"{where}: {self.message}"


class SourceError(WherryError, ValueError):
    """A source file that cannot be used.

    Attributes:
        complaints: Every fault that was found, in the order of lines. The message lists the first `SHOWN`.
    """

    code = "bad_source"
    SHOWN = 100

    def __init__(self, complaints: Sequence[Complaint], *, hint: str = "") -> None:
        self.complaints = tuple(sorted(complaints))
        lines = [*map(str, self.complaints[: self.SHOWN])]
        if more := len(self.complaints) - len(lines):
            lines.append(f"and {more:,} more; mend these first")
        super().__init__("\n".join(lines), hint=hint)


def unreadable(path: Path, why: str, line: int = 1) -> SourceError:
    """The error for a file of which nothing can be said but that it cannot be read."""
    return SourceError([Complaint(str(path), line, "", why)])
