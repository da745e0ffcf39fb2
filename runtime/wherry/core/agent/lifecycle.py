"""The life of one run, from its session to its terminal event.

`attempt` is the straight path, which enters only the stages that the owner has; `lifecycle` wraps it with retries,
cancellation and errors. Both serve agents and teams: what differs is asked of the owner (`prepare`, `talk`). Called by
the agent and the team.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any

from wherry.core import debugging
from wherry.core.agent.afterwards import (
    read_at_end,
    suggest_followups,
    use_output_model,
    use_parser_model,
    waits_for_a_person,
)
from wherry.core.agent.assembly import assemble
from wherry.core.agent.beside import start_beside, stop_beside, wait_for_learnings, wait_for_memories
from wherry.core.agent.endings import cancelled, completed_event, errored, held_at_end, paused, refused
from wherry.core.agent.loop import converse
from wherry.core.agent.opening import load_session, resolve_dependencies
from wherry.core.agent.outliving import remember_session, remembers
from wherry.core.agent.reasoning import thoughts_end
from wherry.core.agent.runhooks import run_post_hooks, run_pre_hooks
from wherry.core.agent.saving import remembered, save
from wherry.core.asking.structured import response_format
from wherry.core.cancel import cleanup_run, register_run
from wherry.core.deadline import RunTimedOut
from wherry.core.errors import RunCancelledException, RunNotContinuableError
from wherry.core.errors_checks import InputCheckError, OutputCheckError
from wherry.core.events.outputs import RunStatus
from wherry.core.log import log_warning
from wherry.core.run import heard
from wherry.core.tools.connections import close_connections

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from wherry.core.run import Event, Run


# What an output is given of an answer, beside its content.
_ANSWERED = ("tools", "reasoning_content", "reasoning_steps", "model_provider_data", "citations", "response_audio")
_answered = attrgetter(*_ANSWERED)
_NOTHING = (None,) * len(_ANSWERED)


def lifecycle(run: Run) -> AsyncIterator[Event]:
    """Events of a whole run; afterwards `run.output` is final and stored."""
    return with_endings(run, attempt)


async def with_endings(run: Run, once: Callable[..., AsyncIterator[Event]]) -> AsyncIterator[Event]:
    """Events of `once`, tried again as the owner's options say, and of the ending when it breaks off."""
    register_run(run.output.run_id)
    debugging.begin(run.extra.get("debug", 0))
    tries = run.owner.retries + 1
    try:
        for number in range(tries):
            try:
                async for event in once(run, again=number > 0):
                    yield event
            except (Exception, KeyboardInterrupt) as error:
                if not begun(run, error):
                    raise
                if number + 1 < tries and may_retry(error):
                    late = await wait_to_retry(run, number, error)
                    if late is None:
                        await stop_beside(run)
                        forget_thoughts(run)
                        continue
                    error = late
                run.waits = run.waits.untimed
                async for event in ending(run, error):
                    yield event
            except BaseException as left:
                await leave(run, left)
                raise
            return
    finally:
        debugging.end(run.extra.get("debug", 0))  # first of all: what follows may fail, and the log is everybody's
        run.waits = run.waits.untimed
        cleanup_run(run.output.run_id)
        run.tools = None  # some are closures over the run, which would keep it until garbage is collected
        if run.memory_job is not None or run.learning_job is not None or "connected" in run.extra:
            await tidy(run)


async def tidy(run: Run) -> None:
    """Leave nothing of a run behind that goes on or stays open."""
    try:
        await stop_beside(run)
    finally:
        if "connected" in run.extra:
            await close_connections(run)


async def leave(run: Run, left: BaseException) -> None:
    """Store an async run that its caller leaves as cancelled.

    What only runs inside of another run is left by that one, unless its own task is cancelled.
    """
    from wherry.core.leaving import REASON, to_be_stored, to_the_end

    if not to_be_stored(run, left) or (run.output.parent_run_id is not None and isinstance(left, GeneratorExit)):
        return
    run.waits = run.waits.untimed

    async def store() -> None:
        async for _ in cancelled(run, REASON, staged=False):
            pass

    await to_the_end(store())


def begun(run: Run, error: BaseException) -> bool:
    """Whether a run had begun when it failed: not while its session was read, as in Agno, nor when it cannot go on."""
    return not (isinstance(error, RunNotContinuableError) or ("reading" in run.extra and may_retry(error)))


def may_retry(error: BaseException) -> bool:
    """Whether another attempt makes sense; a cancel, a refused check or the end of its time is final."""
    final = (RunCancelledException, RunTimedOut, InputCheckError, OutputCheckError, KeyboardInterrupt)
    return not isinstance(error, final)


def ending(run: Run, error: BaseException) -> AsyncIterator[Event]:
    """The events that end a run after this failure."""
    if isinstance(error, RunCancelledException):
        return cancelled(run, str(error) or f"Run {run.output.run_id} was cancelled")
    if isinstance(error, KeyboardInterrupt):
        return cancelled(run, "Operation cancelled by user", staged=False)
    if isinstance(error, (InputCheckError, OutputCheckError)):
        return refused(run, error)
    return errored(run, error)


async def wait_to_retry(run: Run, number: int, error: BaseException) -> RunTimedOut | None:
    """Wait as the owner's options say before the next attempt; the error of a run whose time is up meanwhile."""
    owner = run.owner
    delay = owner.delay_between_retries * (2**number if owner.exponential_backoff else 1)
    log_warning(f"Attempt {number + 1} of {owner.retries + 1} failed, next one in {delay}s: {error}")
    try:
        await run.waits.sleep(delay)
    except RunTimedOut as late:
        return late
    return None


def forget_thoughts(run: Run) -> None:
    """Begin the next attempt without the thoughts that tools were told; what a stream said of them stays said.

    What a stream has answered gives way to the next answer; a failure that says nothing leaves it, as in Agno.
    """
    run.reasoning_started, run.reasoning_seconds, run.noted = False, 0.0, ""
    if run.stream and run.output.content is not None:
        run.extra["said_before"], run.output.content = run.output.content, None


async def attempt(run: Run, *, again: bool) -> AsyncIterator[Event]:
    """One attempt at a run, start to finish."""
    await begin(run, again=again)
    run.stop_if_cancelled()
    # In Agno an agent on a loop starts before its hooks; every other run starts after them.
    early = run.owner._kind == "agent" and not run.waits.blocking  # noqa: SLF001 - a part of the same object
    for event in started(run) if early and run.watched else ():
        yield event
    if run.extra.get("pre_hooks"):
        async for event in run_pre_hooks(run):
            yield event
    await run.owner.prepare(run)
    await assemble(run)
    for event in compacted(run) if "compactions" in run.extra else ():
        yield event
    start_beside(run)
    for event in started(run) if run.watched and not early else ():
        yield event
    if run.owner.reasoning_model is not None:
        from wherry.core.agent.reasoning_model import think_first

        async for event in think_first(run):
            yield event
    run.stop_if_cancelled()
    if run.stream:
        async for event in answer(run):
            yield event
    else:
        await unseen_answer(run)


def compacted(run: Run) -> list[Event]:
    """The events of a history that was compacted."""
    from wherry.core.agent.compacting import told

    return told(run)


def started(run: Run) -> tuple[Event, ...]:
    """What begins a run."""
    return run.note("RunStartedEvent", {"model": run.output.model, "model_provider": run.output.model_provider})


async def begin(run: Run, *, again: bool = False) -> None:
    """Load the session and settle what the run may use."""
    await load_session(run, again=again)
    await resolve_dependencies(run)
    run.response_format = response_format(run.owner, run.model, run.context.output_schema)


async def answer(run: Run) -> AsyncIterator[Event]:
    """Talk to the model and finish the run; also the second half of a continued run."""
    if not run.stream:
        await unseen_answer(run)
        return
    async for event in run.owner.talk(run):
        yield event
    run.stop_if_cancelled()
    if run.reasoning_started or run.owner.parser_model is not None:
        async for event in after_talk(run):
            yield event
    run.output.messages = remembered(run)
    async for event in wait(run) if must_wait(run.output) else close(run):
        yield event


async def unseen_answer(run: Run) -> None:
    """`answer` of a whole run, whose events go to listeners alone: no generators, which cost more than calls."""
    before = taken(run.output)
    try:
        async for event in run.owner.talk(run):
            heard(run, event)
        run.stop_if_cancelled()
        if run.reasoning_started or run.owner.parser_model is not None:
            async for event in after_talk(run):
                heard(run, event)
    except BaseException:
        give_back(run, before)
        raise
    run.output.messages = remembered(run)
    if ends_unseen(run):
        await close_unseen(run)
        return
    async for event in wait(run) if must_wait(run.output) else close(run):
        heard(run, event)


async def after_talk(run: Run) -> AsyncIterator[Event]:
    """The end of thoughts told through tools, and the parser model's word."""
    run.output.messages = remembered(run)
    for event in thoughts_end(run):
        yield event
    if run.owner.parser_model is not None:
        async for event in use_parser_model(run):
            yield event


def taken(output: Any) -> tuple[Any, ...]:
    """What an output has been given so far of answers."""
    given = _answered(output)
    if given == _NOTHING:
        return given
    return tuple(list(held) if isinstance(held, list) else held for held in given)


def give_back(run: Run, before: tuple[Any, ...]) -> None:
    """Leave what a whole run had said when it broke off to its messages alone.

    Agno takes an answer, its thoughts and its tools into the output of a whole run only when all of it is there; in
    tasks mode that of each turn of the leader (`turn_said`).
    """
    output = run.output
    content, before = run.extra.pop("turn_said", (None, before))
    for name, held in zip(_ANSWERED, before, strict=True):
        setattr(output, name, held)
    if not run.extra.get("member_words"):
        output.content = content


async def wait(run: Run) -> AsyncIterator[Event]:
    """Stop here until a person has decided."""
    if run.stream and waits_for_a_person(run):
        # Agno's streams suggest before they wait; its whole runs do not.
        async for event in suggest_followups(run):
            yield event
    if content_ends_before_pause(run):
        yield run.remember(run.event("RunContentCompletedEvent"))
    await wait_for_memories(run)
    await wait_for_learnings(run)
    async for event in paused(run):
        yield event


def must_wait(output: Any) -> bool:
    """Whether a person has to act on a tool of this run or, in a team, of a member's run."""
    if any(tool.is_paused for tool in output.tools or ()):
        return True
    return any(not requirement.is_resolved() for requirement in output.requirements or ())


def content_ends_before_pause(run: Run) -> bool:
    """Whether a stream that pauses tells the end of its content: an agent's on a loop or gone on with, as in Agno."""
    own = run.owner._kind == "agent" and run.stream and run.watched  # noqa: SLF001 - a part of the same object
    return own and (not run.waits.blocking or "continue" in run.extra)


def ends_unseen(run: Run) -> bool:
    """Whether nothing is done at a whole run's end beside storing it."""
    if run.owner.followups or run.extra.get("post_hooks") or remembers(run):
        return False
    return not must_wait(run.output)


async def close_unseen(run: Run) -> None:
    """`close` without a generator, which costs more than a call."""
    read_at_end(run)
    run.output.followups = None
    if run.watched:
        run.note("RunContentCompletedEvent", {})
    run.stop_if_cancelled()
    await end(run)


async def close(run: Run) -> AsyncIterator[Event]:
    """Suggestions, post-hooks, memories, summary, storing, the terminal event."""
    read_at_end(run)
    run.output.followups = None
    if run.owner.followups:
        async for event in suggest_followups(run):
            yield event
    for event in run.note("RunContentCompletedEvent", {}) if run.watched else ():
        yield event
    if run.extra.get("post_hooks"):
        async for event in run_post_hooks(run):
            yield event
    run.stop_if_cancelled()
    if remembers(run):
        async for event in remember_session(run):
            yield event
    done = await end(run)
    if done is not None:
        yield done


async def end(run: Run) -> Event | None:
    """Store a run that is through, and tell of it; the event that a stream's caller is shown last."""
    output = run.output
    if run.context.session_state is not None:
        output.session_state = run.context.session_state
    last = held_at_end(run) if run.watched or "RunCompletedEvent" in run.ends else None
    done = run.remember(run.event("RunCompletedEvent", **last)) if last is not None and run.stream else None
    if run.stream and not run.lifecycle and run.owner.store_events:  # whoever listens besides
        keep_end(run, done or completed_event(run))
    output.status = RunStatus.completed
    await save(run)
    if done is None and last is not None:
        run.note("RunCompletedEvent", last)
    return done


def keep_end(run: Run, event: Event) -> None:
    """Store the end of a stream that shows contents alone with the run, as in Agno."""
    if event.event not in run.skip_events:
        run.output.events = [*(run.output.events or []), event]


def agent_talk(run: Run) -> AsyncIterator[Event]:
    """The model's answer, rewritten by the output model when there is one."""
    return converse(run) if run.owner.output_model is None else rewritten(run)


async def rewritten(run: Run) -> AsyncIterator[Event]:
    """The model's answer, then the output model's."""
    async for event in converse(run):
        if event.event.removeprefix("Team") != "RunContent":
            yield event
        elif run.lifecycle:
            # It names no run, as in Agno.
            yield run.family.IntermediateRunContentEvent(content=event.content, content_type=event.content_type)
    async for event in use_output_model(run):
        yield event
