"""`Agent`: one model with instructions and tools. Mirrors `agno.agent.Agent`.

What a run does is in `lifecycle` and `loop`; this module says what is particular to agents.
"""

from __future__ import annotations

from copy import deepcopy
from time import time
from typing import TYPE_CHECKING, Any, ClassVar

from wherry.core.agent.agent_surface import AgentSurface
from wherry.core.agent.lifecycle import agent_talk
from wherry.core.agent.runner_options import AgentOptions
from wherry.core.agent.ways import Ways
from wherry.core.events import events_agent
from wherry.core.events.event_registry import RunOutputEvent
from wherry.core.events.outputs import RunInput, RunOutput
from wherry.core.refused import RefusedOption
from wherry.core.sessions.session import AgentSession
from wherry.core.waits import BLOCKING, LOOPING, finish

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from types import ModuleType

    from wherry.compaction.types import CompactionResult
    from wherry.core.run import Event, Run
    from wherry.fs.fs import FileSystem


class Agent(AgentOptions, Ways[RunOutput, RunOutputEvent], AgentSurface):
    """A model with instructions and tools, run by `run`, `arun` and their streamed forms.

    All parameters are keywords; `AgentOptions` and `RunnerOptions` describe them. Parameters that Agno has and
    Wherry has not are refused here, before any model call.

    Raises:
        NotMigratedError: A parameter that is not migrated was given.
        TypeError: A parameter that neither Agno nor Wherry has.
    """

    _symbol: ClassVar[str] = "agno.agent.Agent"
    _family: ClassVar[ModuleType] = events_agent
    _kind: ClassVar[str] = "agent"

    _filesystem: Any = None
    _filesystem_setting: Any = None  # what it was made of
    sandbox = RefusedOption()

    def make_ready(self) -> None:
        """Settle what is decided once, and what `compaction=` and `filesystem=` stand for."""
        first = not self._ready
        super().make_ready()
        if self.compaction is not None:
            from wherry.core.agent.compacting import settle_compaction

            settle_compaction(self, ready=True, tell=first)
        if self.filesystem or self._filesystem is not None:
            from wherry.core.agent.own_files import settle_files

            settle_files(self)

    @property
    def filesystem_instance(self) -> FileSystem | None:
        """The files of `filesystem=`, the first of several; None without. Asking may raise what a run would."""
        if self.filesystem:
            from wherry.core.agent.own_files import settle_files

            settle_files(self)
        return self._filesystem if self.filesystem else None

    @property
    def filesystems(self) -> list[tuple[FileSystem, bool]]:
        """All files that the agent has, by the option and by tools, each with whether it can only read them."""
        from wherry.core.agent.own_files import all_files

        return all_files(self)

    def history_runs_needed(self, run: Run) -> int | None:
        """How many of the session's newest runs this run must see: all, where they may be compacted."""
        needed = super().history_runs_needed(run)
        return needed if needed == 0 or self.compaction is None else None

    def new_output(self, run_id: str, session_id: str, user_id: str | None, run_input: RunInput) -> RunOutput:
        """An empty output of an agent's run."""
        return RunOutput(
            run_id=run_id,
            session_id=session_id,
            agent_id=self.id,
            user_id=user_id,
            agent_name=self.name,
            input=run_input,
        )

    def ids_of(self, output: Any) -> dict[str, Any]:
        """The fields by which an agent's events name their owner and run."""
        return {
            "agent_id": output.agent_id,
            "agent_name": output.agent_name,
            "run_id": output.run_id,
            "session_id": output.session_id,
        }

    def new_session(self, session_id: str, user_id: str | None) -> Any:
        """An empty session of this agent."""
        data: dict[str, Any] = {}
        if self.session_state is not None:
            data["session_state"] = deepcopy(self.session_state)
        session = AgentSession(
            session_id=session_id,
            agent_id=self.id,
            user_id=user_id,
            agent_data=self.identity("agent_id"),
            session_data=data,
            metadata=deepcopy(self.metadata),
            created_at=int(time()),
        )
        if self.introduction is not None:
            session.upsert_run(self.introduction_run(session))
        return session

    def introduction_run(self, session: Any) -> RunOutput:
        """The run by which an agent introduces itself in a new session."""
        from wherry.core.ids import new_id
        from wherry.core.messages import Message

        return RunOutput(
            run_id=new_id(),
            session_id=session.session_id,
            agent_id=self.id,
            agent_name=self.name,
            user_id=session.user_id,
            content=self.introduction,
            messages=[Message(role=self.model.assistant_message_role, content=self.introduction)],
        )

    def history_scope(self) -> dict[str, Any]:
        """A member of a team reads its own runs of the team's session only."""
        return {"agent_id": self.id} if self.team_id is not None else {}

    async def prepare(self, run: Run) -> None:
        """Settle the tools of a run."""
        from wherry.core.agent.own_tools import settle_tools

        await settle_tools(run)

    def talk(self, run: Run) -> AsyncIterator[Event]:
        """Let the model answer."""
        return agent_talk(run)

    def get_tools(self, run_response: Any, run_context: Any, session: Any, user_id: str | None = None) -> list[Any]:
        """What a run in this session would offer the model: functions, toolkits, built-ins."""
        from wherry.core.agent.upkeep import told_tools

        return finish(told_tools(self, BLOCKING, run_context, session, user_id))

    async def aget_tools(
        self,
        run_response: Any,
        run_context: Any,
        session: Any,
        user_id: str | None = None,
        check_mcp_tools: bool = True,
    ) -> list[Any]:
        """`get_tools` on the event loop."""
        from wherry.core.agent.upkeep import told_tools

        return await told_tools(self, LOOPING, run_context, session, user_id)

    def compact(self, session_id: str | None = None, user_id: str | None = None) -> CompactionResult:
        """Replace the older messages of a session by a summary now, whatever `compact_at_tokens` says.

        Args:
            session_id: Which session; the agent's own by default.
            user_id: Whose.

        Returns:
            What was done, or why nothing was: see `status` and `message`.
        """
        from wherry.core.agent.compact_now import compact_session

        return finish(compact_session(self, BLOCKING, session_id, user_id))

    async def acompact(self, session_id: str | None = None, user_id: str | None = None) -> CompactionResult:
        """`compact` on the event loop."""
        from wherry.core.agent.compact_now import compact_session

        return await compact_session(self, LOOPING, session_id, user_id)

    def save_run_response_to_file(
        self, run_response: Any, input: Any = None, session_id: str | None = None, user_id: str | None = None
    ) -> None:
        """Write an answer to the path that `save_response_to_file` names, if it names one."""
        from wherry.core.agent.saving import write_answer

        write_answer(self, run_response, input, session_id, user_id)
