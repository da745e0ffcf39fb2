"""The files of a code base as modules: which file an import means, and what that file exports.

Files are read when another file imports from them, once; cycles end in "not known". No user code is imported.
"""

from __future__ import annotations

import ast
import re
from functools import cached_property
from typing import TYPE_CHECKING

from wherry_portal.assess.syntax import module_tree
from wherry_portal.assess.text import UnreadableError, read_python
from wherry_portal.matrix.removed import PREDECESSOR, successors

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wherry_portal.assess.text import Text
    from wherry_portal.assess.values import Value
    from wherry_portal.matrix.history import History
    from wherry_portal.matrix.surface import Surface
    from wherry_portal.matrix.symbols import SymbolIndex

    Names = dict[str, Value | None]
    """Module-level names with what they stand for."""


CONFTEST = "conftest.py"
TESTS = re.compile(r"test_.*\.py|.*_test\.py|conftest\.py")
"""Files whose functions get fixtures by the names of their parameters."""


class Project:
    """A code base.

    What a file exports is found by the walker, which asks the project in turn: it is handed in, not imported.

    Attributes:
        root: The assessed folder.
        files: Its Python files.
    """

    def __init__(
        self,
        root: Path,
        files: frozenset[Path],
        surface: Surface,
        past: History,
        rows: SymbolIndex | None,
        names_of: Callable[[Path, Text, ast.Module, Surface, Project], Names],
    ) -> None:
        self.root = root
        self.files = files
        self._surface = surface
        self._past = past
        self._rows = rows
        self._names_of = names_of
        self._exports: dict[Path, Names] = {}
        self._sources: dict[Path, str] = {}
        self._public: dict[Path, set[str] | None] = {}
        self._found: dict[tuple[Path, str, int], Path | None] = {}

    def source(self, path: Path) -> str:
        """The text of a file; empty when it cannot be read."""
        if path not in self._sources:
            try:
                self._sources[path] = read_python(path).text
            except UnreadableError:
                self._sources[path] = ""
        return self._sources[path]

    def was_module(self, path: str) -> bool:
        """Whether an earlier Agno had something below a path, so that it was a module or class."""
        return self._past.last_seen(path) is not None

    def today(self, path: str) -> str:
        """The name in Agno of one of its predecessor's, as far as it has one; every other name is its own."""
        table = successors()
        if path.partition(".")[0] != PREDECESSOR or (path in table.names and table.names[path].parameters):
            return path
        found = table.of_name(path)
        return found.to if found and self._surface.resolve(found.to) else f"agno{path[len(PREDECESSOR) :]}"

    def stays(self, path: str) -> bool:
        """Whether a name of Agno stays Agno's after a migration, so that both sides can share it."""
        row = self._rows.feature_for(path) if self._rows else None
        return row is not None and row.keeps_agno

    def find(self, importer: Path, module: str, level: int) -> Path | None:
        """The file that an import means, or None when it is outside the code base.

        Args:
            importer: File that holds the import.
            module: Dotted name, may be empty for ``from . import x``.
            level: Number of leading dots.
        """
        key = (importer.parent, module, level)
        if key not in self._found:
            self._found[key] = self._find(importer, module, level)
        return self._found[key]

    def _find(self, importer: Path, module: str, level: int) -> Path | None:
        parts = [part for part in module.split(".") if part]
        if level:
            base = importer.parent
            for _ in range(level - 1):
                base = base.parent
            return self._at(base, parts)
        if not parts:
            return None
        for base in self._bases(importer):
            found = self._at(base, parts)
            if found is not None:
                return found
        return self._elsewhere(parts)

    def _elsewhere(self, parts: list[str]) -> Path | None:
        """The file in another package of the code base, as when each is installed from a folder of its own.

        A name that two packages have means neither for certain.
        """
        bases = self._packages.get(parts[0], set()) | self._sources_folders
        found = {path for path in (self._at(base, parts) for base in bases) if path is not None}
        return found.pop() if len(found) == 1 else None

    @cached_property
    def _packages(self) -> dict[str, set[Path]]:
        """Top-level package -> folders that hold one of that name."""
        inits = {path.parent for path in self.files if path.name == "__init__.py"}
        found: dict[str, set[Path]] = {}
        for folder in inits:
            if folder.parent not in inits and folder != self.root:
                found.setdefault(folder.name, set()).add(folder.parent)
        return found

    @cached_property
    def _sources_folders(self) -> set[Path]:
        """Folders called `src`, whose modules are installed by their own names."""
        return {
            folder for path in self.files for folder in path.parents if folder.name == "src" and folder != self.root
        }

    def _bases(self, importer: Path) -> list[Path]:
        """Folders that absolute imports may start from: the script's own, its package's parent, the root, `src`."""
        top = importer.parent
        while top / "__init__.py" in self.files and top != self.root:
            top = top.parent
        return list(dict.fromkeys([importer.parent, top, self.root, self.root / "src"]))

    def _at(self, base: Path, parts: list[str]) -> Path | None:
        target = base.joinpath(*parts)
        for candidate in (target.with_name(f"{target.name}.py"), target / "__init__.py"):
            if candidate in self.files:
                return candidate
        return None

    def export(self, path: Path, name: str) -> Value | None:
        """What a name of a file stands for."""
        return self.exports(path).get(name)

    def exports(self, path: Path) -> Names:
        """Every module-level name of a file with what it stands for."""
        if path not in self._exports:
            self._exports[path] = {}
            try:
                text = read_python(path)
                tree = module_tree(text.text)
            except (UnreadableError, SyntaxError, ValueError, RecursionError, MemoryError):
                return {}
            names = self._names_of(path, text, tree, self._surface, self)
            self._exports[path] = {name: _outside(value) for name, value in names.items()}
            self._public[path] = _listed(tree)
        return self._exports[path]

    def lent_to_tests(self, path: Path, name: str) -> Value | None:
        """What the nearest `conftest.py` beside a file or above it has under a name."""
        for folder in path.parents:
            beside = folder / CONFTEST
            if beside in self.files and beside != path and (found := self.export(beside, name)) is not None:
                return found
            if folder == self.root:
                break
        return None

    def starred(self, path: Path) -> Names:
        """What `from file import *` brings in: what its `__all__` names, else every public name."""
        exports = self.exports(path)
        listed = self._public.get(path)
        return exports if listed is None else {name: value for name, value in exports.items() if name in listed}


def _listed(tree: ast.Module) -> set[str] | None:
    """What a file's `__all__` names; None when it has none, or one that is put together."""
    found = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and node.id == "__all__" and isinstance(node.ctx, ast.Store | ast.Load)
    ]
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and len(found) == 1 and found[0] in statement.targets:
            names = getattr(statement.value, "elts", [ast.Constant(None)])
            if all(isinstance(name, ast.Constant) and isinstance(name.value, str) for name in names):
                return {name.value for name in names}
    return None


def _outside(value: Value | None) -> Value | None:
    """A value as another file sees it: an imported name no longer belongs to this file's import."""
    from dataclasses import replace

    from wherry_portal.assess.values import AgnoName

    return replace(value, imported=None) if isinstance(value, AgnoName) else value
