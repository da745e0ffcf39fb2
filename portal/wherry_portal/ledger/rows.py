"""From findings and parity results to the rows of a ledger. Nothing in a row is typed by hand.

A behaviour is a row of the support matrix that the code uses, or a name of Agno that no row speaks of. Its state says
what stands between the code and cutting over.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wherry_portal.assess.check import Assessment, FileResult
    from wherry_portal.assess.finding import Finding
    from wherry_portal.ledger.proofs import Proof
    from wherry_portal.matrix.model import Feature, SupportMatrix

State = Literal[
    "verified-equivalent",
    "verified-adapter",
    "intentional-change",
    "external-owner",
    "not-applicable",
    "unverified",
    "blocked",
]
STATES: tuple[State, ...] = get_args(State)
OPEN: tuple[State, ...] = ("unverified", "blocked")
"""States that keep a code base from cutting over."""

MEANING: dict[State, str] = {
    "verified-equivalent": "your own script gave the same on both runtimes",
    "verified-adapter": "your own script gave the same, through a limited feature or a renamed one",
    "intentional-change": "it differs on purpose, and the difference is listed",
    "external-owner": "Agno keeps the code; Wherry only uses it",
    "not-applicable": "the code copes without it",
    "unverified": "no script of yours that uses it has been compared",
    "blocked": "Wherry does not have it",
}

# Rows whose difference needs no run: nothing of the code can depend on what is gone.
_ALWAYS_INTENTIONAL = {"telemetry.phone-home"}
_NO_BEHAVIOUR = {"other.package"}


@dataclass(slots=True)
class Row:
    """One behaviour.

    Attributes:
        id: Row of the matrix, or the name of Agno.
        title: What it is.
        state: What stands between it and cutting over.
        why: What the state rests on, in one sentence.
        todo: What to do next; empty when nothing is open.
        places: Where the code uses it: ``file:line``.
        scripts: Scripts whose comparison covers it.
    """

    id: str
    title: str
    state: State
    why: str
    todo: str = ""
    places: list[str] = field(default_factory=list)
    scripts: list[str] = field(default_factory=list)


def make_ledger(assessment: Assessment, proofs: Iterable[Proof], matrix: SupportMatrix) -> list[Row]:
    """The rows of a code base, the open ones first.

    Args:
        assessment: What it uses.
        proofs: Comparisons of its own scripts.
        matrix: Titles and listed differences.
    """
    known = list(proofs)
    reach = {proof.script: _reached(assessment, proof.script) for proof in known}
    by_behaviour: dict[str, list[tuple[FileResult, Finding]]] = {}
    for file in assessment.files:
        for finding in file.findings:
            if finding.rule not in {"packaging", "suppression"}:
                by_behaviour.setdefault(finding.feature or finding.symbol, []).append((file, finding))
    rows = [_row(name, uses, known, reach, matrix) for name, uses in by_behaviour.items()]
    rows += [
        Row(
            one.file,
            f"{one.file} as a whole",
            "unverified",
            f"It could not be judged: {one.reason}: {one.detail}",
            "Read it.",
        )
        for one in assessment.unjudged
    ]
    return sorted(rows, key=lambda row: (STATES[::-1].index(row.state), row.id))


def _reached(assessment: Assessment, script: str) -> set[str]:
    """A script and every file of the code base that it takes objects of Agno from, at any distance."""
    files = {file.name: file for file in assessment.files}
    names = {file.path: file.name for file in assessment.files}
    reached: set[str] = set()
    frontier = [script]
    while frontier:
        name = frontier.pop()
        if name in reached or name not in files:
            continue
        reached.add(name)
        frontier += [names[path] for path in files[name].links if path in names]
    return reached


def _row(
    name: str,
    uses: list[tuple[FileResult, Finding]],
    proofs: list[Proof],
    reach: Mapping[str, set[str]],
    matrix: SupportMatrix,
) -> Row:
    feature = matrix.get(name)
    findings = [finding for _, finding in uses]
    files = {file.name for file, _ in uses}
    reaching = [proof for proof in proofs if reach[proof.script] & files]
    covering = [proof for proof in reaching if proof.covers(reach[proof.script], files)]
    state, why, todo = _state(feature, findings, covering, name)
    if state == "unverified" and reaching and not covering:
        why, todo = (
            f"It has changed since {reaching[0].script} was compared.",
            "Run `wherry parity script` on it again.",
        )
    return Row(
        id=name,
        title=feature.title if feature else name,
        state=state,
        why=why,
        todo=todo,
        places=sorted({f"{file.name}:{finding.span.line}" for file, finding in uses}),
        scripts=sorted(proof.script for proof in covering),
    )


def _state(
    feature: Feature | None, findings: list[Finding], covering: list[Proof], name: str
) -> tuple[State, str, str]:
    """State, what it rests on, what to do."""
    errors = [finding for finding in findings if finding.level == "error"]
    if errors:
        return "blocked", errors[0].why, errors[0].todo
    if any(finding.verdict == "unjudged" for finding in findings):
        return "unverified", findings[0].why, findings[0].todo
    if name in _NO_BEHAVIOUR or all(finding.rule == "import" and _copes(finding) for finding in findings):
        return "not-applicable", MEANING["not-applicable"], ""
    if feature is not None and feature.keeps_agno:
        return "external-owner", feature.reason, ""
    if name in _ALWAYS_INTENTIONAL and feature is not None:
        return "intentional-change", " ".join(feature.differences), ""
    return _by_proof(feature, findings, covering, name)


def _copes(finding: Finding) -> bool:
    """Whether an import that is not there is caught by the code itself."""
    return finding.verdict in {"planned", "not_migrated"} and finding.level == "warning"


def _by_proof(
    feature: Feature | None, findings: list[Finding], covering: list[Proof], name: str
) -> tuple[State, str, str]:
    failed = [proof.script for proof in covering if not proof.passed]
    if failed:
        return "unverified", f"{failed[0]} differs between the runtimes.", "Look at the differences of that script."
    if not covering:
        script = findings[0].file
        return "unverified", MEANING["unverified"], f"Run `wherry parity script` on a script that uses {script}."
    told = f"{covering[0].script}, {covering[0].date}".rstrip(", ")
    if any(name in proof.features for proof in covering) and feature is not None:
        return "intentional-change", f"{' '.join(feature.differences)} Seen in {told}.", ""
    limited = feature is not None and feature.status == "limited"
    if limited or any(finding.verdict == "removed" for finding in findings):
        return "verified-adapter", f"Equal in {told}.", ""
    return "verified-equivalent", f"Equal in {told}.", ""
