"""Sessions of agents and teams: what is remembered between runs.

The classes hold data and answer questions about their runs; the answering is in `session_history`, the loading in
`session_runs`, the rules for state in `session_state`. Stores create and fill them, runners add runs to them.
Mirrors `agno.session`.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, ClassVar, Self

from wherry.core.events.session_summary import SessionSummary, restore_summary
from wherry.core.log import log_warning
from wherry.core.sessions import session_history as past
from wherry.core.sessions.session_runs import Runs
from wherry.core.sessions.session_state import plain_copy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wherry.core.messages import Message
    from wherry.core.sessions.session_turns import Turns


@dataclass(slots=True)
class Origin:
    """What a session looked like in the database when it was loaded.

    Attributes:
        session_data: Its `session_data`, as stored: JSON text, or a dictionary of the session's own.
        metadata: Its metadata, likewise.
        token: Version of the row where the database has one (Postgres' xmin), else None.
        legacy_runs: Runs that a 2.x layout keeps inside the session row.
        summary: Its summary, like `session_data`.
        owner: What it says of its agent, team or workflow, likewise.
        home: Where it was read, as the database's `home` and the session's id, to tell a copy.
    """

    session_data: Any
    metadata: Any
    token: Any = None
    legacy_runs: int = 0
    summary: Any = None
    owner: Any = None
    home: tuple[str, str] | None = None


def restore_run(stored: Any) -> Any:
    """A run object from a stored dictionary: an agent's, a team's, or None when it is neither."""
    if not isinstance(stored, dict):
        return stored
    from wherry.core.events.outputs import RunOutput, TeamRunOutput

    if "agent_id" in stored:
        return RunOutput.from_dict(stored)
    return TeamRunOutput.from_dict(stored) if "team_id" in stored else None


class RunKeeper:
    """How every kind of session keeps its runs; they are loaded when somebody asks for all of them."""

    _restore: ClassVar[Any] = staticmethod(restore_run)
    _runs: Runs
    origin: Origin | None = None
    turns: Turns | None = None
    """Of its saves, while it is kept in memory."""

    def keep_runs(self, items: list[Any] | None) -> None:
        """Take these as the session's runs."""
        self._runs = Runs(self._restore, items)

    def loaded_runs(self) -> Runs:
        """The runs with what is known about the rest; for stores and runners."""
        return self._runs

    def load_runs(self) -> None:
        """Read all runs from the database now."""
        self._runs.all()

    async def aload_runs(self) -> None:
        """Read all runs from the database now, without blocking the loop."""
        await self._runs.aload()

    def runs_within(self, count: int | None, *, context_only: bool) -> list[Any]:
        """At least the newest `count` context runs; older ones are read only when they may matter."""
        recent = self._runs.recent(count) if context_only else None
        return recent if recent is not None else (self._runs.all() or [])


class _Conversation(RunKeeper):
    """What sessions of agents and teams share."""

    session_id: str
    runs: list[Any] | None
    summary: Any

    def to_dict(self, include_runs: bool = True) -> dict[str, Any]:
        """All fields as a dictionary of its own; runs last, or left out."""
        told: dict[str, Any] = {}
        for name in _names(type(self)):
            if name != "runs":
                told[name] = plain_copy(getattr(self, name))
            elif include_runs:
                told["runs"] = None
        if include_runs:
            told["runs"] = [run.to_dict() for run in self.runs] if self.runs else None
        told["summary"] = self.summary.to_dict() if self.summary else None
        return told

    @classmethod
    def from_dict(cls, data: Mapping[str, Any] | None) -> Self | None:
        """From a stored dictionary; None (and a warning) when it has no session id."""
        if data is None or data.get("session_id") is None:
            log_warning(f"{cls.__name__} is missing session_id")
            return None
        given = {name: data.get(name) for name in _names(cls)}
        runs = data.get("runs")
        stored = bool(runs) and isinstance(runs[0], dict)  # type: ignore[index]
        given["runs"] = [run for run in map(restore_run, runs or ()) if run is not None] if stored else []
        given["summary"] = restore_summary(data.get("summary"))
        return cls(**given)

    def _recent_messages(
        self, limit: int, skip_roles: Sequence[str] | None, skip_history_messages: bool
    ) -> list[Message] | None:
        """The newest messages, if the runs in memory have as many; older runs cannot matter then."""
        runs = self._runs.recent(self._runs.span)
        if runs is None:
            return None
        own = past.with_statuses(past.by_themselves(runs), None)
        found = past.select(own, skip_roles=skip_roles, skip_history_messages=skip_history_messages)
        return past.limited(found, limit) if len(found) >= limit else None

    def get_tool_calls(self, num_calls: int | None = None) -> list[dict[str, Any]]:
        """The tool calls of all runs, newest run first.

        Args:
            num_calls: At most so many.
        """
        return past.tool_calls(self.runs or [], num_calls)

    def get_session_summary(self) -> SessionSummary | None:
        """The summary, if one was written."""
        return self.summary  # type: ignore[no-any-return]


def forget_timers(run: Any) -> None:
    """Take the stopwatches off a run's messages: what they measured stays."""
    for message in run.messages or ():
        metrics = message.__dict__.get("metrics")
        if metrics is not None and hasattr(metrics, "timer"):
            metrics.timer = None


@dataclass
class AgentSession(_Conversation):
    """A session of an agent; mirrors `agno.session.AgentSession`.

    Attributes:
        session_id: Identity.
        session_data: ``session_state``, ``session_metrics``, ``session_name``.
        agent_data: Name, id and model of the agent.
        runs: All runs, oldest first; read from the database when first asked for.
        created_at: Unix seconds.
        updated_at: Unix seconds.
    """

    session_id: str
    agent_id: str | None = None
    team_id: str | None = None
    user_id: str | None = None
    workflow_id: str | None = None
    session_data: dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None
    agent_data: dict[str, Any] | None = None
    runs: list[Any] | None = field(default=None, repr=False)
    summary: SessionSummary | None = None
    created_at: int | None = None
    updated_at: int | None = None

    def upsert_run(self, run: Any) -> None:
        """Add a run, or replace the one with its id."""
        forget_timers(run)
        self._runs.put(run)

    def get_run(self, run_id: str) -> Any:
        """The run with an id, as a copy of the caller's own; None when there is none."""
        run = self._runs.find(run_id)
        return deepcopy(run) if run is not None else None

    def get_messages(
        self,
        agent_id: str | None = None,
        team_id: str | None = None,
        last_n_runs: int | None = None,
        limit: int | None = None,
        skip_roles: Sequence[str] | None = None,
        skip_statuses: Sequence[Any] | None = None,
        skip_history_messages: bool = True,
    ) -> list[Message]:
        """Messages of the session's runs, oldest first; runs of team members are left out.

        Args:
            agent_id: Runs of this agent only.
            team_id: Runs of this team only.
            last_n_runs: Only so many runs, the newest.
            limit: Only so many messages, the newest.
            skip_roles: Roles to leave out.
            skip_statuses: Statuses of runs to leave out; by default paused, cancelled, failed and regenerated ones.
            skip_history_messages: Leave out what a run had from history itself.
        """
        default = skip_statuses is None and not (agent_id or team_id)
        if limit and last_n_runs is None and default and "system" in (skip_roles or ()):
            recent = self._recent_messages(limit, skip_roles, skip_history_messages)
            if recent is not None:
                return recent
        runs = self.runs_within(last_n_runs, context_only=default)
        if agent_id:
            runs = [run for run in runs if past.field(run, "agent_id") == agent_id]
        if team_id:
            runs = [run for run in runs if past.field(run, "team_id") == team_id]
        runs = past.by_themselves(runs)
        runs = past.newest(past.with_statuses(runs, skip_statuses), last_n_runs)
        return past.select(runs, limit=limit, skip_roles=skip_roles, skip_history_messages=skip_history_messages)

    def get_chat_history(self, last_n_runs: int | None = None) -> list[Message]:
        """What the user and the agent said, whatever became of the runs."""
        return self.get_messages(skip_roles=["system", "tool"], skip_statuses=[], last_n_runs=last_n_runs)


@dataclass
class TeamSession(_Conversation):
    """A session of a team; its runs are the team's and its members'. Mirrors `agno.session.TeamSession`.

    Attributes:
        session_id: Identity.
        team_data: Name, id and model of the team.
        session_data: ``session_state``, ``session_metrics``, ``session_name``.
        runs: All runs, oldest first; read from the database when first asked for.
        created_at: Unix seconds.
        updated_at: Unix seconds.
    """

    session_id: str
    team_id: str | None = None
    user_id: str | None = None
    workflow_id: str | None = None
    team_data: dict[str, Any] | None = None
    session_data: dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None
    runs: list[Any] | None = field(default=None, repr=False)
    summary: SessionSummary | None = None
    created_at: int | None = None
    updated_at: int | None = None

    def upsert_run(self, run_response: Any) -> None:
        """Add a run, or replace the one with its id."""
        forget_timers(run_response)
        self._runs.put(run_response)

    def get_run(self, run_id: str) -> Any:
        """The run with an id, or None."""
        return self._runs.find(run_id)

    def get_messages(
        self,
        team_id: str | None = None,
        member_ids: Sequence[str] | None = None,
        last_n_runs: int | None = None,
        limit: int | None = None,
        skip_roles: Sequence[str] | None = None,
        skip_statuses: Sequence[Any] | None = None,
        skip_history_messages: bool = True,
        skip_member_messages: bool = True,
    ) -> list[Message]:
        """Messages of the session's runs, oldest first.

        Args:
            team_id: Runs of this team only, at any depth.
            member_ids: Runs of these agents only.
            last_n_runs: Only so many runs, the newest.
            limit: Only so many messages, the newest.
            skip_roles: Roles to leave out.
            skip_statuses: Statuses of runs to leave out; by default paused, cancelled, failed and regenerated ones.
            skip_history_messages: Leave out what a run had from history itself.
            skip_member_messages: Leave out members' runs; has no effect when ids are given.
        """
        chosen = team_id is not None or member_ids is not None
        top_only = skip_member_messages and not chosen
        default = top_only and skip_statuses is None
        if limit and last_n_runs is None and default and "system" in (skip_roles or ()):
            recent = self._recent_messages(limit, skip_roles, skip_history_messages)
            if recent is not None:
                return recent
        runs = self.runs_within(last_n_runs, context_only=default)
        if team_id:
            runs = [run for run in runs if past.field(run, "team_id") == team_id]
        if member_ids:
            runs = past.of_members(runs, member_ids)
        if top_only:
            runs = past.by_themselves(runs)
        runs = past.newest(past.with_statuses(runs, skip_statuses), last_n_runs)
        return past.select(runs, limit=limit, skip_roles=skip_roles, skip_history_messages=skip_history_messages)

    def get_chat_history(self, last_n_runs: int | None = None) -> list[Message]:
        """What the user and the team's leader said, whatever became of the runs."""
        return self.get_messages(skip_roles=["system", "tool"], skip_statuses=[], last_n_runs=last_n_runs)

    def get_team_history(self, team_id: str | None = None, num_runs: int | None = None) -> list[tuple[str, str]]:
        """Input and answer of completed runs, oldest first.

        Args:
            team_id: Of this team at any depth; by default of top-level runs.
            num_runs: Only so many, the newest.
        """
        found: list[Any] = []
        for runs in self._history_sources(team_id):
            found = [run for run in runs if past.field(run, "status") == "COMPLETED" and _belongs(run, team_id)]
            if num_runs is not None and len(found) >= num_runs:
                break
        return [
            (past.told(run.input), past.told(run.content)) for run in map(restore_run, past.newest(found, num_runs))
        ]

    def _history_sources(self, team_id: str | None) -> Any:
        window = self._runs.recent(self._runs.span) if team_id is None else None
        if window is not None:
            yield window
        yield self._runs.all() or []

    def get_team_history_context(self, team_id: str | None = None, num_runs: int | None = None) -> str | None:
        """`get_team_history` as a tagged block for a prompt; None when there is no history."""
        return past.exchange(
            self.get_team_history(team_id=team_id, num_runs=num_runs),
            tag="team_history_context",
            heading="[run-{}]",
            asked="input",
            answered="response",
        )


def _belongs(run: Any, team_id: str | None) -> bool:
    if team_id is not None:
        return bool(past.field(run, "team_id") == team_id)
    return past.field(run, "parent_run_id") is None


_fields: dict[type, tuple[str, ...]] = {}


def _names(cls: Any) -> tuple[str, ...]:
    """Field names of a session class, looked up once."""
    names = _fields.get(cls)
    if names is None:
        names = _fields[cls] = tuple(item.name for item in fields(cls))
    return names


def _all_runs(self: RunKeeper) -> list[Any] | None:
    return self._runs.all()


def _set_runs(self: RunKeeper, items: list[Any] | None) -> None:
    # Always a keeper of its own: a shallow copy of a session must not change the runs of the first.
    self.keep_runs(items)


def runs_on_demand(cls: type) -> None:
    """Let a session class answer `runs` from its keeper; after `@dataclass`, which reads the field."""
    cls.runs = property(_all_runs, _set_runs, doc="All runs, oldest first.")  # type: ignore[attr-defined]


runs_on_demand(AgentSession)
runs_on_demand(TeamSession)
