"""Cutting a summary that is longer than its budget: whole lines, whole words, and a note that something is missing.

Called by `compaction`.
"""

from __future__ import annotations

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
    count = _most(len(lines), lambda n: fits(_noted(lines[:n], note)))
    short = _noted(lines[:count], note)
    rest = lines[count] if count < len(lines) else ""
    if rest.strip() and not rest.lstrip().startswith("#"):
        words = rest.split(" ")

        def with_words(n: int) -> str:
            return _noted([*lines[:count], f"{' '.join(words[:n])} ..."], note)

        taken = _most(len(words), lambda n: fits(with_words(n)))
        short = with_words(taken) if taken else short
    if not fits(short):  # a budget that the note alone exceeds
        words = summary.split()
        short = " ".join(words[: _most(len(words), lambda n: fits(" ".join(words[:n])))])
    log_info(f"A summary of more than {budget} tokens was cut to {count_text_tokens(short, model_id)}")
    return short


def _noted(lines: list[str], note: str) -> str:
    """Lines and the note; a heading that lost what stood below it goes."""
    while lines and (not lines[-1].strip() or lines[-1].lstrip().startswith("#")):
        lines = lines[:-1]
    return "\n".join([*lines, "", note]) if lines else note


def _most(count: int, fits: Callable[[int], bool]) -> int:
    """The greatest number up to `count` that fits, where every smaller one does as well."""
    low, high = 0, count
    while low < high:
        middle = (low + high + 1) // 2
        if fits(middle):
            low = middle
        else:
            high = middle - 1
    return low
