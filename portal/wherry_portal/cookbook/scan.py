"""Assesses a checkout of Agno's cookbook and turns the findings into facts, one file a folder.

The checkout lies outside the project; only paths, names, verdicts and line numbers of it are kept.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wherry_portal.assess.check import assess
from wherry_portal.cookbook.facts import Example, Folder, Reason, Status, write_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from wherry_portal.assess.finding import Finding
    from wherry_portal.assess.judge import Judge
    from wherry_portal.assess.judged import FileResult

ROOT_FOLDER = "top"
"""Name of the file for examples that lie in no folder."""
_GRAVITY: dict[str, Status] = {
    "not_migrated": "not_migrated",
    "removed": "not_migrated",
    "unknown": "not_migrated",
    "planned": "planned",
    "limited": "limited",
}


@dataclass(slots=True)
class Scan:
    """The result.

    Attributes:
        folders: Facts by folder.
        unjudged: Path -> why it could not be judged.
    """

    folders: dict[str, Folder] = field(default_factory=dict)
    unjudged: dict[str, str] = field(default_factory=dict)

    @property
    def examples(self) -> list[Example]:
        """Every example."""
        return [example for folder in self.folders.values() for example in folder.examples]


def scan(
    checkout: Path, version: str, *, judge: Judge | None = None, progress: Callable[[int, int], None] | None = None
) -> Scan:
    """Assess every Python file of a cookbook.

    Args:
        checkout: The cookbook's own folder.
        version: Release of Agno that it belongs to.
        judge: The judge; by default over the shipped matrix.
        progress: Called with the number of files done and their total.
    """
    result = assess(checkout, judge=judge, progress=progress)
    judged = {file.name: file for file in result.files if file.kind == "python"}
    found = Scan(unjudged={one.file: f"{one.reason}: {one.detail}" for one in result.unjudged})
    for path in sorted(result.root.rglob("*.py")):
        name = path.relative_to(result.root).as_posix()
        folder = name.partition("/")[0] if "/" in name else ROOT_FOLDER
        facts = found.folders.setdefault(folder, Folder(folder, f"agno {result.reference}", version))
        facts.examples.append(_example(name, judged.get(name), found))
    return found


def _example(name: str, file: FileResult | None, found: Scan) -> Example:
    if name in found.unjudged:
        return Example(name, "unjudged", imports=False)
    if file is None or not file.symbols:
        return Example(name, "no_agno", imports=True)
    blockers = [finding for finding in file.findings if finding.level == "error"]
    reasons = [
        _reason(finding) for finding in file.findings if finding.level == "error" or finding.verdict == "limited"
    ]
    return Example(
        path=name,
        status=_status(file.findings),
        imports=not any(finding.rule in {"import", "dotted-name"} for finding in blockers),
        migrates=any(finding.verdict == "removed" and finding.automatic for finding in file.findings),
        features=tuple(dict.fromkeys(finding.feature for finding in file.findings if finding.feature)),
        symbols=tuple(_imported(file)),
        reasons=tuple(dict.fromkeys(reasons)),
    )


def _status(findings: Iterable[Finding]) -> Status:
    """The gravest verdict; what `migrate` rewrites counts as what it becomes."""
    verdicts = {_GRAVITY.get(finding.verdict) for finding in findings if not finding.automatic}
    order: tuple[Status, ...] = ("not_migrated", "planned", "limited")
    return next((status for status in order if status in verdicts), "available")


def _reason(finding: Finding) -> Reason:
    return Reason(finding.span.line, finding.verdict, finding.symbol, finding.feature)


def _imported(file: FileResult) -> Iterable[str]:
    found = (finding.symbol for finding in file.findings if finding.rule == "import")
    return sorted({symbol for symbol in found if symbol.startswith("agno")})


def write_scan(found: Scan, target: Path) -> list[Path]:
    """Write one file a folder, and remove those of folders that are gone."""
    target.mkdir(parents=True, exist_ok=True)
    written = []
    for name, folder in found.folders.items():
        path = target / f"{re.sub(r'[^A-Za-z0-9_-]', '-', name)}.yaml"
        write_folder(path, folder)
        written.append(path)
    for path in set(target.glob("*.yaml")) - set(written):
        path.unlink()
    return written
