"""What goes on beside an agent's or team's answer: memories, and what is learned.

Started before the model is asked, waited for before the run is stored or pauses, and given up when the run breaks off
or begins anew, as in Agno: on a loop nothing of it is left running. Called by the lifecycle.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wherry.core.log import log_warning

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from wherry.core.run import Event, Run


def start_beside(run: Run) -> None:
    """Start what reads the run's messages beside the answer: memories, then what is learned."""
    owner = run.owner
    if owner.update_memory_on_run and not owner.enable_agentic_memory:
        start_memories(run)
    if owner.learning:
        from wherry.core.agent.learning import start_learning

        start_learning(run)


def start_memories(run: Run) -> None:
    """Let the memory manager read the user's message beside the answer."""
    if run.user_message is None and not run.extra_messages:
        return
    from wherry.core.memory.memory import remember_messages

    run.memory_job = run.waits.start(remember_messages(run))


async def wait_for_memories(run: Run) -> None:
    """Wait until memories started beside the run are written; their tokens count for the run."""
    if run.memory_job is None:
        return
    job, run.memory_job = run.memory_job, None
    try:
        metrics = await job()
    except Exception as error:  # noqa: BLE001 - whatever a user's code, database or provider raises must not break the run
        log_warning(f"Memories could not be updated: {error!r}")
        return
    if metrics is not None:
        from wherry.core.metrics import merge_background_metrics

        merge_background_metrics(run.output.metrics, [metrics])


async def finish_memories(run: Run) -> AsyncIterator[Event]:
    """Wait for memories, with their events."""
    if run.watched:
        yield run.remember(run.event("MemoryUpdateStartedEvent"))
    await wait_for_memories(run)
    if run.watched:
        from wherry.core.memory.memory import memories_of

        yield run.remember(run.event("MemoryUpdateCompletedEvent", memories=await memories_of(run)))


async def wait_for_learnings(run: Run) -> None:
    """Wait until what was to be learned beside the run is learned."""
    if run.learning_job is not None:
        from wherry.core.agent.learning import wait_for_learning

        await wait_for_learning(run)


async def stop_beside(run: Run) -> None:
    """Give up what a run that broke off had started beside it; of one that ended well nothing is left."""
    jobs = run.memory_job, run.learning_job
    run.memory_job = run.learning_job = None
    for job in jobs:
        if job is not None:
            await job.stop()
