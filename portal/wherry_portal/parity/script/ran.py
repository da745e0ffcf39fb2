"""Which lines of a user's own files a run came to: what a script imports and never reaches, it proves nothing about.

`watch` notes them in the child process; `subject` keeps them with the result, whole statements at a time.
"""

from __future__ import annotations

import ast
import os
import sys
import threading
from typing import TYPE_CHECKING, Any

from wherry_portal.assess.syntax import module_tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from types import FrameType

_BODIES = ("body", "orelse", "finalbody", "handlers", "cases")


class Lines:
    """Notes the lines that are run in the Python files below a folder, in every thread that starts from now on.

    Args:
        folder: The folder.
    """

    def __init__(self, folder: str) -> None:
        self._folder = f"{os.path.realpath(folder)}{os.sep}"
        self._by_code: dict[str, set[int] | None] = {}
        self._names: dict[str, str] = {}

    def start(self) -> None:
        """Begin; a debugger that traces already is left alone."""
        if sys.gettrace() is None:
            threading.settrace(self._entered)
            sys.settrace(self._entered)

    def told(self) -> dict[str, list[int]]:
        """Stop; the lines by file, relative to the folder. Threads that a script leaves behind go on noting theirs."""
        sys.settrace(None)
        threading.settrace(None)
        return {self._names[code]: sorted(lines) for code, lines in self._by_code.copy().items() if lines}

    def _entered(self, frame: FrameType, _event: str, _argument: Any) -> Any:
        code = frame.f_code.co_filename
        if code not in self._by_code:
            path = os.path.realpath(code)
            ours = path.startswith(self._folder) and not code.startswith("<")  # Python's own, and what is made up
            self._names[code] = path.removeprefix(self._folder).replace(os.sep, "/")
            self._by_code.setdefault(code, set() if ours else None)  # another thread may have come first
        lines = self._by_code[code]
        if lines is None:
            return None

        def line(inner: FrameType, _event: str, _argument: Any) -> Any:
            lines.add(inner.f_lineno)
            return line

        return line


def whole(source: bytes, lines: Iterable[int]) -> list[list[int]]:
    """Lines of a file as stretches, each statement whole: where a call spans lines, not each is told as run.

    Args:
        source: The file.
        lines: Those that a run came to.

    Returns:
        First and last line of each stretch.
    """
    found = set(lines)
    try:
        for first, last in _statements(module_tree(source)):
            stretch = range(first, last + 1)
            if not found.isdisjoint(stretch):
                found.update(stretch)
    except (SyntaxError, ValueError):
        pass
    stretches: list[list[int]] = []
    for line in sorted(found):
        if stretches and stretches[-1][1] == line - 1:
            stretches[-1][1] = line
        else:
            stretches.append([line, line])
    return stretches


def _statements(tree: ast.Module) -> Iterator[tuple[int, int]]:
    """First and last line of every statement; of one that holds others, of what stands above them."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.stmt):
            continue
        inside = [one.lineno for name in _BODIES for one in getattr(node, name, ()) if hasattr(one, "lineno")]
        first = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", ()))])
        yield first, max(first, min(inside) - 1) if inside else node.end_lineno or first


def read_stretches(told: Mapping[str, list[list[int]]]) -> dict[str, frozenset[int]]:
    """Lines by file out of a result, where `whole` has made them stretches."""
    return {
        name: frozenset(line for first, last in stretches for line in range(first, last + 1))
        for name, stretches in told.items()
    }
