"""What one check found. Data only; the checks make it and `verdict` puts it into a line of the table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Status = Literal["passed", "failed", "missing", "stale"]
ORDER: tuple[Status, ...] = ("failed", "missing", "stale", "passed")
"""The worst first."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One judgement.

    Attributes:
        status: passed, or why not: failed, missing (nothing to judge by), stale (judged on something else or too old).
        shown: One line that a release manager reads.
        details: Further lines, such as names of what failed.
        todo: What somebody has to do so that it holds, each in a sentence; empty when it holds.
    """

    status: Status
    shown: str
    details: tuple[str, ...] = ()
    todo: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the check holds."""
        return self.status == "passed"


def worst(findings: list[Finding]) -> Finding:
    """The findings as one: the worst status, the texts joined; nothing at all is missing."""
    if not findings:
        return Finding("missing", "nothing was judged")
    status = min((finding.status for finding in findings), key=ORDER.index)
    telling = [finding for finding in findings if finding.status == status]
    shown = telling[0].shown if len(telling) == 1 else f"{telling[0].shown} (and {len(telling) - 1} more)"
    if status == "passed" and len(findings) > 1:
        shown = "; ".join(finding.shown for finding in findings)
    details = tuple(line for finding in findings for line in (finding.shown, *finding.details))
    todo = tuple(dict.fromkeys(step for finding in findings if not finding.passed for step in finding.todo))
    return Finding(status, shown, details if len(findings) > 1 else findings[0].details, todo)
