"""What a model is sent of a conversation that has been folded: the summary, and what was kept.

Made anew for each request and never stored; the messages themselves stay as they are. Called by `planning`. Mirrors
`agno.compaction._view`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wherry.compaction.cutting import is_envelope, is_summary, leading
from wherry.compaction.later import left_out
from wherry.compaction.prompts import ARCHIVE_LOOKUP_INSTRUCTION, STORED_RESULTS, SUMMARY_PREFIX
from wherry.core.messages import Message

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wherry.compaction.types import CompactionRecord

_RESULT_ID = re.compile(r'<result id="([^"]+)"')
_MOST_IDS = 100
# By these a provider goes on with a conversation that it keeps itself, with all that was folded.
_CHAINED_BY = frozenset({"response_id", "interaction_id"})


def kept_apart(messages: Iterable[Message]) -> list[str]:
    """Ids of the tool results that are kept apart, which nobody could read without them."""
    found: dict[str, None] = {}
    for message in messages:
        if is_envelope(message) and len(found) < _MOST_IDS:
            match = _RESULT_ID.match(str(message.content))
            if match is not None:
                found[match[1]] = None
    return list(found)


def summary_message(record: CompactionRecord, folded: Iterable[Message] = (), *, searchable: bool = False) -> Message:
    """The message that stands for what was folded."""
    text = SUMMARY_PREFIX + record.summary
    ids = kept_apart(folded)
    if ids:
        text += STORED_RESULTS + ", ".join(ids)
    if searchable:
        text += ARCHIVE_LOOKUP_INSTRUCTION
    return Message(role="user", content=text, from_history=True)


def unchained(message: Message) -> Message:
    """A message without the id by which a provider would go on with its own copy of the conversation."""
    data = message.provider_data
    if message.role != "assistant" or not data or _CHAINED_BY.isdisjoint(data):
        return message
    left = {name: value for name, value in data.items() if name not in _CHAINED_BY}
    return message.model_copy(update={"provider_data": left or None})


def place_of(messages: Sequence[Message], record: CompactionRecord | None) -> int | None:
    """Index of the message at which a fold's kept part begins; None when it is not there."""
    anchor = record.first_kept_message_id if record is not None and record.summary else None
    if not anchor:
        return None
    return next((i for i, message in enumerate(messages) if message.id == anchor), None)


def view(messages: Sequence[Message], record: CompactionRecord, *, searchable: bool) -> list[Message]:
    """The messages to send: system messages, summary, what was kept; all of them where the fold does not fit."""
    lead = leading(messages)
    begin = place_of(messages, record)
    if begin is None or begin < lead:
        return [unchained(message) for message in messages]
    before = messages[lead:begin]
    later = left_out(before, record)
    kept = [unchained(message) for message in (*later, *messages[begin:]) if not is_summary(message)]
    folded = [message for message in before if message.id not in record.ended_later]
    summary = summary_message(record, folded, searchable=searchable)
    return [*messages[:lead], summary, *kept]
