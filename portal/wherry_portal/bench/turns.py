"""Processes that are measured: one that waits while others have their turn and measures a part when it is asked to.

Called by `measure`, and by what has a file of `children` carry out something else in a process of its own (`counting`,
`layers`).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import Timer
from typing import IO, TYPE_CHECKING, Any

from wherry_portal.bench.blocks import joined
from wherry_portal.bench.databases import SESSION
from wherry_portal.bench.errors import BenchError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wherry_portal.bench.scenarios import Scenario

CHILDREN = Path(__file__).with_name("children")
SECONDS = 300
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


@dataclass(frozen=True, slots=True)
class Turn:
    """What one process has said.

    Attributes:
        whole: Of the process as a whole: metric to value.
        blocks: Of each block: latencies of its runs and sums, as `children/timed.py` has them.
    """

    whole: Mapping[str, float]
    blocks: list[dict[str, Any]] = field(default_factory=list)


class Process:
    """A process that is being measured, on one side of a scenario."""

    def __init__(self, process: subprocess.Popen[str], errors: IO[str], failed: str, parts: int = 1) -> None:
        self._process, self._errors, self._what_failed = process, errors, failed
        self._of_block, self._parts = parts, list[dict[str, Any]]()

    def ready(self) -> None:
        """Wait until it has begun.

        Raises:
            BenchError: It failed or took too long; so do the other methods.
        """
        self._answer()

    def part(self) -> None:
        """Have one part of a block measured; the others wait meanwhile."""
        self._ask("part")
        self._parts.append(self._answer())

    def end(self) -> Turn:
        """Let it end, and give all that it said."""
        self._ask("end")
        return Turn(self._answer(), joined(self._parts, self._of_block))

    def close(self) -> None:
        """Wait until it is gone; what it finds wrong at its very end counts, too, such as an event that was lost."""
        try:
            if self._process.wait(SECONDS):
                self._failed()
        except subprocess.TimeoutExpired:
            raise BenchError(f"{self._what_failed}: it did not end within {SECONDS} s") from None

    def _ask(self, what: str) -> None:
        try:
            print(what, file=self._process.stdin, flush=True)
        except BrokenPipeError:
            if self._process.stdin:
                with suppress(BrokenPipeError):
                    self._process.stdin.close()  # once: what was not read is written again, and fails again
            self._failed()

    def _answer(self) -> dict[str, Any]:
        late = Timer(SECONDS, self._process.kill)
        try:
            late.start()
            line = self._process.stdout.readline() if self._process.stdout else ""
        finally:
            late.cancel()  # also of somebody who interrupts: Python does not end before its timers do
        if not line:
            self._failed()
        found: dict[str, Any] = json.loads(line)
        return found

    def _failed(self) -> None:
        if self._process.wait() < 0:
            raise BenchError(f"{self._what_failed}: it was ended; it took longer than {SECONDS} s, or memory ran out")
        self._errors.seek(0)
        raise failure(self._what_failed, self._errors.read())


@contextmanager
def process(scenario: Scenario, runtime: str, address: str, database: str = "") -> Iterator[Process]:
    """Start a process that can be measured; it is there until the context is left.

    Args:
        scenario: What to run; `runs` of it are one block.
        runtime: ``agno``, ``wherry`` or ``bare``.
        address: Of the scripted model.
        database: File or address of the process's own database, if it has one.

    Raises:
        BenchError: It failed at its end.
    """
    command, env = started("turn.py", scenario, runtime, address, database)
    pipe = subprocess.PIPE
    with (
        tempfile.TemporaryFile("w+") as errors,
        subprocess.Popen(command, env=env, stdin=pipe, stdout=pipe, stderr=errors, text=True) as child,
    ):
        try:
            one = Process(child, errors, f"{scenario.id!r} failed on {runtime}", scenario.parts)
            yield one
            one.close()
        except BaseException:
            child.kill()
            raise


def turn(scenario: Scenario, runtime: str, address: str, database: str = "") -> Turn:
    """One process by itself, and its blocks one after the other.

    Args:
        scenario: What to run.
        runtime: ``agno``, ``wherry`` or ``bare``.
        address: Of the scripted model.
        database: File or address of the turn's own database, if it has one.

    Raises:
        BenchError: The process failed or took too long.
    """
    with process(scenario, runtime, address, database) as one:
        one.ready()
        for _ in range(scenario.turns):
            one.part()
        return one.end()


def started(
    child: str, scenario: Scenario, runtime: str, address: str, database: str = "", **more: Any
) -> tuple[list[str], dict[str, str]]:
    """The command and the environment with which a file of `children` is told what to carry out."""
    base = address if address.endswith("/v1") else f"{address}/v1"
    order = {**asdict(scenario), "runtime": runtime, "base_url": base, "answer": answer_of(scenario)}
    order |= {"address": database, "session": SESSION if scenario.history else "", **more}
    env = {name: value for name, value in os.environ.items() if not name.startswith(_DROPPED)}
    env |= {"AGNO_TELEMETRY": "false", "PYTHONHASHSEED": "0"}
    return [sys.executable, str(CHILDREN / child), json.dumps(order)], env


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
    command, env = started(child, scenario, runtime, address, database, **more)
    try:
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise BenchError(f"{scenario.id!r} on {runtime} took longer than {SECONDS} s") from None
    if done.returncode:
        raise failure(f"{scenario.id!r} failed on {runtime}", done.stderr)
    return json.loads(done.stdout.strip().splitlines()[-1])


def failure(what: str, errors: str) -> BenchError:
    """The error of a process that failed, from what it said."""
    said = (errors.strip().splitlines() or ["it said nothing"])[-1]
    hint = "Install the extra `parity`." if "No module named 'agno" in said else "Run it by itself to see more."
    return BenchError(f"{what}: {said}", hint=hint)


def answer_of(scenario: Scenario) -> str:
    """What the scripted model says at the end of a run; one word is one token."""
    return " ".join(["tide"] * scenario.tokens)
