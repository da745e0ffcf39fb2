"""The Redis database, under Agno's path."""

from wherry.stores.redis import RedisDb

__all__ = ["RedisDb"]
