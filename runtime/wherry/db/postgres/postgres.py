"""The blocking Postgres database, under Agno's path."""

from wherry.stores.postgres import PostgresDb

__all__ = ["PostgresDb"]
