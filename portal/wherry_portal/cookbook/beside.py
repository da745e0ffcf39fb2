"""Which files of the cookbook an example takes things from: its verdict depends on them, too."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from wherry_portal.assess.syntax import module_tree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def files_beside(root: Path, name: str) -> list[str]:
    """The Python files that one imports, and what these import, by their paths in a folder; not the file itself.

    Args:
        root: The folder.
        name: Path of the file in it.
    """
    found: dict[str, None] = {}
    waiting = [name]
    while waiting:
        at = root / waiting.pop()
        for path in _imported(root, at):
            other = path.relative_to(root).as_posix()
            if other not in found and other != name:
                found[other] = None
                waiting.append(other)
    return sorted(found)


def _imported(root: Path, at: Path) -> Iterator[Path]:
    try:
        tree = module_tree(at.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _files(root, at.parent, alias.name.split("."))
        elif isinstance(node, ast.ImportFrom):
            base = at.parent
            for _ in range(node.level - 1):
                base = base.parent
            parts = node.module.split(".") if node.module else []
            for alias in node.names:
                yield from _files(root, base, [*parts, alias.name])


def _files(root: Path, base: Path, parts: list[str]) -> Iterator[Path]:
    """The modules on the way along a dotted name, from a folder or from the cookbook's own."""
    for start in dict.fromkeys((base, root, root.parent)):
        for length in range(1, len(parts) + 1):
            target = start.joinpath(*parts[:length])
            for path in (target.with_name(f"{target.name}.py"), target / "__init__.py"):
                if path.is_relative_to(root) and path.is_file():
                    yield path
