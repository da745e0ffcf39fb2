"""The session methods of agents and teams: reading, writing, naming, forking, deleting.

Each public method has an `a…` twin for asynchronous databases; both call the same function of `session_access`.
Mirrors the methods of the same names of `agno.agent.Agent`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.sessions import session_access as access
from wherry.core.waits import BLOCKING, LOOPING, finish

if TYPE_CHECKING:
    from collections.abc import Sequence


class SessionSurface:
    """Session methods; mixed into agents and teams."""

    def get_session(self, session_id: str | None = None, user_id: str | None = None) -> Any:
        """The stored session, or None."""
        return finish(access.get_session(self, BLOCKING, session_id, user_id))

    async def aget_session(self, session_id: str | None = None, user_id: str | None = None) -> Any:
        """`get_session` on the event loop."""
        return await access.get_session(self, LOOPING, session_id, user_id)

    def save_session(self, session: Any) -> None:
        """Store a session row."""
        finish(access.save_session(self, BLOCKING, session))

    async def asave_session(self, session: Any) -> None:
        """`save_session` on the event loop."""
        await access.save_session(self, LOOPING, session)

    def delete_session(self, session_id: str, user_id: str | None = None, delete_media: bool = False) -> None:
        """Delete a session with its runs."""
        finish(access.delete_session(self, BLOCKING, session_id, user_id))

    async def adelete_session(self, session_id: str, user_id: str | None = None, delete_media: bool = False) -> None:
        """`delete_session` on the event loop."""
        await access.delete_session(self, LOOPING, session_id, user_id)

    def fork_session(self, *, source_session_id: str | None = None, user_id: str | None = None) -> str:
        """Copy a session with its runs under new ids; returns the new session id."""
        return finish(access.fork_session(self, BLOCKING, source_session_id, user_id))

    async def afork_session(self, *, source_session_id: str | None = None, user_id: str | None = None) -> str:
        """`fork_session` on the event loop."""
        return await access.fork_session(self, LOOPING, source_session_id, user_id)

    def kept_in_fork(self, output: Any) -> Any:
        """A run as a fork of its session stores it."""
        return output

    def get_chat_history(self, session_id: str | None = None, last_n_runs: int | None = None) -> list[Any]:
        """User and assistant messages of the session, oldest first."""
        return finish(access.chat_history(self, BLOCKING, session_id, last_n_runs))

    async def aget_chat_history(self, session_id: str | None = None, last_n_runs: int | None = None) -> list[Any]:
        """`get_chat_history` on the event loop."""
        return await access.chat_history(self, LOOPING, session_id, last_n_runs)

    def get_session_messages(
        self,
        session_id: str | None = None,
        last_n_runs: int | None = None,
        limit: int | None = None,
        skip_roles: Sequence[str] | None = None,
        skip_statuses: Sequence[Any] | None = None,
        skip_history_messages: bool = True,
    ) -> list[Any]:
        """Messages of the session.

        Args:
            session_id: Which session; the owner's own by default.
            last_n_runs: Only so many runs, the newest.
            limit: Only so many messages, the newest.
            skip_roles: Roles to leave out.
            skip_statuses: Statuses of runs to leave out; by default paused, cancelled, failed and regenerated ones.
            skip_history_messages: Leave out what a run had from history itself.
        """
        window = {
            "last_n_runs": last_n_runs,
            "limit": limit,
            "skip_roles": skip_roles,
            "skip_statuses": skip_statuses,
            "skip_history_messages": skip_history_messages,
        }
        return finish(access.session_messages(self, BLOCKING, session_id, window))

    async def aget_session_messages(
        self,
        session_id: str | None = None,
        last_n_runs: int | None = None,
        limit: int | None = None,
        skip_roles: Sequence[str] | None = None,
        skip_statuses: Sequence[Any] | None = None,
        skip_history_messages: bool = True,
    ) -> list[Any]:
        """`get_session_messages` on the event loop."""
        window = {
            "last_n_runs": last_n_runs,
            "limit": limit,
            "skip_roles": skip_roles,
            "skip_statuses": skip_statuses,
            "skip_history_messages": skip_history_messages,
        }
        return await access.session_messages(self, LOOPING, session_id, window)

    def get_session_metrics(self, session_id: str | None = None) -> Any:
        """Token counts of all runs of the session, or None."""
        return finish(access.session_metrics(self, BLOCKING, session_id))

    async def aget_session_metrics(self, session_id: str | None = None) -> Any:
        """`get_session_metrics` on the event loop."""
        return await access.session_metrics(self, LOOPING, session_id)

    def get_session_state(self, session_id: str | None = None) -> dict[str, Any]:
        """The stored state of the session.

        Raises:
            Exception: There is no such session.
        """
        return finish(access.session_state(self, BLOCKING, session_id))

    async def aget_session_state(self, session_id: str | None = None) -> dict[str, Any]:
        """`get_session_state` on the event loop."""
        return await access.session_state(self, LOOPING, session_id)

    def update_session_state(self, session_state_updates: dict[str, Any], session_id: str | None = None) -> Any:
        """Set keys of the stored state; returns the state as text."""
        return finish(access.update_state(self, BLOCKING, session_state_updates, session_id))

    async def aupdate_session_state(self, session_state_updates: dict[str, Any], session_id: str | None = None) -> Any:
        """`update_session_state` on the event loop."""
        return await access.update_state(self, LOOPING, session_state_updates, session_id)

    def get_session_name(self, session_id: str | None = None) -> str:
        """Name of the session, or an empty string."""
        return finish(access.session_name(self, BLOCKING, session_id))

    async def aget_session_name(self, session_id: str | None = None) -> str:
        """`get_session_name` on the event loop."""
        return await access.session_name(self, LOOPING, session_id)

    def set_session_name(
        self, session_id: str | None = None, autogenerate: bool = False, session_name: str | None = None
    ) -> Any:
        """Name the session, or let the model name it.

        Raises:
            Exception: Neither a name nor `autogenerate` was given, or there is no such session.
        """
        return finish(access.set_name(self, BLOCKING, session_id, session_name, autogenerate=autogenerate))

    async def aset_session_name(
        self, session_id: str | None = None, autogenerate: bool = False, session_name: str | None = None
    ) -> Any:
        """`set_session_name` on the event loop."""
        return await access.set_name(self, LOOPING, session_id, session_name, autogenerate=autogenerate)

    def generate_session_name(self, session: Any) -> str:
        """Let the model name a session."""
        return finish(access.generated_name(self, BLOCKING, session))

    def rename(self, name: str, session_id: str | None = None) -> None:
        """Change the owner's name, in the session too."""
        finish(access.rename_owner(self, BLOCKING, name, session_id))

    def get_session_summary(self, session_id: str | None = None) -> Any:
        """Summary of the session, or None."""
        return finish(access.session_summary(self, BLOCKING, session_id))

    async def aget_session_summary(self, session_id: str | None = None) -> Any:
        """`get_session_summary` on the event loop."""
        return await access.session_summary(self, LOOPING, session_id)

    def get_last_run_output(self, session_id: str | None = None) -> Any:
        """Output of the newest run of this owner in the session, or None."""
        return finish(access.last_run_output(self, BLOCKING, session_id))

    async def aget_last_run_output(self, session_id: str | None = None) -> Any:
        """`get_last_run_output` on the event loop."""
        return await access.last_run_output(self, LOOPING, session_id)

    def get_run_output(self, run_id: str, session_id: str | None = None, user_id: str | None = None) -> Any:
        """Output of one run, or None."""
        return finish(access.run_output(self, BLOCKING, run_id, session_id, user_id))

    async def aget_run_output(self, run_id: str, session_id: str | None = None, user_id: str | None = None) -> Any:
        """`get_run_output` on the event loop."""
        return await access.run_output(self, LOOPING, run_id, session_id, user_id)

    def get_user_memories(self, user_id: str | None = None) -> list[Any] | None:
        """What is remembered about a user, or None without a memory manager."""
        return finish(access.user_memories(self, BLOCKING, user_id))

    async def aget_user_memories(self, user_id: str | None = None) -> list[Any] | None:
        """`get_user_memories` on the event loop."""
        return await access.user_memories(self, LOOPING, user_id)
