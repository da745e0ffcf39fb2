"""A database as a source. Mirrors `agno.context.database`."""

from __future__ import annotations

from wherry.context.database.provider import (
    DEFAULT_READ_INSTRUCTIONS,
    DEFAULT_WRITE_INSTRUCTIONS,
    DatabaseContextProvider,
)
from wherry.core.matrix import module_getattr

__all__ = ["DEFAULT_READ_INSTRUCTIONS", "DEFAULT_WRITE_INSTRUCTIONS", "DatabaseContextProvider"]

__getattr__ = module_getattr(__name__, "agno.context.database")
