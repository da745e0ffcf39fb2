"""Scenarios measured in turns: Agno, Wherry, Wherry again; each a process of its own against one scripted model.

The third side is Wherry against itself: it shows how much two equal things differ on this machine. Where the same can
be done by hand, that is a fourth: of Wherry with telemetry beside Wherry without it is telemetry alone.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from random import Random
from statistics import median
from typing import TYPE_CHECKING, Any

from wherry_portal.bench.blocks import values
from wherry_portal.bench.databases import databases
from wherry_portal.bench.errors import BenchError
from wherry_portal.bench.statistics import alone, ratio
from wherry_portal.bench.turns import Process, Turn, answer_of, process
from wherry_portal.bench.verdicts import with_verdicts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from wherry_portal.bench.scenarios import Scenario

    Sides = Sequence[tuple[str, str]]
    Begin = Callable[[str, str, ExitStack], Process]

SIDES = (("wherry", "wherry"), ("again", "wherry"))
# What Wherry is divided by: another runtime, or itself without what the scenario adds.
BESIDE = {"agno": (("agno", "agno"),), "wherry": (("without", "wherry"),), "": ()}
BARE = (("bare", "bare"),)
# Numbers that say something by themselves, whatever another runtime does.
ABSOLUTE = frozenset({"served_share", "objects_per_run", "grown_mb", "cpu_percent"})
BY_HAND = 2.0
"""Wherry is to cost no more than twice what the same requests cost by hand."""
_ADDRESS = re.compile(r"http://\S+")


@dataclass
class Measured:
    """One scenario's values: side to metric to those of each process, block by block, each window's of a block."""

    scenario: Scenario
    values: dict[str, dict[str, list[list[tuple[float, ...]]]]] = field(default_factory=dict)

    def add(self, side: str, turn: Turn) -> None:
        """Keep what a process has said."""
        for metric, blocks in values(turn, self.scenario.window).items():
            self.values.setdefault(side, {}).setdefault(metric, []).append(blocks)

    def entry(self) -> dict[str, Any]:
        """The scenario as results hold it."""
        ratios = {metric: {**self._compared(metric), **bounds} for metric, bounds in self.scenario.ratios.items()}
        medians = {
            side: {metric: _middle(chain.from_iterable(each)) for metric, each in self.values[side].items()}
            for side in self.values
            if side != "again"
        }
        command = f"wherry bench {self.scenario.id}"
        found = {"title": self.scenario.title, "command": command, "ratios": ratios, "measured": medians}
        more = {"by_hand": self._by_hand(), "limits": self._limits()}
        return with_verdicts({**found, **{name: ratios for name, ratios in more.items() if ratios}})

    def _ours(self, metric: str) -> list[list[tuple[float, ...]]]:
        """Wherry's values, the second Wherry's beside the first one's: what it was measured for twice counts twice."""
        first, second = self.values["wherry"][metric], self.values.get("again", {}).get(metric)
        if second is None:
            return first
        pairs = zip(first, second, strict=True)
        return [[one + other for one, other in zip(blocks, more, strict=True)] for blocks, more in pairs]

    def _compared(self, metric: str) -> dict[str, Any]:
        ours, against = self._ours(metric), self.scenario.against
        if metric in ABSOLUTE or not against:
            return alone(ours)
        beside = self.values[BESIDE[against][0][0]][metric]
        return {**ratio(ours, beside), **({"against": "wherry"} if against == "wherry" else {})}

    def _by_hand(self) -> dict[str, Any]:
        """Wherry divided by the same requests made by hand; memory apart, of which a client alone has little.

        Functions called by hand have no bound: there are no requests beside which a runtime's own work is to be small.
        Nothing where Wherry is divided by itself: of what is made by hand there, most is Wherry, too.
        """
        bare, found = self.values.get("bare", {}) if self.scenario.against == "agno" else {}, {}
        for metric, bounds in self.scenario.ratios.items():
            if metric in bare and metric not in ABSOLUTE and not metric.endswith("rss_mb"):
                more = any("min" in bound for bound in bounds.values())
                own = {"min": 1 / BY_HAND} if more else {"max": BY_HAND}
                both = ratio(self._ours(metric), bare[metric])
                bound = {} if self.scenario.kind == "steps" else {"own_budget": own}
                found[metric] = {**both, "against": "bare", **bound}
        return found

    def _limits(self) -> dict[str, Any]:
        """What is made by hand divided by what Wherry is divided by: what no runtime that does as much undercuts."""
        sides = [side for side, _ in BESIDE[self.scenario.against]]
        bare, beside = self.values.get("bare", {}), self.values[sides[0]] if sides else {}
        return {
            metric: alone(bare[metric])
            if metric in ABSOLUTE
            else {**ratio(bare[metric], beside[metric]), "against": self.scenario.against}
            for metric in self.scenario.ratios
            if metric in bare and (metric in ABSOLUTE or metric in beside)
        }

    def grown(self, smaller: Measured) -> dict[str, Any]:
        """Wherry's values divided by Wherry's in a smaller scenario."""
        found = {}
        for metric in ("p50_ms", "cpu_ms_per_run"):
            pairs = list(zip(_whole(self, metric), _whole(smaller, metric), strict=False))
            found[metric] = {**ratio([ours for ours, _ in pairs], [theirs for _, theirs in pairs]), "against": "wherry"}
        return found

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


def _whole(measured: Measured, metric: str) -> list[list[float]]:
    """One value of each process: blocks of two scenarios have nothing to do with each other."""
    return [[_middle(blocks)] for blocks in measured.values["wherry"][metric]]


def _middle(blocks: Iterable[tuple[float, ...]]) -> float:
    return median(chain.from_iterable(blocks))


def measure(scenario: Scenario, rounds: int, told: Callable[[str], None] = lambda _: None) -> Measured:
    """Measure one scenario.

    Args:
        scenario: What to measure.
        rounds: Processes of each side, one after the other; those of a round are there side by side.
        told: Called with a line after each round.

    Raises:
        BenchError: A process failed, with what it said.
    """
    measured = Measured(scenario)
    ours = SIDES if scenario.ratios.keys() - ABSOLUTE else SIDES[:1]
    sides = BESIDE[scenario.against] + ours + BARE * scenario.bare
    orders = Random(1)  # noqa: S311 - the same order of the sides each time
    with model(scenario) as address, databases(scenario) as fresh:

        def begin(side: str, runtime: str, stack: ExitStack) -> Process:
            database = stack.enter_context(fresh())
            return stack.enter_context(process(of_side(scenario, side), runtime, address, database))

        for number in range(rounds):
            round_of = one_by_one if scenario.alone else side_by_side
            for side, turn in round_of(scenario, sides, begin, orders):
                measured.add(side, turn)
            told(f"{scenario.id}: round {number + 1} of {rounds}")
    return measured


def one_by_one(scenario: Scenario, sides: Sides, begin: Begin, orders: Random) -> Iterator[tuple[str, Turn]]:
    """One process of each side, each by itself."""
    for side, runtime in orders.sample(sides, len(sides)):
        with ExitStack() as stack:
            one = begin(side, runtime, stack)
            one.ready()
            for _ in range(scenario.turns):
                one.part()
            yield side, one.end()


def side_by_side(scenario: Scenario, sides: Sides, begin: Begin, orders: Random) -> Iterator[tuple[str, Turn]]:
    """One process of each side, which measure in turns, a part at a time: what slows the machine slows all of them."""
    with ExitStack() as stack:
        there = {side: begin(side, runtime, stack) for side, runtime in sides}
        for one in there.values():
            one.ready()
        for _ in range(scenario.turns):
            for side in orders.sample(list(there), len(there)):
                there[side].part()
        for side, one in there.items():
            yield side, one.end()


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
