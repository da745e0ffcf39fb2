"""`Workflow`: steps that run one after the other, side by side, again and again, or by choice.

Mirrors `agno.workflow.Workflow`. What a run does is in `workflow_life`; steps are in `step` and `step_groups`.
"""

from __future__ import annotations

from copy import deepcopy
from time import time
from typing import TYPE_CHECKING, Any, ClassVar, cast

from wherry.core.agent.run_arguments import by_place
from wherry.core.asking.input_schema import checked_input
from wherry.core.debugging import debug_level
from wherry.core.events.outputs import RunContext
from wherry.core.events.outputs_workflow import WorkflowRunOutput
from wherry.core.events.step_io import WorkflowExecutionInput
from wherry.core.ids import new_id
from wherry.core.names import id_from_name
from wherry.core.options import KeywordOptions
from wherry.core.run import Event, wanted
from wherry.core.sessions.session_cache import SessionCache
from wherry.core.sessions.session_surface import SessionSurface
from wherry.core.sessions.session_workflow import WorkflowSession, passing
from wherry.core.tools.component_tool import Publishable
from wherry.core.waits import BLOCKING, LOOPING, Waits, finish
from wherry.core.workflow.step_groups import as_steps
from wherry.core.workflow.stored_workflow import StoredWorkflow
from wherry.core.workflow.ways import PLACES, Ways
from wherry.core.workflow.workflow_life import lifecycle
from wherry.core.workflow.workflow_run import WorkflowRun
from wherry.core.workflow.workflow_surface import WorkflowSurface

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

# What `print_response` takes by place after its first argument.
_MEDIA = ("audio", "images", "videos", "files")
_TURN = ("stream", "markdown", "show_time", "show_step_details")
_CHAT = ("session_id", "user_id", "user", "emoji", *_TURN, "exit_on")
_PRINTED = ("additional_data", "user_id", "session_id", *_MEDIA, "stream", "markdown", "show_time", "show_step_details")
_OWN = frozenset(
    {
        *PLACES,
        "additional_data",
        "background_tasks",
        "dependencies",
        "metadata",
        "add_dependencies_to_context",
        "add_session_state_to_context",
        "yield_run_output",
        "debug_mode",
        "run_context",
    }
)


_WITHOUT_MEDIA = _OWN - {*_MEDIA}


class Workflow(Ways, WorkflowSurface, KeywordOptions, SessionCache, SessionSurface, Publishable, StoredWorkflow):
    """Steps that hand their outputs on.

    Attributes:
        steps: A list of steps, agents, teams, functions or workflows; a `Steps`; or one function of
            (workflow, execution_input).
        agent: A `WorkflowAgent` that decides whether the steps have to run.
        db: Where sessions and runs live.
        media_storage: Where media of stored runs are kept; without it they stand in the database.
        input_schema: What the input must look like.
        stream_executor_events: Let the events of agents and teams through.
        store_executor_outputs: Keep the outputs of agents and teams in the run.
        add_workflow_history_to_steps: Put earlier runs before the messages of agents and teams.
        resumable: Store the run after each step, so that it can go on in another process (default True with a db).
            Wherry only.
        strict: A step that raises ends the run unless it has `skip_on_failure` (a workflow inside says so for itself);
            without it Agno's default holds, which skips the step. Wherry only.
        finish_groups: Run the rest of a group after a tool inside it waited for a person; without it the group ends
            there, as in Agno. Wherry only.
        tell_inner: Tell workflows inside what this one was given: additional data, dependencies, metadata, history,
            and what people answered; without it they get their input and the state, as in Agno. Wherry only.
        wait_for_inner: Wait when a workflow inside waits for a person, and hand it the answer; without it the run goes
            on unanswered, with a warning, as in Agno. Wherry only.
        cancelled_runs_complete: Emit WorkflowCompleted after WorkflowCancelled, as Agno does. Wherry only.

    Raises:
        NotMigratedError: A parameter that is not migrated was given.
        TypeError: A parameter that neither Agno nor Wherry has.
    """

    _symbol: ClassVar[str] = "agno.workflow.Workflow"
    _kind: ClassVar[str] = "workflow"
    system_message_role = "system"
    user_message_role = "user"
    model = None
    memory_manager = None

    id: str | None = None
    name: str | None = None
    description: str | None = None
    db: Any = None
    steps: Any = None
    agent: Any = None
    session_id: str | None = None
    session_state: dict[str, Any] | None = None
    overwrite_db_session_state: bool = False
    user_id: str | None = None
    debug_level: int = 1
    debug_mode: bool | None = False
    stream: bool | None = None
    stream_events: bool = False
    stream_executor_events: bool = True
    store_events: bool = False
    store_media: bool = True
    media_storage: Any = None
    events_to_skip: list[Any] | None = None
    store_executor_outputs: bool = True
    input_schema: Any = None
    metadata: dict[str, Any] | None = None
    dependencies: dict[str, Any] | None = None
    add_dependencies_to_context: bool | None = None
    add_session_state_to_context: bool | None = None
    cache_session: bool = False
    telemetry: bool = True
    add_workflow_history_to_steps: bool = False
    num_history_runs: int = 3
    resumable: bool = True
    strict: bool = False
    finish_groups: bool = False
    tell_inner: bool = False
    wait_for_inner: bool = False
    cancelled_runs_complete: bool = True

    def set_id(self) -> None:
        """Settle the id now instead of at the first run."""
        if self.id is None:
            self.id = id_from_name(self.name)

    def initialize_workflow(self) -> None:
        """Settle the id and check the steps now instead of at the first run."""
        self.set_id()

    def session_type(self) -> Any:
        """The kind of session a workflow keeps."""
        from wherry.stores.rows import SessionType

        return SessionType.WORKFLOW

    def history_runs_needed(self) -> int:
        """How many of the session's newest runs the steps and the agent are shown."""
        counts = [self.num_history_runs] if self.add_workflow_history_to_steps else [0]
        if self.agent is not None:
            counts.append(self.agent.num_history_runs or 5)
        steps = self.steps if isinstance(self.steps, list) else []
        counts += [step.num_history_runs or 3 for step in steps if getattr(step, "add_workflow_history", None)]
        return int(max(counts))

    def new_session(self, session_id: str, user_id: str | None) -> Any:
        """An empty session of this workflow."""
        data: dict[str, Any] = {}
        if self.session_state is not None:
            data["session_state"] = deepcopy(self.session_state)
        metadata, now = deepcopy(self.metadata) if self.metadata else {}, int(time())
        # By place, as the run below: names would be gathered in a dictionary first, which takes as long as the rest.
        return WorkflowSession(session_id, user_id, self.id, None, [], data, self.outline(), metadata, now, now)

    def passing_session(self, session_id: str, user_id: str | None) -> Any:
        """`new_session` for a run that is kept nowhere."""
        data: dict[str, Any] = {} if self.session_state is None else {"session_state": deepcopy(self.session_state)}
        metadata = deepcopy(self.metadata) if self.metadata else {}
        return passing(session_id, user_id, self.id, data, metadata, self.outline)

    def outline(self) -> dict[str, Any]:
        """How a session records the workflow: its id, name and steps."""
        data: dict[str, Any] = {"workflow_id": self.id, "name": self.name}
        steps = self.steps.steps if hasattr(self.steps, "step_type") else self.steps
        if callable(steps):
            custom = {"name": "Custom Function", "description": "User-defined callable workflow", "type": "Callable"}
            data["steps"] = [custom]
        elif steps:
            data["steps"] = [
                # `value` of an enumeration is looked up by Python code
                {"name": step.name, "description": step.description, "type": step.step_type._value_}
                for step in as_steps(steps)
            ]
        return data

    def make_run(self, content: Any, waits: Waits, given: dict[str, Any]) -> WorkflowRun:
        """Turn the arguments of `run` into a run that is ready to start."""
        if self.id is None:
            self.set_id()
        if self.input_schema is not None:
            content = checked_input(content, self.input_schema)
        session_id = given.get("session_id") or self.session_id
        if session_id is None:
            session_id = self.session_id = new_id()
        user_id = given.get("user_id") or self.user_id
        stream = bool(self.stream if given.get("stream") is None else given["stream"])
        lifecycle_events = stream and bool(given.get("stream_events") or self.stream_events)  # no False takes it back
        output = WorkflowRunOutput(
            content, None, "str", self.id, self.name, given.get("run_id") or new_id(), session_id, user_id
        )  # by place, as the run below: names would be gathered in a dictionary first
        output.metadata = self.run_metadata(given)
        context = self.context_for(output, given)
        debug = debug_level(self, given.get("debug_mode"))
        heard, ends = wanted()
        run = WorkflowRun(
            self,
            waits,
            output,
            context,
            stream,
            lifecycle_events,
            self.stream_executor_events,
            lifecycle_events or heard or "StepCompletedEvent" in ends or bool(debug),  # watched
            "WorkflowCompletedEvent" in ends,
            self.execution_input(content, given),
            None,  # the session is read when the run begins
            self.run_options(given),
            [],  # results, named, media: by place, too, or a function would be called for each
            {},
            {},
        )
        if self.events_to_skip:
            run.skip_events = frozenset(getattr(event, "value", event) for event in self.events_to_skip)
        if debug:
            run.extra["debug"] = debug
        return run

    def run_metadata(self, given: dict[str, Any]) -> dict[str, Any]:
        """The workflow's metadata with the run's over it."""
        own, asked = deepcopy(self.metadata) if self.metadata else {}, given.get("metadata")
        return {**own, **asked} if asked else own

    def run_options(self, given: dict[str, Any]) -> dict[str, Any]:
        """The settings that a run may override, and the keywords that only functions know."""
        dependencies, state = given.get("add_dependencies_to_context"), given.get("add_session_state_to_context")
        return {
            "background_tasks": given.get("background_tasks"),
            "add_dependencies_to_context": self.add_dependencies_to_context if dependencies is None else dependencies,
            "add_session_state_to_context": self.add_session_state_to_context if state is None else state,
            "extra_arguments": {}
            if _OWN.issuperset(given)
            else {name: given[name] for name in given if name not in _OWN},
        }

    def context_for(self, output: WorkflowRunOutput, given: dict[str, Any]) -> RunContext:
        """What steps and executors of the run may ask for."""
        dependencies = given.get("dependencies")
        if self.dependencies is not None or dependencies is not None:
            dependencies = {**(self.dependencies or {}), **(dependencies or {})}
        place = (output.run_id or "", output.session_id or "", output.user_id, self.id, self.name)
        return RunContext(*place, dependencies, None, output.metadata, given.get("session_state"))

    @staticmethod
    def execution_input(content: Any, given: dict[str, Any]) -> WorkflowExecutionInput:
        """What the steps start from."""
        if _WITHOUT_MEDIA.issuperset(given):
            return WorkflowExecutionInput(content, given.get("additional_data"))
        asked = given.get
        return WorkflowExecutionInput(
            content, asked("additional_data"), asked("images"), asked("videos"), asked("audio"), asked("files")
        )

    def events(self, run: WorkflowRun) -> AsyncGenerator[Event, None]:
        """Every event of a run, whoever sees it."""
        if self.agent is not None:
            from wherry.core.workflow.workflow_agent import agent_lifecycle

            return cast("AsyncGenerator[Event, None]", agent_lifecycle(run))
        return cast("AsyncGenerator[Event, None]", lifecycle(run))

    def print_response(self, input: Any = None, *placed: Any, **given: Any) -> None:
        """Run and draw the steps in the terminal; mirrors `agno.workflow.Workflow.print_response`."""
        from wherry.core.workflow.printing_workflow import draw_workflow

        by_place(_PRINTED, placed, given)
        finish(draw_workflow(self, input, given, BLOCKING))

    async def aprint_response(self, input: Any = None, *placed: Any, **given: Any) -> None:
        """`print_response` on the event loop."""
        from wherry.core.workflow.printing_workflow import draw_workflow

        by_place(_PRINTED, placed, given)
        await draw_workflow(self, input, given, LOOPING)

    def cli_app(self, input: str | None = None, *placed: Any, **given: Any) -> None:
        """Run the steps on each line typed in the terminal until `exit`; mirrors `agno.workflow.Workflow.cli_app`."""
        from wherry.core.agent.chat import chat

        by_place(_CHAT, placed, given)
        chat(self, input, given)

    async def acli_app(self, input: str | None = None, *placed: Any, **given: Any) -> None:
        """`cli_app` on the event loop."""
        from wherry.core.agent.chat import achat

        by_place(_CHAT, placed, given)
        await achat(self, input, given)

    @staticmethod
    def cancel_run(run_id: str) -> bool:
        """Ask a run to stop; True when this process knows it."""
        from wherry.core.cancel import cancel_run

        return cancel_run(run_id)

    @staticmethod
    async def acancel_run(run_id: str) -> bool:
        """`cancel_run` for async code."""
        from wherry.core.cancel import acancel_run

        return await acancel_run(run_id)

    def get_run(self, run_id: str, session_id: str | None = None) -> Any:
        """Output of a run, also of one in the background, or None; mirrors `agno.workflow.Workflow.get_run`."""
        return self.get_run_output(run_id, session_id)

    async def aget_run(self, run_id: str, session_id: str | None = None) -> Any:
        """`get_run` on the event loop."""
        return await self.aget_run_output(run_id, session_id)

    def deep_copy(self, *, update: dict[str, Any] | None = None) -> Workflow:
        """A copy with its own options."""
        from wherry.core.agent.copying import copied

        return copied(self, update or {})
