"""Reading and writing sessions for a run, whatever kind of database the owner has.

A store with `load_run_context` and `save_run` is asked in one round trip each; any other object with Agno's
`get_session` / `upsert_session` / `upsert_run` methods works by shape. Called by `opening`, `saving` and `resuming`,
and where sessions are changed by hand: `session_access` and the HTTP API.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.callables import kind_of_callable
from wherry.core.deadline import RunTimedOut
from wherry.core.errors import ConfigurationError, RunCancelledException, SessionConflict
from wherry.core.log import log_error

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from wherry.core.run import Run

# What breaks off a write without a fault of the database.
_NOT_REFUSED = (SessionConflict, ConfigurationError, RunCancelledException, RunTimedOut)


class AwaitedStore(ConfigurationError, RuntimeError):
    """A database that can only be awaited, and a run that cannot wait; also a RuntimeError, as in Agno."""


def is_async_store(db: Any) -> bool:
    """Whether a database can only be awaited."""
    return kind_of_callable(getattr(db, "get_session", None)) == "coroutine"


def check_store(db: Any, *, blocking: bool) -> None:
    """Refuse an asynchronous database in a blocking run.

    Raises:
        AwaitedStore: (a RuntimeError) The run cannot wait for this database.
    """
    if blocking and db is not None and is_async_store(db):
        raise AwaitedStore(
            f"{type(db).__name__} is an asynchronous database and the run is not.",
            hint="Use arun(), or the synchronous database class.",
        )


async def ask_store(run: Any, db: Any, method: str, /, *args: Any, **kwargs: Any) -> Any:
    """Call a method of a store, waiting as the run waits."""
    function = getattr(db, method)
    if kind_of_callable(function) == "coroutine":
        return await function(*args, **kwargs)
    twin = getattr(db, f"a{method}", None)
    if twin is not None:
        return await run.waits.wire(function, twin, *args, **kwargs)
    return function(*args, **kwargs)


async def read_session(run: Run) -> Any:
    """The stored session, or a new one."""
    owner, context = run.owner, run.context
    known = owner.known_session(context.session_id, context.user_id)
    if known is not None:
        return known
    session = None
    if owner.db is not None and not run.extra.get("member"):
        check_store(owner.db, blocking=run.waits.blocking)
        session = await find_session(run, owner.db)
    if session is None:
        session = owner.new_session(context.session_id, context.user_id)
    if owner.cache_session:
        owner.remember_session(session)
    return session


async def find_session(run: Run, db: Any) -> Any:
    """Look a session up, with no more of its runs than the run's history needs."""
    owner, context = run.owner, run.context
    kind = owner.session_type()
    if hasattr(db, "load_run_context"):
        last = None if owner.cache_session else owner.history_runs_needed(run)  # what is kept has to be whole
        return await ask_store(run, db, "load_run_context", context.session_id, kind, context.user_id, last)
    return await ask_store(
        run, db, "get_session", session_id=context.session_id, session_type=kind, user_id=context.user_id
    )


async def store_run(run: Run, db: Any, stored: Any) -> None:
    """Write a session and a run of it, members' runs before it."""
    session = run.session
    runs = (*run.extra.get("member_runs", ()), stored)
    if hasattr(db, "save_run"):
        outputs, given = (*introductions(session, runs), *runs), replacing(run.owner)
        await or_taken_back(session, ask_store(run, db, "save_run", session, *outputs, **given))
        return
    await ask_store(run, db, "upsert_session", session=session)
    if hasattr(db, "upsert_run"):
        for output in runs:
            await ask_store(run, db, "upsert_run", run=output, session_id=session.session_id, user_id=session.user_id)


def replacing(owner: Any) -> dict[str, bool]:
    """What `save_run` is told of an owner whose runs' state replaces the stored one, whoever changed it meanwhile."""
    return {"overwrite_state": True} if owner.overwrite_db_session_state else {}


async def keep_changed(db: Any, ask: Callable[..., Awaitable[Any]], session: Any) -> bool:
    """Store a session that somebody changed by hand; whether it was stored.

    What runs changed since it was read stays, where the database can merge. One that was made, or read elsewhere,
    replaces what is stored, as in Agno.

    Args:
        db: The database.
        ask: Calls a method of a database: with the database, the method's name and its arguments.
        session: The session.

    Raises:
        SessionConflict: A run changed the same key and the database's `on_conflict` is ``raise``; nothing else is lost.
    """
    if not _merges(db, session):
        return await ask(db, "upsert_session", session=session) is not None
    return not (await or_taken_back(session, ask(db, "save_run", session=session))).refused


async def or_taken_back(session: Any, writing: Awaitable[Any]) -> Any:
    """Wait for the writing of a session; one that is refused says again what it was loaded with.

    So its next run stores what this one changed. A store notes what it has written before its commit, and what it has
    added to the counts of other runs.
    """
    before = session.origin, session.session_data
    try:
        return await writing
    except _NOT_REFUSED:
        raise
    except Exception:
        session.origin, session.session_data = before
        raise


def _merges(db: Any, session: Any) -> bool:
    """Whether a session was read in this database under its id, and the database's class merges what it stores.

    A subclass that says how sessions are stored, and not how runs are, is asked as in Agno.
    """
    home = getattr(getattr(session, "origin", None), "home", None)
    if home is None or home != (getattr(db, "home", None), session.session_id):
        return False
    for cls in type(db).__mro__:
        if "save_run" in vars(cls) or "upsert_session" in vars(cls):
            return "save_run" in vars(cls)
    return True


async def stored_or_told(db: Any, identity: str | None, writing: Awaitable[Any], what: str = "Run") -> None:
    """Wait for the writing of a run that has its answer; a database that refuses it does not take the answer back.

    As in Agno the run ends as it would have ended, and the log has the error; `on_unsaved="raise"` lets it out.
    """
    try:
        await writing
    except _NOT_REFUSED:
        raise
    except Exception as error:
        if getattr(db, "on_unsaved", "report") == "raise":
            raise
        log_error(f"{what} {identity!r} is not stored, its database refused it: {error}")


def introductions(session: Any, runs: tuple[Any, ...]) -> list[Any]:
    """Runs that a session was made with and that are not stored yet: its owner's introduction."""
    if session.origin is not None:
        return []
    known = {output.run_id for output in runs}
    return [made for made in session.runs or () if made.run_id not in known and made.parent_run_id is None]
