"""Classes that descend from Agno's: overriding what is private or not there has no effect on Wherry.

For example::

    class Mine(Agent):
        def _run(self): ...                            private: Wherry never calls it
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wherry_portal.assess.finding import Finding
    from wherry_portal.rules.context import Context

RULE = "subclass"
# Model's hooks for parsing are part of what people override when they write a model of their own.
_OPEN_TO_OVERRIDES = {"agno.models.base.Model"}


def check(context: Context) -> Iterator[Finding]:
    """See the module."""
    judge = context.judge
    for use in context.facts.subclasses:
        owner = judge.judge(use.base)
        if owner.keeps_agno or owner.blocks or _OPEN_TO_OVERRIDES & set(judge.surface.mro(use.base)):
            continue
        for name, node in use.methods.items():
            if name.startswith("__") or (name.startswith("_") and not judge.surface.has_private(use.base, name)):
                continue
            if not name.startswith("_") and judge.surface.member(use.base, name) is None:
                continue
            judgement = judge.judge(f"{use.base}.{name}")
            if judgement.verdict == "available" or judgement.row == owner.row:
                continue
            what = f"overrides {use.base.rpartition('.')[2]}.{name}()"
            yield context.finding(RULE, node, judgement, what)
