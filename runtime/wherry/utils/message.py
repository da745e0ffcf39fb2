"""`agno.utils.message`: helpers over lists of messages."""

from collections.abc import Sequence
from typing import Any

from wherry.core.agent.boxes import asked_text
from wherry.core.agent.prompt import render_instructions
from wherry.core.agent.resuming import safe_index
from wherry.core.matrix import module_getattr
from wherry.core.messages import Message
from wherry.core.sessions.session_history import conversation as get_conversation_text
from wherry.core.sessions.session_history import copied_history, trim_tool_calls
from wherry.wires.exchanges import CHAT_IDS, MISTRAL_IDS, RESPONSES_IDS, IdForm, with_wire_ids
from wherry.wires.exchanges import split_results as normalize_tool_messages

__all__ = [
    "copy_history_message",
    "filter_tool_calls",
    "get_conversation_text",
    "get_text_from_message",
    "normalize_tool_messages",
    "reformat_tool_call_ids",
    "render_instructions",
    "safe_truncation_index",
]

_FORMS = {
    "openai_chat": CHAT_IDS,
    "openai_responses": RESPONSES_IDS,
    "claude": IdForm("toolu_"),
    "mistral": MISTRAL_IDS,
}


def copy_history_message(msg: Message) -> Message:
    """A copy of a stored message marked as history."""
    return copied_history([msg])[0]


def filter_tool_calls(messages: list[Message], max_tool_calls: int) -> None:
    """Keep the newest tool calls of a list, in place."""
    messages[:] = trim_tool_calls(messages, max_tool_calls)


def get_text_from_message(message: Any) -> str:
    """What a user says in a text, message, model, dictionary, or list of messages or parts; models as indented JSON."""
    return asked_text(message)


def safe_truncation_index(messages: Sequence[Message], requested_index: int) -> int:
    """The nearest earlier index at which no tool call loses its result; one outside the list stays as it is."""
    inside = 0 < requested_index < len(messages)
    return safe_index(list(messages), requested_index) if inside else requested_index


def reformat_tool_call_ids(messages: list[Message], provider: str) -> list[Message]:
    """The messages with ids of tool calls that a provider takes; a provider that takes any gets them as they are.

    Args:
        messages: They are not changed.
        provider: `openai_chat`, `openai_responses`, `claude` or `mistral`; others take any id.
    """
    form = _FORMS.get(provider)
    return messages if form is None else with_wire_ids(messages, form)


__getattr__ = module_getattr(__name__, "agno.utils.message")
