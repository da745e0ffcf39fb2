"""What agents and teams share: becoming ready, starting a run, showing it in four ways.

`make_run` turns arguments into a `Run`; `run` and `arun` show its events or its output. The kinds of owners differ
in the event family, the session class, `prepare` (tools) and `talk` (who answers).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, cast

from wherry.core.agent.lifecycle import lifecycle
from wherry.core.agent.option_kinds import USUAL, check_kind
from wherry.core.agent.prompt import system_message
from wherry.core.agent.run_arguments import extra_arguments
from wherry.core.agent.runner_options import RunnerOptions
from wherry.core.agent.settling import SETTLED, own_tools, settle
from wherry.core.asking.input_schema import checked_input
from wherry.core.deadline import InTime
from wherry.core.debugging import debug_level
from wherry.core.errors import ConfigurationError
from wherry.core.events.outputs import RunContext, RunInput, TeamRunInput
from wherry.core.filters import joined_filters
from wherry.core.ids import new_id
from wherry.core.log import log_warning
from wherry.core.media_storage import refuse_unawaited
from wherry.core.metrics import RunMetrics
from wherry.core.names import id_from_name
from wherry.core.run import Event, Run, listeners, wanted
from wherry.core.sessions.session_access import add_run_metrics
from wherry.core.sessions.session_cache import SessionCache
from wherry.core.sessions.session_store import check_store

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable
    from types import ModuleType

    from wherry.core.waits import Waits

# What tells a run with one of these ids where it belongs; `own_way` puts it here while such a run may be made.
placings: dict[str, Callable[[Run], None]] = {}


class Runner(RunnerOptions, SessionCache):
    """Base of agents and teams; not used on its own."""

    _family: ClassVar[ModuleType]
    _kind: ClassVar[str] = "agent"
    _ready: bool = False
    # Where long tool results go, what it was made of, and whether a team handed it down; see `offloading`.
    _result_store: Any = None
    _result_store_setting: Any = None
    _inherited_result_store: Any = None
    _learning: Any = None

    def __init__(self, **given: Any) -> None:
        self._take(given)  # as the base's own constructor, without handing on every keyword once more
        for name, value in given.items():
            if name in USUAL and type(value) not in USUAL[name]:
                check_kind(name, value)
        if self.model is not None and not hasattr(self.model, "ainvoke_stream"):
            self.model = self._own_model(self.model)
        self.tools = own_tools(given.get("tools"), self._kind)
        if not SETTLED.isdisjoint(given):
            settle(self, given)
        if self.num_history_messages is None:
            self.num_history_runs = 3 if self.num_history_runs is None else self.num_history_runs
        elif self.num_history_runs is not None:
            log_warning("num_history_messages and num_history_runs were both given; num_history_runs counts.")
            self.num_history_messages = None

    @staticmethod
    def _own_model(model: Any) -> Any:
        from wherry.models.names import model_from

        return model_from(model)

    def make_ready(self) -> None:
        """Settle what is decided once: the id, the model, and the options that follow from others."""
        if self.id is None:
            self.id = id_from_name(self.name)
        if self.model is None:
            from wherry.models.openai import OpenAIResponses

            self.model = OpenAIResponses(id="gpt-5.4")
        elif isinstance(self.model, str):
            self.model = self._own_model(self.model)
        if self.compress_tool_results or self.compression_manager is not None:
            self.settle_compression()
        if self.offload_tool_results or self._result_store is not None:
            from wherry.core.agent.offloading import settle_store

            settle_store(self)
        if self.learning:
            self.settle_learning()
        if not self._ready:
            self.settle_memory()
            self.settle_checkpoint()
            self._ready = True

    def settle_learning(self) -> None:
        """Make a machine of `learning=`, or lend the one that is given what it lacks."""
        from wherry.core.agent.learning import settle_machine

        self._learning = settle_machine(self)

    @property
    def learning_machine(self) -> Any:
        """What the owner learns with, or None; mirrors `agno.agent.Agent.learning_machine`."""
        if self.learning and self._learning is None:
            self.settle_learning()
        return self._learning if self.learning else None

    def settle_memory(self) -> None:
        """Memories and summaries are shown to the model by default when the owner keeps them."""
        keeps = self.update_memory_on_run or self.enable_agentic_memory or self.memory_manager is not None
        if self.add_memories_to_context is None:
            self.add_memories_to_context = keeps
        summarises = self.enable_session_summaries or self.session_summary_manager is not None
        if self.add_session_summary_to_context is None:
            self.add_session_summary_to_context = summarises

    def settle_compression(self) -> None:
        """Make a manager where results are to be shortened; one that is given is used, with the owner's model."""
        manager = self.compression_manager
        if manager is None:
            from wherry.core.agent.compression import CompressionManager

            manager = self.compression_manager = CompressionManager(model=self.model)
        if manager.model is None:
            manager.model = self.model
        elif isinstance(manager.model, str):
            manager.model = self._own_model(manager.model)
        if manager.compress_tool_results:
            self.compress_tool_results = True

    def settle_checkpoint(self) -> None:
        """When a run is stored: at its end unless something else is wanted.

        Raises:
            NotImplementedError: `tools`, which Agno reserves as well.
            ConfigurationError: (a ValueError) any other level but `runs` and `tool-batch`.
        """
        level = self.checkpoint
        if level is None:
            self.checkpoint = "runs"
        elif level == "tools":
            raise NotImplementedError('checkpoint="tools" is reserved; use "tool-batch" or "runs".')
        elif level not in ("runs", "tool-batch"):
            raise ConfigurationError(f"Invalid checkpoint level: {level!r}.", hint='Use "runs" or "tool-batch".')

    def settle_session(self, session_id: str | None, user_id: str | None) -> tuple[str, str | None]:
        """The session and user of a run; a made-up session id stays with the owner."""
        if session_id is None:
            if not self.session_id:
                self.session_id = new_id()
            session_id = self.session_id
        return session_id, user_id or self.user_id

    def new_output(self, run_id: str, session_id: str, user_id: str | None, run_input: RunInput) -> Any:
        """An empty output of this owner's kind."""
        raise NotImplementedError

    def ids_of(self, output: Any) -> dict[str, Any]:
        """The fields by which every event of a run names its owner and run."""
        raise NotImplementedError

    def session_type(self) -> Any:
        """The kind of session this owner keeps."""
        from wherry.stores.rows import SessionType

        return SessionType(self._kind)

    def new_session(self, session_id: str, user_id: str | None) -> Any:
        """An empty session of this owner's kind."""
        raise NotImplementedError

    def history_scope(self) -> dict[str, Any]:
        """Restrict history to this owner's own runs where the session holds others."""
        return {}

    def history_runs_needed(self, run: Run) -> int | None:
        """How many of the session's newest runs this run must see; None for all of them, 0 for none."""
        reads = self.read_chat_history or getattr(self, "read_tool_call_history", False)
        if reads or self.enable_session_summaries or self.session_summary_manager is not None:
            return None
        if not run.options.get("add_history_to_context"):
            return 0
        if self.num_history_messages is not None and self.num_history_runs is None:
            return max(self.num_history_messages, 0)  # every run has a message at least
        return 3 if self.num_history_runs is None else self.num_history_runs

    def count_session_metrics(self, session: Any, output: Any) -> None:
        """Add a run's metrics to the session's."""
        add_run_metrics(session, output)

    async def write_system_message(self, run: Run) -> Any:
        """The system message of a run, or None when there is nothing to say."""
        return await system_message(run)

    async def stored_form(self, run: Run, stored: Any) -> Any:
        """The copy of an output that is to be stored, after a team has looked through its members' in it."""
        return stored

    async def prepare(self, run: Run) -> None:
        """Settle the tools of a run."""
        raise NotImplementedError

    def talk(self, run: Run) -> AsyncIterator[Event]:
        """Let the model answer."""
        raise NotImplementedError

    def make_run(self, content: Any, waits: Waits, given: dict[str, Any]) -> Run:
        """Turn the arguments of `run` into a run that is ready to start."""
        extra = extra_arguments(given, strict=self.strict_run_arguments)
        self.make_ready()
        check_store(self.db, blocking=waits.blocking)
        if self.media_storage is not None and waits.blocking:
            refuse_unawaited(self.media_storage, "run")
        content = checked_input(content, self.input_schema)
        session_id, user_id = self.settle_session(given.get("session_id"), given.get("user_id"))
        run_input = (TeamRunInput if self._kind == "team" else RunInput)(
            input_content=content,
            images=given.get("images"),
            videos=given.get("videos"),
            audios=given.get("audio"),
            files=given.get("files"),
        )
        output = self.new_output(given.get("run_id") or new_id(), session_id, user_id, run_input)
        run = self.frame(output, waits, given)
        run.context = self.context_for(run, given, session_id, user_id)
        run.options["extra_arguments"] = extra
        if self.pre_hooks or self.post_hooks:
            from wherry.core.agent.runhooks import settle_hooks

            settle_hooks(run)
        output.metadata = run.context.metadata
        output.session_state = run.context.session_state
        place = placings.get(output.run_id) if placings else None
        if place is not None:
            place(run)
        return run

    def frame(self, output: Any, waits: Waits, given: dict[str, Any]) -> Run:
        """A run around an output, with the settings that decide how it is shown."""
        stream = given.get("stream")
        stream = bool(self.stream if stream is None else stream)
        lifecycle_events = given.get("stream_events")
        shown_events = stream and bool(self.stream_events if lifecycle_events is None else lifecycle_events)
        model = self.model
        output.model = model.id
        output.model_provider = model.provider
        output.metrics = RunMetrics()
        output.metrics.start_timer()
        skipped = self.events_to_skip
        names = {getattr(event, "value", event) for event in skipped or ()} if skipped is not None else None
        debug = debug_level(self, given.get("debug_mode"))
        heard, ends = wanted() if listeners else _UNHEARD
        timed = None if self.run_timeout is None else InTime(waits, self.run_timeout)
        return Run(
            owner=self,
            family=self._family,
            waits=waits if timed is None else timed,
            output=output,
            context=None,
            model=model,
            stream=stream,
            lifecycle=shown_events,
            watched=shown_events or heard or bool(debug),
            ends=ends,
            ids=self.ids_of(output),
            options=self.run_options(given),
            timed=timed,
            extra={"debug": debug} if debug else {},
            skip_events=frozenset(names) if names is not None else _CONTENT_EVENTS,
        )

    def run_options(self, given: dict[str, Any]) -> dict[str, Any]:
        """The settings that a run may override."""
        get = given.get
        history, dependencies = get("add_history_to_context"), get("add_dependencies_to_context")
        state = get("add_session_state_to_context")
        options = {
            "debug_mode": get("debug_mode"),
            "metadata": get("metadata"),
            "background_tasks": get("background_tasks"),
            "add_history_to_context": self.add_history_to_context if history is None else history,
            "add_dependencies_to_context": self.add_dependencies_to_context if dependencies is None else dependencies,
            "add_session_state_to_context": self.add_session_state_to_context if state is None else state,
        }
        if options["add_history_to_context"] and self.db is None and not getattr(self, "team_id", None):
            log_warning("add_history_to_context needs a db; no history is added")
        return options

    def context_for(self, run: Run, given: dict[str, Any], session_id: str, user_id: str | None) -> RunContext:
        """What tools and hooks of the run may ask for."""
        dependencies = given.get("dependencies")
        if self.dependencies is not None or dependencies is not None:
            dependencies = {**(self.dependencies or {}), **(dependencies or {})}
        schema = given.get("output_schema")
        if schema is not None:
            check_kind("output_schema", schema)
        schema = self.output_schema if schema is None else schema
        filters = self.effective_filters(given.get("knowledge_filters"))
        context = given.get("run_context")
        if context is None:
            return RunContext(
                run_id=run.output.run_id,
                session_id=session_id,
                user_id=user_id,
                session_state=given.get("session_state"),
                dependencies=dependencies,
                knowledge_filters=filters,
                output_schema=schema,
            )
        if context.user_id is None:
            context.user_id = user_id
        if context.dependencies is None or given.get("dependencies") is not None:
            context.dependencies = dependencies
        if context.knowledge_filters is None or given.get("knowledge_filters") is not None:
            context.knowledge_filters = filters
        context.output_schema = schema
        return cast("RunContext", context)

    def effective_filters(self, given: Any) -> Any:
        """The owner's knowledge filters with the run's over them."""
        return joined_filters(self.knowledge_filters, given)

    def events(self, run: Run) -> AsyncGenerator[Event, None]:
        """Every event of a run, whoever sees it."""
        return cast("AsyncGenerator[Event, None]", lifecycle(run))

    def continue_events(self, run: Run) -> AsyncGenerator[Event, None]:
        """Every event of a run that goes on."""
        from wherry.core.agent.continuing import continued

        return cast("AsyncGenerator[Event, None]", continued(run))

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

    def set_id(self) -> None:
        """Settle the id now instead of at the first run."""
        if self.id is None:
            self.id = id_from_name(self.name)


_CONTENT_EVENTS = frozenset({"RunContent", "TeamRunContent"})
_UNHEARD: tuple[bool, frozenset[str]] = (False, frozenset())
