"""The report as JSON, by `contracts/findings.schema.json`."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from wherry_portal.assess.report import record

if TYPE_CHECKING:
    from wherry_portal.assess.report import Report

SCHEMA = 1


def render(report: Report, *, everything: bool = True) -> str:
    """The whole report; `everything` changes nothing here."""
    import wherry

    headline = asdict(report.headline)
    headline["minutes"] = {"from": report.headline.minutes[0], "to": report.headline.minutes[1]}
    data = {
        "schema": SCHEMA,
        "tool": {"name": "wherry", "version": wherry.__version__},
        "reference": f"agno {report.assessment.reference}",
        "headline": headline,
        "findings": [record(finding, fingerprint) for finding, fingerprint in report.findings],
        "unjudged": [asdict(one) for one in report.assessment.unjudged],
        "stale_baseline": report.stale,
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"
