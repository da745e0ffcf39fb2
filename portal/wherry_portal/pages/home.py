"""What the home page says that is measured: filled in where the hand-written page has a mark."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from wherry_portal.pages.headline import headline

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wherry_portal.evidence import Cell
    from wherry_portal.evidence.results import ResultFile
    from wherry_portal.gate.verdict import Verdict

MARK = "<!-- measured -->"


def filled(page: str, bench: ResultFile | None, cells: Iterable[Cell], verdict: Verdict) -> str:
    """The home page with its mark replaced.

    Args:
        page: The hand-written page.
        bench: Results of the benchmarks, or None.
        cells: Of the support matrix.
        verdict: Of the release gate.
    """
    shown = Counter(cell.shown for cell in cells)
    proven = shown["available"] + shown["limited"]
    claimed = proven + shown["unverified"] + shown["failed"] + shown["stale"]
    missing = shown["planned"] + shown["not_migrated"]
    still = sum(line.open for line in verdict.lines)
    answer = "may go ahead" if verdict.passed else f"waits for {still} of {len(verdict.lines)} checks"
    state = (
        f"**{proven} of {claimed}** features that Wherry claims are proven by a recorded run, {missing} are not there "
        f"yet ([support matrix](support-matrix.md)). **Release {verdict.release}** {answer} ([gate](release.md))."
    )
    measured = () if bench is None else headline(bench, " ([all benchmarks](benchmarks.md))")
    return page.replace(MARK, "\n\n".join([*measured, state]))
