"""Searching a stored result by a pattern that a model wrote, where need be in a process that can be stopped.

Called by `store`.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from wherry.offload import _scan
from wherry.offload.paging import READ_MAX_CHARS
from wherry.offload.types import ResultMatch

if TYPE_CHECKING:
    from collections.abc import Sequence

SEARCH_MAX_MATCHES = 20
SEARCH_MAX_CONTEXT_LINES = 20
SEARCH_LINE_CLIP = 500
SEARCH_MAX_CHARS = READ_MAX_CHARS
_HEADER = 48  # characters kept for what the tool writes before each match
_APART = frozenset("*+?{([")
"""Without one of these a pattern repeats nothing, so that it cannot take for ever, and has nothing `re` warns of."""


def matches_in(content: str, pattern: str, context_lines: int, seconds: float) -> list[ResultMatch]:
    """The first places that a pattern fits, as excerpts of one page together.

    Args:
        content: The whole text; a match is in one line.
        pattern: A regular expression.
        context_lines: How many lines around each, at most 20.
        seconds: How long the search may take.

    Raises:
        re.error: The pattern is none.
        TimeoutError: It took too long.
    """
    lines = content.split("\n")
    if _APART.isdisjoint(pattern):
        found, more = _scan.places(lines, re.compile(pattern), SEARCH_MAX_MATCHES, SEARCH_LINE_CLIP)
    else:
        found, more = scan_apart(content, pattern, seconds)
    return excerpts(lines, found, max(0, min(int(context_lines or 0), SEARCH_MAX_CONTEXT_LINES)), more=more)


def scan_apart(content: str, pattern: str, seconds: float) -> tuple[list[_scan.Position], bool]:
    """`places` in a process that is killed when it takes too long.

    Raises:
        re.error: The pattern is none.
        TimeoutError: It did.
        RuntimeError: The process failed.
    """
    script = Path(_scan.__file__)
    asked = {"content": content, "pattern": pattern, "limit": SEARCH_MAX_MATCHES, "clip": SEARCH_LINE_CLIP}
    command = [sys.executable, "-I", str(script)]
    try:
        done = subprocess.run(command, input=json.dumps(asked).encode(), capture_output=True, timeout=seconds)  # noqa: S603, PLW1510 - our own file; its status is looked at
    except subprocess.TimeoutExpired:
        raise TimeoutError(
            f"the search for {pattern!r} did not finish in {seconds:g} s; look for a plainer pattern"
        ) from None
    if done.returncode:
        raise RuntimeError(f"the search for {pattern!r} failed: {done.stderr.decode(errors='replace').strip()[-300:]}")
    answer = json.loads(done.stdout)
    if "error" in answer:
        why, at = answer["error"]
        raise re.error(why, pattern, at)
    return [(line, char, length) for line, char, length in answer["positions"]], bool(answer["more"])


def clipped(line: str, offset: int, length: int = 1) -> str:
    """A line, or the part of it around a match with dots where it was cut."""
    start, end = _scan.window(line, offset, length, SEARCH_LINE_CLIP)
    return f"{'...' if start else ''}{line[start:end]}{'...' if end < len(line) else ''}"


def excerpts(lines: Sequence[str], found: list[_scan.Position], around: int, *, more: bool) -> list[ResultMatch]:
    """Matches with their excerpts, as many as one page holds."""
    matches: list[ResultMatch] = []
    left, before = SEARCH_MAX_CHARS, 0
    for number, offset, length in found:
        if matches and left <= _HEADER:
            more = True
            break
        text = _excerpt(lines, number, offset, length, around, again=number == before)
        left -= _HEADER
        if len(text) > left:
            text, more = text[:left], True
        left -= len(text) + 1
        before = number
        matches.append(ResultMatch(number, text, offset))
    if matches:
        matches[-1].more = more
    return matches


def _excerpt(lines: Sequence[str], number: int, offset: int, length: int, around: int, *, again: bool) -> str:
    """One excerpt; the lines around a second match of the same line are shown already."""
    if not around:
        return clipped(lines[number - 1], offset, length)
    first = number if again else max(1, number - around)
    last = number if again else min(len(lines), number + around)
    shown = (f"{at}: {clipped(lines[at - 1], offset if at == number else 0, length)}" for at in range(first, last + 1))
    return "\n".join(shown)
