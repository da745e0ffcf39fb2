"""`benchmarks/scenarios.yaml` and `benchmarks/budgets.yaml` -> `Scenario`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wherry.core.errors import ConfigurationError
from wherry_portal.sources import read

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SCHEMA = "benchmarks.schema.json"
BUDGETS_SCHEMA = "budgets.schema.json"
BUDGETS = "budgets.yaml"
ROUNDS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One thing to measure.

    Attributes:
        id: Its name on the command line and in the results.
        title: What it is, in words.
        ratios: Metric to its bounds: `budget`, `own_budget`; from budgets.yaml.
        kind: `run` of an agent, `memory` for runs after which everything held is counted, `team`, workflow of `agents`
            or of functions (`steps`), `serve` for runs asked for over HTTP, `construct` for agents that are made and
            not run, `import` for a process that only imports.
        blocks: Blocks of runs that each process measures.
        parts: Parts of a block, measured in turns with those of the other sides; a block is what they come to together.
        runs: Runs of one block.
        concurrent: Runs at a time.
        tool: Each run calls a tool: `quick`, or `slow` for one that blocks its thread for 50 ms; empty for none.
        stream: Whether runs are streamed.
        tokens_per_second: Pace of the scripted model; 0 for as fast as it can.
        think_ms: Time before the model's first byte, ms.
        db: `sqlite` or `postgres` when runs are kept, with three runs of history sent along; empty for none.
        history: Runs that the session holds before the first one (SQLite).
        tokens: Tokens of the model's answer.
        bare: Whether the same requests made by hand are measured beside the two runtimes; with `telemetry` runs of
            Wherry that are recorded by hand.
        against: `agno`, or `wherry` for Wherry with something beside Wherry without it; empty when Wherry is measured
            alone.
        agno_runs: Runs of one block of Agno, where it would take too long to do as many.
        session_runs: Runs of a session before a lane begins the next one; 0 for no end.
        telemetry: Wherry's runs are recorded.
        grows_from: Another scenario; Wherry's values are also divided by Wherry's there.
        rounds: Processes of each side, when not as many as of the others.
    """

    id: str
    title: str
    ratios: Mapping[str, Mapping[str, Any]]
    kind: str = "run"
    blocks: int = 1
    parts: int = 1
    runs: int = 100
    concurrent: int = 1
    tool: str = ""
    stream: bool = False
    tokens_per_second: float = 0.0
    think_ms: float = 0.0
    db: str = ""
    history: int = 0
    tokens: int = 40
    bare: bool = False
    against: str = "agno"
    agno_runs: int | None = None
    session_runs: int = 0
    telemetry: bool = False
    grows_from: str = ""
    rounds: int | None = None

    @property
    def window(self) -> int:
        """Runs that a quantile is of, on each side: as many as the block of the side that does fewest."""
        return min(self.runs, self.agno_runs or self.runs)

    @property
    def alone(self) -> bool:
        """Whether a process is there while no other one is: its beginning or its memory is what is measured."""
        return self.kind in {"import", "memory"}

    @property
    def turns(self) -> int:
        """Parts of blocks that one process measures; none where only its beginning is."""
        return 0 if self.kind == "import" else self.blocks * self.parts

    @property
    def faults(self) -> list[str]:
        """What is wrong with the numbers of its runs: sides whose blocks differ in more than their length."""
        found = []
        for name, runs in (("runs", self.runs), ("agno_runs", self.agno_runs or self.runs)):
            if runs % (self.parts * self.concurrent):
                found.append(f"{name}: {runs} of a block are not as many in each of {self.parts} parts and each lane")
            if self.session_runs and (runs // self.concurrent) % self.session_runs:
                found.append(f"{name}: a block of {runs} ends within a session of {self.session_runs} runs of a lane")
        return found


def load_scenarios(path: Path) -> tuple[int, list[Scenario]]:
    """Rounds and scenarios, with the budgets of the file beside.

    Raises:
        SourceError: A file breaks its schema; every complaint has file, line and field.
        ConfigurationError: A scenario has no budget, or a budget no scenario; or blocks cannot be cut as it says.
    """
    data = read(path, SCHEMA).data
    ratios = load_budgets(path)["ratios"]
    names = [entry["id"] for entry in data["scenarios"]]
    if sorted(names) != sorted(ratios):
        odd = sorted(set(names).symmetric_difference(ratios)) or names
        raise ConfigurationError(
            f"scenarios and budgets do not go together: {', '.join(odd)}",
            hint=f"Every scenario of {path.name} once, and its ratios in {BUDGETS}.",
        )
    found = [Scenario(**entry, ratios=ratios[entry["id"]]) for entry in data["scenarios"]]
    for one in found:
        if one.faults:
            raise ConfigurationError(
                f"{one.id!r} in {path.name}: {'; '.join(one.faults)}",
                hint="Blocks of all sides are whole sessions of whole parts; see benchmarks/README.md.",
            )
    return data.get("rounds", ROUNDS), found


def load_budgets(path: Path) -> dict[str, Any]:
    """The budgets beside a file of scenarios.

    Raises:
        SourceError: The file breaks its schema.
    """
    found: dict[str, Any] = read(path.with_name(BUDGETS), BUDGETS_SCHEMA).data
    return found
