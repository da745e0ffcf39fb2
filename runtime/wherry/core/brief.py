"""Which functions of steps are brief: those are called in place, every other goes to a thread.

A hand-over to a thread and back costs more than most functions of a workflow do. What a function took last time decides
(Agno calls all of them on the event loop). Called by `step_function`; tools always go to threads.
"""

from __future__ import annotations

import inspect
from time import perf_counter
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from wherry.core.callables import kind_of_callable

if TYPE_CHECKING:
    from collections.abc import Callable

    from wherry.core.waits import Waits

BRIEF = 0.0005
"""Seconds; a function that took less is called in place next time."""

_took: WeakKeyDictionary[Any, float] = WeakKeyDictionary()


async def work(waits: Waits, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call a function of either kind without stalling the event loop: as `Waits.work`, in place when it is brief."""
    if waits.blocking or kind_of_callable(function) == "coroutine":
        return await waits.work(function, *args, **kwargs)
    key = getattr(function, "__func__", function)

    def timed() -> Any:
        begun = perf_counter()
        try:
            return function(*args, **kwargs)
        finally:
            _note(key, perf_counter() - begun)

    if _known(key) >= BRIEF:
        return await waits.work(timed)
    result = timed()
    return await result if inspect.isawaitable(result) else result


def _known(key: Any) -> float:
    try:
        return _took.get(key, BRIEF)
    except TypeError:  # neither hashable nor known
        return BRIEF


def _note(key: Any, seconds: float) -> None:
    try:
        _took[key] = seconds
    except TypeError:  # nothing can be kept about it, so it goes to a thread each time
        return
