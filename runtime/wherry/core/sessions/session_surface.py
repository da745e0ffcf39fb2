"""The session methods of agents, teams and workflows: reading, writing, naming, deleting.

Each public method has an `a…` twin for asynchronous databases; both call the same function of `session_access`.
Mirrors the methods of the same names of `agno.agent.Agent`.
"""

from __future__ import annotations

from typing import Any

from wherry.core.sessions import session_access as access
from wherry.core.waits import BLOCKING, LOOPING, finish


class SessionSurface:
    """Session methods; mixed into agents, teams (with those of `TalkSurface`) and workflows."""

    def get_session(self, session_id: str | None = None, user_id: str | None = None) -> Any:
        """The stored session, or None."""
        return finish(access.shown_session(self, BLOCKING, session_id, user_id))

    async def aget_session(self, session_id: str | None = None, user_id: str | None = None) -> Any:
        """`get_session` on the event loop."""
        return await access.shown_session(self, LOOPING, session_id, user_id)

    def save_session(self, session: Any) -> None:
        """Store a session's row; what runs changed since it was read stays, where the database can merge."""
        finish(access.save_session(self, BLOCKING, session))

    async def asave_session(self, session: Any) -> None:
        """`save_session` on the event loop."""
        await access.save_session(self, LOOPING, session)

    def delete_session(self, session_id: str, user_id: str | None = None, delete_media: bool = False) -> None:
        """Delete a session with its runs."""
        finish(access.delete_session(self, BLOCKING, session_id, user_id, media=delete_media))

    async def adelete_session(self, session_id: str, user_id: str | None = None, delete_media: bool = False) -> None:
        """`delete_session` on the event loop."""
        await access.delete_session(self, LOOPING, session_id, user_id, media=delete_media)

    def get_chat_history(self, session_id: str | None = None, last_n_runs: int | None = None) -> list[Any]:
        """User and assistant messages of the session, oldest first."""
        return finish(access.chat_history(self, BLOCKING, session_id, last_n_runs))

    async def aget_chat_history(self, session_id: str | None = None, last_n_runs: int | None = None) -> list[Any]:
        """`get_chat_history` on the event loop."""
        return await access.chat_history(self, LOOPING, session_id, last_n_runs)

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
