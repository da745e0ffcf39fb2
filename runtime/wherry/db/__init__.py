"""Databases, under Agno's path. A driver is imported when its database is."""

from typing import Any

from wherry.core.matrix import module_getattr
from wherry.stores.base import AsyncBaseDb, BaseDb
from wherry.stores.rows import SessionType

__all__ = ["AsyncBaseDb", "BaseDb", "SessionType"]

_absent = module_getattr(__name__, "agno.db")


def __getattr__(name: str) -> Any:
    if name == "PostgresDb":
        from wherry.db.postgres import PostgresDb

        return PostgresDb
    return _absent(name)
