"""How a method of a database of memories is called, whichever way the caller can wait. Called by manager and tools."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from wherry.core.errors import ConfigurationError
from wherry.db.base import AsyncBaseDb

if TYPE_CHECKING:
    from wherry.core.waits import Waits


async def ask_database(waits: Waits, db: Any, method: str, *args: Any, **kwargs: Any) -> Any:
    """Call a method of a database of memories, blocking or not.

    Raises:
        ConfigurationError: (a ValueError) the database can only be awaited, and the caller cannot wait.
    """
    if waits.blocking and isinstance(db, AsyncBaseDb):
        raise ConfigurationError(
            f"Blocking methods are not supported with an async DB, and this is an {type(db).__name__}.",
            hint="Await the method of the same name that begins with 'a'.",
        )
    function = getattr(db, method)
    if inspect.iscoroutinefunction(function):
        return await function(*args, **kwargs)
    return function(*args, **kwargs)
