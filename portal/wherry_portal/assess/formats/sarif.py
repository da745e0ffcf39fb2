"""The report as SARIF 2.1.0, for code hosts that show findings beside the lines."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from wherry.core.errors import docs_url
from wherry_portal.rules import RULES, summary_of

if TYPE_CHECKING:
    from wherry_portal.assess.finding import Edit, Finding
    from wherry_portal.assess.judged import FileResult
    from wherry_portal.assess.report import Report

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
EXTRA_RULES = {
    "packaging": "What a migrated project installs.",
    "suppression": "Suppressions that do nothing or lack a reason.",
}


def render(report: Report, *, everything: bool = True) -> str:
    """The whole report; `everything` changes nothing here."""
    import wherry

    files = {file.name: file for file in report.assessment.files}
    driver = {
        "name": "wherry",
        "version": wherry.__version__,
        "informationUri": docs_url("guide/assess/"),
        "rules": [_rule(name) for name in (*RULES, *EXTRA_RULES)],
    }
    run: dict[str, Any] = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"ROOT": {"uri": report.assessment.root.as_uri() + "/"}},
        "results": [_result(finding, key, files[finding.file]) for finding, key in report.findings],
        "invocations": [
            {
                "executionSuccessful": not report.assessment.unjudged,
                "toolExecutionNotifications": [_notification(one) for one in report.assessment.unjudged],
            }
        ],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False) + "\n"


def _rule(name: str) -> dict[str, Any]:
    text = EXTRA_RULES.get(name) or summary_of(name)
    return {"id": name, "shortDescription": {"text": text}, "helpUri": docs_url("guide/assess/#rules")}


def _result(finding: Finding, fingerprint: str, file: FileResult) -> dict[str, Any]:
    result = {
        "ruleId": finding.rule,
        "level": finding.level,
        "message": {"text": " ".join(part for part in (f"{finding.what}.", finding.why, finding.todo) if part)},
        "locations": [_location(finding)],
        "partialFingerprints": {"wherry/v1": fingerprint},
        "properties": {
            "verdict": finding.verdict,
            "symbol": finding.symbol,
            "feature": finding.feature,
            "page": docs_url(finding.page) if finding.page else "",
            "minutes": finding.minutes,
            "cell": finding.cell,
        },
    }
    if finding.edits and not finding.cell:
        changes = [
            {"artifactLocation": _place(finding.file), "replacements": [_change(e, file) for e in finding.edits]}
        ]
        result["fixes"] = [{"description": {"text": "Apply with wherry migrate."}, "artifactChanges": changes}]
    return result


def _location(finding: Finding) -> dict[str, Any]:
    """Where it is; lines of a notebook count inside the cell that the logical location names."""
    place: dict[str, Any] = {"physicalLocation": {"artifactLocation": _place(finding.file), "region": _region(finding)}}
    if finding.cell:
        place["logicalLocations"] = [{"name": f"cell {finding.cell}", "kind": "member"}]
    return place


def _place(name: str) -> dict[str, str]:
    from urllib.parse import quote

    return {"uri": quote(name), "uriBaseId": "ROOT"}


def _region(finding: Finding) -> dict[str, int]:
    span = finding.span
    return {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }


def _change(edit: Edit, file: FileResult) -> dict[str, Any]:
    span = file.text.span(edit.start, edit.end)
    region = {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }
    return {"deletedRegion": region, "insertedContent": {"text": edit.text}}


def _notification(one: Any) -> dict[str, Any]:
    location = {"physicalLocation": {"artifactLocation": _place(one.file)}}
    return {"level": "error", "message": {"text": f"{one.reason}: {one.detail}"}, "locations": [location]}
