"""Agents and teams that run in a way of their own: `run` or `arun` overridden in a subclass, or replaced.

Called by steps of workflows and by teams, which have such an executor or member run by its own method, as Agno has
each. What that method hands on to the overridden one is told by its id where it belongs (`placings`).
"""

from __future__ import annotations

from inspect import isawaitable
from typing import TYPE_CHECKING, Any

from wherry.core.agent.runner import placings
from wherry.core.agent.ways import Ways
from wherry.core.cancel import cleanup_run

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from wherry.core.run import Run

_OURS = (Ways.run, Ways.arun)


def own_way(executor: Any, *, blocking: bool) -> Callable[..., Any] | None:
    """The method by which an agent or team wants to be run; None where it is Wherry's, and for what is neither."""
    if not isinstance(executor, Ways):
        return None
    method: Callable[..., Any] = executor.run if blocking else executor.arun
    return None if getattr(method, "__func__", None) in _OURS else method


async def own_events(
    method: Callable[..., Any], asked: Any, arguments: dict[str, Any], place: Callable[[Run], None]
) -> AsyncGenerator[Any, None]:
    """What an executor's own method gives: events when it streams, and its output last.

    Args:
        method: Its `run` in a blocking run, its `arun` otherwise.
        asked: What it is asked.
        arguments: What else it is given, by Agno's names; the id of the run is among them.
        place: Called with the run that the method has Wherry make under that id, if it does.
    """
    streamed = arguments.get("stream")
    if streamed:
        arguments["yield_run_output"] = True
    else:
        arguments.pop("stream_events", None)
    if arguments.get("background_tasks") is None:  # Agno names them where there are some
        arguments.pop("background_tasks", None)
    placings[arguments["run_id"]] = place
    try:
        result = method(input=asked, **arguments)
        if not streamed:
            yield await result if isawaitable(result) else result
        elif hasattr(result, "__aiter__"):
            async for item in result:
                yield item
        else:
            for item in result:
                yield item
    finally:
        placings.pop(arguments["run_id"], None)
        cleanup_run(arguments["run_id"])  # where the method had no run made that would
