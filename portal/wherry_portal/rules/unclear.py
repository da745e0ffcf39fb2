"""Places that cannot be judged: said aloud, never counted as fine.

For example::

    Agent(**load_settings())                           the keywords cannot be seen
    importlib.import_module(f"agno.{name}")            the name is computed
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wherry_portal.assess.judge import Judgement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wherry_portal.assess.finding import Finding
    from wherry_portal.rules.context import Context

RULE = "unclear"


def check(context: Context) -> Iterator[Finding]:
    """See the module."""
    for use in context.facts.unclear:
        owner = context.judge.judge(use.symbol)
        if owner.keeps_agno:
            continue
        judgement = Judgement(
            use.symbol,
            "unjudged",
            "warning",
            f"It cannot be judged: {use.detail}.",
            "Look at it yourself, or write it so that it can be read.",
            10,
            owner.row,
        )
        yield context.finding(RULE, use.node, judgement, f"uses {use.symbol} in a way that cannot be seen")
