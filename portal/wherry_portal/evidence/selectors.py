"""Selectors: how the matrix and the checklists name evidence. Parsing and matching only; judging is in `resolve`."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, get_args

from wherry.core.errors import WherryError

if TYPE_CHECKING:
    from collections.abc import Sequence

Kind = Literal["test", "fixture", "notebook", "bench", "gate", "signature"]
KINDS: tuple[Kind, ...] = get_args(Kind)


class SelectorError(WherryError, ValueError):
    """A text that is no evidence selector."""

    code = "bad_selector"


@dataclass(frozen=True, slots=True)
class Selector:
    """A parsed selector.

    Attributes:
        kind: Where to look.
        name: What to look for: a pattern for ``test``, else a name.
        case: The case of a fixture, or empty for all of them.
    """

    kind: Kind
    name: str
    case: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}/{self.case}" if self.case else f"{self.kind}:{self.name}"


@lru_cache(maxsize=4096)
def parse_selector(text: str) -> Selector:
    """Read a selector such as `test:pattern`, `fixture:id`, `fixture:id/case`, `notebook:name` or `bench:scenario`.

    Raises:
        SelectorError: Another kind, or nothing after the colon.
    """
    kind, colon, name = text.partition(":")
    if not colon or kind not in KINDS:
        raise SelectorError(
            f"{text!r} is no evidence selector",
            hint=f"It starts with one of {', '.join(f'{word}:' for word in KINDS)}.",
        )
    if not name.strip() or name != name.strip():
        raise SelectorError(f"{text!r} names nothing", hint=f"Write what to look for right after {kind}:")
    if kind == "fixture" and "/" in name:
        name, _, case = name.partition("/")
        if not name or not case:
            raise SelectorError(f"{text!r} is half a name", hint="Write fixture:ID or fixture:ID/CASE.")
        return Selector("fixture", name, case)
    return Selector(kind, name)


def matching(pattern: str, names: Sequence[str]) -> list[str]:
    """Names, given in order, that fit a pattern of `*` (anything) and `?` (one character).

    Square brackets stand for themselves: they belong to the node ids of parametrised tests.
    """
    literal = re.split(r"[*?]", pattern, maxsplit=1)[0]
    start = bisect_left(names, literal)
    if literal == pattern:
        return [pattern] if start < len(names) and names[start] == pattern else []
    fits = _compiled(pattern).fullmatch
    found = []
    for name in names[start:]:
        if not name.startswith(literal):
            break
        if fits(name):
            found.append(name)
    return found


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    parts = {"*": ".*", "?": "."}
    return re.compile("".join(parts.get(char, re.escape(char)) for char in pattern), re.DOTALL)
