"""Objects that run by themselves on Agno, given to something that becomes Wherry's: they would not be understood there.

For example::

    Team(members=[ClaudeAgent(...)])                   an agent of another framework cannot be a member of a team
    Step(agent=ClaudeAgent(...))                       nor can it be a step
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wherry_portal.assess.values import Instance, Many, Mapping, UserObject

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wherry_portal.assess.finding import Finding
    from wherry_portal.assess.values import Value
    from wherry_portal.rules.context import Context

RULE = "stranger"
_STRANGERS = {"agent.external"}


def check(context: Context) -> Iterator[Finding]:
    """See the module."""
    for call in context.facts.calls:
        owner = context.judge.judge(call.canonical)
        if call.kind != "class" or owner.blocks or owner.keeps_agno:
            continue
        for entry in call.keywords:
            for cls in sorted(classes_of(entry.meaning)):
                judgement = context.judge.judge(cls)
                if judgement.row is None or judgement.row.id not in _STRANGERS:
                    continue
                grave = replace(judgement, level="error", verdict="not_migrated", todo=judgement.row.limits, minutes=45)
                name = call.canonical.rpartition(".")[2]
                what = f"gives {cls.rpartition('.')[2]} to {name}({entry.name}=...)"
                yield context.finding(RULE, entry.key, grave, what)


def classes_of(value: Value | None) -> set[str]:
    """Classes of Agno whose objects, or objects of whose subclasses, a value is or holds."""
    if isinstance(value, Instance):
        return {value.cls}
    if isinstance(value, UserObject):
        return {value.cls.agno_base} - {""}
    if isinstance(value, Many):
        return classes_of(value.element).union(*map(classes_of, value.others))
    if isinstance(value, Mapping):
        return set().union(*(classes_of(entry.meaning) for entry in value.entries), set())
    return set()


def moves(context: Context, value: Value | None) -> bool:
    """Whether a value is or holds an object whose class becomes Wherry's."""
    judged = (context.judge.judge(cls) for cls in classes_of(value))
    return any(not judgement.keeps_agno for judgement in judged)
