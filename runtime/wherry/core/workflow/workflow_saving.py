"""Writing a workflow's run: after each step, at a pause, and at the end.

Called by the walk, the pauses and the endings. Sessions and runs are written together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.errors import ConfigurationError
from wherry.core.log import log_warning
from wherry.core.metrics import RunMetrics, merge_background_metrics
from wherry.core.sessions.overlapping_state import join
from wherry.core.sessions.session_access import metrics_of
from wherry.core.sessions.session_store import ask_store, or_taken_back, replacing, stored_or_told
from wherry.core.sessions.session_turns import saved_in_turn

if TYPE_CHECKING:
    from wherry.core.events.outputs_workflow import WorkflowRunOutput
    from wherry.core.waits import Waits
    from wherry.core.workflow.workflow_run import WorkflowRun

TRANSIENT = (
    "current_user_id",
    "current_session_id",
    "current_run_id",
    "workflow_id",
    "run_id",
    "session_id",
    "workflow_name",
)


def count_session_metrics(run: WorkflowRun) -> None:
    """Add the executors' tokens to the session's."""
    session = run.session
    steps = run.output.metrics.steps
    if not steps and session.session_data is not None and not session.session_data.get("session_metrics"):
        session.session_data["session_metrics"] = {}  # nothing was used, now or before
        return
    total, used = metrics_of(session), [step.metrics for step in (steps or {}).values()]
    session.session_data = session.session_data or {}
    if session.session_data.get("session_metrics"):
        summed = RunMetrics()
        merge_background_metrics(summed, used)
        total.accumulate_from_run(summed)
    else:  # nothing to add the sum to
        merge_background_metrics(total, used)
    session.session_data["session_metrics"] = total.to_dict()


async def save(run: WorkflowRun) -> None:
    """Write the run and its session; without a database only the live objects change."""
    count_session_metrics(run)
    await keep(run)


def saved_at_once(run: WorkflowRun) -> bool:
    """Save a run that is kept nowhere but in memory; False, and nothing done, of any other: `save` does it."""
    if run.workflow.db is not None or not run.workflow.store_media:
        return False
    count_session_metrics(run)
    add_to_session(run)
    return True


async def keep(run: WorkflowRun) -> None:
    """`persist` for a run whose outcome stands, stored or not."""
    if run.workflow.db is None and run.workflow.store_media:
        add_to_session(run)  # nothing to wait for
        return
    await stored_or_told(run.workflow.db, run.output.run_id, persist(run))


def add_to_session(run: WorkflowRun) -> WorkflowRunOutput:
    """Upsert the run into its session, in memory; the run as it is stored."""
    session, workflow, context = run.session, run.workflow, run.context
    if context.session_state is not None:
        # Without a database the state keeps the ids, as in Agno; a nested run's never reach the outer one.
        if workflow.db is not None or run.extra.get("nested"):
            for name in TRANSIENT:
                context.session_state.pop(name, None)
        join(run, session.session_data.get("session_state"), TRANSIENT)
        session.session_data["session_state"] = context.session_state
    stored = as_stored(workflow, run.output)
    session.upsert_run(stored)
    return stored


async def persist(run: WorkflowRun) -> None:
    """Upsert the run into the session and store both in one transaction."""
    await saved_in_turn(run.session, run.waits, _persisted(run))


async def _persisted(run: WorkflowRun) -> None:
    stored, session, workflow = add_to_session(run), run.session, run.workflow
    db = workflow.db
    if db is None or run.extra.get("nested"):
        return
    if workflow.media_storage is not None and workflow.store_media:
        from wherry.core.agent.media_keeping import handed_over

        cache = run.extra.setdefault("media_kept", {})
        stored = await handed_over(workflow, run.waits, stored, session.session_id, cache)
        if not hasattr(db, "save_run") and not hasattr(db, "upsert_run"):
            session.upsert_run(stored)  # it is written with its session
    if hasattr(db, "save_run"):
        await or_taken_back(session, ask_store(run, db, "save_run", session, stored, **replacing(workflow)))
        return
    await ask_store(run, db, "upsert_session", session=session)
    if hasattr(db, "upsert_run"):
        await ask_store(run, db, "upsert_run", run=stored, session_id=session.session_id, user_id=session.user_id)


def as_stored(workflow: Any, output: WorkflowRunOutput) -> WorkflowRunOutput:
    """A run as its workflow wants it stored."""
    if workflow.store_media:
        return output
    from wherry.core.workflow.step_media import without_media

    return without_media(output)


async def known_or_new(workflow: Any, waits: Waits, session_id: str, user_id: str | None) -> Any:
    """The session of an id, cached, stored or new; a workflow that caches its session keeps it."""
    from wherry.core.sessions.session_access import ask, ready

    ready(workflow, session_id)
    found = workflow.known_session(session_id, user_id)
    if found is not None:
        return found
    if workflow.db is not None:
        kind = workflow.session_type()
        found = await ask(waits, workflow.db, "get_session", session_id=session_id, session_type=kind, user_id=user_id)
    if found is None:
        found = workflow.new_session(session_id, user_id)
    if workflow.cache_session:
        workflow.remember_session(found)
    return found


async def save_one(
    workflow: Any, waits: Waits, run: Any, session_id: str, user_id: str | None, run_index: int | None
) -> None:
    """Store a run by itself; what goes wrong is logged."""
    from wherry.core.sessions.session_access import ask

    db = workflow.db
    if db is None:
        return
    if not hasattr(db, "upsert_run"):
        log_warning(f"{type(db).__name__} stores runs with their session only; run {run.run_id!r} is not stored")
        return
    stored = as_stored(workflow, run)
    if workflow.media_storage is not None and workflow.store_media:
        from wherry.core.agent.media_keeping import handed_over

        stored = await handed_over(workflow, waits, stored, session_id, {})
    given = {"run": stored, "session_id": session_id, "user_id": user_id, "run_index": run_index}
    try:
        await ask(waits, db, "upsert_run", **given)
    except ConfigurationError:
        raise
    except Exception as error:  # noqa: BLE001 - as in Agno, who saves by hand is told in the log
        log_warning(f"Run {run.run_id!r} could not be stored: {error!r}")


def keeps_steps(run: WorkflowRun) -> bool:
    """Whether a run is stored after each step."""
    workflow = run.workflow
    return workflow.db is not None and workflow.resumable and not run.extra.get("nested")


async def checkpoint(run: WorkflowRun, following: int) -> None:
    """Store the steps finished so far, so that a run whose process dies can go on; where `keeps_steps`.

    `following` is the index of the step after them; it is stored where a paused run has the step that waits.
    """
    run.output.step_results = list(run.results)
    run.output.paused_step_index = following
    state = run.context.session_state or {}
    own = {name: state[name] for name in TRANSIENT if name in state}  # the stored state has none of them
    try:
        await persist(run)
    except Exception as error:  # noqa: BLE001 - the step is done; the next one stores again
        log_warning(f"Run {run.output.run_id!r} could not be stored after a step: {error!r}")
    if run.context.session_state is not None:
        run.context.session_state.update(own)


async def save_quietly(run: WorkflowRun) -> None:
    """Store a run that has failed already; a second failure is logged."""
    try:
        await save(run)
    except Exception as error:  # noqa: BLE001 - the run has failed already, and its own error counts
        log_warning(f"Run {run.output.run_id!r} could not be stored: {error!r}")
