"""Where a conversation may be cut: never between a tool call and its result, never at a message that is not stored.

Pure functions over a list of messages. Called by `planning`. Mirrors `agno.compaction._cut`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wherry.compaction.counting import estimate_tokens
from wherry.compaction.prompts import SUMMARY_PREFIX

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wherry.core.messages import Message

LEADING = ("system", "developer")


def leading(messages: Sequence[Message]) -> int:
    """How many system messages a conversation begins with; those always stay."""
    return next((i for i, message in enumerate(messages) if message.role not in LEADING), len(messages))


def is_summary(message: Message) -> bool:
    """Whether a message is the summary of an earlier fold: made anew for each run, so that nothing may refer to it."""
    content = message.content
    return message.from_history and isinstance(content, str) and content.startswith(SUMMARY_PREFIX)


def is_envelope(message: Message) -> bool:
    """Whether a tool result was kept apart, so that the message holds its id and a preview."""
    content = message.content
    return message.role == "tool" and isinstance(content, str) and content.startswith('<result id="')


def newest_question(messages: Sequence[Message]) -> int | None:
    """Index of the last user message."""
    return next((i for i in range(len(messages) - 1, -1, -1) if messages[i].role == "user"), None)


def tail_start(messages: Sequence[Message], tokens: int, floor: int) -> int:
    """Index of the first of the newest messages that together have at most so many tokens."""
    left, index = tokens, len(messages)
    while index > floor:
        message = messages[index - 1]
        if not is_summary(message):
            left -= estimate_tokens([message])
            if left < 0:
                break
        index -= 1
    return index


def callers(messages: Sequence[Message]) -> dict[int, int]:
    """Index of each tool result, and of the message that asked for it; results nobody asked for are left out."""
    asked: dict[str, int] = {}
    found: dict[int, int] = {}
    for index, message in enumerate(messages):
        if message.role == "tool" and message.tool_call_id in asked:
            found[index] = asked[message.tool_call_id]
        for call in message.tool_calls or ():
            call_id = call.get("id")
            if call_id is not None:
                asked[call_id] = index
    return found


def may_begin(message: Message) -> bool:
    """Whether what is kept may begin here: the message will be found in the session again."""
    temporary = message.temporary or not message.add_to_agent_memory
    return message.role != "tool" and message.role not in LEADING and not temporary and not is_summary(message)


def boundary(messages: Sequence[Message], wanted: int, floor: int) -> int | None:
    """Index of the first message to keep, at `wanted` or before it; None when no cut is safe.

    Args:
        messages: The conversation.
        wanted: Where what is kept should begin.
        floor: The cut has to come after this index: the last cut, or the system messages.
    """
    floor = max(floor, leading(messages))
    wanted = max(wanted, floor)
    if wanted <= floor:
        return None
    called_at = callers(messages)
    index = min(wanted, len(messages) - 1)
    while index > floor:
        if messages[index].role == "tool":
            head = called_at.get(index)
            index = head if head is not None and head >= floor else index - 1
        elif not may_begin(messages[index]):
            index -= 1
        else:
            heads = [head for result, head in called_at.items() if result >= index > head]
            if not heads:
                return index
            index = min(heads)
    return None
