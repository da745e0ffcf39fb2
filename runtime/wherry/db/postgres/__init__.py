"""Postgres databases, under Agno's path."""

from wherry.core.matrix import module_getattr
from wherry.stores.postgres import AsyncPostgresDb, PostgresDb

__all__ = ["AsyncPostgresDb", "PostgresDb"]

__getattr__ = module_getattr(__name__, "agno.db.postgres")
