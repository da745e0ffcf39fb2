"""Public path `agno.tools.sql`: a database as tools of an agent."""

from __future__ import annotations

from wherry.core.matrix import module_getattr
from wherry.tools.sql.kit import SQLTools

__all__ = ["SQLTools"]

__getattr__ = module_getattr(__name__, "agno.tools.sql")
