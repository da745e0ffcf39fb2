"""Scenarios measured in turns: Agno, Wherry, Wherry again; each turn a new process against one scripted model.

The third side is Wherry against itself: it shows how much two equal things differ on this machine. Where the same can
be done by hand, that is a fourth.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from wherry_portal.bench.databases import SESSION, databases
from wherry_portal.bench.errors import BenchError
from wherry_portal.bench.statistics import alone, ratio
from wherry_portal.bench.verdicts import with_verdicts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wherry_portal.bench.scenarios import Scenario

SIDES = (("wherry", "wherry"), ("again", "wherry"))
# What Wherry is divided by: another runtime, or itself without what the scenario adds.
BESIDE = {"agno": (("agno", "agno"),), "wherry": (("without", "wherry"),), "": ()}
BARE = (("bare", "bare"),)
# Numbers that say something by themselves, whatever another runtime does.
ABSOLUTE = frozenset({"served_share", "objects_per_run", "grown_mb"})
BY_HAND = 2.0
"""Wherry is to cost no more than twice what the same requests cost by hand."""
CHILDREN = Path(__file__).with_name("children")
SECONDS = 300
_ADDRESS = re.compile(r"http://\S+")
_DROPPED = (
    "OPENAI_",
    "COVERAGE_",
    "AGNO_",
    "PYTHONDONTWRITEBYTECODE",  # nobody runs without compiled modules
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
)


@dataclass
class Measured:
    """One scenario's values: side to metric to one value a round."""

    scenario: Scenario
    values: dict[str, dict[str, list[float]]] = field(default_factory=dict)

    def add(self, side: str, found: dict[str, float]) -> None:
        """Keep one turn."""
        for metric, value in found.items():
            self.values.setdefault(side, {}).setdefault(metric, []).append(value)

    def entry(self) -> dict[str, Any]:
        """The scenario as results hold it."""
        ratios = {metric: {**self._compared(metric), **bounds} for metric, bounds in self.scenario.ratios.items()}
        medians = {
            side: {metric: median(values) for metric, values in self.values[side].items()}
            for side in self.values
            if side != "again"
        }
        command = f"wherry bench {self.scenario.id}"
        found = {"title": self.scenario.title, "command": command, "ratios": ratios, "measured": medians}
        more = {"by_hand": self._by_hand(), "limits": self._limits()}
        return with_verdicts({**found, **{name: ratios for name, ratios in more.items() if ratios}})

    def _compared(self, metric: str) -> dict[str, Any]:
        ours, against = self.values["wherry"][metric], self.scenario.against
        if metric in ABSOLUTE or not against:
            return alone(ours)
        beside = self.values[BESIDE[against][0][0]][metric]
        return {**ratio(ours, beside), **({"against": "wherry"} if against == "wherry" else {})}

    def _by_hand(self) -> dict[str, Any]:
        """Wherry divided by the same requests made by hand; memory apart, of which a client alone has little."""
        bare, found = self.values.get("bare", {}), {}
        for metric, bounds in self.scenario.ratios.items():
            if metric in bare and metric not in ABSOLUTE and not metric.endswith("rss_mb"):
                more = any("min" in bound for bound in bounds.values())
                own = {"min": 1 / BY_HAND} if more else {"max": BY_HAND}
                both = ratio(self.values["wherry"][metric], bare[metric])
                found[metric] = {**both, "against": "bare", "own_budget": own}
        return found

    def _limits(self) -> dict[str, Any]:
        """The requests made by hand divided by what Wherry is divided by: what no runtime that makes them undercuts."""
        bare, beside = self.values.get("bare", {}), self.values.get(self.scenario.against, {})
        return {
            metric: alone(bare[metric])
            if metric in ABSOLUTE
            else {**ratio(bare[metric], beside[metric]), "against": self.scenario.against}
            for metric in self.scenario.ratios
            if metric in bare and (metric in ABSOLUTE or metric in beside)
        }

    def grown(self, smaller: Measured) -> dict[str, Any]:
        """Wherry's values divided by Wherry's in a smaller scenario."""
        return {
            metric: {**ratio(self.values["wherry"][metric], smaller.values["wherry"][metric]), "against": "wherry"}
            for metric in ("p50_ms", "cpu_ms_per_run")
        }

    def noise(self) -> dict[str, dict[str, Any]]:
        """Wherry against itself, by metric."""
        return {
            f"{self.scenario.id} {metric}": {
                **ratio(self.values["again"][metric], self.values["wherry"][metric]),
                "against": "wherry",
            }
            for metric in self.scenario.ratios
            if metric not in ABSOLUTE
        }


def measure(scenario: Scenario, rounds: int, told: Callable[[str], None] = lambda _: None) -> Measured:
    """Measure one scenario.

    Args:
        scenario: What to measure.
        rounds: Turns of each side; the order of the sides changes from round to round.
        told: Called with a line after each round.

    Raises:
        BenchError: A turn failed, with what the process said.
    """
    measured = Measured(scenario)
    sides = BESIDE[scenario.against] + SIDES + BARE * scenario.bare
    with model(scenario) as address, databases(scenario) as fresh:
        for number in range(rounds):
            for side, runtime in sides if number % 2 else reversed(sides):
                with fresh() as database:
                    measured.add(side, turn(of_side(scenario, side), runtime, address, database))
            told(f"{scenario.id}: round {number + 1} of {rounds}")
    return measured


def of_side(scenario: Scenario, side: str) -> Scenario:
    """The scenario as one side runs it."""
    if side == "agno" and scenario.agno_runs:
        return replace(scenario, runs=scenario.agno_runs)
    return replace(scenario, telemetry=False) if side == "without" else scenario


@contextmanager
def model(scenario: Scenario) -> Iterator[str]:
    """The scripted model in a process of its own; its address."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "replies.json")
        script.write_text(json.dumps(_replies(scenario)), "utf-8")
        command = [sys.executable, "-m", "wherry.testing", "--script", str(script), "--no-record"]
        if scenario.tokens_per_second:
            command += ["--tokens-per-second", str(scenario.tokens_per_second)]
        if scenario.think_ms:
            command += ["--think", str(scenario.think_ms / 1000)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            try:
                found = _ADDRESS.search((server.stdout.readline() if server.stdout else "") or "")
                if found is None:
                    raise BenchError(
                        "the scripted model did not start", hint="Run `python -m wherry.testing` to see why."
                    )
                yield found[0].rstrip("/")
            finally:
                server.terminate()


def answer_of(scenario: Scenario) -> str:
    """What the scripted model says at the end of a run; one word is one token."""
    return " ".join(["tide"] * scenario.tokens)


def _replies(scenario: Scenario) -> list[dict[str, Any]]:
    answer = {"content": answer_of(scenario), "times": "forever"}
    asked = {"when": {"contains": "high water", "last": True}, "times": "forever"}
    if scenario.kind == "team":
        calls = [
            {"name": "delegate_task_to_member", "arguments": {"member_id": name, "task": "Look up the tide."}}
            for name in ("tide", "wind")
        ]
        looked_up = {"when": {"contains": "Look up the tide", "last": True}, "times": "forever", "content": "Rising."}
        return [{**asked, "tool_calls": calls}, looked_up, answer]
    if scenario.tool:
        name = "slow_tide_at" if scenario.tool == "slow" else "tide_at"
        return [{**asked, "tool_calls": [{"name": name, "arguments": {"place": "Wroxham"}}]}, answer]
    return [answer]


def turn(scenario: Scenario, runtime: str, address: str, database: str = "") -> dict[str, float]:
    """One turn of one side.

    Args:
        scenario: What to run.
        runtime: ``agno``, ``wherry`` or ``bare``.
        address: Of the scripted model.
        database: File or address of the turn's own database, if it has one.

    Raises:
        BenchError: The process failed or took too long.
    """
    found: dict[str, float] = in_process("turn.py", scenario, runtime, address, database)
    return found


def in_process(child: str, scenario: Scenario, runtime: str, address: str, database: str = "", **more: Any) -> Any:
    """Have a file of `children` carry out a scenario in a new process; what it printed last.

    Args:
        child: Name of the file.
        scenario: What to run.
        runtime: ``agno``, ``wherry`` or ``bare``.
        address: Of the scripted model.
        database: File or address of a database of its own, if it has one.
        more: Further entries of the order that the file reads.

    Raises:
        BenchError: The process failed or took too long.
    """
    base = address if address.endswith("/v1") else f"{address}/v1"
    order = {**asdict(scenario), "runtime": runtime, "base_url": base, "answer": answer_of(scenario)}
    order |= {"address": database, "session": SESSION if scenario.history else "", **more}
    env = {name: value for name, value in os.environ.items() if not name.startswith(_DROPPED)}
    env |= {"AGNO_TELEMETRY": "false", "PYTHONHASHSEED": "0"}
    command = [sys.executable, str(CHILDREN / child), json.dumps(order)]
    try:
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise BenchError(f"{scenario.id!r} on {runtime} took longer than {SECONDS} s") from None
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        hint = "Install the extra `parity`." if "No module named 'agno" in said else "Run it by itself to see more."
        raise BenchError(f"{scenario.id!r} failed on {runtime}: {said}", hint=hint)
    return json.loads(done.stdout.strip().splitlines()[-1])
