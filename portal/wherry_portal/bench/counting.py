"""The hot paths counted in instructions, and held against `benchmarks/budgets.yaml`.

A ratio of seconds needs a quiet machine and minutes. Instructions need neither, so `make test` holds these: a change
that makes a run more expensive is seen at once. Called by `wherry bench --count` and by the test.
"""

from __future__ import annotations

import io
import platform
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from wherry.core.errors import ConfigurationError
from wherry_portal.bench.databases import databases
from wherry_portal.bench.measure import model
from wherry_portal.bench.scenarios import BUDGETS, load_budgets, load_scenarios
from wherry_portal.bench.turns import in_process
from wherry_portal.sources import write_atomic

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from wherry_portal.bench.scenarios import Scenario

RUNS = 10
TOKENS = 40
PATHS = ("tool-1", "stream-fast", "sqlite-1", "team", "workflow-agents", "workflow-steps", "recorded")


@dataclass(frozen=True, slots=True)
class Counted:
    """What one run of a scenario takes.

    Attributes:
        steps: Instructions of the interpreter in Wherry's own functions.
        calls: Calls of functions written in C from there.
        top: The functions that take most, with their share of the steps.
    """

    steps: int
    calls: int
    top: tuple[str, ...] = ()


def python() -> str:
    """The version that instructions depend on, such as ``3.11``."""
    return ".".join(platform.python_version_tuple()[:2])


def count(scenario: Scenario) -> Counted:
    """Count some runs of a scenario on Wherry, one at a time.

    Raises:
        BenchError: The process failed.
    """
    calm = replace(scenario, runs=RUNS, concurrent=1, tokens_per_second=0.0, think_ms=0.0, tokens=TOKENS)
    with model(calm) as address, databases(calm) as fresh, fresh() as database:
        found = in_process("counted.py", calm, "wherry", address, database)
    return Counted(found["steps"], found["calls"], tuple(found["top"]))


def count_all(scenarios: Iterable[Scenario]) -> dict[str, Counted]:
    """Count each hot path.

    Raises:
        BenchError: A process failed.
    """
    known = {scenario.id: scenario for scenario in scenarios}
    return {name: count(known[name]) for name in PATHS}


def faults(found: Mapping[str, Counted], budget: Mapping[str, Any]) -> list[str]:
    """What grew by more than the tolerance, in words; empty when nothing did.

    Args:
        found: What was counted.
        budget: The section `counts` of the budgets.

    Raises:
        ConfigurationError: The budget was counted on another version of Python, which has other instructions.
    """
    if budget["python"] != python():
        raise ConfigurationError(
            f"the instructions in {BUDGETS} were counted on Python {budget['python']!r}, this is {python()}",
            hint="Use that version, or count the code before and after your change here.",
        )
    said = []
    for name, one in found.items():
        allowed = budget["paths"].get(name)
        if allowed is None:
            said.append(f"{name}: has no budget")
            continue
        for what in ("steps", "calls"):
            number, most = getattr(one, what), allowed[what] * (1 + budget["tolerance"])
            if number > most:
                grown = 100 * (number / allowed[what] - 1)
                said.append(f"{name}: {number} {what} a run instead of {allowed[what]} (+{grown:.0f} %)")
    return said


def renew(path: Path, found: Mapping[str, Counted]) -> None:
    """Write what was counted into the budgets beside the scenarios; the rest of the file stays as it is."""
    from ruamel.yaml import YAML

    target = path.with_name(BUDGETS)
    yaml = YAML()
    yaml.width = 120
    data = yaml.load(target.read_text(encoding="utf-8"))
    data["counts"]["python"] = python()
    data["counts"]["paths"] = {name: {"steps": one.steps, "calls": one.calls} for name, one in found.items()}
    text = io.StringIO()
    yaml.dump(data, text)
    write_atomic(target, text.getvalue())


def counted(path: Path, *, write: bool) -> tuple[dict[str, Counted], list[str]]:
    """Count the hot paths and hold them against the budgets, or make them the budgets.

    Args:
        path: benchmarks/scenarios.yaml.
        write: Renew the budgets.

    Returns:
        What was counted, and what grew.
    """
    _, scenarios = load_scenarios(path)
    found = count_all(scenarios)
    if write:
        renew(path, found)
    return found, faults(found, load_budgets(path)["counts"])
