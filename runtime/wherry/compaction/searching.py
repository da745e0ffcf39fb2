"""Finding something again in messages that were folded: the tool `search_compacted_history`.

The pattern comes from a model, so it is plain text with bars between alternatives and never a regular expression, and
what comes back is bounded. Called by `compaction`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from wherry.compaction.archive import search_terms

if TYPE_CHECKING:
    from collections.abc import Callable

    from wherry.compaction.archive import CompactionArchive

_MOST_CONTEXT = 10
_LINE = 500
_OUTPUT = 8_000
_MOST_FOLDS = 20
_MOST_HITS = 20
MORE = "\n... there is more than fits; search for something narrower."
MORE_FOLDS = "... older messages match as well; search for something narrower."
NOTHING = "Nothing in the earlier messages matches {!r}."


def search_tool(archive: CompactionArchive) -> Callable[..., Any]:
    """The tool for one session, whose id a model cannot choose."""

    def search_compacted_history(pattern: str, context_lines: int = 2) -> str:
        """Search the full text of earlier messages that you know by their summary only.

        Use this whenever something exact is needed that the summary does not have: a number, a name, an id, a
        quotation, a command or an error message.

        Args:
            pattern: What to look for in each line, in upper and lower case alike. Put | between several texts of which
                any may be found, for example "invoice|order number".
            context_lines: How many lines to show before and after each one that was found, at most 10.
        """
        return found_in(archive, pattern, context_lines)

    return search_compacted_history


def found_in(archive: CompactionArchive, pattern: str, context_lines: int = 2) -> str:
    """The lines that match, of the newest fold first, and never more than the context can bear."""
    blocks: list[str] = []
    used = 0
    for row in archive.search(pattern, limit=_MOST_FOLDS):
        hits = matching_lines(row.get("archived_messages") or "", pattern, context_lines)
        if not hits:
            continue
        if blocks and used + len(hits) > _OUTPUT:
            blocks.append(MORE_FOLDS)
            break
        blocks.append(hits)
        used += len(hits)
    return "\n\n---\n\n".join(blocks) or NOTHING.format(pattern[:200])


def matching_lines(text: str, pattern: str, context_lines: int = 2) -> str:
    """Numbered lines that have one of the terms, with the lines around them; blocks are parted by `--`."""
    terms = search_terms(pattern)
    if not terms:
        return ""
    wanted = re.compile("|".join(map(re.escape, terms)), re.IGNORECASE)
    lines = text.split("\n")
    hits = {index: match.start() for index, line in enumerate(lines) if (match := wanted.search(line))}
    if not hits:
        return ""
    around = max(0, min(context_lines, _MOST_CONTEXT))
    shown, cut = "", len(hits) > _MOST_HITS
    for begin, end in _spans(list(hits)[:_MOST_HITS], around, len(lines)):
        block = "\n".join(f"{index + 1}: {_clipped(lines[index], hits.get(index, 0))}" for index in range(begin, end))
        longer = f"{shown}\n--\n{block}" if shown else block
        if len(longer) > _OUTPUT:
            shown, cut = shown or longer[:_OUTPUT], True
            break
        shown = longer
    return shown + MORE if cut else shown


def _spans(hits: list[int], around: int, count: int) -> list[tuple[int, int]]:
    """Ranges of lines to show; those that touch are one."""
    spans: list[tuple[int, int]] = []
    for index in hits:
        begin, end = max(0, index - around), min(count, index + around + 1)
        if spans and begin <= spans[-1][1]:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((begin, end))
    return spans


def _clipped(line: str, match: int) -> str:
    """A long line, cut to the part around its match."""
    if len(line) <= _LINE:
        return line
    begin = max(0, min(match - _LINE // 2, len(line) - _LINE))
    end = begin + _LINE
    return ("..." if begin else "") + line[begin:end] + ("..." if end < len(line) else "")
