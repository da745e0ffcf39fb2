"""Dotted names in texts: the arguments of `patch`, `import_module` and the like.

Before on the left, after on the right::

    patch("agno.agent.Agent.run")                      patch("wherry.agent.Agent.run")
    importlib.import_module("agno.team")               importlib.import_module("wherry.team")
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wherry_portal.assess.finding import Edit

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator

    from wherry_portal.assess.finding import Finding
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
        if use.certain and judgement.verdict in {"available", "limited"} and not judgement.keeps_agno:
            edits = _edit(context, use.node, use.text)
        what = f"names {use.text} in a text"
        yield context.finding(RULE, use.node, judgement, what, edits)


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
