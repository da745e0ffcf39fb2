"""Results as tests need them: files with a sound head, in a few words. Used by the evidence, gate and pilot tests."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from wherry import __version__
from wherry_portal.evidence import Currency
from wherry_portal.evidence.results import FILES
from wherry_portal.evidence.stamp import now_text

if TYPE_CHECKING:
    from pathlib import Path

AGNO = "3.1.10"
NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)


def head(
    *, days: float = 0, agno: str | None = AGNO, wherry: str = __version__, commit: str = "a" * 40
) -> dict[str, Any]:
    """The head of a results file that is `days` old."""
    versions = {"wherry": wherry, "python": "3.11.7"} | ({"agno": agno} if agno else {})
    return {"schema": 1, "date": now_text(NOW - timedelta(days=days)), "commit": commit, "versions": versions}


def write(folder: Path, name: str, body: dict[str, Any], **changed: Any) -> Path:
    """Write the results file `name` (`tests`, `parity`, …) with a head changed by keywords of `head`."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILES[name]
    path.write_text(json.dumps(head(**changed) | body), encoding="utf-8")
    return path


def case(**changed: Any) -> dict[str, Any]:
    """A passing case of a fixture."""
    return {"outcome": "passed", "compared": 10, "equal": 8, "noise": 1, "intentional": 1, "different": 0} | changed


def currency(**changed: Any) -> Currency:
    """What evidence has to agree with, at `NOW`."""
    return Currency(**({"reference": AGNO, "now": NOW} | changed))
