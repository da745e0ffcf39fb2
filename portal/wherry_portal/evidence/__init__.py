"""Evidence: what runs have shown, and what that proves about a feature or a checklist item.

`results` reads the files of ``results/``, `selectors` names things in them, `resolve` judges them, `cell` combines the
judgement with the status wanted in the support matrix, `stamp` writes the head of a results file, `notebooks` checks
and runs notebooks. Called by the matrix, the checklists, the gate and the pages; nothing here runs a test.
"""

from wherry_portal.evidence.cell import Cell, Shown, cell
from wherry_portal.evidence.resolve import Currency, Evidence, Status, resolve
from wherry_portal.evidence.results import Results, load_results
from wherry_portal.evidence.rows import judge_rows
from wherry_portal.evidence.selectors import Selector, SelectorError, parse_selector
from wherry_portal.evidence.stamp import header, write_results

__all__ = [
    "Cell",
    "Currency",
    "Evidence",
    "Results",
    "Selector",
    "SelectorError",
    "Shown",
    "Status",
    "cell",
    "header",
    "judge_rows",
    "load_results",
    "parse_selector",
    "resolve",
    "write_results",
]
