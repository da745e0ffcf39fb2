"""The async Postgres database, under Agno's path."""

from wherry.stores.postgres import AsyncPostgresDb

__all__ = ["AsyncPostgresDb"]
