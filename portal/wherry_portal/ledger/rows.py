"""From findings and parity results to the rows of a ledger. Nothing in a row is typed by hand.

A behaviour is a row of the support matrix that the code uses, or a name of Agno that no row speaks of. Its state says
what stands between the code and cutting over.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, get_args

from wherry_portal.sources.counted import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wherry_portal.assess.check import Assessment
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
    "verified-adapter": "your own script gave the same, through a limited or renamed feature, or Agno's own code",
    "intentional-change": "it differs on purpose, and the difference is listed",
    "external-owner": "Agno keeps the code; Wherry only uses it",
    "not-applicable": "the code copes without it",
    "unverified": "no script of yours that comes to a line with it has been compared, or one that does differs",
    "blocked": "Wherry does not have it",
}

# Rows whose difference needs no run: nothing of the code can depend on what is gone.
_ALWAYS_INTENTIONAL = {"telemetry.phone-home"}
# Bare mentions of the package, which nothing can depend on.
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


@dataclass(slots=True)
class _Uses:
    """Where a behaviour is used, and what is said about it.

    Attributes:
        findings: Findings about it.
        files: File -> places in it.
        imports: Places where it is only imported.
    """

    findings: list[Finding] = field(default_factory=list)
    files: dict[str, set[str]] = field(default_factory=dict)
    imports: set[tuple[str, str]] = field(default_factory=set)

    def add(self, file: str, places: Iterable[str]) -> None:
        self.files.setdefault(file, set()).update(places)

    @property
    def done(self) -> set[tuple[str, str]]:
        """File and place of all uses that do something, which an import does not."""
        return {(file, place) for file, places in self.files.items() for place in places} - self.imports

    @property
    def places(self) -> list[str]:
        """``file:line``, in order of files and lines."""
        return [f"{file}:{place}" for file in sorted(self.files) for place in sorted(self.files[file], key=_order)]


def _place(finding: Finding) -> str:
    return f"cell {finding.cell}:{finding.span.line}" if finding.cell else str(finding.span.line)


def _order(place: str) -> list[int]:
    return [int(part) for part in place.removeprefix("cell ").split(":")]


def make_ledger(assessment: Assessment, proofs: Iterable[Proof], matrix: SupportMatrix) -> list[Row]:
    """The rows of a code base, the open ones first.

    Args:
        assessment: What it uses.
        proofs: Comparisons of its own scripts.
        matrix: Titles and listed differences.
    """
    known = list(proofs)
    reach = {proof.script: _reached(assessment, proof.script) for proof in known}
    by_behaviour: dict[str, _Uses] = {}
    for file in assessment.files:
        for row, places in file.behaviours.items():
            by_behaviour.setdefault(row, _Uses()).add(file.name, places)
        for finding in (*file.findings, *file.silenced):
            if finding.rule not in {"packaging", "suppression"}:
                uses = by_behaviour.setdefault(finding.feature or finding.symbol, _Uses())
                uses.add(file.name, [_place(finding)])
                uses.findings.append(finding)
                if finding.rule == "import":
                    uses.imports.add((file.name, _place(finding)))
    rows = [_row(name, uses, known, reach, matrix) for name, uses in by_behaviour.items() if name not in _NO_BEHAVIOUR]
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


def _row(name: str, uses: _Uses, proofs: list[Proof], reach: Mapping[str, set[str]], matrix: SupportMatrix) -> Row:
    feature = matrix.get(name)
    files = set(uses.files)
    reaching = [proof for proof in proofs if reach[proof.script] & files]
    covers = [proof for proof in reaching if proof.covers(reach[proof.script], files)]
    covering = [proof for proof in covers if name in proof.features or proof.came_to(uses.done)]
    covered = {file for proof in covering if proof.passed for file in proof.proven(files & reach[proof.script])}
    state, why, todo = _state(feature, uses, covering, name)
    if state == "unverified" and covers and not covering:
        file, place = min(uses.done, key=lambda one: (one[0], _order(one[1])))
        why, todo = (
            f"{covers[0].script} loads it and never came to a line that uses it, such as {file}:{place}.",
            "Run `wherry parity script` on a script that does.",
        )
    elif state == "unverified" and reaching and not covering:
        why, todo = (
            f"It has changed since {reaching[0].script} was compared.",
            "Run `wherry parity script` on it again.",
        )
    if state.startswith("verified") and files - covered:
        why += f" No comparison reaches its use in {_named(sorted(files - covered))}."
    return Row(
        id=name,
        title=feature.title if feature else name,
        state=state,
        why=why,
        todo=todo,
        places=uses.places,
        scripts=sorted(proof.script for proof in covering),
    )


def _named(files: list[str]) -> str:
    return files[0] if len(files) == 1 else f"{files[0]} and {len(files) - 1} more"


def _state(feature: Feature | None, uses: _Uses, covering: list[Proof], name: str) -> tuple[State, str, str]:
    """State, what it rests on, what to do."""
    findings = uses.findings
    errors = [finding for finding in findings if finding.level == "error"]
    if errors:
        return "blocked", errors[0].why, errors[0].todo
    unjudged = [finding for finding in findings if finding.verdict == "unjudged"]
    if unjudged:
        return "unverified", unjudged[0].why, unjudged[0].todo
    if findings and all(finding.rule == "import" and _copes(finding) for finding in findings):
        return "not-applicable", MEANING["not-applicable"], ""
    if feature is not None and feature.blocks:
        return "not-applicable", "It is named, and asks for nothing: its value is the default.", ""
    if feature is not None and feature.keeps_agno:
        return _kept(feature, covering)
    if name in _ALWAYS_INTENTIONAL and feature is not None:
        return "intentional-change", " ".join(feature.differences), ""
    return _by_proof(feature, uses, covering, name)


def _kept(feature: Feature, covering: list[Proof]) -> tuple[State, str, str]:
    """Code that stays Agno's is never equivalent: it is Agno's own, or it has been seen to work through Wherry."""
    passed = [proof for proof in covering if proof.passed]
    if passed:
        return "verified-adapter", f"{feature.reason} Equal in {_told(passed[0])}.", ""
    return "external-owner", feature.reason, ""


def _told(proof: Proof) -> str:
    return f"{proof.script}, {proof.date}".rstrip(", ")


def _differing(proof: Proof) -> str:
    """Which script differs, and in what."""
    if proof.unproven and not proof.unexplained:
        return f"{proof.script}: {proof.unproven}"
    if not proof.unexplained:
        return f"{proof.script} differs between the runtimes."
    first, *more = proof.unexplained
    others = f", and {counted(len(more), 'place')} more" if more else ""
    return f"{proof.script} differs between the runtimes at {first}{others}."


def _first(places: tuple[str, ...]) -> str:
    return places[0] if len(places) == 1 else f"{places[0]} and {counted(len(places) - 1, 'place')} more"


def _copes(finding: Finding) -> bool:
    """Whether an import that is not there is caught by the code itself."""
    return finding.verdict in {"planned", "not_migrated"} and finding.level == "warning"


def _by_proof(feature: Feature | None, uses: _Uses, covering: list[Proof], name: str) -> tuple[State, str, str]:
    failed = [proof for proof in covering if not proof.passed]
    if failed:
        why = " ".join(_differing(proof) for proof in failed)
        if not any(proof.unexplained for proof in failed) and any(proof.unproven for proof in failed):
            return "unverified", why, "Record and compare again."
        return "unverified", why, f"Look at the differences of {'that script' if not failed[1:] else 'those scripts'}."
    if not covering:
        script = min(uses.files)
        why = "no script of yours that uses it has been compared"
        return "unverified", why, f"Run `wherry parity script` on {script}, or on a script that uses it."
    told = _told(covering[0])
    seen = [proof for proof in covering if name in proof.features]
    if seen and feature is not None:
        where = "; ".join(f"{_told(proof)} at {_first(proof.features[name])}" for proof in seen)
        return "intentional-change", f"{' '.join(feature.differences)} Seen in {where}.", ""
    limited = feature is not None and feature.status == "limited"
    if limited or any(finding.verdict == "removed" for finding in uses.findings):
        return "verified-adapter", f"Equal in {told}.", ""
    return "verified-equivalent", f"Equal in {told}.", ""
