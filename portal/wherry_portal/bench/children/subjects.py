"""What a scenario runs: an agent, a team or a workflow of either runtime. Imported in the measured process only."""

from __future__ import annotations

import tempfile
import time
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    One = Callable[[str], Awaitable[tuple[int, float]]]

QUESTION = "When is high water?"
STEPS = 5
BY_HAND = "by hand"


def tide_at(place: str, hour: int = 12) -> str:
    """Tide at a place.

    Args:
        place: Name of the place.
        hour: Hour of the day.
    """
    return f"{place} at {hour}: rising"


def slow_tide_at(place: str, hour: int = 12) -> str:
    """Tide at a place, after 50 ms in which this thread does nothing else.

    Args:
        place: Name of the place.
        hour: Hour of the day.
    """
    time.sleep(0.05)
    return tide_at(place, hour)


def subject(order: dict[str, Any]) -> One:
    """One run of what the order describes, as a function of the session: how many pieces of text, first after how long.

    The function raises `RuntimeError` when the run did not end as the script says: a wrong answer is no measurement.
    """
    makers = {"team": team, "agents": workflow_of_agents, "steps": workflow_of_functions}
    made = makers.get(order["kind"], agent)(order)

    async def one(session: str) -> tuple[int, float]:
        pieces: list[str] = []
        first = 0.0
        if order["stream"]:
            begun = time.perf_counter()
            async for event in made.arun(QUESTION, stream=True, session_id=session):
                if event.content:
                    first = first or time.perf_counter() - begun
                    pieces.append(event.content)
        else:
            pieces.append((await made.arun(QUESTION, session_id=session)).content)
        if "".join(pieces) != order["answer"]:
            raise RuntimeError(f"the run answered {''.join(pieces)!r} instead of {order['answer']!r}")
        return len(pieces), first

    return one


@contextmanager
def recorded(order: dict[str, Any], interval: float = 1.0) -> Iterator[Callable[[], None]]:
    """With `telemetry` in the order, Wherry's events go to a database beside the runs; `by hand` without its recorder.

    What it gives writes the events that wait still: that work is a part of what the runs cost. `interval` is the time
    in seconds between two batches before that.

    Raises:
        RuntimeError: An event was lost; what is not recorded costs nothing, so that would be no measurement.
    """
    if not order["telemetry"]:
        yield lambda: None
        return
    with tempfile.TemporaryDirectory() as folder:
        recorder = _recorder(f"{folder}/telemetry.db", interval, by_hand=order["telemetry"] == BY_HAND).start()
        try:
            yield recorder.flush
        finally:
            recorder.stop()
        if recorder.dropped or not recorder.recorded:
            raise RuntimeError(f"{recorder.dropped} events were lost and {recorder.recorded} recorded")


def _recorder(file: str, interval: float, *, by_hand: bool) -> Any:
    if by_hand:
        return import_module("recording").ByHand(file, interval)
    telemetry = import_module("wherry.telemetry")
    return telemetry.Recorder(telemetry.TelemetryStore(file), interval=interval)


def _of(order: dict[str, Any], path: str, name: str) -> Any:
    return _named(order["runtime"], path, name)


@cache
def _named(runtime: str, path: str, name: str) -> Any:  # looked up once: it is no part of what is measured
    return getattr(import_module(f"{runtime}.{path}"), name)


def _model(order: dict[str, Any]) -> Any:
    return _of(order, "models.openai", "OpenAIChat")(id="gpt-5-mini", api_key="none", base_url=order["base_url"])


def agent(order: dict[str, Any], name: str = "Pilot") -> Any:
    """An agent; with a tool, with a database and history if the order says so."""
    more: dict[str, Any] = {}
    if order["tool"]:
        more["tools"] = [slow_tide_at if order["tool"] == "slow" else tide_at]
    if order["db"]:
        more |= {"db": database(order), "add_history_to_context": True, "num_history_runs": 3}
    return _of(order, "agent", "Agent")(
        model=_model(order), name=name, instructions="Be brief.", telemetry=False, **more
    )


def database(order: dict[str, Any]) -> Any:
    """The database of the order, of this turn alone."""
    if order["db"] == "sqlite":
        return _of(order, "db.sqlite", "SqliteDb")(db_file=order["address"])
    return _of(order, "db.postgres", "PostgresDb")(db_url=order["address"])


def team(order: dict[str, Any]) -> Any:
    """A leader that gives two members a task each."""
    plain = {**order, "tool": "", "db": ""}
    members = [agent(plain, "Tide"), agent(plain, "Wind")]
    return _of(order, "team", "Team")(
        members=members, model=_model(order), name="Crew", instructions="Ask both.", telemetry=False
    )


def workflow_of_agents(order: dict[str, Any]) -> Any:
    """Two agents in a row."""
    step = _of(order, "workflow", "Step")
    steps = [step(name=name, agent=agent(order, name)) for name in ("Tide", "Wind")]
    return _of(order, "workflow", "Workflow")(name="Crossing", steps=steps, telemetry=False)


def workflow_of_functions(order: dict[str, Any]) -> Any:
    """Five functions in a row, no model."""
    output = _of(order, "workflow", "StepOutput")
    answer = order["answer"]

    def pass_on(step_input: Any) -> Any:
        return output(content=answer)

    step = _of(order, "workflow", "Step")
    steps = [step(name=f"step {number}", executor=pass_on) for number in range(STEPS)]
    return _of(order, "workflow", "Workflow")(name="Crossing", steps=steps, telemetry=False)
