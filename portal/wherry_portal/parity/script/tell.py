"""The result of a script's parity on a terminal: a row for every channel, then the differences."""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING

from wherry_portal.parity.findings import contrast
from wherry_portal.sources.counted import counted

if TYPE_CHECKING:
    from wherry_portal.parity.script.sides import ScriptResult

WIDTH = 120


def tell(result: ScriptResult, findings: int) -> None:
    """Print it.

    Args:
        result: What came of the script.
        findings: How many differences to print.
    """
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console(width=None if sys.stdout.isatty() else WIDTH, highlight=False)
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("channel", "noise", "intentional", "different"):
        table.add_column(name, justify="left" if name == "channel" else "right")
    counts: Counter[tuple[str, str]] = Counter()
    for one in result.comparison.found:
        counts[one.channel, one.severity] += one.weight
    for channel in [*result.documents[0], "metrics"]:
        numbers = [counts[channel, severity] for severity in ("noise", "intentional", "difference")]
        colour = "red" if numbers[-1] else "green"
        table.add_row(f"[{colour}]{channel}[/]", *(str(number) if number else "·" for number in numbers))
    console.print(table)
    for note in result.notes:
        console.print(note, markup=False)
    for one in result.comparison.differences[:findings]:
        agno, wherry = contrast(one.agno, one.wherry)
        console.print(
            f"[bold]{escape(one.where)}[/]\n    [dim]agno  [/] {escape(agno)}\n    [dim]wherry[/] {escape(wherry)}"
        )
    comparison = result.comparison
    differ = counted(comparison.count("difference"), "value differs", "values differ")
    verdict = differ if comparison.differences else "none differs" if result.unproven else "agree"
    console.print(f"{counted(comparison.compared, 'value')} compared: {verdict}.")
    if result.unproven:
        console.print(f"But {result.unproven}", markup=False)
