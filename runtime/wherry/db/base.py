"""Base classes of databases, under Agno's path."""

from wherry.core.matrix import module_getattr
from wherry.stores.base import AsyncBaseDb, BaseDb
from wherry.stores.rows import SessionType

__all__ = ["AsyncBaseDb", "BaseDb", "SessionType"]

__getattr__ = module_getattr(__name__, "agno.db.base")
