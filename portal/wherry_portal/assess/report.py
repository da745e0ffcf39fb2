"""An assessment as numbers and records: the headline, fingerprints, the baseline. Formats draw it."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from wherry.core.errors import docs_url
from wherry_portal.assess.finding import LEVELS, Finding, Level
from wherry_portal.assess.suppress import RULE
from wherry_portal.sources import Complaint, SourceError

if TYPE_CHECKING:
    from pathlib import Path

    from wherry_portal.assess.check import Assessment
    from wherry_portal.assess.judged import FileResult

FASTER, SLOWER = 0.5, 2.0
"""The range of an estimate: half to twice the sum of the minutes."""
UNJUDGED_MINUTES = 15
"""What a file costs that somebody has to read because it could not be judged."""


@dataclass(slots=True)
class Headline:
    """The first lines of every report.

    Attributes:
        files: Files looked at.
        with_agno: Files that have to do with Agno.
        symbols: Different names of Agno that are used.
        available: Of those, how many Wherry has, limits included.
        limited: Of these, how many within limits, or as Agno's own code.
        share: `available` / `symbols`, or 1.0 without any.
        blockers: Findings that keep a file from running on Wherry.
        blocked_files: Files with at least one of them.
        automatic: Findings that `migrate` does.
        by_hand: Findings that a person does or decides.
        unjudged_files: Files that could not be judged.
        unjudged_places: Places that could not be judged in files that could.
        silenced: Suppressed findings.
        known: Findings that the baseline holds.
        minutes: Estimated effort, from and to.
    """

    files: int = 0
    with_agno: int = 0
    symbols: int = 0
    available: int = 0
    limited: int = 0
    share: float = 1.0
    blockers: int = 0
    blocked_files: int = 0
    automatic: int = 0
    by_hand: int = 0
    unjudged_files: int = 0
    unjudged_places: int = 0
    silenced: int = 0
    known: int = 0
    minutes: tuple[int, int] = (0, 0)


@dataclass(slots=True)
class Report:
    """An assessment, ready to be drawn.

    Attributes:
        assessment: The result.
        headline: Its numbers.
        findings: Findings with their fingerprint, those of the baseline left out.
        stale: Fingerprints of the baseline that match nothing any more.
    """

    assessment: Assessment
    headline: Headline
    findings: list[tuple[Finding, str]]
    stale: list[str] = field(default_factory=list)

    def worst(self) -> Level | None:
        """The gravest level among the findings."""
        levels = {finding.level for finding, _ in self.findings}
        return next((level for level in LEVELS if level in levels), None)


def make_report(assessment: Assessment, baseline: dict[str, Any] | None = None) -> Report:
    """Count an assessment and hold it against a baseline.

    Args:
        assessment: The result.
        baseline: Fingerprints that are known, as `read_baseline` gives them.
    """
    known = baseline or {}
    every = [pair for file in assessment.files for pair in fingerprints(file)]
    seen = {fingerprint for _, fingerprint in every}
    fresh = [(finding, fingerprint) for finding, fingerprint in every if fingerprint not in known]
    headline = _headline(assessment, [finding for finding, _ in fresh])
    headline.known = len(every) - len(fresh)
    return Report(assessment, headline, fresh, sorted(known.keys() - seen))


def _headline(assessment: Assessment, findings: list[Finding]) -> Headline:
    symbols = assessment.symbols
    available = sum(verdict in {"available", "limited"} for verdict in symbols.values())
    errors = [finding for finding in findings if finding.level == "error"]
    by_hand = [finding for finding in findings if not finding.automatic and finding.level != "note"]
    minutes = sum(finding.minutes for finding in by_hand)
    files = len(assessment.files) + len(assessment.unjudged)
    return Headline(
        files=max(assessment.looked_at, files),
        with_agno=sum(file.uses_agno for file in assessment.files),
        symbols=len(symbols),
        available=available,
        limited=sum(verdict == "limited" for verdict in symbols.values()),
        share=round(available / len(symbols), 4) if symbols else 1.0,
        blockers=len(errors),
        blocked_files=len({finding.file for finding in errors}),
        automatic=sum(finding.automatic for finding in findings),
        by_hand=len(by_hand),
        unjudged_files=len(assessment.unjudged),
        unjudged_places=sum(finding.verdict == "unjudged" and finding.rule != RULE for finding in findings),
        silenced=sum(len(file.silenced) for file in assessment.files),
        minutes=(
            round(minutes * FASTER) + UNJUDGED_MINUTES * len(assessment.unjudged),
            round(minutes * SLOWER) + 2 * UNJUDGED_MINUTES * len(assessment.unjudged),
        ),
    )


def fingerprints(file: FileResult) -> list[tuple[Finding, str]]:
    """Findings of a file with keys that survive moved lines."""
    counts: Counter[tuple[str, str, str]] = Counter()
    pairs = []
    for finding in file.findings:
        line = file.line_text(finding)
        key = (finding.rule, finding.symbol, line)
        pairs.append((finding, finding.fingerprint(line, counts[key])))
        counts[key] += 1
    return pairs


def record(finding: Finding, fingerprint: str) -> dict[str, Any]:
    """A finding as the JSON report holds it."""
    fields = {key: value for key, value in asdict(finding).items() if key not in {"edits", "span", "page"}}
    span = finding.span
    return {
        **fields,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
        "page": docs_url(finding.page) if finding.page else "",
        "automatic": finding.automatic,
        "fingerprint": fingerprint,
    }


def read_baseline(path: Path) -> dict[str, Any]:
    """Fingerprints of a baseline file.

    Raises:
        SourceError: It cannot be read, or is not a baseline.
    """
    from wherry_portal.sources import load

    data = load(path).data
    if not isinstance(data, dict) or data.get("schema") != 1 or not isinstance(data.get("findings"), dict):
        raise SourceError([Complaint(str(path), 1, "findings", "is not a baseline; write one with --write-baseline")])
    return dict(data["findings"])


def write_baseline(path: Path, assessment: Assessment) -> int:
    """Write every finding of an assessment as known; their number."""
    known = {
        fingerprint: {"file": finding.file, "rule": finding.rule, "symbol": finding.symbol}
        for file in assessment.files
        for finding, fingerprint in fingerprints(file)
    }
    text = json.dumps({"schema": 1, "findings": dict(sorted(known.items()))}, indent=1)
    path.write_text(text + "\n", "utf-8")
    return len(known)
