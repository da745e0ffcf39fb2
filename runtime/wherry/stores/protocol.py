"""What the core needs of a database.

Agents, teams and workflows call `load_run_context` once before a run and `save_run` once after it (their `a…` twins in
a running loop), and the methods under Agno's names for everything else. `base.BaseDb` implements the two for any
database that has Agno's methods.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

if TYPE_CHECKING:
    from wherry.stores.plans_saving import Saved

Conflict: TypeAlias = Literal["report", "raise"]
"""What happens when two runs changed one key of a session: the later value wins and is logged, or an error."""


Unsaved: TypeAlias = Literal["report", "raise"]
"""What a run does that has its answer and cannot be stored: it ends with its answer and is logged, or it fails."""


class RunStore(Protocol):
    """The part of a store that every run uses."""

    id: str
    on_conflict: Conflict

    def load_run_context(
        self, session_id: str, session_type: Any = None, user_id: str | None = None, last_runs: int | None = None
    ) -> Any:
        """The session a run starts from; its cost does not depend on how many runs the session has.

        Args:
            session_id: The session.
            session_type: Kind of the session: what counts as its history.
            user_id: Only if it belongs to this user.
            last_runs: Newest runs to load with it; the rest is read when `session.runs` is asked for. None says that
                all will be asked for: where reading blocks a loop they are read at once.

        Returns:
            An AgentSession, TeamSession or WorkflowSession, or None when there is none.
        """
        ...

    async def aload_run_context(
        self, session_id: str, session_type: Any = None, user_id: str | None = None, last_runs: int | None = None
    ) -> Any:
        """`load_run_context` in a running loop."""
        ...

    def save_run(self, session: Any, *runs: Any, overwrite_state: bool = False) -> Saved:
        """Store a session and its new runs in one transaction.

        When another run saved the session since this one loaded it, both runs' changes to `session_data` and metadata
        are merged key by key and the session object is brought up to date.

        Args:
            session: The session, with state and metrics as this run leaves them.
            *runs: Runs to store in this order, members' before their team's; none stores the session alone.
            overwrite_state: The session's state replaces the stored one instead of being merged.

        Returns:
            What became of it.

        Raises:
            SessionConflict: Two runs changed one key and `on_conflict` is ``raise``; the run is stored nevertheless.
        """
        ...

    async def asave_run(self, session: Any, *runs: Any, overwrite_state: bool = False) -> Saved:
        """`save_run` in a running loop."""
        ...
