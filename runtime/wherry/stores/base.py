"""The base classes of databases, under Agno's method names.

`BaseDb` and `AsyncBaseDb` build the two operations of a run from the methods that a database of one's own implements,
and refuse what is not migrated; ids and names of tables are in `base_named`. Our own databases override those
operations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.sessions.session import Origin
from wherry.stores.base_named import TABLES, Named
from wherry.stores.base_records import DeclaredRecords, Lacking, as_coroutines
from wherry.stores.base_results import DeclaredResults
from wherry.stores.compactions import DeclaredCompactions
from wherry.stores.plans_saving import Saved
from wherry.stores.refused import refused_methods

if TYPE_CHECKING:
    from collections.abc import Sequence

_ASYNC_ONLY = [name for name in TABLES if not name.startswith(("mcp_", "component_"))]


class BaseDb(Named, DeclaredRecords, DeclaredResults, DeclaredCompactions):
    """Base of blocking databases; mirrors `agno.db.base.BaseDb`.

    A database of one's own overrides `get_session`, `upsert_session`, `upsert_run` and what else it offers; sessions
    are then merged as well as its methods allow, not in one transaction.

    Args:
        id: Identity; a random one by default.
        on_conflict: What happens when two runs changed one key of a session (see `protocol.Conflict`).
        on_unsaved: What a run does that cannot be stored (see `protocol.Unsaved`).
        **tables: Names of tables by parameter, for example ``session_table``.
    """

    default_schema_version = "2.0.0"

    def close(self) -> None:
        """Give connections back; the database can be used again afterwards."""

    # --- what a run needs ---
    def load_run_context(
        self, session_id: str, session_type: Any = None, user_id: str | None = None, last_runs: int | None = None
    ) -> Any:
        """See `RunStore.load_run_context`; this one reads what `get_session` reads."""
        return self.get_session(session_id=session_id, session_type=session_type, user_id=user_id, runs_limit=None)

    async def aload_run_context(
        self, session_id: str, session_type: Any = None, user_id: str | None = None, last_runs: int | None = None
    ) -> Any:
        """See `RunStore.load_run_context`."""
        return self.load_run_context(session_id, session_type, user_id, last_runs)

    def save_run(self, session: Any, *runs: Any, overwrite_state: bool = False) -> Saved:
        """See `RunStore.save_run`; this one calls `upsert_session` and `upsert_run`."""
        stored = self.upsert_session(session)
        if stored is None:
            return self._told(Saved(refused=True), session)
        for item, index in _placed(session, runs):
            self.upsert_run(item, session_id=session.session_id, user_id=session.user_id, run_index=index)
        session.origin = session.origin or Origin(None, None)
        return Saved()

    async def asave_run(self, session: Any, *runs: Any, overwrite_state: bool = False) -> Saved:
        """See `RunStore.save_run`."""
        return self.save_run(session, *runs, overwrite_state=overwrite_state)

    # --- sessions ---
    def get_session(
        self,
        session_id: str,
        session_type: Any = None,
        user_id: str | None = None,
        deserialize: bool | None = True,
        runs_limit: int | None = None,
    ) -> Any:
        """Read a session with its runs.

        Args:
            session_id: The session.
            session_type: Kind of object to build; the stored kind by default.
            user_id: Only if it belongs to this user.
            deserialize: An object, or else the row as a dictionary.
            runs_limit: Only so many runs that count as history, the newest.

        Returns:
            The session, or None.
        """
        self._lacks("get_session")

    def get_sessions(
        self,
        session_type: Any = None,
        user_id: str | None = None,
        component_id: str | None = None,
        session_name: str | None = None,
        start_timestamp: int | None = None,
        end_timestamp: int | None = None,
        limit: int | None = None,
        page: int | None = None,
        sort_by: str | None = None,
        sort_order: str | None = None,
        deserialize: bool | None = True,
        include_runs: bool = True,
    ) -> Any:
        """Read sessions.

        Args:
            session_type: Of this kind.
            user_id: Of this user.
            component_id: Of this agent, team or workflow.
            session_name: With this in their name.
            start_timestamp: Created at this time or later, in Unix seconds.
            end_timestamp: Created at this time or earlier.
            limit: At most so many.
            page: Which part, from 1.
            sort_by: Column to sort by.
            sort_order: ``asc`` or ``desc``.
            deserialize: Objects, or else rows and their number without paging.
            include_runs: Read their runs, too.

        Returns:
            Objects, or with ``deserialize=False`` rows and their number without paging.
        """
        self._lacks("get_sessions")

    def upsert_session(self, session: Any, deserialize: bool | None = True) -> Any:
        """Store a session's row as it is; its runs are stored by `upsert_run`.

        Returns:
            The stored session (or row), or None when the row belongs to another user.
        """
        self._lacks("upsert_session")

    def upsert_sessions(
        self, sessions: Sequence[Any], deserialize: bool | None = True, preserve_updated_at: bool = False
    ) -> list[Any]:
        """Store rows of several sessions; those of other users are left out of the result.

        Args:
            sessions: What to store; None among them is passed over.
            deserialize: Return objects, or else rows.
            preserve_updated_at: Keep the sessions' own times.
        """
        stored = [self.upsert_session(session, deserialize=deserialize) for session in sessions if session is not None]
        return [session for session in stored if session is not None]

    def rename_session(
        self,
        session_id: str,
        session_type: Any,
        session_name: str,
        user_id: str | None = None,
        deserialize: bool | None = True,
    ) -> Any:
        """Give a session a name; returns the session, or None when there is none."""
        self._lacks("rename_session")

    def delete_session(self, session_id: str, user_id: str | None = None) -> bool:
        """Delete a session and its runs.

        Args:
            session_id: The session.
            user_id: Only if it belongs to this user.

        Returns:
            Whether there was one.
        """
        self._lacks("delete_session")

    def delete_sessions(self, session_ids: Sequence[str], user_id: str | None = None) -> None:
        """Delete sessions and their runs."""
        for session_id in session_ids:
            self.delete_session(session_id, user_id)

    # --- runs ---
    def get_run(self, run_id: str, deserialize: bool | None = True) -> Any:
        """Read one run: an object, or with ``deserialize=False`` its row; None when there is none."""
        return None

    def get_runs(
        self,
        session_id: str | None = None,
        user_id: str | None = None,
        agent_id: str | None = None,
        team_id: str | None = None,
        workflow_id: str | None = None,
        status: Any = None,
        limit: int | None = None,
        page: int | None = None,
        sort_by: str | None = None,
        sort_order: str | None = None,
        deserialize: bool | None = True,
    ) -> Any:
        """Read runs.

        Args:
            session_id: Of this session; then oldest first.
            user_id: Of this user's sessions.
            agent_id: Of this agent.
            team_id: Of this team.
            workflow_id: Of this workflow.
            status: With this status.
            limit: At most so many.
            page: Which part, from 1.
            sort_by: Column to sort by.
            sort_order: ``asc`` or ``desc``.
            deserialize: Objects, or else rows and their number without paging.
        """
        return [] if deserialize else ([], 0)

    def upsert_run(self, run: Any, session_id: str, user_id: str | None = None, run_index: int | None = None) -> None:
        """Store one run; it keeps the place it once got in its session.

        Args:
            run: A run object or a stored run.
            session_id: Session it belongs to.
            user_id: Owner of the session.
            run_index: Place of a new run; the end of the session by default.
        """
        self._lacks("upsert_run")

    def delete_run(self, run_id: str) -> bool:
        """Delete one run; whether there was one."""
        self._lacks("delete_run")

    def delete_runs(self, run_ids: Sequence[str]) -> None:
        """Delete runs."""
        for run_id in run_ids:
            self.delete_run(run_id)


class AsyncBaseDb(Named, Lacking):
    """Base of async databases; mirrors `agno.db.base.AsyncBaseDb`. Its methods are coroutines.

    Args:
        id: Identity; a random one by default.
        on_conflict: What happens when two runs changed one key of a session (see `protocol.Conflict`).
        on_unsaved: What a run does that cannot be stored (see `protocol.Unsaved`).
        **tables: Names of tables by parameter, for example ``session_table``.
    """

    _parameters = tuple(_ASYNC_ONLY)
    default_schema_version = "2.0.0"

    async def close(self) -> None:
        """Give connections back; the database can be used again afterwards."""

    async def load_run_context(
        self, session_id: str, session_type: Any = None, user_id: str | None = None, last_runs: int | None = None
    ) -> Any:
        """See `RunStore.load_run_context`; this one reads what `get_session` reads."""
        return await self.get_session(session_id=session_id, session_type=session_type, user_id=user_id)

    async def save_run(self, session: Any, *runs: Any, overwrite_state: bool = False) -> Saved:
        """See `RunStore.save_run`; this one calls `upsert_session` and `upsert_run`."""
        stored = await self.upsert_session(session)
        if stored is None:
            return self._told(Saved(refused=True), session)
        for item, index in _placed(session, runs):
            await self.upsert_run(item, session_id=session.session_id, user_id=session.user_id, run_index=index)
        session.origin = session.origin or Origin(None, None)
        return Saved()

    async def get_session(
        self,
        session_id: str,
        session_type: Any = None,
        user_id: str | None = None,
        deserialize: bool | None = True,
        runs_limit: int | None = None,
    ) -> Any:
        """See `BaseDb.get_session`."""
        self._lacks("get_session")

    async def upsert_session(self, session: Any, deserialize: bool | None = True) -> Any:
        """See `BaseDb.upsert_session`."""
        self._lacks("upsert_session")

    async def upsert_run(
        self, run: Any, session_id: str, user_id: str | None = None, run_index: int | None = None
    ) -> None:
        """See `BaseDb.upsert_run`."""
        self._lacks("upsert_run")


def _placed(session: Any, runs: Sequence[Any]) -> list[tuple[Any, int | None]]:
    """Runs to store with their places among the session's runs."""
    places = {getattr(item, "run_id", None): index for index, item in enumerate(session.runs or ())}
    return [(item, places.get(item.run_id)) for item in runs]


as_coroutines(AsyncBaseDb, DeclaredRecords, DeclaredResults)
refused_methods(BaseDb, "agno.db.base.BaseDb", suspending=False)
refused_methods(AsyncBaseDb, "agno.db.base.AsyncBaseDb", suspending=True)
