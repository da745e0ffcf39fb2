"""The async SQLite database, under Agno's path."""

from wherry.stores.sqlite import AsyncSqliteDb

__all__ = ["AsyncSqliteDb"]
