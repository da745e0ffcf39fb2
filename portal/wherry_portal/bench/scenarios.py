"""`benchmarks/scenarios.yaml` -> `Scenario`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wherry_portal.sources import read

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SCHEMA = "benchmarks.schema.json"
ROUNDS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One thing to measure.

    Attributes:
        id: Its name on the command line and in the results.
        title: What it is, in words.
        ratios: Metric to its bounds: `budget`, `own_budget`.
        kind: `run`, or `import` for a process that only imports.
        runs: Runs of one turn.
        concurrent: Runs at a time.
        tool: Whether each run calls a tool.
        stream: Whether runs are streamed.
        tokens_per_second: Pace of the scripted model; 0 for as fast as it can.
    """

    id: str
    title: str
    ratios: Mapping[str, Mapping[str, Any]]
    kind: str = "run"
    runs: int = 100
    concurrent: int = 1
    tool: bool = False
    stream: bool = False
    tokens_per_second: float = 0.0


def load_scenarios(path: Path) -> tuple[int, list[Scenario]]:
    """Rounds and scenarios.

    Raises:
        SourceError: The file breaks its schema; every complaint has file, line and field.
    """
    data = read(path, SCHEMA).data
    return data.get("rounds", ROUNDS), [Scenario(**entry) for entry in data["scenarios"]]
