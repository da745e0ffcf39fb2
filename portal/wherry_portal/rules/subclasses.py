"""Classes that descend from Agno's: overriding what is private or not there has no effect on Wherry.

For example::

    class Mine(Agent):
        def _run(self): ...                            private: Wherry never calls it

    class Blog(Workflow):
        def run(self, topic): ...                      a workflow of Agno 1.x: now Workflow(steps=[...])
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from wherry_portal.assess.judge import Judgement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wherry_portal.assess.facts import SubclassUse
    from wherry_portal.assess.finding import Finding
    from wherry_portal.rules.context import Context

RULE = "subclass"
WORKFLOW = "agno.workflow.workflow.Workflow"
# Model's hooks for parsing are part of what people override when they write a model of their own.
_OPEN_TO_OVERRIDES = {"agno.models.base.Model"}


def check(context: Context) -> Iterator[Finding]:
    """See the module."""
    judge = context.judge
    for use in context.facts.subclasses:
        owner = judge.judge(use.base)
        if WORKFLOW in judge.surface.mro(use.base):
            yield from _old_workflow(context, use)
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


def _old_workflow(context: Context, use: SubclassUse) -> Iterator[Finding]:
    """A workflow as Agno 1.x had them: the work is in `run` of a class, which asks nothing of its base."""
    found = next((use.methods[name] for name in ("run", "arun") if name in use.methods), None)
    if found is None or any(isinstance(node, ast.Name) and node.id == "super" for node in ast.walk(found)):
        return
    judge = context.judge
    why = "Since Agno 2.0 a workflow is its steps. A run() in its place keeps no session and gives no events."
    todo = "Make each part of it a function or an agent, and write Workflow(steps=[...])."
    judgement = Judgement(f"{use.base}.run", "removed", "error", why, todo, 60, judge.judge(use.base).row)
    yield context.finding(RULE, found, judgement, f"writes the workflow {use.node.name} as a class with {found.name}()")
