"""Sessions of workflows: one run holds the runs of its steps' agents and teams.

Mirrors `agno.session.workflow`. Sessions of agents and teams are in `session`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from time import time
from typing import TYPE_CHECKING, Any, ClassVar

from wherry.core.errors import ConfigurationError
from wherry.core.log import log_warning
from wherry.core.sessions import session_history as past
from wherry.core.sessions.session import RunKeeper, runs_on_demand
from wherry.core.sessions.session_runs import Runs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from wherry.core.messages import Message


def run_type(run: Any) -> str:
    """``agent``, ``team`` or ``workflow``, of a run object or a stored run."""
    kind = _kinds.get(type(run).__name__)
    if kind is not None:
        return kind
    if past.field(run, "agent_id") or past.field(run, "agent_name"):
        return "agent"
    if past.field(run, "team_id") or past.field(run, "team_name"):
        return "team"
    return "workflow"


_kinds = {"RunOutput": "agent", "TeamRunOutput": "team", "WorkflowRunOutput": "workflow"}


def restore_workflow_run(stored: Any) -> Any:
    """A workflow's run from a stored dictionary; None for the run of a step's agent or team."""
    if not isinstance(stored, dict):
        return stored
    if run_type(stored) != "workflow":
        return None
    from wherry.core.events.outputs_workflow import WorkflowRunOutput

    return WorkflowRunOutput.from_dict(stored)


@dataclass
class WorkflowChatInteraction:
    """Input and output of one workflow run."""

    input: Any
    output: Any


@dataclass
class WorkflowSession(RunKeeper):
    """A session of a workflow; mirrors `agno.session.WorkflowSession`.

    Attributes:
        session_id: Identity.
        workflow_data: Id, name and steps of the workflow.
        session_data: ``session_state``, ``session_metrics``, ``session_name``.
        runs: All runs, oldest first; read from the database when first asked for.
        created_at: Unix seconds.
        updated_at: Unix seconds.
    """

    _restore: ClassVar[Any] = staticmethod(restore_workflow_run)

    session_id: str
    user_id: str | None = None
    workflow_id: str | None = None
    workflow_name: str | None = None
    runs: list[Any] | None = field(default=None, repr=False)
    session_data: dict[str, Any] | None = None
    workflow_data: dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None
    created_at: int | None = None
    updated_at: int | None = None

    def __post_init__(self) -> None:
        if self.runs is None:
            self.runs = []
        self.session_data = {} if self.session_data is None else self.session_data
        self.workflow_data = {} if self.workflow_data is None else self.workflow_data
        self.metadata = {} if self.metadata is None else self.metadata
        if self.created_at is None or self.updated_at is None:
            now = int(time())
            self.created_at = now if self.created_at is None else self.created_at
            self.updated_at = now if self.updated_at is None else self.updated_at

    def __getstate__(self) -> dict[str, Any]:
        """What a copy or a pickle has of it: all fields, and nothing of how one of them would be worked out."""
        state = {**self.__dict__, "workflow_data": self.workflow_data}
        state.pop("_outline", None)
        return state

    def to_dict(self, include_runs: bool = True) -> dict[str, Any]:
        """All fields as a dictionary; runs last, or left out."""
        told: dict[str, Any] = {
            "session_id": self.session_id,
            "user_id": self.user_id,
            "workflow_id": self.workflow_id,
            "workflow_name": self.workflow_name,
            "session_data": self.session_data,
            "workflow_data": self.workflow_data,
            "metadata": self.metadata,
            "created_at": self.created_at,
            "updated_at": self.updated_at,
        }
        if include_runs:
            runs = [run if isinstance(run, dict) else run.to_dict() for run in self.runs or ()]
            told["runs"] = runs or None
        return told

    @classmethod
    def from_dict(cls, data: Mapping[str, Any] | None) -> WorkflowSession | None:
        """From a stored dictionary; None (and a warning) when it has no session id."""
        if data is None or data.get("session_id") is None:
            log_warning("WorkflowSession is missing session_id")
            return None
        stored = data.get("runs")
        runs = [run for run in map(restore_workflow_run, stored) if run is not None] if stored is not None else None
        return cls(
            session_id=data["session_id"],
            user_id=data.get("user_id"),
            workflow_id=data.get("workflow_id"),
            workflow_name=data.get("workflow_name"),
            runs=runs,
            session_data=data.get("session_data"),
            workflow_data=data.get("workflow_data"),
            metadata=data.get("metadata"),
            created_at=data.get("created_at"),
            updated_at=data.get("updated_at"),
        )

    def get_run(self, run_id: str) -> Any:
        """The run with an id, or None."""
        return self._runs.find(run_id)

    def upsert_run(self, run: Any) -> None:
        """Add a run, or replace the one with its id."""
        self._runs.put(run)

    def get_workflow_history(self, num_runs: int | None = None) -> list[tuple[str, str]]:
        """Input and result of completed runs, oldest first.

        Args:
            num_runs: Only so many, the newest.
        """
        runs = self.runs_within(num_runs, context_only=True)
        done = [run for run in runs if past.field(run, "status") == "COMPLETED"]
        return [
            (_said(past.field(run, "input")), _said(past.field(run, "content"))) for run in past.newest(done, num_runs)
        ]

    def get_workflow_history_context(self, num_runs: int | None = None) -> str | None:
        """`get_workflow_history` as a tagged block for a prompt; None when there is no history."""
        return past.exchange(
            self.get_workflow_history(num_runs),
            tag="workflow_history_context",
            heading="[Workflow Run-{}]",
            asked="User input",
            answered="Workflow output",
        )

    def get_messages_from_agent_runs(
        self,
        runs: Sequence[Any],
        last_n_runs: int | None = None,
        limit: int | None = None,
        skip_roles: Sequence[str] | None = None,
        skip_statuses: Sequence[Any] | None = None,
        skip_history_messages: bool = True,
    ) -> list[Message]:
        """Messages of the given agent runs, oldest first; the parameters are those of `get_messages`."""
        chosen = past.newest(past.with_statuses(runs, skip_statuses or ()), last_n_runs)
        return past.select(chosen, limit=limit, skip_roles=skip_roles, skip_history_messages=skip_history_messages)

    def get_messages_from_team_runs(
        self,
        team_id: str,
        runs: Sequence[Any],
        last_n_runs: int | None = None,
        limit: int | None = None,
        skip_roles: Sequence[str] | None = None,
        skip_statuses: Sequence[Any] | None = None,
        skip_history_messages: bool = True,
        skip_member_messages: bool = True,
    ) -> list[Message]:
        """Messages of the given team runs, oldest first; the parameters are those of `get_messages`."""
        if skip_member_messages:
            runs = [run for run in runs if past.field(run, "team_id") == team_id]
        return self.get_messages_from_agent_runs(
            runs, last_n_runs, limit, skip_roles, skip_statuses, skip_history_messages
        )

    def get_messages(
        self,
        agent_id: str | None = None,
        team_id: str | None = None,
        last_n_runs: int | None = None,
        limit: int | None = None,
        skip_roles: Sequence[str] | None = None,
        skip_statuses: Sequence[Any] | None = None,
        skip_history_messages: bool = True,
        skip_member_messages: bool = True,
    ) -> list[Message]:
        """Messages of one agent's or one team's runs inside the workflow's runs, oldest first.

        Args:
            agent_id: The agent; exactly one of the two ids must be given.
            team_id: The team.
            last_n_runs: Only so many of its runs, the newest.
            limit: Only so many messages, the newest.
            skip_roles: Roles to leave out.
            skip_statuses: Statuses of runs to leave out; none by default.
            skip_history_messages: Leave out what a run had from history itself.
            skip_member_messages: Leave out runs of the team's members.

        Raises:
            ConfigurationError: Both ids are given, or neither although there are runs.
        """
        if agent_id and team_id:
            raise ConfigurationError(
                f"agent_id {agent_id!r} and team_id {team_id!r} cannot be used together.", hint="Pass one of them."
            )
        if not self.runs:
            return []
        if not agent_id and not team_id:
            raise ConfigurationError("agent_id or team_id must be provided.", hint="Pass the id of a step's executor.")
        wanted, key = (agent_id, "agent_id") if agent_id else (team_id, "team_id")
        inner = [step for run in self.runs for step in past.field(run, "step_executor_runs") or ()]
        found = [run for run in inner if run_type(run) == key.removesuffix("_id") and past.field(run, key) == wanted]
        if team_id and skip_member_messages:
            found = [run for run in found if past.field(run, "team_id") == team_id]
        return self.get_messages_from_agent_runs(
            found, last_n_runs, limit, skip_roles, skip_statuses, skip_history_messages
        )

    def get_chat_history(self, last_n_runs: int | None = None) -> list[WorkflowChatInteraction]:
        """Input and output of the runs that have both.

        Args:
            last_n_runs: Only so many, the newest.
        """
        return [
            WorkflowChatInteraction(input=run.input, output=run.content)
            for run in past.newest(self.runs or [], last_n_runs)
            if run.input and run.content
        ]


def _said(value: Any) -> str:
    if not value:
        return ""
    return value if isinstance(value, str) else str(value)


class _Outlined:
    """`workflow_data` of a session by `passing`, which is worked out when it is asked for first."""

    def __get__(self, session: Any, owner: type) -> Any:
        if session is None:
            return None  # the field's default, as on every dataclass
        outline = session.__dict__.get("_outline")
        session.workflow_data = found = {} if outline is None else outline()
        return found


runs_on_demand(WorkflowSession)
WorkflowSession.workflow_data = _Outlined()  # type: ignore[assignment] # after `@dataclass`, which reads the field
_new = WorkflowSession.__new__


def passing(
    session_id: str,
    user_id: str | None,
    workflow_id: str | None,
    data: dict[str, Any],
    metadata: dict[str, Any],
    outline: Callable[[], dict[str, Any]],
) -> WorkflowSession:
    """A new session that is kept nowhere: seldom does anybody look at more of it than its state.

    Args:
        session_id: Identity.
        user_id: Whose it is.
        workflow_id: Of which workflow.
        data: Its `session_data`.
        metadata: Its metadata.
        outline: Gives its `workflow_data`, when that is asked for.
    """
    session = _new(WorkflowSession)  # its `__init__` would be called by way of C, which takes longer than all this
    session.session_id, session.user_id = session_id, user_id
    session.workflow_id, session.workflow_name = workflow_id, None
    session._runs = Runs(restore_workflow_run, [])  # noqa: SLF001 - made here
    session.session_data, session.metadata = data, metadata
    session._outline = outline  # type: ignore[attr-defined] # noqa: SLF001
    session.created_at = session.updated_at = int(time())
    return session
