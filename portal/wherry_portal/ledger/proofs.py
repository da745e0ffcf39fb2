"""Results of `wherry parity script` as proofs: which script, passed or not, and which files have changed since.

`ledger.command` reads them; `ledger.rows` holds them against findings.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wherry_portal.parity.script.ran import read_stretches
from wherry_portal.parity.script.subject import changed
from wherry_portal.sources import Complaint, SourceError, load

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

RESULTS = ".parity.json"
_SHOWN = 60
_NOT_OURS = {"node_modules", "venv", "env", "__pycache__"}


@dataclass(slots=True)
class Proof:
    """A comparison of one of the code base's own scripts.

    Attributes:
        script: The script, relative to the root.
        passed: Whether nothing differed without being listed.
        date: When it ran.
        features: Rows with differences that were listed as intentional -> the places.
        unexplained: What differs without being listed, place by place, each with both sides.
        changed: Files of the code base that are no longer what was compared.
        compared: Files that were there when it was compared; None when that is not known.
        unproven: Why it shows nothing, although nothing may differ.
        ran: Files -> lines that the script came to; None when that is not known.
    """

    script: str
    passed: bool
    date: str = ""
    features: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unexplained: tuple[str, ...] = ()
    changed: frozenset[str] = frozenset()
    compared: frozenset[str] | None = None
    unproven: str = ""
    ran: Mapping[str, frozenset[int]] | None = None

    def covers(self, reached: set[str], files: set[str]) -> bool:
        """Whether it still says something about any of the files; once the script has changed, it says nothing.

        Args:
            reached: Files that the script takes objects of Agno from, itself included.
            files: Files that a behaviour is used in.
        """
        return self.script not in self.changed and bool(self.proven(reached & files))

    def came_to(self, places: Iterable[tuple[str, str]]) -> bool:
        """Whether it ran one of some places, each a file and a line; true where that is unknown, or there are none."""
        known = [(file, int(line)) for file, line in places if line.isdecimal()]
        if self.ran is None or not known:
            return True
        return any(line in self.ran.get(file, ()) for file, line in known if file not in self.changed)

    def proven(self, files: set[str]) -> set[str]:
        """Of some files, those that were compared and are still the same."""
        return {file for file in files - self.changed if self.compared is None or file in self.compared}


def find_results(root: Path) -> list[Path]:
    """Results of `wherry parity script` below a folder, environments and hidden folders left out."""
    found = []
    for base, names, files in os.walk(root):
        names[:] = [name for name in names if not name.startswith(".") and name not in _NOT_OURS]
        found += [Path(base, name) for name in files if name.endswith(RESULTS)]
    return sorted(found)


def read_proof(path: Path, root: Path) -> Proof:
    """What a result of `wherry parity script` proves; nothing when its script is gone.

    Args:
        path: The results file.
        root: The assessed folder.

    Raises:
        SourceError: It is no such file.
    """
    data = load(path).data
    if not _is_result(data):
        raise SourceError([Complaint(str(path), 1, "", "is no result of `wherry parity script`")])
    script = _below(path.parent / data["script"], root)
    listed: dict[str, tuple[str, ...]] = {}
    for one in data["differences"]:
        if one["severity"] == "intentional" and one.get("feature"):
            listed[one["feature"]] = (*listed.get(one["feature"], ()), one["path"])
    unexplained = tuple(_told(one) for one in data["differences"] if one["severity"] == "difference")
    names = {file: _below(path.parent / file, root) for file in data["files"]}
    edited = {name for file in changed(data, path.parent) if (name := _below(path.parent / file, root))}
    passed = data["outcome"] == "passed"
    compared = frozenset(name for name in names.values() if name)
    date = data["date"][:10]
    unproven = str(data.get("unproven", ""))
    ran = None
    if "ran" in data:
        lines = read_stretches(data["ran"])
        ran = {name: lines[file] for file, name in names.items() if name and file in lines}
    proof = Proof(script or data["script"], passed, date, listed, unexplained, frozenset(edited), compared, unproven)
    proof.ran = ran
    return proof


def _is_result(data: Any) -> bool:
    if not isinstance(data, dict) or not {"script", "files", "outcome", "differences", "date"} <= data.keys():
        return False
    sides = {"path", "severity", "agno", "wherry"}
    return all(isinstance(one, dict) and sides <= one.keys() for one in data["differences"])


def _told(difference: Mapping[str, Any]) -> str:
    """A difference in a few words: place, and both sides cut short."""
    sides = [
        text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…" for text in (difference["agno"], difference["wherry"])
    ]
    return f"{difference['path']}: {sides[0]} against {sides[1]}"


def _below(path: Path, root: Path) -> str | None:
    """A file's name below the root; None for one that is gone or elsewhere."""
    full = path.resolve()
    return full.relative_to(root).as_posix() if full.is_file() and full.is_relative_to(root) else None
