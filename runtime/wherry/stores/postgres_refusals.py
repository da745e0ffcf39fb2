"""What Postgres refuses, in words of ours: what it said, and what to do about it. Called by `postgres_pools`."""

from __future__ import annotations

import re
from typing import Any

from wherry.core.errors import StoreError

_SCHEMA = "Have it created, leave `create_schema=True`, or name another `db_schema`."
_CHANGED = (
    "Its tables are not as Agno 3.x makes them, or were changed meanwhile: compare them with a new schema "
    "(`db_schema='…'`), and start the program again once they are right."
)
_CUT = (
    "Find out who held the row or the table so long (`pg_stat_activity`, `pg_locks`), or raise the limit for this role."
)
_FULL = "The server is at one of its limits: free connections, memory or disk, or raise it (`max_connections`)."
_NEXT = {
    "22P02": _CHANGED,
    "23502": _CHANGED,
    "25006": "db_url leads to a replica, or its role may only read: name the server that takes writes.",
    "3F000": _SCHEMA,
    "42501": "GRANT the user of db_url USAGE of the schema, SELECT, INSERT, UPDATE and DELETE on its tables; "
    "while tables are missing CREATE in the schema, while the schema is, CREATE in the database.",
    "42703": _CHANGED,
    "42804": _CHANGED,
    "42883": _CHANGED,
    "42P01": _CHANGED,
    "55P03": _CUT,
    "57014": _CUT,
}
_BY_CLASS = {"53": _FULL}
_USUAL = "Check that the server runs, that db_url names it, and that its user may use the schema."
_SURROGATE = "Half of a surrogate pair is no character; make text of it with text.encode(errors='replace').decode()."


def refused(error: Exception) -> StoreError:
    """The error of a statement, without the lines in which Postgres shows it or the row: people wrote those."""
    if isinstance(error, UnicodeEncodeError):
        return StoreError(f"Postgres refused: {error}", hint=_SURROGATE)
    state = getattr(error, "sqlstate", None) or ""
    said = getattr(getattr(error, "diag", None), "message_primary", None) or str(error).strip()
    return StoreError(f"Postgres refused: {said}", hint=_NEXT.get(state) or _BY_CLASS.get(state[:2]) or _USUAL)


def unreached(seconds: float, connections: int, why: str | None) -> StoreError:
    """The error of waiting in vain for a connection.

    Args:
        seconds: How long.
        connections: How many there may be.
        why: What the last attempt to make one met with; None: none was made, or none failed.
    """
    if why:
        return StoreError(
            f"No connection to Postgres within {seconds:g} seconds: {why}",
            hint="Check that the server runs, takes connections and is the one of db_url. "
            "Runs go on by themselves once it is there.",
        )
    return StoreError(
        f"No connection to Postgres within {seconds:g} seconds.",
        hint=f"All {connections} connections were taken for so long: look for runs that hold one, or the server does "
        "not answer at all. Runs go on by themselves.",
    )


def readable(url: str) -> str:
    """The address, if libpq can read it, and reads nothing of a password as a host: a pool would try until time is up.

    Raises:
        StoreError: It cannot; the message shows nothing that may be of the password.
    """
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    try:
        parts: dict[str, Any] = conninfo_to_dict(url)
    except ProgrammingError as error:
        told = str(error).strip()
        if not told.startswith("invalid URI query parameter"):
            told = re.split(r': "| found in "', told)[0]  # what follows may be the password, or the whole address
    else:
        if _is_plausible(parts):
            return url
        told = "a sign in the password ends it too early"
    raise StoreError(
        f"The address of the Postgres database cannot be read: {told}.",
        hint="Write it as libpq has it, 'postgresql://user:password@host:5432/database?sslmode=require', "
        "and signs such as @ / ? # % in the password as `urllib.parse.quote(password, safe='')` does.",
    )


def _is_plausible(parts: dict[str, Any]) -> bool:
    """Whether user and password end where they should: else host, port or database hold what comes after a sign."""
    host, port = str(parts.get("host") or ""), str(parts.get("port") or "")
    if "@" in host and host[0] not in "/@":  # those are sockets
        return False
    swallowed = port and "user" not in parts and "@" in str(parts.get("dbname"))
    return not swallowed and re.fullmatch(r"[\d,]*", port) is not None
