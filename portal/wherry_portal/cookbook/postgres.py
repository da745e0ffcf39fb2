"""The Postgres that examples name on this machine: a server of their own, and an empty database for each that used it.

`verify` opens one for each pair of runners; `runner` leads to it what a script asks of `localhost`. A Postgres that the
user has there is never reached.
"""

from __future__ import annotations

import importlib.metadata
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wherry.core.errors import ConfigurationError
from wherry_portal.postgres import WHEEL, start_postgres

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "ai"
"""The database, and the user, of the reference's examples."""
ABSENT = "localhost:postgres"
"""How the runner names a Postgres that a script looked for and did not find."""


def served_version() -> str:
    """Which Postgres examples are given; empty when there is none to give."""
    try:
        importlib.metadata.version("psycopg")
        return f"{WHEEL} {importlib.metadata.version(WHEEL)}"
    except importlib.metadata.PackageNotFoundError:
        return ""


class Postgres:
    """One server; scripts use it one after the other.

    Args:
        server: What the wheel started.
        version: As `served_version` has it.

    Attributes:
        folder: Where its socket is.
        version: Which one this is.
    """

    def __init__(self, server: Any, version: str) -> None:
        self.version = version
        self.folder = str(server.get_postmaster_info().socket_dir)
        self._address = server.get_uri()
        self._used = True
        self._ask("ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()", f"CREATE ROLE {NAME} LOGIN SUPERUSER")

    def used(self, by_script: bool) -> None:
        """Keep in mind whether a script that has just ended was here."""
        self._used = self._used or by_script

    def empty(self) -> None:
        """Leave one empty database, if anything may be in it: every sequence and table of a script begins anew."""
        if self._used:
            # What a killed script has left open goes with the database.
            self._ask(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)", f"CREATE DATABASE {NAME} OWNER {NAME}")
            self._used = False

    def _ask(self, *statements: str) -> None:
        import psycopg

        with psycopg.connect(self._address, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())


@contextmanager
def open_postgres(version: str) -> Iterator[Postgres | None]:
    """A fresh server, thrown away at the end.

    Args:
        version: As `served_version` has it; empty opens none.

    Raises:
        ConfigurationError: The wheel is there, and its server does not start.
    """
    if not version:
        yield None
        return
    folder = Path(tempfile.mkdtemp(prefix="wherry-cookbook-"))
    try:
        server = _started(folder)
        try:
            yield Postgres(server, version)
        finally:
            server.cleanup()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _started(folder: Path) -> Any:
    try:
        return start_postgres(folder / "pg")
    except Exception as error:
        raise ConfigurationError(
            f"the Postgres server of {WHEEL} did not start: {error!r}",
            hint=f"Uninstall {WHEEL} to run the examples without one; those that need it then count as not runnable.",
        ) from error
