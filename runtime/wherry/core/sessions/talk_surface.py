"""What agents and teams offer of their sessions beyond `SessionSurface`: what was said, forks, summaries, memories.

Workflows have none of it, as in Agno. Every method exists once in `session_access` and twice here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.sessions import session_access as access
from wherry.core.sessions.session_surface import SessionSurface
from wherry.core.waits import BLOCKING, LOOPING, finish

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wherry.core.waits import Waits


class TalkSurface(SessionSurface):
    """Methods on the sessions of who talks to a model."""

    def fork_session(self, *, source_session_id: str | None = None, user_id: str | None = None) -> str:
        """Copy a session with its runs under new ids; returns the new session id."""
        return finish(access.fork_session(self, BLOCKING, source_session_id, user_id))

    async def afork_session(self, *, source_session_id: str | None = None, user_id: str | None = None) -> str:
        """`fork_session` on the event loop."""
        return await access.fork_session(self, LOOPING, source_session_id, user_id)

    def kept_in_fork(self, output: Any) -> Any:
        """A run as a fork of its session stores it."""
        return output

    async def written_in_fork(self, waits: Waits, output: Any, session_id: str) -> Any:
        """`kept_in_fork`, with its media kept for the fork, too."""
        return self.kept_in_fork(output)

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

    def get_session_summary(self, session_id: str | None = None) -> Any:
        """Summary of the session, or None."""
        return finish(access.session_summary(self, BLOCKING, session_id))

    async def aget_session_summary(self, session_id: str | None = None) -> Any:
        """`get_session_summary` on the event loop."""
        return await access.session_summary(self, LOOPING, session_id)

    def get_user_memories(self, user_id: str | None = None) -> list[Any] | None:
        """What is remembered about a user, or None without a memory manager."""
        return finish(access.user_memories(self, BLOCKING, user_id))

    async def aget_user_memories(self, user_id: str | None = None) -> list[Any] | None:
        """`get_user_memories` on the event loop."""
        return await access.user_memories(self, LOOPING, user_id)
