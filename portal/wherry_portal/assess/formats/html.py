"""The report as one HTML file that needs nothing else: styles and the filter are inside, both colour schemes."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from wherry.core.errors import docs_url
from wherry_portal.assess.formats.text import effort, headline_rows, place

if TYPE_CHECKING:
    from wherry_portal.assess.report import Report

TEMPLATE = Path(__file__).with_name("report.html.j2")


def render(report: Report, *, everything: bool = True) -> str:
    """The whole report; findings that `migrate` does are shown by a switch on the page."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(TEMPLATE.read_text("utf-8"))
    files = [
        (file, [finding for finding, _ in group])
        for file, group in groupby(report.findings, key=lambda pair: pair[0].file)
    ]
    return template.render(
        reference=report.assessment.reference,
        rows=headline_rows(report),
        unjudged=report.assessment.unjudged,
        files=files,
        share=report.headline.share,
        place=lambda finding: place(finding).removeprefix(finding.file + ":"),
        effort=effort,
        url=docs_url,
    )
