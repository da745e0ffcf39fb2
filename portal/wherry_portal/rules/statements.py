"""Rewrites one import statement by spans: the smallest edit when all of it moves, a split when only a part does.

Formatting and comments outside the edited stretch stay. The import rule is the caller.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wherry_portal.assess.finding import Edit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wherry_portal.assess.text import Text

_FROM = re.compile(rb"from\s+(?P<module>[\w.]+)")


@dataclass(frozen=True, slots=True)
class Line:
    """One alias and where it is to come from.

    Attributes:
        alias: The alias as it stands.
        home: New path with its package, or None to leave it where it is.
        keep_local: Whether the old local name is kept with ``as``.
    """

    alias: ast.alias
    home: str | None
    keep_local: bool = False

    def written(self, module: str) -> tuple[str, str]:
        """Module and alias text of the new import."""
        if self.home is None:
            return module, _alias(self.alias.name, self.alias.asname)
        if self.alias.name == "*":
            return self.home, "*"
        target, _, name = self.home.rpartition(".")
        local = self.alias.asname or (self.alias.name if self.keep_local else None)
        return target, _alias(name, None if local == name and not self.alias.asname else local)


def _alias(name: str, local: str | None) -> str:
    return f"{name} as {local}" if local else name


def rewrite_import(text: Text, node: ast.Import, lines: list[Line]) -> tuple[Edit, ...]:
    """``import agno.agent as a, os``: the package of each moved alias is exchanged in place."""
    edits = []
    for line in lines:
        if line.home is not None:
            start = text.start(line.alias)
            old = line.alias.name.encode()
            edits.append(Edit(start, start + len(old), line.home))
    return tuple(edits)


def rewrite_from(text: Text, node: ast.ImportFrom, lines: list[Line], more: Sequence[str] = ()) -> tuple[Edit, ...]:
    """``from agno.x import a, b``: one edit of the module when all moves together, else a statement for each module.

    Args:
        text: The file.
        node: The statement.
        lines: Its aliases and where they go.
        more: Statements to put after it.
    """
    module = node.module or ""
    written = [line.written(module) for line in lines]
    modules = list(dict.fromkeys(target for target, _ in written))
    start = text.start(node)
    found = _FROM.match(text.raw, start)
    if found is None:
        return ()
    if len(modules) == 1:
        edits = [Edit(found.start("module"), found.end("module"), modules[0])]
        return (*edits, *_alias_edits(text, lines, written), *_after(text, node, more))
    rest = [
        f"from {target} import {', '.join(new for other, new in written if other == target)}" for target in modules[1:]
    ]
    return (*_split(text, lines, written, modules[0], found), *_after(text, node, [*rest, *more]))


def _alias_edits(text: Text, lines: list[Line], written: list[tuple[str, str]]) -> list[Edit]:
    edits = []
    for line, (_, new) in zip(lines, written, strict=True):
        if new != _alias(line.alias.name, line.alias.asname):
            edits.append(Edit(text.start(line.alias), text.end(line.alias), new))
    return edits


def _split(
    text: Text, lines: list[Line], written: list[tuple[str, str]], first: str, found: re.Match[bytes]
) -> tuple[Edit, ...]:
    """Keep the aliases of the first module in the statement and take the others out."""
    edits = [Edit(found.start("module"), found.end("module"), first)]
    staying = [at for at, (target, _) in enumerate(written) if target == first]
    for at, (line, (target, new)) in enumerate(zip(lines, written, strict=True)):
        if target == first:
            if new != _alias(line.alias.name, line.alias.asname):
                edits.append(Edit(text.start(line.alias), text.end(line.alias), new))
            continue
        edits.append(_removal(text, lines, at, staying))
    return tuple(edits)


def _after(text: Text, node: ast.ImportFrom, statements: Sequence[str]) -> tuple[Edit, ...]:
    """Statements on lines of their own after one, or on its line when something else follows there."""
    if not statements:
        return ()
    end = text.end(node)
    line_end = text.line_end(end)
    if text.raw[end:line_end].lstrip().startswith(b";"):
        return (Edit(end, end, "".join(f"; {statement}" for statement in statements)),)
    indent = " " * node.col_offset
    return (Edit(line_end, line_end, "".join(f"{text.newline}{indent}{statement}" for statement in statements)),)


def _removal(text: Text, lines: list[Line], at: int, staying: list[int]) -> Edit:
    """Take an alias out: up to the next one, or with the comma before it when none that stays follows."""
    alias = lines[at].alias
    if any(other > at for other in staying):
        return Edit(text.start(alias), text.start(lines[at + 1].alias), "")
    before = lines[at - 1].alias
    return Edit(text.end(before), text.end(alias), "")
