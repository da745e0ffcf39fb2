"""What of a notebook cell is Python: IPython's magics are blanked out byte for byte, so that every position stays.

Code behind a magic is read where it is Python: `%time f()`, `x = %timeit -o f()`, `%%writefile agent.py`, `%%python`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wherry_portal.assess.syntax import module_tree

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAGIC = re.compile(r"^\s*([%!?]|\w[\w.]*\?+\s*$)|^\s*[\w, ]+=\s*[!%]")
_TIMERS = r"%(?:time|timeit|prun|memit|mprun)\b(?:[ \t]+-\w+(?:[ \t]+\d+)?)*[ \t]+"
_TIMED = re.compile(rf"^(?P<indent>[ \t]*){_TIMERS}(?=\S)")
_KEPT = re.compile(rf"^(?P<name>[ \t]*[\w, \t]+=[ \t]*){_TIMERS}(?=\S)")
_CELL = re.compile(r"^(?:[ \t]*\r?\n)*%%(?P<magic>\w+)(?P<words>[^\r\n]*)")
_THROUGH = {"time", "timeit", "capture", "prun", "memit", "mprun"}
"""Cell magics that run the rest of the cell as the notebook's own code."""
_WRITES, _PYTHON = {"writefile", "file"}, {"python", "python3"}
_SHELLS = {"bash", "sh", "script", "system", "sx", "cmd", "!"}
"""Cell magics whose lines are read as a script's: what they install."""
_NAMED = re.compile(r"agno|AGNO|phidata")
_ALWAYS = "if 1:"
"""What a timing magic becomes: a line may be a statement."""


def blanked(source: str) -> str:
    """A cell's source with what is no Python blanked out; as many bytes and lines as before."""
    lines = source.splitlines(keepends=True)
    cell = _CELL.match(source)
    if cell and not _is_python(cell, source):
        return "".join(map(_gone, lines))
    first = source[: cell.end()].count("\n") if cell else -1
    return "".join(_comment(line) if k <= first else _plain(line) for k, line in enumerate(lines))


def unread(source: str) -> Iterator[tuple[int, str]]:
    """Line (from 1) and magic of a cell that names Agno in what is no Python of its own and no shell's."""
    cell = _CELL.match(source)
    if cell and not _is_python(cell, source) and cell["magic"] not in _SHELLS and _NAMED.search(source, cell.end()):
        yield source[: cell.end()].count("\n") + 1, f"%%{cell['magic']}{cell['words']}".rstrip()


def _is_python(cell: re.Match[str], source: str) -> bool:
    """Whether the rest of a cell with a cell magic is Python; what is written in parts may not be one by itself."""
    magic, words = cell["magic"], cell["words"].split()
    if magic in _THROUGH:
        return True
    written = magic in _WRITES and words and words[-1].strip("'\"").endswith(".py")
    return bool(written or magic in _PYTHON) and _parses(source[cell.end() :])


def _parses(text: str) -> bool:
    try:
        module_tree("\n".join(map(_plain, text.split("\n"))))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _plain(line: str) -> str:
    """A line as Python: a magic that runs the rest of it gone, any other a comment."""
    if timed := _TIMED.match(line):
        return timed["indent"] + _ALWAYS.ljust(timed.end() - len(timed["indent"])) + line[timed.end() :]
    if kept := _KEPT.match(line):
        return kept["name"] + " " * (kept.end() - len(kept["name"])) + line[kept.end() :]
    return _comment(line) if _MAGIC.match(line) else line


def _gone(line: str) -> str:
    """A line of another language, whose indentation means nothing."""
    body = line.rstrip("\r\n")
    return "#" * len(body.encode()) + line[len(body) :]


def _comment(line: str) -> str:
    body = line.rstrip("\r\n")
    indent = len(body) - len(body.lstrip())
    length = len(body.encode())
    if length - indent < len("pass"):
        return body[:indent] + "#" * (length - indent) + line[len(body) :]
    return f"{body[:indent]}pass{' ' * (length - indent - 4)}{line[len(body) :]}"
