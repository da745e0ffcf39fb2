"""The report for a terminal: the headline, what could not be judged, then the findings by file.

Drawn with rich when a terminal is there; `render` gives the same without colours. The Markdown and HTML formats share
the words of the headline.
"""

from __future__ import annotations

import io
from itertools import groupby
from typing import TYPE_CHECKING

from wherry.core.errors import docs_url
from wherry_portal.sources.counted import counted

if TYPE_CHECKING:
    from rich.console import Console

    from wherry_portal.assess.finding import Finding
    from wherry_portal.assess.report import Report

_STYLES = {"error": "bold red", "warning": "yellow", "note": "dim"}
_HOUR = 60
_DAY_HOURS = 8


def render(report: Report, *, everything: bool = False) -> str:
    """The report without colours, 120 characters wide."""
    from rich.console import Console

    out = io.StringIO()
    draw(report, Console(file=out, width=120, no_color=True, highlight=False), everything=everything)
    return out.getvalue()


def headline_rows(report: Report) -> list[tuple[str, str]]:
    """The headline in words: name and value."""
    head = report.headline
    limits = f", {head.limited} of them within limits" if head.limited else ""
    spent = f"{duration(head.minutes[0])} to {duration(head.minutes[1])}"
    rows = [
        ("files", f"{head.files} looked at, {head.with_agno} with Agno"),
        ("names of Agno", f"{head.symbols} different, {head.available} available ({head.share:.0%}){limits}"),
        ("blockers", f"{head.blockers} in {counted(head.blocked_files, 'file')}"),
        ("could not be judged", f"{counted(head.unjudged_files, 'file')}, {counted(head.unjudged_places, 'place')}"),
        ("done by migrate", str(head.automatic)),
        ("by hand", f"{head.by_hand}, estimated {spent}" if head.by_hand else "0"),
    ]
    if head.silenced or head.known:
        rows.append(("left out", f"{head.silenced} suppressed, {head.known} in the baseline"))
    if report.stale:
        stale = counted(len(report.stale), "entry matches", "entries match")
        rows.append(("stale baseline", f"{stale} nothing any more"))
    return rows


def duration(minutes: int) -> str:
    """Minutes as people say them."""
    if minutes < _HOUR:
        return f"{minutes} min"
    hours = minutes / _HOUR
    return f"{hours:.1f} h" if hours < 2 * _DAY_HOURS else f"{hours / _DAY_HOURS:.1f} days"


def effort(finding: Finding) -> str:
    """Effort of one finding in a word."""
    return "migrate" if finding.automatic else f"{finding.minutes} min" if finding.minutes else "none"


def place(finding: Finding) -> str:
    """``file:line:column``, with the cell for a notebook."""
    cell = f"cell {finding.cell}, " if finding.cell else ""
    return f"{finding.file}:{cell}{finding.span.line}:{finding.span.column}"


def draw(report: Report, console: Console, *, everything: bool = False) -> None:
    """Draw on a console."""
    console.print(f"[bold]Assessed against Agno {report.assessment.reference}[/]")
    for name, value in headline_rows(report):
        console.print(f"  {name:<20} {value}", markup=False)
    for one in report.assessment.unjudged:
        where = f"{one.file}:{one.line}" if one.line else one.file
        console.print(f"[bold red]could not be judged[/] {_safe(where)}: {one.reason}: {_safe(one.detail)}")
    shown = [finding for finding, _ in report.findings if everything or finding.level != "note"]
    for file, group in groupby(shown, key=lambda finding: finding.file):
        console.print()
        console.print(f"[bold]{_safe(file)}[/]")
        for finding in group:
            _draw_finding(finding, console)
    hidden = len(report.findings) - len(shown)
    if hidden:
        console.print()
        those = counted(hidden, "finding that needs nothing by hand is", "findings that need nothing by hand are")
        console.print(f"{those} not listed; --all lists {'it' if hidden == 1 else 'them'}.", markup=False)


def _draw_finding(finding: Finding, console: Console) -> None:
    where = place(finding).removeprefix(finding.file + ":")
    feature = f" [{finding.feature}]" if finding.feature else ""
    console.print(
        f"  {where:>8} [{_STYLES[finding.level]}]{finding.level:<7}[/] {_safe(finding.what)}{_safe(feature)}"
        f" [dim]({effort(finding)})[/]",
        soft_wrap=True,
    )
    for text in (finding.why, finding.todo):
        if text:
            console.print(f"           {text}", markup=False, style="dim", soft_wrap=True)
    if finding.feature and finding.level == "error":
        console.print(f"           {docs_url(finding.page)}", markup=False, style="dim", soft_wrap=True)


def _safe(text: str) -> str:
    from rich.markup import escape

    return escape(text)
