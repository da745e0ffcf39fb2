"""What one run of an agent or a team knows while it goes on.

`Run` is created by a runner (agent, team), filled by the lifecycle and read by every step below it. It makes
events of the right family and decides which of them the caller sees.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from wherry.core.cancel import look, raise_if_cancelled

if TYPE_CHECKING:
    from types import ModuleType

    from wherry.core.deadline import InTime
    from wherry.core.messages import Message
    from wherry.core.waits import Waits

Event: TypeAlias = Any
Events: TypeAlias = AsyncGenerator[Event, None]

# Called with each event and its run; telemetry registers here. Empty: events nobody sees are not even made.
listeners: list[Callable[[Event, Any], None]] = []

_NO_ENDS: frozenset[str] = frozenset()

# What a caller sees with stream=True alone.
_ALWAYS = frozenset(
    {"CustomEvent"}
    | {f"{whose}{what}" for whose in ("", "Team") for what in ("RunContent", "RunPaused", "RunError", "RunCancelled")}
)


@dataclass(slots=True)
class Run:
    """One run in progress.

    Attributes:
        owner: The agent or team.
        family: Module that holds the event classes (core.events_agent or core.events_team).
        waits: How to wait.
        output: The RunOutput or TeamRunOutput being filled.
        context: What tools and hooks may ask for.
        stream: The model is asked to stream, and content events reach the caller.
        lifecycle: The caller sees every event (stream_events).
        watched: Events other than content are worth making.
        ends: Classes of events that are worth making all the same: some listener wants no more than them.
        options: Per-run settings that override the owner's.
    """

    owner: Any
    family: ModuleType
    waits: Waits
    output: Any
    context: Any
    model: Any = None
    stream: bool = False
    lifecycle: bool = False
    watched: bool = False
    ends: frozenset[str] = _NO_ENDS
    options: dict[str, Any] = field(default_factory=dict)
    session: Any = None
    ids: dict[str, Any] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    system_message: Message | None = None
    user_message: Message | None = None
    extra_messages: list[Message] | None = None
    tools: Any = None
    response_format: Any = None
    tool_calls_made: int = 0
    skip_events: frozenset[str] = frozenset()
    memory_job: Any = None
    learning_job: Any = None
    reasoning_seconds: float = 0.0
    reasoning_started: bool = False
    noted: str = ""
    show_member_events: bool = True
    timed: InTime | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    def event(self, name: str, **own: Any) -> Event:
        """Make an event of this run's family, for example `run.event("RunStartedEvent", model=…)`."""
        return getattr(self.family, name)(**self.ids, **own)

    def note(self, name: str, own: dict[str, Any]) -> tuple[Event, ...]:
        """Tell what happened: the event to pass on, if a caller can see it; listeners alone hear of it at once.

        An event that a whole run passes on climbs through every generator above it, only to be told at the top.

        Args:
            name: The event's class.
            own: Its fields besides the run's ids; nobody changes them afterwards.
        """
        if self.stream:
            return (self.remember(getattr(self.family, name)(**self.ids, **own)),)
        event = None
        for listener in tuple(listeners):  # one may leave meanwhile, in another thread
            hear = getattr(listener, "hear", None)
            try:
                if hear is not None:
                    hear(self, name, own)
                    continue
                if event is None:  # made for those listeners only that want no less than an event
                    event = self.event(name, **own)
                listener(event, self)
            except Exception as error:  # a broken listener must not break a run  # noqa: BLE001 - whatever a user's code, database or provider raises must not break the run
                _complain(name.removesuffix("Event"), error)
        return ()

    def remember(self, event: Event) -> Event:
        """Keep an event in the output when the owner stores events; returns the event."""
        # Like Agno: only what the caller of a streamed run was shown is kept.
        if self.stream and self.owner.store_events and event.event not in self.skip_events and self.sees(event):
            if self.output.events is None:
                self.output.events = []
            self.output.events.append(event)
        return event

    def sees(self, event: Event) -> bool:
        """Whether the caller of a streamed run is shown this event."""
        if self.lifecycle and self.show_member_events:
            return True
        if getattr(event, "run_id", None) != self.output.run_id:
            return self.show_member_events
        if self.lifecycle:
            return True
        # Agno shows RunCompleted after RunCancelled even to callers that asked for content only.
        return event.event in _ALWAYS or self.output.status == "CANCELLED"

    def stop_if_cancelled(self) -> None:
        """Raise `RunCancelledException` when somebody cancelled this run, `RunTimedOut` when its time is up."""
        raise_if_cancelled(self.output.run_id)
        if self.timed is not None:
            self.timed.check()

    def look(self) -> None:
        """`stop_if_cancelled` between the pieces of a stream."""
        look(self.output.run_id)
        if self.timed is not None:
            self.timed.check()


def wanted() -> tuple[bool, frozenset[str]]:
    """Whether a listener wants every event of a run that begins, and else which classes those want that want less."""
    if not listeners:
        return False, _NO_ENDS
    ends = _NO_ENDS
    for listener in tuple(listeners):  # one may leave meanwhile, in another thread
        only: frozenset[str] | None = getattr(listener, "only", None)
        if only is None:
            return True, _NO_ENDS
        ends |= only
    return False, ends


def tell(event: Event, run: Any) -> None:
    """Hand an event to every listener; a listener that fails is dropped from this event only."""
    for listener in tuple(listeners):  # one may leave meanwhile, in another thread
        try:
            listener(event, run)
        except Exception as error:  # a broken listener must not break a run  # noqa: BLE001 - whatever a user's code, database or provider raises must not break the run
            _complain(event.event, error)


def _complain(name: str, error: Exception) -> None:
    from wherry.core.log import log_warning

    log_warning(f"An event listener failed on {name!r}: {error!r}")


async def visible(run: Any, source: AsyncIterator[Event]) -> Events:
    """The events of a run that its caller sees; listeners hear all of the run's own."""
    try:
        async for event in source:
            if listeners and getattr(event, "run_id", None) == run.output.run_id:
                tell(event, run)
            if run.sees(event):
                yield event
    finally:
        close = getattr(source, "aclose", None)
        if close is not None:
            await close()


def heard(run: Any, event: Event) -> None:
    """Tell listeners of an event that a whole run shows to nobody, when it is the run's own."""
    if listeners and getattr(event, "run_id", None) == run.output.run_id:
        tell(event, run)


async def outcome(run: Any, source: AsyncIterator[Event]) -> Any:
    """Run to the end and return the output."""
    async for event in source:
        heard(run, event)
    return run.output


async def shown(run: Any, source: AsyncIterator[Event], with_output: bool) -> Events:
    """What `run(stream=True)` yields: visible events, then the output when asked for."""
    try:
        async for event in source:  # as in `visible`: a generator between them would cost each token its share
            if listeners and getattr(event, "run_id", None) == run.output.run_id:
                tell(event, run)
            if run.sees(event):
                yield event
        if with_output:
            yield run.output
    finally:
        close = getattr(source, "aclose", None)
        if close is not None:
            await close()
