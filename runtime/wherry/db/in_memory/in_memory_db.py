"""The database in memory, under Agno's path."""

from wherry.stores.memory import InMemoryDb

__all__ = ["InMemoryDb"]
