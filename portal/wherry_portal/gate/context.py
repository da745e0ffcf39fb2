"""Everything the gate judges by, loaded once. A file that is broken is kept as the reason why its check fails."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from wherry import __version__
from wherry_portal.checklists import Checklist, find_checklist, load_checklist
from wherry_portal.evidence import Currency, Results, judge_rows, load_results
from wherry_portal.gate.signoffs import SignOffs, load_signoffs
from wherry_portal.matrix.source import load_matrix
from wherry_portal.pilot import PilotLog, load_log, logs_in
from wherry_portal.support.alerts import Alert, load_alerts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from wherry_portal.evidence import Cell
    from wherry_portal.matrix.model import SupportMatrix


@dataclass
class Context:
    """What there is to judge.

    Attributes:
        root: The project.
        release: The version that is to be released.
        now: The moment of judging.
        checklist: ``release.yaml``.
        results: What runs have shown.
        matrix: The support matrix.
        signoffs: Signatures and waivers.
        judging: Checklists that are being judged at this moment.
    """

    root: Path
    release: str
    now: datetime
    checklist: Checklist
    results: Results
    matrix: SupportMatrix
    signoffs: SignOffs
    judging: set[str] = field(default_factory=set, repr=False)
    _lists: dict[str, Checklist] = field(default_factory=dict, repr=False)

    @cached_property
    def currency(self) -> Currency:
        """What evidence has to agree with."""
        age = timedelta(days=self.checklist.thresholds.evidence_days)
        return Currency(self.matrix.version, wherry=self.release, now=self.now, max_age=age, root=self.root)

    @cached_property
    def cells(self) -> Mapping[str, Cell]:
        """The matrix, judged."""
        return judge_rows(self.matrix.features, self.results, self.currency)

    @cached_property
    def pilots(self) -> list[PilotLog]:
        """The pilots' logs.

        Raises:
            SourceError: One of them breaks a rule.
        """
        return [load_log(path) for path in logs_in(self.root / "pilots")]

    @cached_property
    def alerts(self) -> list[Alert]:
        """The support alerts.

        Raises:
            SourceError: Their file breaks a rule.
        """
        return load_alerts(self.root / "pilots")

    def list(self, name: str) -> Checklist:
        """Another checklist of the project.

        Raises:
            SourceError: It breaks a rule.
        """
        if name not in self._lists:
            self._lists[name] = load_checklist(find_checklist(name, self.root))
        return self._lists[name]


def load_context(root: Path, *, release: str = __version__, now: datetime | None = None) -> Context:
    """Load what the gate needs.

    Args:
        root: The project.
        release: The version that is to be released.
        now: The moment of judging; default this one.

    Raises:
        SourceError: The release checklist, the matrix or the sign-offs break a rule.
    """
    own = root / "support_matrix.yaml"
    return Context(
        root=root,
        release=release,
        now=now or datetime.now(UTC),
        checklist=load_checklist(find_checklist("release", root)),
        results=load_results(root / "results"),
        matrix=load_matrix(own if own.is_file() else None),
        signoffs=load_signoffs(root, release),
    )
