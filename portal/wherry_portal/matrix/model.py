"""What a row of the support matrix is, once it has been read and checked. Data only; `source` makes these."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

Status = Literal["available", "limited", "planned", "not_migrated"]
STATUSES: tuple[Status, ...] = get_args(Status)

Area = Literal[
    "agents",
    "teams",
    "workflows",
    "sessions",
    "memory",
    "knowledge",
    "tools",
    "toolkits",
    "models",
    "guardrails",
    "events",
    "api",
    "telemetry",
    "context",
    "evals",
    "learning",
    "interfaces",
    "storage",
    "other",
]
AREAS: tuple[Area, ...] = get_args(Area)

LABELS: dict[Status, str] = {
    "available": "available",
    "limited": "limited",
    "planned": "planned",
    "not_migrated": "not migrated",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One row: a feature of Agno, what Wherry wants to do with it, and where the proof is looked for.

    Attributes:
        id: Unique ``area.kebab-name``; also the name of its page.
        title: What people call it.
        area: Chapter of the matrix.
        symbols: What of Agno belongs to it, in the notation of `symbols`.
        status: The status wanted; evidence decides what is shown as proven.
        reason: Why it has that status. Required unless available.
        limits: How it differs and what to do instead. Required when limited.
        fallback: What to use instead. Required unless available.
        planned: Version that is to bring it. Required when planned.
        since: Version that brought it. Required when available or limited.
        served_by: ``wherry``, or ``agno`` when the code stays Agno's own and is accepted by shape (limited rows only):
            imports of it are then left alone.
        differences: Intentional differences from Agno, each one sentence.
        evidence: Selectors of results: ``test:``, ``fixture:``, ``notebook:``, ``signature:``.
        line: Line of its id in the source file.
    """

    id: str
    title: str
    area: Area
    symbols: tuple[str, ...]
    status: Status
    reason: str = ""
    limits: str = ""
    fallback: str = ""
    planned: str = ""
    since: str = ""
    served_by: Literal["wherry", "agno"] = "wherry"
    differences: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    line: int = 0

    @property
    def blocks(self) -> bool:
        """Whether code that uses the feature cannot run on Wherry."""
        return self.status in {"planned", "not_migrated"}

    @property
    def keeps_agno(self) -> bool:
        """Whether imports of the feature's symbols stay Agno's."""
        return self.served_by == "agno"

    @property
    def page(self) -> str:
        """Path of its page on the documentation site."""
        return f"features/{self.id}/"


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportMatrix:
    """The whole of `support_matrix.yaml`.

    Attributes:
        path: File it was read from.
        package: Reference package, ``agno``.
        version: Reference version the rows speak of.
        features: Rows in file order.
    """

    path: Path
    package: str
    version: str
    features: tuple[Feature, ...]
    _by_id: dict[str, Feature] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_id", {feature.id: feature for feature in self.features})

    def __getitem__(self, feature_id: str) -> Feature:
        return self._by_id[feature_id]

    def get(self, feature_id: str) -> Feature | None:
        """The row with that id, or None."""
        return self._by_id.get(feature_id)
