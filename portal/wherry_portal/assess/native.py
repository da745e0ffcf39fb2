"""What this installation of Wherry really has: which modules exist and which names they give.

Read from the files of the package with `ast`, never imported. It keeps the matrix honest: an import is rewritten only
to a name that is there.
"""

from __future__ import annotations

import ast
import importlib.util
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from wherry_portal.assess.syntax import module_tree

if TYPE_CHECKING:
    from wherry_portal.matrix.surface import Surface


class Native:
    """The modules and names of the installed `wherry` package.

    Args:
        surface: Names of Agno, for finding another path of the same thing.
        root: Folder of the `wherry` package; by default the installed one.
    """

    def __init__(self, surface: Surface, root: Path | None = None) -> None:
        self._surface = surface
        self.root = root or self._installed()
        self._names: dict[str, frozenset[str] | None] = {}

    @staticmethod
    def _installed() -> Path:
        spec = importlib.util.find_spec("wherry")
        if spec is None or spec.origin is None:
            raise FileNotFoundError("the package 'wherry' has no source here")
        return Path(spec.origin).parent

    def _file(self, module: str) -> Path | None:
        """Source of the module that stands for an Agno module."""
        base = self.root.joinpath(*module.split(".")[1:])
        for candidate in (base / "__init__.py", base.with_name(f"{base.name}.py")):
            if candidate.is_file():
                return candidate
        return None

    def names(self, module: str) -> frozenset[str] | None:
        """Names that a module gives, by its path in Agno; None when the module is not there."""
        if module not in self._names:
            file = self._file(module)
            self._names[module] = None if file is None else self._bound(file, module)
        return self._names[module]

    def _bound(self, file: Path, module: str) -> frozenset[str]:
        found: set[str] = set()
        tree = module_tree(file.read_bytes())
        if stands_in := _stands_in(tree):
            return self.names(f"agno{stands_in.removeprefix('wherry')}") or frozenset()
        stack: list[ast.stmt] = list(tree.body)
        while stack:
            node = stack.pop()
            if isinstance(node, ast.Import | ast.ImportFrom):
                found |= self._imported(node, module)
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                found.add(node.name)
                found |= _given_late(node) if node.name == "__getattr__" else set()
            elif isinstance(node, ast.Assign | ast.AnnAssign):
                found |= _assigned(node)
            elif isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
                stack += node.orelse  # what is imported for types only is not there when it is asked for
            elif isinstance(node, ast.If | ast.Try):
                stack += [*node.body, *node.orelse]
        return frozenset(found)

    def _imported(self, node: ast.Import | ast.ImportFrom, module: str) -> set[str]:
        names = {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
        if isinstance(node, ast.ImportFrom) and "*" in names and node.module:
            inner = self.names("agno" + node.module.removeprefix("wherry"))
            return {name for name in inner or () if not name.startswith("_")}
        return names

    def has(self, path: str) -> bool:
        """Whether Wherry has what an Agno path names: a module, or a name of a module."""
        if self._file(path) is not None:
            return True
        module, _, name = path.rpartition(".")
        return name in (self.names(module) or ())

    def home(self, path: str) -> str | None:
        """The Agno path under which Wherry has the thing: `path` itself, else the shortest other public path."""
        if self.has(path):
            return path
        symbol = self._surface.resolve(path)
        if symbol is None or symbol.kind == "module":
            return None
        others = self._places.get(symbol.path, ())
        return next((other for other in others if self.has(other)), None)

    @cached_property
    def _places(self) -> dict[str, list[str]]:
        """Defining path -> every public path of it, shortest first."""
        places: dict[str, list[str]] = {}
        for module, names in self._surface.modules.items():
            for name in names:
                symbol = self._surface.resolve(f"{module}.{name}")
                if symbol is not None:
                    places.setdefault(symbol.path, []).append(f"{module}.{name}")
        return {path: sorted(found, key=lambda other: (other.count("."), len(other))) for path, found in places.items()}


def _stands_in(tree: ast.Module) -> str:
    """The module that one puts in its own place: `sys.modules[__name__] = cancel`; empty when it does not."""
    places = {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "sys.modules[__name__]":
            return places.get(ast.unparse(node.value), "")
    return ""


def _assigned(node: ast.Assign | ast.AnnAssign) -> set[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return {target.id for target in targets if isinstance(target, ast.Name)}


def _given_late(function: ast.stmt) -> set[str]:
    """Names that a module's `__getattr__` gives when they are asked for: what it compares the name with."""
    compared = (
        part
        for node in ast.walk(function)
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq | ast.In)
        for part in ast.walk(node.comparators[0])
    )
    return {part.value for part in compared if isinstance(part, ast.Constant) and isinstance(part.value, str)}
