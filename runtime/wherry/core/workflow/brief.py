"""Which functions of steps are brief: those are called in place, every other goes to a thread.

A hand-over to a thread and back costs more than most functions of a workflow do. What a step's function took last
time decides (Agno calls all of them on the event loop). Called by `step_function` and `step_quiet`; tools always go to
threads.
"""

from __future__ import annotations

import inspect
from contextlib import nullcontext
from contextvars import copy_context
from time import perf_counter
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from wherry.core.events.step_io import StepOutput
from wherry.core.threads import take_over
from wherry.core.turns import alone

if TYPE_CHECKING:
    from wherry.core.waits import Waits
    from wherry.core.workflow.step import Step

BRIEF = 0.0005
"""Seconds; a function that took less is called in place next time."""

# What is known of a function from other steps that call it: whether it was brief.
_brief: WeakKeyDictionary[Any, bool] = WeakKeyDictionary()


async def work(
    waits: Waits, step: Step, args: tuple[Any, ...], kwargs: dict[str, Any], *, watched: bool = False
) -> Any:
    """Call a step's plain function without stalling the event loop: as `Waits.work`, in place when it is brief.

    While it is in a thread, events of steps beside it (Parallel) are told later when the run is watched.
    """
    function = step.active_executor
    if waits.blocking:
        return await waits.work(function, *args, **kwargs)
    if not (_known(function) if step.brief is None else step.brief):
        context = copy_context()
        try:
            with alone() if watched else nullcontext():
                return await waits.work(context.run, timed, step, function, args, kwargs)
        finally:
            take_over(context)
    result = timed(step, function, args, kwargs)
    if type(result) is StepOutput or not inspect.isawaitable(result):
        return result
    return await result


def timed(step: Step, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call the function and note whether it was brief."""
    begun = perf_counter()
    try:
        return function(*args, **kwargs)
    finally:
        took(step, function, perf_counter() - begun)


def took(step: Step, function: Any, seconds: float) -> None:
    """Note how long the step's function took."""
    brief = seconds < BRIEF
    if brief is not step.brief:
        step.brief = brief
        _note(function, brief)


def _known(function: Any) -> bool:
    try:
        return _brief.get(getattr(function, "__func__", function), False)
    except TypeError:  # neither hashable nor known
        return False


def _note(function: Any, brief: bool) -> None:
    try:
        _brief[getattr(function, "__func__", function)] = brief
    except TypeError:  # each step finds out for itself
        return
