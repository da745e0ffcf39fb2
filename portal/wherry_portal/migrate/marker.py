"""The marker of a file that stays on Agno: two lines that say so at import time, until what blocks it is resolved.

For example::

    from wherry.core.matrix import unresolved as _wherry_unresolved  # wherry: blocked

    _wherry_unresolved(__name__, "eval.accuracy")  # wherry: blocked

`wherry doctor` finds them by their comment; `wherry migrate` writes, renews and removes them.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from wherry_portal.assess.finding import Edit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from wherry_portal.assess.text import Text

_TAIL = "# wherry: blocked"
_MAGICS = ("%", "!")
_LINES = re.compile(
    rb"^[ \t]*(?:from wherry\.core\.matrix import unresolved|_wherry_unresolved\()[^\n]*# wherry: blocked\r?(?:\n|\Z)",
    re.MULTILINE,
)
_CALL = re.compile(r"_wherry_unresolved\(__name__, (?P<ids>[^\n]*?)\)\s*# wherry: blocked")
_AT_START = re.compile(f"^{_CALL.pattern}", re.MULTILINE)


def marker_edits(text: Text, tree: ast.Module, ids: Sequence[str]) -> tuple[Edit, ...]:
    """Edits that make the marker name exactly `ids`; none when it does so already."""
    present = [(match.start(), match.end()) for match in _LINES.finditer(text.raw)]
    wanted = _lines(ids, text.newline) if ids else ""
    current = b"".join(text.raw[start:end] for start, end in present).decode()
    if current == wanted:
        return ()
    removed = tuple(Edit(start, end, "") for start, end in present)
    if not wanted:
        return removed
    if removed:
        first = removed[0]
        return (Edit(first.start, first.end, wanted), *removed[1:])
    return (_insertion(text, tree, wanted),)


def _lines(ids: Sequence[str], newline: str) -> str:
    names = ", ".join(f'"{name}"' for name in ids)
    return (
        f"from wherry.core.matrix import unresolved as _wherry_unresolved  {_TAIL}{newline}"
        f"_wherry_unresolved(__name__, {names})  {_TAIL}{newline}"
    )


def _insertion(text: Text, tree: ast.Module, wanted: str) -> Edit:
    """Before the first statement that is neither the docstring nor an import from __future__, nor a notebook's magic.

    A cell's magic has to stay its first line, and what a magic installs may be what is imported.
    """
    for number, node in enumerate(tree.body):
        docstring = number == 0 and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
        magic = text.line_text(node.lineno).lstrip().startswith(_MAGICS)
        if not docstring and not future and not magic:
            line = min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", []))])
            at = text.line_starts[line - 1]
            return Edit(at, at, wanted)
    gap = "" if not text.raw or text.raw.endswith((b"\n", b"\r")) else text.newline
    return Edit(len(text.raw), len(text.raw), gap + wanted)


def marked(text: str, *, notebook: bool = False) -> list[str]:
    """The ids that the marker of a text names, if there is one; the JSON of a notebook has no lines of code."""
    match = (_CALL if notebook else _AT_START).search(text)
    return re.findall(r'"([^"]+)"', match["ids"]) if match else []


def find_markers(root: Path) -> Iterator[tuple[Path, list[str]]]:
    """Python files and notebooks below a folder that still run on Agno, with what keeps them there."""
    from wherry_portal.assess.files import find_files
    from wherry_portal.assess.text import UnreadableError, read_bytes

    for path, kind in find_files(root).files.items():
        if kind not in {"python", "notebook"}:
            continue
        try:
            raw = read_bytes(path)
        except UnreadableError:
            continue
        if _TAIL.encode() in raw:
            text = raw.decode("utf-8", "replace").replace('\\"', '"')
            ids = marked(text, notebook=kind == "notebook")
            if ids:
                yield path, ids
