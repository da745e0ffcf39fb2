"""Attributes of objects of Agno: gone, renamed, or part of a feature that is not there.

Before on the left, after on the right::

    agent.storage = db                                 agent.db = db
    print(agent.run_response)                          gone since 2.0: keep what run() returns
"""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from wherry_portal.assess.finding import Edit
from wherry_portal.assess.judge import Judgement
from wherry_portal.matrix.removed import Keywords
from wherry_portal.rules.arguments import asks_for_nothing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wherry_portal.assess.facts import MemberUse
    from wherry_portal.assess.finding import Finding
    from wherry_portal.rules.context import Context

RULE = "member"


def check(context: Context) -> Iterator[Finding]:
    """See the module."""
    called = {id(call.node.func) for call in context.facts.calls if isinstance(call.node, ast.Call)}
    for use in context.facts.members:
        if id(use.node) in called or use.name.startswith("__"):
            continue
        found = _member(context, use)
        if found is not None:
            yield found


def _member(context: Context, use: MemberUse) -> Finding | None:
    judge = context.judge
    what = f"{'assigns' if use.stored else 'reads'} {use.cls.rpartition('.')[2]}.{use.name}"
    if use.name.startswith("_"):
        if not judge.surface.has_private(use.cls, use.name) or judge.judge(use.cls).keeps_agno:
            return None
        return context.finding(RULE, use.node, judge.judge(f"{use.cls}.{use.name}"), what)
    if judge.surface.member(use.cls, use.name) is not None:
        return _living(context, use, what)
    return _gone(context, use, what)


def _living(context: Context, use: MemberUse, what: str) -> Finding | None:
    judge = context.judge
    if use.given is not None and asks_for_nothing(use.given, None):
        return None
    judgement = judge.judge(f"{use.cls}.{use.name}")
    if any(f"{path}({use.name})" in judge.index.exact for path in judge.surface.mro(use.cls)):
        judgement = judge.judge(f"{use.cls}({use.name})")
    owner = judge.judge(use.cls)
    quiet = judgement.verdict == "available" or judgement.row == owner.row or judgement.keeps_agno
    return None if quiet else context.finding(RULE, use.node, judgement, what)


def _gone(context: Context, use: MemberUse, what: str) -> Finding | None:
    """An attribute that earlier releases had; others may have been put there by the code itself."""
    judge = context.judge
    paths = _public(context, use.cls)
    seen = next((found for path in paths if (found := judge.past.last_seen(f"{path}.{use.name}"))), None)
    if seen is None:
        return None
    tables = judge.successors.keywords
    keywords = next((tables[path] for path in paths if path in tables), Keywords())
    why = f"It was last seen in Agno {seen}; {judge.surface.version} does not have it."
    advice = keywords.advice(use.name) or "Keep what run() returns, or read the session."
    judgement = Judgement(f"{use.cls}.{use.name}", "removed", "error", why, advice, 15)
    edits: tuple[Edit, ...] = ()
    attribute = isinstance(use.node, ast.Attribute) and use.node.attr == use.name
    span = (context.name_span if attribute else context.keyword_span)(use.node, use.name)
    if use.name in keywords.renamed and span is not None:
        edits = (Edit(*span, keywords.renamed[use.name]),)
        judgement = replace(judgement, level="warning")
    return context.finding(RULE, use.node, judgement, what, edits)


def _public(context: Context, cls: str) -> list[str]:
    """Paths under which a class may be written down in the history, its Agno bases included."""
    names = context.judge.surface
    found = []
    for path in names.mro(cls):
        module, _, name = path.rpartition(".")
        found += [path, f"{module.rpartition('.')[0]}.{name}"]
    return found
