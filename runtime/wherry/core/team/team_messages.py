"""Reading a team's messages, which takes the members to read of besides what agents' method takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.sessions import session_access as access
from wherry.core.waits import BLOCKING, LOOPING, finish

if TYPE_CHECKING:
    from collections.abc import Sequence


class TeamMessages:
    """`get_session_messages` of teams, with the arguments in the places where Agno's have them."""

    def get_session_messages(
        self,
        session_id: str | None = None,
        member_ids: Sequence[str] | None = None,
        last_n_runs: int | None = None,
        limit: int | None = None,
        skip_roles: Sequence[str] | None = None,
        skip_statuses: Sequence[Any] | None = None,
        skip_history_messages: bool = True,
        skip_member_messages: bool = True,
    ) -> list[Any]:
        """Messages of the session.

        Args:
            session_id: Which session; the owner's own by default.
            member_ids: Messages of these members' runs only.
            last_n_runs: Only so many runs, the newest.
            limit: Only so many messages, the newest.
            skip_roles: Roles to leave out.
            skip_statuses: Statuses of runs to leave out; by default paused, cancelled, failed and regenerated ones.
            skip_history_messages: Leave out what a run had from history itself.
            skip_member_messages: Leave out members' runs; has no effect when members are named.
        """
        window = {
            "member_ids": member_ids,
            "last_n_runs": last_n_runs,
            "limit": limit,
            "skip_roles": skip_roles,
            "skip_statuses": skip_statuses,
            "skip_history_messages": skip_history_messages,
            "skip_member_messages": skip_member_messages,
        }
        return finish(access.session_messages(self, BLOCKING, session_id, window))

    async def aget_session_messages(
        self,
        session_id: str | None = None,
        member_ids: Sequence[str] | None = None,
        last_n_runs: int | None = None,
        limit: int | None = None,
        skip_roles: Sequence[str] | None = None,
        skip_statuses: Sequence[Any] | None = None,
        skip_history_messages: bool = True,
        skip_member_messages: bool = True,
    ) -> list[Any]:
        """`get_session_messages` on the event loop."""
        window = {
            "member_ids": member_ids,
            "last_n_runs": last_n_runs,
            "limit": limit,
            "skip_roles": skip_roles,
            "skip_statuses": skip_statuses,
            "skip_history_messages": skip_history_messages,
            "skip_member_messages": skip_member_messages,
        }
        return await access.session_messages(self, LOOPING, session_id, window)
