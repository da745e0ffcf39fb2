"""Imports of Agno become imports of Wherry; leaves that stay Agno's keep their line; gone names get their successor.

Before on the left, after on the right::

    from agno.agent import Agent                       from wherry.agent import Agent
    from agno.tools import Toolkit                     from wherry.tools import Toolkit
    from agno.tools.yfinance import YFinanceTools      from agno.tools.yfinance import YFinanceTools
    from agno.storage.sqlite import SqliteStorage      from wherry.db.sqlite import SqliteDb
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wherry_portal.rules.held import held_of
from wherry_portal.rules.renames import rename_edits
from wherry_portal.rules.statements import Line, rewrite_from, rewrite_import

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wherry_portal.assess.facts import ImportUse
    from wherry_portal.assess.finding import Edit, Finding
    from wherry_portal.assess.judge import Judgement
    from wherry_portal.rules.context import Context

RULE = "import"
HELD = "It is given only to something that stays Agno's and takes Agno's own class: the import stays."


@dataclass(frozen=True, slots=True)
class Target:
    """Where an imported name is to come from.

    Attributes:
        use: The import.
        judgement: What is said about it.
        home: New path, written with its package; None when the line stays as it is.
        edits: Edits elsewhere in the file that go with it, such as renamed references.
        name: Name to import, when it differs from the old one.
        keep_local: Whether the old local name is kept with ``as``.
    """

    use: ImportUse
    judgement: Judgement
    home: str | None
    edits: tuple[Edit, ...] = ()
    keep_local: bool = False


def check(context: Context) -> Iterator[Finding]:
    """See the module."""
    by_statement: dict[int, list[ImportUse]] = {}
    for use in context.facts.imports:
        by_statement.setdefault(id(use.node), []).append(use)
    for uses in by_statement.values():
        targets = [_target(context, use) for use in uses]
        edits = _statement_edits(context, uses[0].node, targets)
        for target in targets:
            yield from _report(context, target, edits)


def _report(context: Context, target: Target, edits: tuple[Edit, ...]) -> Iterator[Finding]:
    use, judgement = target.use, target.judgement
    context.reported.add(judgement.row.id if judgement.row else judgement.symbol)
    if use.origin == "wherry" and judgement.verdict == "available":
        return
    own = (*edits, *target.edits) if target.home is not None else ()
    yield context.finding(RULE, use.alias, judgement, f"imports {use.path}", own)


def _target(context: Context, use: ImportUse) -> Target:
    judgement = context.judge.judge(use.path)
    if use.alias.name == "*":
        judgement = _of_star(context, use, judgement)
    if use.optional and judgement.blocks:
        judgement = replace(
            judgement, level="warning", todo=f"The import may fail: ImportError is caught here. {judgement.todo}"
        )
        return Target(use, judgement, None)
    if judgement.verdict == "removed" and judgement.successor and judgement.successor.to:
        return _successor(context, use, judgement)
    if judgement.blocks or judgement.keeps_agno or use.origin == "wherry":
        return Target(use, judgement, None)
    if id(use.alias) in held_of(context).aliases:
        return Target(use, replace(judgement, verdict="limited", level="note", why=HELD, todo="", minutes=0), None)
    return _native(context, use, judgement)


def _native(context: Context, use: ImportUse, judgement: Judgement) -> Target:
    if use.alias.name == "*" or use.path == "agno":
        return Target(use, judgement, f"wherry{use.path[4:]}")
    home = context.judge.native.home(use.path)
    if home is not None:
        return Target(use, judgement, f"wherry{home[4:]}")
    return Target(use, not_here(judgement), None)


def not_here(judgement: Judgement, todo: str = "Install a newer Wherry, or report it.") -> Judgement:
    """The judgement of a name that the matrix has in a row and the installed Wherry has not."""
    why = "The matrix lists it, but the Wherry installed here does not have it."
    return replace(judgement, verdict="not_migrated", level="error", why=why, todo=todo, minutes=30)


def _of_star(context: Context, use: ImportUse, judgement: Judgement) -> Judgement:
    """A star import brings in every name: it is as grave as the gravest name that the file then uses."""
    used = {name.path for name in context.facts.names if name.path.rpartition(".")[0] == use.path}
    verdicts = [context.judge.judge(path) for path in sorted(used)]
    blocked = [found for found in verdicts if found.blocks or found.keeps_agno]
    return blocked[0] if blocked else judgement


def _successor(context: Context, use: ImportUse, judgement: Judgement) -> Target:
    """The place that a gone name moved to, judged in its turn."""
    to = judgement.successor.to if judgement.successor else ""
    now = context.judge.judge(to)
    if now.blocks:
        grave = replace(now, symbol=use.path, why=f"{judgement.why} It is now {to}, which is not migrated: {now.why}")
        return Target(use, grave, None)
    home = to if now.keeps_agno else context.judge.native.home(to)
    if home is None:
        return Target(use, replace(judgement, todo=f"{judgement.todo} This Wherry does not have it."), None)
    package = "agno" if now.keeps_agno else "wherry"
    edits, keep = rename_edits(context, use, home.rpartition(".")[2])
    eased = replace(judgement, level="warning", row=now.row, minutes=5)
    return Target(use, eased, f"{package}{home[4:]}", edits, keep_local=keep)


def _statement_edits(context: Context, node: ast.Import | ast.ImportFrom, targets: list[Target]) -> tuple[Edit, ...]:
    lines = [Line(target.use.alias, target.home, target.keep_local) for target in targets]
    if all(line.home is None for line in lines):
        return ()
    if isinstance(node, ast.Import):
        return rewrite_import(context.facts.text, node, lines)
    return rewrite_from(context.facts.text, node, lines, held_of(context).twins.get(id(node), ()))
