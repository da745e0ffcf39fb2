"""Dotted names after ``import agno.agent`` follow their import.

Before on the left, after on the right::

    import agno.agent                                  import wherry.agent
    bot = agno.agent.Agent()                           bot = wherry.agent.Agent()
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wherry_portal.assess.finding import Edit
from wherry_portal.matrix.removed import PREDECESSOR
from wherry_portal.rules.imports import not_here

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wherry_portal.assess.finding import Finding
    from wherry_portal.rules.context import Context

RULE = "dotted-name"


def check(context: Context) -> Iterator[Finding]:
    """See the module."""
    for use in context.facts.dotted:
        judgement = context.judge.judge(use.path)
        if use.origin == "wherry" and judgement.verdict == "available":
            continue
        if not judgement.blocks and not judgement.keeps_agno and not _is_there(context, use.path):
            home = context.judge.native.home(use.path)
            words = [f"Import it from wherry{home[4:].rpartition('.')[0]}, where it is."] if home else []
            judgement = not_here(judgement, *words)
        edits: tuple[Edit, ...] = ()
        moves = not judgement.blocks and not judgement.keeps_agno
        if moves and use.spelled and use.root.id in {"agno", PREDECESSOR}:
            text = context.facts.text
            edits = (Edit(text.start(use.root), text.end(use.root), "wherry"),)
        elif moves and not use.spelled:
            continue  # the alias stands for the module whatever its package is called
        yield context.finding(RULE, use.node, judgement, f"uses {use.path}", edits)


def _is_there(context: Context, path: str) -> bool:
    """Whether Wherry has the name in the module of the same place: another package is all that is written anew."""
    judge = context.judge
    names = path.split(".")
    module = next((at for k in range(len(names), 0, -1) if (at := ".".join(names[:k])) in judge.surface.modules), "")
    name, *_ = [*names[module.count(".") + 1 :], ""] if module else [""]
    return not module or judge.native.has(f"{module}.{name}" if name and not name.startswith("__") else module)
