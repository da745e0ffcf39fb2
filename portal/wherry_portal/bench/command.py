"""`wherry bench`: measure, print ratios with their intervals, write `results/bench.json`."""

from __future__ import annotations

import os
import platform
import sys
from typing import TYPE_CHECKING, Any

from wherry.core.errors import ConfigurationError
from wherry_portal.bench.errors import BenchError
from wherry_portal.bench.measure import measure
from wherry_portal.bench.scenarios import Scenario, load_scenarios
from wherry_portal.evidence.resolve import bound_text, within
from wherry_portal.evidence.stamp import header, write_results
from wherry_portal.sources import find_root

if TYPE_CHECKING:
    from collections.abc import Iterator


def bench_command(*names: str, rounds: int | None = None, write: bool = True) -> int:
    """Measure what runs cost on Wherry, as ratios to Agno.

    Args:
        names: Scenarios of benchmarks/scenarios.yaml; all when none is named.
        rounds: Turns of each runtime; by default what the file says.
        write: Write results/bench.json when every scenario was measured.

    Returns:
        0, 1 when a ratio is outside its budget, 2 when a scenario could not be measured.
    """
    root = find_root()
    usual, scenarios = load_scenarios(root / "benchmarks" / "scenarios.yaml")
    chosen = choose(scenarios, names)
    head = header(" ".join(["wherry bench", *names]), root=root, reference=True)
    entries: dict[str, Any] = {}
    noise: dict[str, Any] = {}
    for scenario in chosen:
        try:
            measured = measure(scenario, rounds or usual, progress)
        except BenchError as error:
            entries[scenario.id] = {"title": scenario.title, "ratios": {}, "error": error.message}
            print(f"{scenario.id}: {error}", file=sys.stderr)
            continue
        entries[scenario.id] = measured.entry()
        noise |= measured.noise()
        for line in lines(scenario.id, entries[scenario.id]):
            print(line)
    if write and len(chosen) == len(scenarios):
        body = {"machine": machine(), "noise": noise, "scenarios": entries}
        write_results(root / "results" / "bench.json", head, body)
        print("written: results/bench.json")
    return verdict(entries)


def choose(scenarios: list[Scenario], names: tuple[str, ...]) -> list[Scenario]:
    """The scenarios of these names, or all.

    Raises:
        ConfigurationError: There is no scenario of a name.
    """
    known = {scenario.id: scenario for scenario in scenarios}
    for name in names:
        if name not in known:
            raise ConfigurationError(f"there is no scenario {name!r}", hint=f"There are: {', '.join(known)}.")
    return [known[name] for name in names] or scenarios


def verdict(entries: dict[str, Any]) -> int:
    """The exit status that entries deserve."""
    if any("error" in entry for entry in entries.values()):
        return 2
    bounded = [one for entry in entries.values() for one in entry["ratios"].values() if "budget" in one]
    return 0 if all(within(one, one["budget"]) for one in bounded) else 1


def lines(name: str, entry: dict[str, Any]) -> Iterator[str]:
    """A scenario as text: one line a ratio."""
    for metric, one in entry["ratios"].items():
        agno, ours = entry["measured"]["agno"][metric], entry["measured"]["wherry"][metric]
        bound = f"  budget {bound_text(one['budget'])}" if "budget" in one else ""
        mark = "" if "budget" not in one or within(one, one["budget"]) else "  OUTSIDE"
        interval = f"[{one['low']:.3f}, {one['high']:.3f}]"
        yield f"{name:12} {metric:15} {one['ratio']:.3f} {interval}  agno {agno:.4g}  wherry {ours:.4g}{bound}{mark}"


def machine() -> dict[str, Any]:
    """What explains a duration."""
    return {"cores": os.cpu_count(), "system": platform.system(), "architecture": platform.machine()}


def progress(line: str) -> None:
    """Say how far it is, on stderr."""
    print(line, file=sys.stderr, flush=True)
