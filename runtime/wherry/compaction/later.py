"""Runs that ended after what followed them had been folded: one that waited for a decision, or took long.

Such a run keeps its place in the session, before the message at which the kept part begins, but the summary could not
stand for it. Its messages are sent word for word after the summary until the next fold takes them in; Agno 3.1.10 sends
them no more. Called by the runs of agents and by `Agent.compact`; `views` and `compaction` heed what it finds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.compaction.archive import render_message
from wherry.core.sessions.session_history import as_message, field

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wherry.compaction.types import CompactionRecord
    from wherry.core.messages import Message


def ended_later(runs: Iterable[Any], record: CompactionRecord, archived: str | None) -> frozenset[str]:
    """Ids of the messages of runs that ended after a fold and stand before what it kept.

    One is the run that made the fold, where it went on after later ones: its answer may be as old as the request that
    was refused as too long.

    Args:
        runs: The session's runs that count as history, oldest first: objects or stored ones.
        record: The fold in force.
        archived: The text of the messages that it stands for, where that was stored.
    """
    found: set[str] = set()
    for run in runs:
        own = [message for message in field(run, "messages") or () if not field(message, "from_history")]
        ids = [field(message, "id") for message in own]
        if record.first_kept_message_id in ids:
            return frozenset(found)
        if own and (field(run, "run_id") == record.run_id or _later(run, own[-1], record.created_at, archived)):
            found.update(ids)
    return frozenset()  # what the fold kept is not there: it belongs to another conversation


def _later(run: Any, last: Any, folded_at: int, archived: str | None) -> bool:
    ended = field(last, "created_at") or 0
    if ended != folded_at or not field(run, "requirements"):
        return bool(ended > folded_at)
    return archived is None or render_message(as_message(last)) not in archived  # all in one second


def left_out(messages: Iterable[Message], record: CompactionRecord | None) -> list[Message]:
    """Those of the messages that a fold does not stand for though they come before what it kept."""
    ids = record.ended_later if record is not None else ()
    return [message for message in messages if message.id in ids] if ids else []
