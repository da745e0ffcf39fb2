"""Suppressions: a comment that silences a finding on its line, with a reason; those that silence nothing are reported.

For example::

    agent = Agent(sandbox=box)  # wherry: ignore[agent.sandbox] removed next sprint, ticket 311
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wherry_portal.assess.finding import Finding, Span

if TYPE_CHECKING:
    from collections.abc import Iterable

_COMMENT = re.compile(r"#\s*wherry:\s*ignore(?:\[(?P<ids>[^\]]*)\])?\s*(?P<reason>.*)$")
PAGE = "guide/assess/"
RULE = "suppression"


@dataclass(slots=True)
class Suppression:
    """One comment.

    Attributes:
        line: Its line.
        column: Where it starts.
        ids: Rule or feature ids that it silences.
        reason: Why.
        used: Whether it silenced anything.
    """

    line: int
    column: int
    ids: frozenset[str]
    reason: str
    used: bool = False

    def silences(self, finding: Finding) -> bool:
        """Whether the finding is on its line and of one of its ids."""
        return finding.span.line == self.line and bool({finding.rule, finding.feature} & self.ids)


def read_suppressions(text: str) -> list[Suppression]:
    """The suppression comments of a file."""
    found = []
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), start=1):
        match = _COMMENT.search(line) if "wherry:" in line else None
        if match:
            ids = frozenset(part.strip() for part in (match["ids"] or "").split(",") if part.strip())
            found.append(Suppression(number, match.start() + 1, ids, match["reason"].strip()))
    return found


def apply_suppressions(
    file: str, findings: Iterable[Finding], suppressions: list[Suppression]
) -> tuple[list[Finding], list[Finding]]:
    """Silence findings, and report the comments that are stale or lack a reason.

    Returns:
        The findings that are left, new ones about the comments included, and those that were silenced.
    """
    kept: list[Finding] = []
    silenced: list[Finding] = []
    for finding in findings:
        hits = [one for one in suppressions if one.reason and one.ids and one.silences(finding)]
        for one in hits:
            one.used = True
        (silenced if hits else kept).append(finding)
    return [*kept, *(_about(file, one) for one in suppressions if not one.used)], silenced


def _about(file: str, one: Suppression) -> Finding:
    if not one.ids:
        what, todo = "suppresses without naming what", "Name a rule or a feature: # wherry: ignore[agent.sandbox] why"
    elif not one.reason:
        what, todo = "suppresses without a reason", "Write the reason behind the bracket."
    else:
        what, todo = "suppresses something that is not found here", "Remove the comment."
    return Finding(
        rule=RULE,
        file=file,
        span=Span(one.line, one.column, one.line, one.column + 1),
        symbol=", ".join(sorted(one.ids)) or "-",
        verdict="unjudged",
        level="warning",
        what=what,
        why="A suppression that does nothing hides the next finding on its line.",
        todo=todo,
        page=PAGE,
        minutes=1,
    )
