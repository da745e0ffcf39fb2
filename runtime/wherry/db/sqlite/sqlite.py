"""The blocking SQLite database, under Agno's path."""

from wherry.stores.sqlite import SqliteDb

__all__ = ["SqliteDb"]
