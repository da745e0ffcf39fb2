"""Whole rows of the support matrix, judged: every row's selectors resolved and met with its wanted status.

The gate, `wherry matrix` and the pages call this, so that all three show the same cell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wherry_portal.evidence.cell import Cell, cell
from wherry_portal.evidence.resolve import Evidence, resolve
from wherry_portal.evidence.selectors import Selector, parse_selector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from wherry_portal.evidence.resolve import Currency
    from wherry_portal.evidence.results import Results
    from wherry_portal.matrix.model import Feature

    Judge = Callable[[Selector], Evidence]


def judge_rows(
    rows: Iterable[Feature], results: Results, currency: Currency, judges: Mapping[str, Judge] | None = None
) -> dict[str, Cell]:
    """The cell of each row by its id.

    Args:
        rows: Features of the matrix.
        results: What runs have shown.
        currency: What evidence has to agree with.
        judges: Who answers kinds that results files do not hold, such as ``signature``; without one they are missing.
    """
    known: dict[str, Evidence] = {}
    cells = {}
    for row in rows:
        for text in row.evidence:
            if text not in known:
                known[text] = _judge(parse_selector(text), results, currency, judges or {})
        cells[row.id] = cell(row.status, (known[text] for text in row.evidence))
    return cells


def _judge(selector: Selector, results: Results, currency: Currency, judges: Mapping[str, Judge]) -> Evidence:
    if selector.kind in judges:
        return judges[selector.kind](selector)
    if selector.kind in {"gate", "signature"}:
        return Evidence(str(selector), "missing", f"nobody judged {selector.kind} evidence in this run")
    return resolve(selector, results, currency)
