"""`agno.utils.message`: helpers over lists of messages."""

from wherry.core.assembly import trim_tool_calls
from wherry.core.matrix import module_getattr
from wherry.core.messages import Message
from wherry.core.printing import text_of as get_text_from_message
from wherry.core.resuming import safe_index as safe_truncation_index

__all__ = ["copy_history_message", "filter_tool_calls", "get_text_from_message", "safe_truncation_index"]


def copy_history_message(msg: Message) -> Message:
    """A copy of a stored message marked as history."""
    from wherry.core.assembly import copied_history

    return copied_history([msg])[0]


def filter_tool_calls(messages: list[Message], max_tool_calls: int) -> None:
    """Keep the newest tool calls of a list, in place."""
    messages[:] = trim_tool_calls(messages, max_tool_calls)


__getattr__ = module_getattr(__name__, "agno.utils.message")
