"""Arguments of calls as text: taking some out without touching the others, and values that ask for nothing."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from wherry_portal.assess.finding import Edit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wherry_portal.assess.text import Text


def removals(text: Text, call: ast.Call, gone: Iterable[ast.AST]) -> tuple[Edit, ...]:
    """Edits that take arguments out of a call, with their commas.

    Args:
        text: The file.
        call: The call.
        gone: Arguments of the call; others are ignored.
    """
    arguments: list[ast.expr | ast.keyword] = sorted((*call.args, *call.keywords), key=text.start)
    going = {id(argument) for argument in gone}
    last_kept = max((at for at, argument in enumerate(arguments) if id(argument) not in going), default=-1)
    edits = []
    for at, argument in enumerate(arguments):
        if id(argument) not in going:
            continue
        if at < last_kept:
            edits.append(Edit(text.start(argument), text.start(arguments[at + 1]), ""))
        elif last_kept >= 0:
            edits.append(Edit(text.end(arguments[at - 1]), text.end(argument), ""))
        else:
            edits.append(_only(text, call, arguments, at))
    return tuple(edits)


def _only(text: Text, call: ast.Call, arguments: list[ast.expr | ast.keyword], at: int) -> Edit:
    """Nothing of the call stays: everything between the parentheses goes."""
    start = text.start(arguments[at])
    if at + 1 < len(arguments):
        return Edit(start, text.start(arguments[at + 1]), "")
    return Edit(start, text.end(call) - 1, "")


def asks_for_nothing(value: ast.expr, default: str | None) -> bool:
    """Whether a value is None, False or the default: what the callee does anyway."""
    if isinstance(value, ast.Constant) and (value.value is None or value.value is False):
        return True
    return default is not None and ast.unparse(value) == default
