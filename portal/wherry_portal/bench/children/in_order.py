"""The workflow of functions by hand: the same five calls one after the other, in the plainest code, without a runtime.

What a step is given and what a run leaves behind is the same as of the runtimes: each function receives the input, the
content before it and the outputs so far by name; each output has its step's name; the run has an id, its input, its
content, its outputs, its times and how it ended, and stands in a session of its own. Nothing can be cancelled, watched,
paused, tried again or stored. Imported by `turn`, in the measured process.
"""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    One = Callable[[str], Awaitable[tuple[int, float]]]

QUESTION = "When is high water?"
STEPS = 5


@dataclass
class Given:
    """What a step's function receives."""

    input: str
    before: str | None
    outputs: dict[str, Output]


@dataclass
class Output:
    """What a step's function gives."""

    content: str
    name: str = ""


@dataclass
class Record:
    """What a run leaves behind."""

    run_id: str
    session_id: str
    input: str
    content: str | None
    results: list[Output]
    created_at: int
    seconds: float
    status: str = "COMPLETED"


@dataclass
class Session:
    """Where runs are kept: in memory, as long as somebody has it."""

    session_id: str
    created_at: int
    runs: list[Record] = field(default_factory=list)


def functions(order: dict[str, Any]) -> One:
    """A function that does by hand what a run of the scenario does.

    It raises `RuntimeError` when the last function's answer is not the script's.
    """
    answer = order["answer"]

    def pass_on(given: Given) -> Output:
        return Output(answer)

    steps = [(f"step {number}", pass_on) for number in range(STEPS)]

    async def one(session_id: str) -> tuple[int, float]:
        begun, created = time.perf_counter(), int(time.time())
        session = Session(session_id, created)
        content: str | None = None
        outputs: dict[str, Output] = {}
        for name, function in steps:
            output = function(Given(QUESTION, content, outputs))
            output.name = name
            outputs[name] = output
            content = output.content
        seconds, results = time.perf_counter() - begun, [*outputs.values()]
        record = Record(str(uuid.uuid4()), session_id, QUESTION, content, results, created, seconds)
        session.runs.append(record)
        if record.content != answer:
            raise RuntimeError(f"the run answered {record.content!r} instead of {answer!r}")
        return 1, 0.0

    return one
