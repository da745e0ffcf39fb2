"""The Valkey database, under Agno's path."""

from wherry.stores.redis import ValkeyDb

__all__ = ["ValkeyDb"]
