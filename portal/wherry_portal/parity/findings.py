"""Differences of a run gathered by what they have in common: one finding is one thing to look at.

Used by the terminal table (`report`) and by whoever mends the runtime. No judging here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wherry_portal.parity.compare import Difference
    from wherry_portal.parity.run import FixtureResult

SHOWN = 160


@dataclass(slots=True)
class Finding:
    """One difference, wherever it shows.

    Attributes:
        path: The place, with `*` for every index.
        agno: The reference's value in the first case it showed, shortened.
        wherry: The other's.
        values: How many single values it stands for.
        cases: Where it showed: `fixture/case[way]`, in order.
    """

    path: str
    agno: str
    wherry: str
    values: int = 0
    cases: list[str] = field(default_factory=list)


def gather(results: Iterable[FixtureResult], severity: str = "difference") -> list[Finding]:
    """The differences of a severity, the most frequent first."""
    found: dict[tuple[str, str], Finding] = {}
    for result in results:
        for case in result.cases:
            for way in case.ways:
                for difference in way.comparison.found if way.comparison else ():
                    if difference.severity == severity:
                        _add(found, difference, f"{case.case.key}[{way.way}]")
    return sorted(found.values(), key=lambda finding: (-len(finding.cases), finding.path))


def shown(value: Any, limit: int = SHOWN) -> str:
    """A value on one line, cut in the middle when it is long."""
    text = value if value.__class__.__name__ == "_Absent" else repr(value)
    text = str(text)
    return text if len(text) <= limit else f"{text[: limit // 2]} … {text[-limit // 2 :]}"


def contrast(one: Any, other: Any, limit: int = SHOWN) -> tuple[str, str]:
    """Two values shown from where they begin to differ."""
    if not (isinstance(one, str) and isinstance(other, str)):
        return shown(one, limit), shown(other, limit)
    start = next((k for k, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    start = max(0, start - 20)
    lead = "…" if start else ""
    return lead + shown(one[start:], limit), lead + shown(other[start:], limit)


def _add(found: dict[tuple[str, str], Finding], difference: Difference, where: str) -> None:
    path = re.sub(r"\[\d+\]", "[*]", difference.where)
    agno, wherry = contrast(difference.agno, difference.wherry)
    # the same event or message in an output and in a session row is one thing
    kind = (re.sub(r"^.*(?=\.(messages|tools|member_responses|step_results)\[)", "", path), _sort(difference))
    finding = found.setdefault(kind, Finding(path, agno, wherry))
    finding.values += difference.weight
    if where not in finding.cases:
        finding.cases.append(where)


def _sort(difference: Difference) -> str:
    return f"{type(difference.agno).__name__} {type(difference.wherry).__name__}"
