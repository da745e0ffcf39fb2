"""The database that a path or an address names. Called by `wherry run` and `wherry serve`."""

from __future__ import annotations

from typing import Any

from wherry.core.errors import ConfigurationError

_POSTGRES = ("postgres://", "postgresql://", "postgresql+")


def open_store(address: str) -> Any:
    """A session database from a path or URL.

    Raises:
        ConfigurationError: The kind of database is not known; the message leaves out what may be a password.
    """
    if address.startswith(_POSTGRES):
        from wherry.stores.postgres import PostgresDb

        return PostgresDb(db_url=address)
    if address.startswith(("redis://", "rediss://")):
        from wherry.stores.redis import RedisDb

        return RedisDb(db_url=address)
    scheme, is_url, _ = address.partition("://")
    if is_url and scheme != "sqlite":
        raise ConfigurationError(
            f"{scheme + is_url!r} is no database that Wherry knows.", hint="Use a path, postgresql:// or redis://."
        )
    from wherry.stores.sqlite import SqliteDb

    return SqliteDb(db_file=address.removeprefix("sqlite:///"))
