"""The flat review flags of Agno 2 become one `HumanReview`.

Before on the left, after on the right::

    Step(requires_confirmation=True)         Step(human_review=HumanReview(requires_confirmation=True))
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from wherry_portal.assess.finding import Edit
from wherry_portal.assess.judge import Judgement
from wherry_portal.rules.arguments import removals

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wherry_portal.assess.facts import CallUse
    from wherry_portal.assess.finding import Finding
    from wherry_portal.assess.values import Entry
    from wherry_portal.rules.context import Context

RULE = "human-review"
HOME = "agno.workflow.HumanReview"


def check(context: Context) -> Iterator[Finding]:
    """See the module."""
    judge = context.judge
    tables = {judge.surface.resolve(path): table for path, table in judge.successors.keywords.items()}
    row = judge.judge(HOME).row
    for call in context.facts.calls:
        table = tables.get(judge.surface.resolve(call.canonical))
        flags = [entry for entry in call.keywords if table and entry.name in table.human_review]
        if not flags or table is None:
            continue
        edits = _edits(context, call, flags, table.human_review)
        for entry in flags:
            why = "Agno 3.0 moved the flags of a review into one object."
            todo = f"Use human_review=HumanReview({table.human_review[entry.name]}=...)."
            symbol = f"{call.canonical}({entry.name})"
            judgement = Judgement(symbol, "removed", "warning" if edits else "error", why, todo, 5, row)
            what = f"gives {call.canonical.rpartition('.')[2]}({entry.name}=...)"
            yield context.finding(RULE, entry.key, judgement, what, edits)


def _edits(context: Context, call: CallUse, flags: list[Entry], names: dict[str, str]) -> tuple[Edit, ...]:
    given = {entry.name for entry in call.keywords}
    node = call.node
    if not isinstance(node, ast.Call) or "human_review" in given or context.judge.native.home(HOME) is None:
        return ()
    keys = [entry.key for entry in flags]
    if not all(isinstance(key, ast.keyword) and key in node.keywords for key in keys):
        return ()
    text = context.facts.text
    inner = ", ".join(
        f"{names[entry.name]}={text.raw[text.start(entry.value) : text.end(entry.value)].decode()}" for entry in flags
    )
    first = keys[0]
    replacement = Edit(text.start(first), text.end(first), f"human_review={_local(context)}({inner})")
    return (replacement, *removals(text, node, keys[1:]), *_import(context))


def _local(context: Context) -> str:
    for use in context.facts.imports:
        if use.path.endswith(".HumanReview"):
            return use.alias.asname or "HumanReview"
    return "HumanReview"


def _import(context: Context) -> tuple[Edit, ...]:
    """An import of HumanReview after the first one from agno.workflow, unless there is one."""
    uses = [use for use in context.facts.imports if use.module.startswith("agno.workflow")]
    if any(use.path.endswith(".HumanReview") for use in context.facts.imports) or not uses:
        return ()
    text = context.facts.text
    first = uses[0].node
    at = text.line_end(text.end(first))
    return (Edit(at, at, f"{text.newline}{' ' * first.col_offset}from wherry.workflow import HumanReview"),)
