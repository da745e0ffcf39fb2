"""Cutting a page out of a stored result, so that no character is ever out of reach. Pure; called by `store`."""

from __future__ import annotations

from wherry.offload.types import ResultPage

READ_MAX_LINES = 400
READ_MAX_CHARS = 16_000


def page_of(content: str, start_line: int, end_line: int | None, start_char: int, max_chars: int) -> ResultPage:
    """A page of a text.

    Args:
        content: The whole text.
        start_line: The line it begins with, from 1.
        end_line: The last line that is wanted; None for the last there is.
        start_char: At which character of the first line, from 0.
        max_chars: The greatest length; at most 16,000, and 400 lines.
    """
    lines = content.split("\n")
    total = len(lines)
    first = min(max(1, start_line), total)
    last = total if end_line is None else min(max(end_line, first), total)
    left = max(1, min(max_chars, READ_MAX_CHARS))
    taken: list[str] = []
    ended, follows = first - 1, (last + 1 if last < total else None, 0)
    cut = False
    for number in range(first, last + 1):
        skipped = max(0, start_char) if number == first else 0
        line = lines[number - 1][skipped:]
        left -= 1 if taken else 0  # the line break before it
        if len(taken) < READ_MAX_LINES and len(line) <= left:
            taken.append(line)
            left -= len(line)
            ended = number
            continue
        cut, room = True, left if len(taken) < READ_MAX_LINES else 0
        if room > 0:
            taken.append(line[:room])
            ended = number
        follows = (number, skipped + max(room, 0))
        break
    return ResultPage("\n".join(taken), first, ended, total, cut, *follows)
