"""Methods in two forms out of one core: `core` waits through a port, `blocking` and `looping` make the public twins.

A core is a method whose second argument is a `Waits`. Called by the stores and the machine, whose public methods are
Agno's pairs such as `get` and `aget`.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Coroutine
from functools import update_wrapper
from typing import Any, TypeVar

from wherry.core.waits import BLOCKING, LOOPING, finish

T = TypeVar("T")

# The parameters of a core are its twin's but for the port; types cannot say that of methods with any keywords.
Core = Callable[..., Coroutine[Any, Any, T]]


def blocking(core: Core[T]) -> Callable[..., T]:
    """The method that does it in the caller's thread."""

    def method(self: Any, /, *args: Any, **kwargs: Any) -> T:
        return finish(core(self, BLOCKING, *args, **kwargs))

    return _named(method, core)  # type: ignore[no-any-return]


def looping(core: Core[T]) -> Core[T]:
    """The method that is awaited."""

    async def method(self: Any, /, *args: Any, **kwargs: Any) -> T:
        return await core(self, LOOPING, *args, **kwargs)

    return _named(method, core)  # type: ignore[no-any-return]


def _named(method: Any, core: Any) -> Any:
    update_wrapper(method, core)
    del method.__wrapped__  # it would be taken for a coroutine
    parameters = [one for one in inspect.signature(core).parameters.values() if one.name != "waits"]
    method.__signature__ = inspect.Signature(parameters)
    method.__doc__ = re.sub(r"\n\s+waits: .*", "", core.__doc__ or "")
    method.__name__ = core.__name__.removeprefix("_")
    return method
