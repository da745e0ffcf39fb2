"""One judged file: what was found in it, and the text that edits are applied to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from wherry_portal.assess.files import Kind
    from wherry_portal.assess.finding import Finding
    from wherry_portal.assess.notebook import Notebook
    from wherry_portal.assess.text import Text


@dataclass(slots=True)
class FileResult:
    """One judged file.

    Attributes:
        path: The file.
        name: Its path relative to the root.
        kind: What kind of file it is.
        text: The text that edits are applied to.
        findings: What was found.
        symbols: Names of Agno that it uses -> verdict.
        behaviours: Rows of the matrix that it uses, findings or not -> where: ``12``, or ``cell 3:1`` in a notebook.
        silenced: Suppressed findings.
        links: Files from which it takes objects or classes of Agno.
        notebook: The notebook, when it is one.
    """

    path: Path
    name: str
    kind: Kind
    text: Text
    findings: list[Finding] = field(default_factory=list)
    symbols: dict[str, str] = field(default_factory=dict)
    behaviours: dict[str, list[str]] = field(default_factory=dict)
    silenced: list[Finding] = field(default_factory=list)
    links: frozenset[Path] = frozenset()
    notebook: Notebook | None = None

    def line_text(self, finding: Finding) -> str:
        """The line that a finding starts on."""
        line = finding.span.line
        if self.notebook is not None and finding.cell:
            line += next(cell.first_line for cell in self.notebook.cells if cell.number == finding.cell) - 1
        return self.text.line_text(line)

    @property
    def uses_agno(self) -> bool:
        """Whether the file has anything to do with Agno."""
        return bool(self.symbols or self.findings)

    @property
    def blocked(self) -> bool:
        """Whether something in it cannot run on Wherry."""
        return any(finding.level == "error" for finding in self.findings)
