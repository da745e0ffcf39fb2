"""A tool of a leader that yields its members' events: one source for runs that block and runs on a loop.

Called by `delegation` and `task_tools`.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from wherry.core.tools.signature import declare_as
from wherry.core.waits import drain

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from wherry.core.run import Run


def as_entrypoint(run: Run, source: Callable[..., AsyncGenerator[Any, None]], like: Callable[..., Any]) -> Any:
    """A generator tool for this kind of waiting, with the name, schema and text of `like`."""
    made: Any
    if run.waits.blocking:

        def blocking(*args: Any, **kwargs: Any) -> Any:
            return drain(source(*args, **kwargs))

        made = blocking
    else:

        async def looping(*args: Any, **kwargs: Any) -> Any:
            async for item in source(*args, **kwargs):
                yield item

        made = looping
    # Errors about arguments say the qualified name, and a model reads them.
    made.__name__ = made.__qualname__ = like.__name__
    made.__doc__ = like.__doc__
    made.__signature__ = signature_of(like)
    made.__annotations__ = dict(like.__annotations__)
    made.keeps_time = True  # a member that is out of time ends its run itself
    declare_as(made, (like, run.waits.blocking))
    return made


@cache
def signature_of(function: Callable[..., Any]) -> Any:
    """A signature with its annotations evaluated, read once: it is the same for every run."""
    import inspect

    return inspect.signature(function, eval_str=True)
