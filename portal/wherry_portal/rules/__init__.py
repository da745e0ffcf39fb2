"""The migration rules: one file each, yielding findings; `wherry assess` prints them, `wherry migrate` applies them.

A rule is a function from a `Context` to findings; its docstring shows what it sees and, when it edits, what becomes of
it. The table below is the whole registry; a test checks that every rule is in it and documented.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wherry_portal.rules import (
    address,
    dotted,
    environment,
    human_review,
    imports,
    keywords,
    loggers,
    members,
    strangers,
    subclasses,
    texts,
    unclear,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wherry_portal.assess.finding import Finding
    from wherry_portal.rules.context import Context

RULES: dict[str, Callable[[Context], Iterator[Finding]]] = {
    "import": imports.check,
    "dotted-name": dotted.check,
    "keyword": keywords.check,
    "human-review": human_review.check,
    "member": members.check,
    "stranger": strangers.check,
    "subclass": subclasses.check,
    "name-in-text": texts.check,
    "environment": environment.check,
    "logger": loggers.check,
    "database-address": address.check,
    "unclear": unclear.check,
}


def summary_of(name: str) -> str:
    """First line of the documentation of a rule."""
    import sys

    return (sys.modules[RULES[name].__module__].__doc__ or "").strip().partition("\n")[0]
