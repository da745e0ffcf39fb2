"""Dotted names in texts: the arguments of `patch`, `import_module` and the like.

Before on the left, after on the right::

    patch("agno.agent.Agent.run")                      patch("wherry.agent.Agent.run")
    importlib.import_module("agno.team")               importlib.import_module("wherry.team")
    CLASSES = {"agent": "agno.agent.Agent"}            left to a person: it may be a mere text
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wherry_portal.assess.finding import Edit

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator

    from wherry_portal.assess.finding import Finding
    from wherry_portal.assess.judge import Judgement
    from wherry_portal.rules.context import Context

RULE = "name-in-text"


def check(context: Context) -> Iterator[Finding]:
    """See the module."""
    for use in context.facts.texts:
        if use.kind != "path":
            continue
        judgement = context.judge.judge(use.text)
        if judgement.verdict == "unknown" and not use.certain:
            continue
        edits: tuple[Edit, ...] = ()
        if judgement.verdict in {"available", "limited"} and not judgement.keeps_agno:
            edits = _edit(context, use.node, use.text) if use.certain else ()
            judgement = judgement if edits else _left(context, judgement, use.text)
        what = f"names {use.text} in a text"
        yield context.finding(RULE, use.node, judgement, what, edits)


def _left(context: Context, judgement: Judgement, text: str) -> Judgement:
    """What to do with a name that may be a mere word: a program that imports by it would go on with Agno's."""
    home = _home(context, text) or f"wherry{text[4:]}"
    todo = f"Left as it is: it may be a mere text. Where the code imports by it, write {home!r}."
    return replace(judgement, level="warning", todo=todo, minutes=5)


def _edit(context: Context, node: ast.Constant, text: str) -> tuple[Edit, ...]:
    home = _home(context, text)
    if home is None:
        return ()
    source = context.facts.text
    start, end = source.start(node), source.end(node)
    inner = source.raw[start:end].find(text.encode())
    if inner < 0:
        return ()
    return (Edit(start + inner, start + inner + len(text.encode()), home),)


def _home(context: Context, text: str) -> str | None:
    """The path in Wherry: that of the longest part which is a module or a module's name, with the rest kept."""
    at, rest = text, ""
    while "." in at:
        found = context.judge.native.home(at)
        if found is not None:
            return f"wherry{found[4:]}{rest}"
        at, _, last = at.rpartition(".")
        rest = f".{last}{rest}"
    return None
