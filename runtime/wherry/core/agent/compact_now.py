"""`Agent.compact`: fold a stored session now, whatever its size. Mirrors `agno.agent.Agent.compact`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.compaction.compaction import Compaction
from wherry.compaction.types import CompactionResult, CompactionStatus
from wherry.core.agent.compacting import log_compaction, record_from, replayed, searched_back, window
from wherry.core.log import log_info, log_warning
from wherry.core.metrics import RunMetrics
from wherry.core.sessions.session import AgentSession
from wherry.core.sessions.session_access import get_session, metrics_of, save_session
from wherry.core.sessions.session_history import found_messages

if TYPE_CHECKING:
    from wherry.core.messages import Message
    from wherry.core.waits import Waits


async def compact_session(owner: Any, waits: Waits, session_id: str | None, user_id: str | None) -> CompactionResult:
    """Fold a session and add what the model used to the session's metrics.

    Args:
        owner: The agent.
        waits: How to wait.
        session_id: Which session; the agent's own by default.
        user_id: Whose.
    """
    owner.make_ready()
    session = await get_session(owner, waits, session_id, user_id)
    if not isinstance(session, AgentSession):
        return CompactionResult(CompactionStatus.NO_HISTORY, f"There is no session {session_id or owner.session_id!r}.")
    if not isinstance(owner.compaction, Compaction):
        return CompactionResult(CompactionStatus.NOT_ENABLED, "This agent has no compaction.")
    messages = found_messages(owner, session, None, None)
    if not messages:
        return CompactionResult(CompactionStatus.NO_HISTORY, f"Session {session.session_id!r} has no messages.")
    result = await _compact(owner, session, waits, messages)
    if result.metrics is not None:
        await _count(owner, waits, session, result.metrics)
    return result


async def _compact(owner: Any, session: AgentSession, waits: Waits, messages: list[Message]) -> CompactionResult:
    compaction: Compaction = owner.compaction
    archive = compaction.archive_for(session.session_id, owner.db)
    row = None if archive is None else await waits.call(archive.latest)
    record = record_from(session, row)
    cut, status, reason = compaction.plan_with_reason(messages, record)
    if cut is None:
        return CompactionResult(status, reason)
    log_info("The history is being compacted")
    sent = replayed(compaction, searched_back(owner, session, record), record, window(owner, session))
    metrics = RunMetrics()
    made = await waits.wire(
        compaction.compact,
        compaction.acompact,
        messages,
        session_id=session.session_id,
        db=owner.db,
        user_id=session.user_id,
        previous=record,
        run_metrics=metrics,
        sent_messages=sent,
    )
    used = metrics if metrics.details else None
    if made is None:
        reason = "The model gave no summary, so nothing was changed."
        return CompactionResult(CompactionStatus.SUMMARY_FAILED, reason, metrics=used)
    log_compaction(made)
    told = f"Compacted {made.messages_compacted} messages ({made.tokens_before} -> {made.tokens_after} tokens)."
    return CompactionResult(CompactionStatus.COMPACTED, told, made, used)


async def _count(owner: Any, waits: Waits, session: Any, used: RunMetrics) -> None:
    metrics = metrics_of(session)
    metrics.accumulate_from_run(used)
    session.session_data = {**(session.session_data or {}), "session_metrics": metrics.to_dict()}
    try:
        await save_session(owner, waits, session)
    except Exception as error:  # noqa: BLE001 - the fold is stored; only its tokens would be missing in a sum
        log_warning(f"The tokens of a compaction are missing in the metrics of {session.session_id!r}: {error!r}")
