"""The reference behind the contract: Agno's agents, teams and workflows as owners that `wherry.api` can run.

Imports Agno, so only the child process of `agno_child` imports this. Sessions are read through our store, which knows
Agno's rows; everything that a run does is Agno's own.
"""

from __future__ import annotations

import inspect
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from agno.agent import Agent
from agno.db.sqlite import SqliteDb
from agno.models.utils import get_model
from agno.run import agent as agent_runs
from agno.run import team as team_runs
from agno.run import workflow as workflow_runs
from agno.run.base import RunStatus
from agno.run.requirement import RunRequirement
from agno.team import Team
from agno.workflow import Step, Workflow
from agno.workflow.types import ErrorRequirement, StepRequirement

from wherry.api.problems import Problem
from wherry.api.service import KINDS, RuntimeService
from wherry.api.stored import ask
from wherry.manifests.errors import ManifestError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from wherry.manifests import AgentRuntime

_OUTPUTS: dict[str, Any] = {
    "agents": agent_runs.RunOutput,
    "teams": team_runs.TeamRunOutput,
    "workflows": workflow_runs.WorkflowRunOutput,
}
# The events that begin and end a run that is not streamed, of which Agno itself tells none.
_ENDS: dict[str, tuple[Any, Any, Any]] = {
    "agents": (agent_runs.RunStartedEvent, agent_runs.RunCompletedEvent, agent_runs.RunErrorEvent),
    "teams": (team_runs.RunStartedEvent, team_runs.RunCompletedEvent, team_runs.RunErrorEvent),
    "workflows": (
        workflow_runs.WorkflowStartedEvent,
        workflow_runs.WorkflowCompletedEvent,
        workflow_runs.WorkflowErrorEvent,
    ),
}
_KINDS: dict[Any, str] = {Agent: "agents", Team: "teams", Workflow: "workflows"}
# Names in manifests of what both runtimes have under the same path.
_OURS = "wherry."


class AgnoRun:
    """One run in progress, as `wherry.api` follows it."""

    def __init__(self, output: Any, call: Any, stream: bool) -> None:
        self.output, self.call, self.stream = output, call, stream
        self.session: Any = None

    def sees(self, event: Any) -> bool:
        """Whether a caller is shown an event: Agno leaves out what it does not show."""
        return True


class AgnoOwner:
    """An agent, team or workflow of Agno.

    Args:
        subject: Agno's own object.
        kind: agents, teams or workflows.
        sessions: Our store on the subject's database.
    """

    def __init__(self, subject: Any, kind: str, sessions: Any) -> None:
        subject.telemetry = False
        self.subject, self.kind, self.db = subject, kind, sessions
        self.id: str = subject.id or ""
        self.name, self.description, self.session_id = subject.name, subject.description, subject.session_id

    def set_id(self) -> None:
        """Let Agno make the id."""
        maker = getattr(self.subject, "set_id", None) or getattr(self.subject, "initialize_workflow", None)
        if not self.subject.id and maker is not None:
            maker()
        self.id = self.subject.id

    def cancel_run(self, run_id: str) -> bool:
        """Ask a run to stop."""
        return bool(self.subject.cancel_run(run_id))

    def make_run(self, given: Any, waits: Any, options: dict[str, Any]) -> AgnoRun:
        """A run that has not begun."""
        options = dict(options)
        stream = bool(options.pop("stream", False))
        options.pop("stream_events", None)
        session = options.pop("session_id")
        output = self._pending(str(uuid4()), session)
        if self.kind == "workflows":
            options.pop("add_history_to_context", None)
        words = {**options, "session_id": session, "run_id": output.run_id}
        return AgnoRun(output, lambda **how: self.subject.arun(given, **words, **how), stream)

    def continued(self, before: Any, given: dict[str, Any]) -> AgnoRun:
        """A run that goes on.

        Raises:
            Problem: 409 when it is a workflow's that does not wait, or waits for more than it is given.
        """
        if self.kind == "workflows":
            return self._workflow_continued(before, given)
        words: dict[str, Any] = {"run_id": before.run_id, "session_id": before.session_id, "input": given.get("input")}
        if given.get("requirements") is not None:
            words["requirements"] = [RunRequirement.from_dict(item) for item in given["requirements"]]
        kept = {name: value for name, value in words.items() if value is not None}
        output = self._pending(before.run_id, before.session_id)
        return AgnoRun(output, lambda **how: self.subject.acontinue_run(**kept, **how), bool(given.get("stream")))

    def _workflow_continued(self, before: Any, given: dict[str, Any]) -> AgnoRun:
        status = getattr(before.status, "value", before.status)
        if status != RunStatus.paused.value:
            raise Problem("conflict", f"Run {before.run_id!r} does not wait for anybody: it is {status}.")
        answers = given.get("requirements") or []
        errors = [ErrorRequirement.from_dict(item) for item in answers if "decision" in item]
        steps = [StepRequirement.from_dict(item) for item in answers if "decision" not in item]
        asked: list[Any] = [*errors, *steps[-1:]]
        waiting = [one.step_name for one in asked if not one.is_resolved]
        if waiting and not any(one.requires_executor_input for one in steps[-1:]):
            raise Problem("conflict", f"Run {before.run_id!r} waits for answers about {waiting} still.")

        async def call(**how: Any) -> Any:
            stored = await self.subject.aget_run_output(run_id=before.run_id, session_id=before.session_id)
            stored.error_requirements = errors or stored.error_requirements
            told = self.subject.acontinue_run(stored, step_requirements=steps or None, **how)
            return await told if inspect.isawaitable(told) else told

        return AgnoRun(self._pending(before.run_id, before.session_id), call, bool(given.get("stream")))

    def planned_steps(self) -> list[tuple[str, str | None]] | None:
        """Names of a workflow's own steps and who does each; None when they are one function."""
        steps = getattr(self.subject.steps, "steps", self.subject.steps)
        if callable(steps):
            return None
        return [(named(step, number), doer(step)) for number, step in enumerate(steps or (), 1)]

    def _pending(self, run_id: str, session_id: str) -> Any:
        named = {f"{self.kind[:-1]}_id": self.id}
        return _OUTPUTS[self.kind](run_id=run_id, session_id=session_id, status=RunStatus.pending, **named)

    async def events(self, run: AgnoRun) -> AsyncIterator[Any]:
        """What Agno tells about a run; the output is the run's in the end."""
        output = _OUTPUTS[self.kind]
        if not run.stream:
            begin, complete, fail = _ENDS[self.kind]
            ids = {name: getattr(run.output, name) for name in ("run_id", "session_id", f"{self.kind[:-1]}_id")}
            model = getattr(self.subject, "model", None)
            named = {"model": model.id, "model_provider": model.provider} if model is not None else {}
            yield begin(**ids, **named)
            run.output = await run.call(stream=False)
            ids["run_id"] = run.output.run_id
            if run.output.status == RunStatus.error:
                yield fail(**ids)
            elif run.output.status == RunStatus.completed:
                yield complete(content=run.output.content, **ids)
        else:
            more = {} if self.kind == "workflows" else {"yield_run_output": True}
            told = run.call(stream=True, stream_events=True, **more)
            async for event in await told if inspect.isawaitable(told) else told:
                if isinstance(event, output):
                    run.output = event
                else:
                    yield event
        stored = await ask(self.db, "get_session", session_id=run.output.session_id) if self.db is not None else None
        run.session = stored
        if run.stream and self.kind == "workflows" and self.db is not None:
            kept = await ask(self.db, "get_run", run_id=run.output.run_id)
            run.output = kept or run.output


def named(step: Any, number: int) -> str:
    """A step's name: its own, that of the agent, team or function that it is, or its number."""
    return getattr(step, "name", None) or getattr(step, "__name__", None) or f"step_{number}"


def doer(step: Any) -> str | None:
    """Id of the agent or team that does a step."""
    who = step if isinstance(step, Agent | Team) else getattr(step, "agent", None) or getattr(step, "team", None)
    if who is not None and not who.id:
        who.set_id()
    return who.id if who is not None else None


class AgnoService(RuntimeService):
    """What the child serves.

    Args:
        file: SQLite file of sessions that Agno writes.
        telemetry: Where events are kept.
    """

    def __init__(self, file: Path, telemetry: Any) -> None:
        from wherry.db.sqlite import SqliteDb as OurSqliteDb

        self.agnos = SqliteDb(db_file=str(file))
        super().__init__(db=OurSqliteDb(db_file=str(file)), telemetry=telemetry)

    def take(self, found: Any) -> None:
        """Serve an object of the user's own: an agent, a team, a workflow, or an AgentOS with several.

        Raises:
            ManifestError: It is none of them.
        """
        kind = next((name for cls, name in _KINDS.items() if isinstance(found, cls)), None)
        if kind is None:
            parts = [one for name in KINDS for one in getattr(found, name, None) or ()]
            if not parts:
                raise ManifestError("agno", f"{found!r} is no agent, team, workflow or AgentOS of Agno")
            for part in parts:
                self.take(part)
            return
        if found.db is None:
            found.db = self.agnos
        self.add(kind, AgnoOwner(found, kind, self.db if found.db is self.agnos else None))

    def build(self, manifest: AgentRuntime) -> AgnoOwner:
        """Agno's agent for a manifest.

        Raises:
            ManifestError: Agno has no such thing.
        """
        self.redactor.add_keys(manifest.memory_policy.redaction)
        if manifest.timeouts.run or manifest.timeouts.tool_call:
            raise ManifestError("timeouts", "are not something that Agno's agents have")
        if manifest.knowledge:
            raise ManifestError("knowledge", f"{manifest.knowledge!r} cannot be made for Agno here")
        memory, session = manifest.memory_policy, manifest.session_policy
        if manifest.memory and not memory.persist:
            raise ManifestError("memory", f"{manifest.memory!r} has nowhere to keep what users tell")
        kept = self._made("memory", manifest.memory) if manifest.memory else None
        try:
            model = get_model(manifest.model_ref)
        except (ImportError, ValueError) as error:
            raise ManifestError("model_ref", f"{manifest.model_ref!r} is refused by Agno: {error}") from error
        agent = Agent(
            id=manifest.id,
            name=manifest.name,
            model=model,
            instructions=list(manifest.instructions) or None,
            description=manifest.description,
            role=manifest.role,
            tools=[self._made("toolkit", name) for name in manifest.toolkits] or None,
            pre_hooks=[self._made("guardrail", name) for name in manifest.hooks] or None,
            memory_manager=kept,
            update_memory_on_run=kept is not None,
            markdown=manifest.markdown,
            db=self.agnos if memory.persist else None,
            add_history_to_context=memory.persist and memory.window_size > 0,
            num_history_runs=memory.window_size or None,
            session_id=session.session_id,
            overwrite_db_session_state=session.state == "overwrite",
            enable_agentic_state=session.agentic_state,
            cache_session=session.cache,
            metadata=dict(manifest.metadata) or None,
        )
        return AgnoOwner(agent, "agents", self.db if memory.persist else None)

    def _made(self, kind: str, identity: str) -> Any:
        provider = self.registry.find(kind, identity, kind)
        module, _, name = provider.factory.partition(":")
        theirs = f"agno.{module.removeprefix(_OURS)}" if module.startswith(_OURS) else module
        try:
            return getattr(import_module(theirs), name)(**provider.options)
        except (ImportError, AttributeError, TypeError) as error:
            raise ManifestError(kind, f"{identity!r} cannot be made for Agno: {error}") from error

    def compose(self, identity: str, steps: list[tuple[str, Any]]) -> AgnoOwner:
        """A workflow of Agno's for one request."""
        made: list[Any] = [Step(name=name, agent=owner.subject) for name, owner in steps]
        workflow = Workflow(id=identity, name=identity, steps=made, db=self.agnos)
        return AgnoOwner(workflow, "workflows", self.db)
