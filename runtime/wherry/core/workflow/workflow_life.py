"""The life of one run of a workflow: session, steps in turn, storing, terminal event.

The steps are in `workflow_walk`, the ends in `workflow_endings`, the stores in `workflow_saving`. Called by the
workflow.
"""

from __future__ import annotations

import inspect
from contextlib import aclosing
from time import perf_counter
from typing import TYPE_CHECKING, Any

from wherry.core import debugging
from wherry.core.callables import accepted_or_all
from wherry.core.cancel import cleanup_run, register_run
from wherry.core.errors import RunCancelledException
from wherry.core.events.outputs import RunStatus
from wherry.core.events.step_io import WorkflowMetrics
from wherry.core.media_storage import refuse_unawaited
from wherry.core.run import outcome
from wherry.core.sessions.overlapping_state import begin_with
from wherry.core.sessions.session_state import loaded_state, merge_metadata
from wherry.core.sessions.session_store import ask_store, check_store
from wherry.core.workflow.workflow_endings import cancelled, complete, failed, leave, settle, stop_timer
from wherry.core.workflow.workflow_run import MEDIA, WorkflowRun
from wherry.core.workflow.workflow_saving import save, saved_at_once
from wherry.core.workflow.workflow_walk import Left, begins_brief, unseen, walk, walk_unheard, walked_at_once
from wherry.utils.timer import Timer

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from wherry.core.run import Event


async def lifecycle(run: WorkflowRun) -> AsyncIterator[Event]:
    """Events of a whole run; afterwards `run.output` is final and stored."""
    output = run.output
    register_run(output.run_id)
    debugging.begin(run.extra.get("debug", 0))
    try:
        await begin(run)
        if run.heard:
            yield run.remember(run.event("WorkflowStartedEvent"))
        async with aclosing(guarded(run, perform(run))) as events:
            async for event in events:
                yield event
    finally:
        debugging.end(run.extra.get("debug", 0))  # first of all: what follows may fail, and the log is everybody's
        cleanup_run(output.run_id)


async def finished(run: WorkflowRun) -> Any:
    """Run to the end and return the output; a run that nobody hears makes no events."""
    output = run.output
    if run.heard or run.workflow.agent is not None:
        return await outcome(run, run.workflow.events(run))
    register_run(output.run_id)
    try:
        if run.session is None:
            run.session = session_at_once(run)
        if run.session is None:
            await begin(run)
        else:
            settle_in(run)
        try:
            if not begins_brief(run.workflow):
                await unheard(run)
            elif (left := walked_at_once(run)) is not None:
                await unheard(run, left)
            else:
                settle(run)
                if not saved_at_once(run):
                    await save(run)
        except RunCancelledException as error:
            await unseen(cancelled(run, error))
        except Exception as error:
            await unseen(failed(run, error))
            raise
        except BaseException as left:
            await leave(run, left)
            raise
    finally:
        cleanup_run(output.run_id)
    return output


async def unheard(run: WorkflowRun, left: Left = None) -> None:
    """As `perform`, without events; from where `walked_at_once` has come, if it was called."""
    if callable(run.workflow.steps) and not hasattr(run.workflow.steps, "step_type"):
        await unseen(perform(run))
        return
    await walk_unheard(run, left)
    if run.output.status != RunStatus.paused:
        settle(run)
        if not saved_at_once(run):
            await save(run)


async def guarded(run: WorkflowRun, source: AsyncIterator[Event]) -> AsyncGenerator[Event, None]:
    """Pass events on; end the run properly when they break off.

    Raises:
        Exception: What broke the run off, after it was stored; Agno raises it, too.
    """
    try:
        async for event in source:
            yield event
    except RunCancelledException as error:
        async for event in cancelled(run, error):
            yield event
    except Exception as error:
        async for event in failed(run, error):
            yield event
        raise
    except BaseException as left:
        await leave(run, left)
        raise


async def begin(run: WorkflowRun) -> None:
    """Load the session; settle metadata and state."""
    if run.session is None:
        run.session = session_at_once(run) or await read_session(run)
    settle_in(run)


def settle_in(run: WorkflowRun) -> None:
    """Settle metadata and state of a run that has its session, and start its clock."""
    workflow, context, output, session = run.workflow, run.context, run.output, run.session
    if workflow.metadata is not None:
        merge_metadata(session.metadata, workflow.metadata)
    state = context.session_state if context.session_state is not None else {}
    stored = session.session_data.get("session_state") if session.session_data else None
    if stored:
        state = loaded_state(stored, state, overwrite=workflow.overwrite_db_session_state)
    begin_with(run, session, stored, state, overwrite=workflow.overwrite_db_session_state)
    if run.waits.blocking:
        state.update(ids_of_run(run))
    context.session_state = state
    output.status = RunStatus.running
    given = run.given
    if given.images or given.videos or given.audio or given.files:
        for kind in MEDIA:
            if getattr(given, kind):
                setattr(output, kind, list(getattr(given, kind)))
    timer = Timer()
    timer.start_time = perf_counter()
    output.metrics = WorkflowMetrics({}, timer)


def ids_of_run(run: WorkflowRun) -> dict[str, Any]:
    """What a state tells steps about the running run, in Agno's order; never stored.

    As in Agno, a run on an event loop puts nothing there of its own.
    """
    if not run.waits.blocking:
        return {}
    workflow, user = run.workflow, run.context.user_id
    ids: dict[str, Any] = {} if workflow.id is None else {"workflow_id": workflow.id}
    if workflow.name:
        ids["workflow_name"] = workflow.name
    if user:
        ids["current_user_id"] = user
    if run.output.session_id is not None:
        ids["current_session_id"] = run.output.session_id
    ids["current_run_id"] = run.output.run_id
    return ids


def session_at_once(run: WorkflowRun) -> Any:
    """A new session where none is kept anywhere; None where one may be."""
    workflow = run.workflow
    kept = workflow.db is not None or workflow.media_storage is not None or workflow.cache_session
    if kept or workflow.cached_session is not None:
        return None
    return workflow.passing_session(run.output.session_id, run.context.user_id)


async def read_session(run: WorkflowRun) -> Any:
    """The stored session, or a new one."""
    workflow, context = run.workflow, run.context
    if workflow.media_storage is not None and workflow.store_media and run.waits.blocking:
        refuse_unawaited(workflow.media_storage, "run")
    known = workflow.known_session(run.output.session_id, context.user_id)
    if known is not None:
        return known
    session = None
    db = workflow.db
    if db is not None:
        check_store(db, blocking=run.waits.blocking)
        kind = workflow.session_type()
        if hasattr(db, "load_run_context"):
            last = None if workflow.cache_session else workflow.history_runs_needed()
            session = await ask_store(run, db, "load_run_context", run.output.session_id, kind, context.user_id, last)
        else:
            session = await ask_store(
                run, db, "get_session", session_id=run.output.session_id, session_type=kind, user_id=context.user_id
            )
    if session is None:
        session = workflow.new_session(run.output.session_id, context.user_id)
    if workflow.cache_session:
        workflow.remember_session(session)
    return session


async def perform(run: WorkflowRun) -> AsyncIterator[Event]:
    """The steps, or the function that stands for them, then the end."""
    if callable(run.workflow.steps) and not hasattr(run.workflow.steps, "step_type"):
        async for event in whole_function(run):
            yield event
    else:
        async for event in walk(run, run.extra.pop("resume", None)):
            yield event
        if run.output.status == RunStatus.paused:
            return
        settle(run)
    async for event in complete(run):
        yield event


async def whole_function(run: WorkflowRun) -> AsyncIterator[Event]:
    """A workflow whose steps are one function of (workflow, execution_input)."""
    function, output = run.workflow.steps, run.output
    offered = {
        "workflow": run.workflow,
        "execution_input": run.given,
        "session_state": run.context.session_state,
        "run_context": run.context,
        **run.options.get("extra_arguments", {}),
    }
    arguments = accepted_or_all(function, **offered)
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        content = ""
        async for item in run.waits.each(function(**arguments)):
            run.stop_if_cancelled()
            if isinstance(getattr(item, "content", None), str):
                content += item.content
                yield item
            elif not hasattr(item, "event"):
                content += str(item)
        output.content = content
    else:
        output.content = await run.waits.work(function, **arguments)
    stop_timer(run)
    output.status = RunStatus.completed
