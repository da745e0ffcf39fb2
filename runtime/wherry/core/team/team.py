"""`Team`: a leader that hands tasks to members. Mirrors `agno.team.Team`.

A team's run is an agent's run whose tools include delegation; a member's run is the same generator one level
down. Who is who is in `members`, the prompt in `team_prompt`, the delegation in `delegation`, the task loop in
`task_loop`.
"""

from __future__ import annotations

from copy import deepcopy
from enum import Enum
from time import time
from typing import TYPE_CHECKING, Any, ClassVar, Self

from wherry.core.agent.agent_surface import AgentSurface
from wherry.core.agent.endings import say_what_waits
from wherry.core.agent.lifecycle import agent_talk
from wherry.core.agent.option_kinds import WrongKind
from wherry.core.agent.runner_options import TeamOptions
from wherry.core.agent.saving import leave_members, snapshot
from wherry.core.agent.ways import Ways
from wherry.core.errors import ConfigurationError
from wherry.core.events import events_team
from wherry.core.events.event_registry import RunOutputEvent, TeamRunOutputEvent
from wherry.core.events.outputs import TeamRunOutput
from wherry.core.refused import refuse_foreign
from wherry.core.team.team_messages import TeamMessages

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from types import ModuleType

    from wherry.core.run import Event, Run


class TeamMode(str, Enum):
    """How a team works; mirrors `agno.team.mode.TeamMode`."""

    coordinate = "coordinate"
    route = "route"
    broadcast = "broadcast"
    tasks = "tasks"


_PIECES = ("TeamRunContent", "TeamRunIntermediateContent")
_TOLD = ("reasoning_content", "redacted_reasoning_content", "citations", "response_audio", "image")


def nothing_new(event: Event) -> bool:
    """Whether a piece of a leader's answer holds the provider's own data only; Agno's teams do not show such pieces."""
    return event.content is None and not any(getattr(event, name, None) for name in _TOLD)


async def led_talk(run: Run) -> AsyncIterator[Event]:
    """The leader's answer; when something has to wait for a person, what the team says to them."""
    async for event in agent_talk(run):
        if not (event.event in _PIECES and nothing_new(event)):
            yield event
    # A routed member's schema is what the answer is parsed by.
    run.context.output_schema = run.context.output_schema or run.extra.get("routed_schema")
    say_what_waits(run)


class Team(TeamMessages, TeamOptions, Ways[TeamRunOutput, TeamRunOutputEvent | RunOutputEvent], AgentSurface):  # type: ignore[misc]  # its messages take members, too
    """A leader that hands tasks to members and answers the user.

    All parameters are keywords; `TeamOptions` and `RunnerOptions` describe them. The mode is the given one, else
    what the flags say: `respond_directly` routes, `delegate_to_all_members` broadcasts, otherwise the leader
    coordinates.

    Raises:
        NotMigratedError: A parameter that is not migrated was given.
        TypeError: A parameter that neither Agno nor Wherry has.
        ConfigurationError: (a ValueError) There is no such mode.
    """

    _symbol: ClassVar[str] = "agno.team.Team"
    _family: ClassVar[ModuleType] = events_team
    _kind: ClassVar[str] = "team"
    _attributes: ClassVar[frozenset[str]] = frozenset({"team_id", "workflow_id", "parent_team_id"})
    team_id: str | None = None
    workflow_id: str | None = None
    parent_team_id: str | None = None

    def __init__(self, members: Any = (), **given: Any) -> None:
        members = [] if members is None else members
        if not isinstance(members, (list, tuple)) and not callable(members):
            hint = "Put agents and teams into a list, or give a callable that returns one."
            raise WrongKind(f"members must be a list or a callable, not {members!r}.", hint=hint)
        for member in () if callable(members) else members:
            refuse_foreign(member, "a member of a team")
        super().__init__(members=members, **given)
        self.settle_mode()

    @classmethod
    def from_dict(  # type: ignore[override]  # the order of parameters is Agno's
        cls,
        data: dict[str, Any],
        db: Any = None,
        registry: Any = None,
        links: Any = None,
        strict: bool = False,
    ) -> Self:
        """What `to_dict` described, made again with its members; mirrors `agno.team.Team.from_dict`.

        Args:
            data: What `to_dict` returned, here or in Agno; it names members that are looked up by their ids.
            db: Where members are kept as components; what it does not have comes from the registry.
            registry: A `Registry`, or an object with some of its lists, for what the dictionary only names.
            links: The links of a stored version: which versions of the members it was saved with.
            strict: Refuse what is not there; otherwise it is left out with a warning.

        Raises:
            ComponentRehydrationError: (a ValueError) Something is not there and `strict`.
        """
        from wherry.core.agent.restoring import Source, values
        from wherry.core.team.stored_team import members_of

        label = f"{cls.__name__} {data.get('id') or data.get('name') or '<unknown>'!r}"
        source = Source(registry, strict=strict, label=label)
        members = members_of(cls, data, db, links, source)
        return cls(**{**values(data, source), "members": members})

    @classmethod
    def from_stored(cls, config: dict[str, Any], db: Any, links: Any, registry: Any, *, strict: bool) -> Self:
        """With the members that the links name."""
        return cls.from_dict(config, db, registry, links, strict)

    def save_parts(self, db: Any, how: dict[str, Any]) -> list[dict[str, Any]]:
        """Save the members first."""
        from wherry.core.team.stored_team import save_members

        return save_members(self.members, db, how)

    def settle_mode(self) -> None:
        """Make mode and flags agree.

        Raises:
            ConfigurationError: (a ValueError) There is no such mode.
        """
        if self.mode is not None and self.mode not in tuple(TeamMode):
            known = ", ".join(repr(mode.value) for mode in TeamMode)
            told = f"mode={self.mode!r} is not a way for a team to work."
            raise ConfigurationError(told, hint=f"Give one of {known}.")
        if isinstance(self.mode, str):
            self.mode = TeamMode(self.mode)
        if self.mode is None:
            if self.respond_directly:
                self.mode = TeamMode.route
            elif self.delegate_to_all_members:
                self.mode = TeamMode.broadcast
            else:
                self.mode = TeamMode.coordinate
            return
        self.respond_directly = self.mode is TeamMode.route
        self.delegate_to_all_members = self.mode is TeamMode.broadcast

    def new_output(self, run_id: str, session_id: str, user_id: str | None, run_input: Any) -> TeamRunOutput:
        """An empty output of a team's run."""
        return TeamRunOutput(
            run_id=run_id,
            session_id=session_id,
            team_id=self.id,
            user_id=user_id,
            team_name=self.name,
            input=run_input,
        )

    def ids_of(self, output: Any) -> dict[str, Any]:
        """The fields by which a team's events name their owner and run."""
        return {
            "team_id": output.team_id,
            "team_name": output.team_name,
            "run_id": output.run_id,
            "session_id": output.session_id,
        }

    def new_session(self, session_id: str, user_id: str | None) -> Any:
        """An empty session of this team."""
        from wherry.core.sessions.session import TeamSession

        data: dict[str, Any] = {}
        if self.session_state is not None:
            data["session_state"] = deepcopy(self.session_state)
        session = TeamSession(
            session_id=session_id,
            team_id=self.id,
            user_id=user_id,
            team_data=self.identity("team_id"),
            session_data=data,
            metadata=deepcopy(self.metadata),
            created_at=int(time()),
        )
        if self.introduction is not None:
            session.upsert_run(self.introduction_run(session))
        return session

    def introduction_run(self, session: Any) -> TeamRunOutput:
        """The run by which a team introduces itself in a new session."""
        from wherry.core.ids import new_id
        from wherry.core.messages import Message

        return TeamRunOutput(
            run_id=new_id(),
            session_id=session.session_id,
            team_id=self.id,
            team_name=self.name,
            user_id=session.user_id,
            content=self.introduction,
            messages=[Message(role=self.model.assistant_message_role, content=self.introduction)],
        )

    def kept_in_fork(self, output: Any) -> Any:
        """A run as a fork of its session stores it: members' outputs only where this team stores them."""
        stored = snapshot(output)
        leave_members(self, stored)
        return stored

    async def stored_form(self, run: Run, stored: Any) -> Any:
        """With envelopes in place of long messages of members, where the team keeps long results apart."""
        if self._result_store is not None and stored.member_responses:
            from wherry.core.team.member_results import stored_form

            stored.member_responses = [await stored_form(run, member) for member in stored.member_responses]
        return stored

    def history_scope(self) -> dict[str, Any]:
        """A nested team reads its own runs only."""
        return {"team_id": self.id} if self.parent_team_id is not None else {}

    def history_runs_needed(self, run: Run) -> int | None:
        """Member history and shared team history need the whole session."""
        if self.add_team_history_to_members:
            return None
        if any(getattr(member, "add_history_to_context", False) for member in run.extra.get("members", ())):
            return None
        return super().history_runs_needed(run)

    async def prepare(self, run: Run) -> None:
        """Settle the members and tools of a run."""
        from wherry.core.agent.own_tools import settle_tools
        from wherry.core.team.delegation import delegation_tools
        from wherry.core.team.members import settle_members

        run.show_member_events = run.owner.stream_member_events
        await settle_members(run)
        await settle_tools(run, delegation_tools(run))

    def talk(self, run: Run) -> AsyncIterator[Event]:
        """Let the leader answer, or work through the task list; a run that goes on is one answer, as in Agno."""
        if self.mode is TeamMode.tasks and "continue" not in run.extra:
            from wherry.core.team.task_loop import task_talk

            return task_talk(run)
        return led_talk(run)

    def continue_members(self, run: Run) -> AsyncIterator[Event]:
        """Hand the answers of people down to the members that wait for them."""
        from wherry.core.team.member_continue import continue_members

        return continue_members(run)

    async def gather(self, run: Run) -> None:
        """Settle the members."""
        from wherry.core.team.members import settle_members

        await settle_members(run)

    async def write_system_message(self, run: Run) -> Any:
        """The leader's system message."""
        from wherry.core.team.team_prompt import team_system_message

        return await team_system_message(run)

    def get_member_information(self, run_context: Any = None) -> str:
        """The members as the leader reads about them; those that a callable chose, once a run's context is given."""
        return self.get_members_system_message_content(run_context=run_context)

    def get_members_system_message_content(
        self, indent: int = 0, run_context: Any = None, async_mode: bool = False
    ) -> str:
        """`get_member_information` with so many blanks before each line.

        Args:
            indent: How many.
            run_context: Of the run whose members are meant.
            async_mode: As in `arun`, where the asynchronous tools of toolkits are there too.
        """
        from wherry.core.team.members import described

        known = getattr(run_context, "members", None)
        members = known if known is not None else [] if callable(self.members) else list(self.members)
        text = described(members, with_tools=self.add_member_tools_to_context, asynchronous=async_mode)
        return "".join(" " * indent + line for line in text.splitlines(keepends=True))

    def initialize_team(self, debug_mode: bool | None = None) -> None:
        """Settle id, model and members now instead of at the first run."""
        from wherry.core.team.members import adopt

        self.make_ready()
        if not callable(self.members):
            for member in self.members:
                adopt(self, member)
