"""The report as Markdown, for a pull request or an issue."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from wherry.core.errors import docs_url
from wherry_portal.assess.formats.text import effort, headline_rows, place
from wherry_portal.sources.counted import counted

if TYPE_CHECKING:
    from wherry_portal.assess.finding import Finding
    from wherry_portal.assess.report import Report


def render(report: Report, *, everything: bool = False) -> str:
    """Headline, what could not be judged, then the findings by file."""
    lines = [f"# Assessment against Agno {report.assessment.reference}", "", "| | |", "|--|--|"]
    lines += [f"| {name} | {value} |" for name, value in headline_rows(report)]
    if report.assessment.unjudged:
        lines += ["", "## Could not be judged", "", "| file | reason | detail |", "|--|--|--|"]
        lines += [f"| `{one.file}` | {one.reason} | {_cell(one.detail)} |" for one in report.assessment.unjudged]
    shown = [finding for finding, _ in report.findings if everything or finding.level != "note"]
    for file, group in groupby(shown, key=lambda finding: finding.file):
        lines += ["", f"## `{file}`", "", "| place | level | what | what to do | effort |", "|--|--|--|--|--|"]
        lines += [_row(finding) for finding in group]
    if report.stale:
        stale = counted(len(report.stale), "entry of the baseline matches", "entries of the baseline match")
        lines += ["", f"{stale} nothing any more."]
    return "\n".join(lines) + "\n"


def _row(finding: Finding) -> str:
    where = place(finding).partition(":")[2]
    link = f" ([{finding.feature}]({docs_url(finding.page)}))" if finding.feature else ""
    return f"| {where} | {finding.level} | {_cell(finding.what)}{link} | {_cell(finding.todo)} | {effort(finding)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
