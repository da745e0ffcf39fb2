"""Loggers asked for by Agno's name.

Before on the left, after on the right::

    logging.getLogger("agno")                          logging.getLogger("wherry")
    logging.getLogger("agno-team")                     a person decides: Wherry has one logger, and none for teams
"""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from wherry_portal.assess.finding import Edit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wherry_portal.assess.finding import Finding
    from wherry_portal.rules.context import Context

RULE = "logger"
LOGGER = "agno.utils.log.logger"
_NAMED = re.compile(r"agno(?:[.-]|$)")


def check(context: Context) -> Iterator[Finding]:
    """See the module."""
    source = context.facts.text
    if b"getLogger" not in source.raw:
        return
    judgement = context.judge.judge(LOGGER)
    for node, name in _names(context.facts.tree):
        what = f"asks for the logger {name}"
        inner = source.raw[source.start(node) : source.end(node)].find(b"agno")
        if name == "agno" and inner >= 0:
            start = source.start(node) + inner
            yield context.finding(RULE, node, judgement, what, (Edit(start, start + len("agno"), "wherry"),))
        else:
            todo = "What Wherry tells goes to the logger 'wherry', whoever runs: name that one."
            yield context.finding(RULE, node, replace(judgement, level="warning", todo=todo, minutes=2), what)


def _names(tree: ast.Module) -> Iterator[tuple[ast.Constant, str]]:
    """The texts with Agno's name that `getLogger` is called with."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        match node.args[0]:
            case ast.Constant(value=str(name)) as text if called == "getLogger" and _NAMED.match(name):
                yield text, name
