"""User memories, under Agno's path."""

from wherry.stores.records import UserMemory

__all__ = ["UserMemory"]
