"""SQLite databases, under Agno's path."""

from wherry.stores.sqlite import AsyncSqliteDb, SqliteDb

__all__ = ["AsyncSqliteDb", "SqliteDb"]
