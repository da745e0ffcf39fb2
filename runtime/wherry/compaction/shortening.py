"""Cutting a summary that is longer than its budget: whole lines, whole words, and a note that something is missing.

Called by `compaction`.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from wherry.compaction.prompts import SUMMARY_CUT_NOTE, SUMMARY_CUT_NOTE_SEARCHABLE
from wherry.core.log import log_info
from wherry.models.token_counts import count_text_tokens

if TYPE_CHECKING:
    from collections.abc import Callable


def shortened(summary: str, budget: int, model_id: str, *, searchable: bool) -> str:
    """A summary of at most so many tokens.

    Args:
        summary: As the model wrote it.
        budget: Tokens.
        model_id: Whose tokenizer counts.
        searchable: Whether the note may say that the rest can be searched for.
    """

    def fits(text: str) -> bool:
        return count_text_tokens(text, model_id) <= budget

    if fits(summary):
        return summary
    note = SUMMARY_CUT_NOTE_SEARCHABLE if searchable else SUMMARY_CUT_NOTE
    lines = summary.splitlines()
    kept = _longest(lines, lambda some: fits(_noted(some, note)))
    short = _noted(kept, note)
    rest = "".join(lines[len(kept) : len(kept) + 1])
    if _tells(rest):

        def with_words(some: list[str]) -> str:
            return _noted([*kept, f"{' '.join(some)} ..."], note)

        begun = _longest(rest.split(" "), lambda some: fits(with_words(some)))
        short = with_words(begun) if begun else short
    if not fits(short):  # a budget that the note alone exceeds
        short = " ".join(_longest(summary.split(), lambda some: fits(" ".join(some))))
    log_info(f"A summary of more than {budget} tokens was cut to {count_text_tokens(short, model_id)}")
    return short


def _tells(line: str) -> bool:
    """Whether a line says something by itself: neither an empty one nor a heading does."""
    text = line.lstrip()
    return text != "" and not text.startswith("#")


def _noted(lines: list[str], note: str) -> str:
    """Lines and the note; a heading that lost what stood below it goes."""
    count = next((n for n in range(len(lines), 0, -1) if _tells(lines[n - 1])), 0)
    return "\n".join([*lines[:count], "", note]) if count else note


def _longest(items: list[str], fits: Callable[[list[str]], bool]) -> list[str]:
    """As many of the first items as fit, where fewer of them do as well."""
    return items[: bisect_left(range(1, len(items) + 1), True, key=lambda n: not fits(items[:n]))]
