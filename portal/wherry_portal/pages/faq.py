"""Where something stands, told in the questions: each mark of the hand-written page becomes what the matrix says.

`<!-- where: WORDS -->` stands for the rows whose id, title or area holds one of the words.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from wherry_portal.matrix.model import LABELS
from wherry_portal.pages.text import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wherry_portal.matrix.model import Feature, Status, SupportMatrix

_MARK = re.compile(r"<!-- where: ([\w ,-]+) -->")
_ORDER: tuple[Status, ...] = ("available", "limited", "planned", "not_migrated")


def faq_page(page: str, matrix: SupportMatrix) -> str:
    """The page of questions with its marks replaced.

    Args:
        page: The hand-written page.
        matrix: What the answers are taken from.
    """
    return _MARK.sub(lambda found: where(matrix.features, re.findall(r"[\w-]+", found[1])), page)


def where(rows: Sequence[Feature], words: Sequence[str]) -> str:
    """How many rows with one of these words stand where, and each that is planned or not migrated by name."""
    found = [row for row in rows if any(word in f"{row.id} {row.title} {row.area}".lower() for word in words)]
    counts = Counter(row.status for row in found)
    told = ", ".join(f"{counts[name]} {LABELS[name]}" for name in _ORDER if counts[name])
    lines = [f"In the [support matrix](support-matrix.md): {told}."]
    lines += [f"- [{plain(row.title)}](features/{row.id}.md): {_when(row)}" for row in found if row.blocks]
    return "\n".join([lines[0], "", *lines[1:]]).rstrip()


def _when(row: Feature) -> str:
    when = f"planned for Wherry {plain(row.planned)}" if row.planned else "not migrated, no version planned"
    return f"{when}. Instead: {plain(row.fallback)}"
