"""The one session that an owner keeps in memory between runs, for `cache_session`.

Like Agno's it is the last one only, belongs to the database it was read from, and is not shown to another user.
"""

from __future__ import annotations

from typing import Any

from wherry.core.sessions.session_turns import Turns


class SessionCache:
    """Mixed into agents, teams and workflows."""

    _cached: tuple[Any, Any] | None = None
    db: Any

    def known_session(self, session_id: str, user_id: str | None = None) -> Any:
        """The session in memory when it is the one that is meant; None otherwise."""
        if self._cached is None:
            return None
        session, db = self._cached
        if db is not self.db:
            self._cached = None
            return None
        fits = session.session_id == session_id and user_id in (None, session.user_id)
        return session if fits else None

    def remember_session(self, session: Any) -> None:
        """Keep a session in memory, instead of the one before."""
        if getattr(session, "turns", None) is None:
            session.turns = Turns()
        self._cached = (session, self.db)

    def forget_session(self, session_id: str) -> None:
        """Keep a session no longer."""
        if self._cached is not None and self._cached[0].session_id == session_id:
            self._cached = None

    @property
    def _cached_session(self) -> Any:
        """`cached_session` by the name that Agno's own code sets it by."""
        return self.cached_session

    @_cached_session.setter
    def _cached_session(self, session: Any) -> None:
        if session is None:
            self._cached = None
        else:
            self.remember_session(session)

    @property
    def cached_session(self) -> Any:
        """The session kept in memory by `cache_session`, or None."""
        return None if self._cached is None else self._cached[0]
