"""What outlives a run beside its row: memories, what was learnt, the session's summary. Called by the lifecycle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.agent.beside import finish_memories, wait_for_learnings
from wherry.core.log import log_warning

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from wherry.core.run import Event, Run


async def remember_session(run: Run) -> AsyncIterator[Event]:
    """What outlives the run beside its row: memories and the session's summary."""
    if run.memory_job is not None:
        async for event in finish_memories(run):
            yield event
    await wait_for_learnings(run)
    if wants_summary(run.owner):
        async for event in summarise(run):
            yield event


def remembers(run: Run) -> bool:
    """Whether something outlives the run beside its row."""
    return run.memory_job is not None or run.learning_job is not None or wants_summary(run.owner)


def wants_summary(owner: Any) -> bool:
    """Whether the owner keeps a summary of each session."""
    return bool(owner.enable_session_summaries) or owner.session_summary_manager is not None


async def summarise(run: Run) -> AsyncIterator[Event]:
    """Write the session's summary."""
    from wherry.core.sessions.summary import summarise_session

    run.session.upsert_run(run.output)
    if run.watched:
        yield run.remember(run.event("SessionSummaryStartedEvent"))
    try:
        await summarise_session(run)
    except Exception as error:  # noqa: BLE001 - whatever a user's code, database or provider raises must not break the run
        log_warning(f"The session could not be summarised: {error!r}")
    if run.watched:
        yield run.remember(run.event("SessionSummaryCompletedEvent", session_summary=run.session.summary))
