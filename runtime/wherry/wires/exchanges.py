"""Tool calls and their results as providers demand them: paired, in order, with ids of the provider's own form.

Pure; messages are copied where they must differ and never changed. Called by the encoders of all wire formats.
Mirrors `normalize_tool_messages` and `reformat_tool_call_ids` of `agno.utils.message`; `paired` is Wherry's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wherry.core.metrics import MessageMetrics

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wherry.core.messages import Message


@dataclass(frozen=True)
class IdForm:
    """What ids of tool calls look like on one wire.

    Attributes:
        prefix: How they start; an empty one stands for letters and digits only.
        length: Most characters; None: any number.
        call_prefix: How the second id (`call_id`) of a call starts, where there is one.
    """

    prefix: str
    length: int | None = None
    call_prefix: str | None = None

    def fits(self, text: str) -> bool:
        """Whether an id may go out as it is."""
        if not text.startswith(self.prefix) or (self.length is not None and len(text) > self.length):
            return False
        return bool(self.prefix) or text.isalnum()

    def numbered(self, number: int) -> str:
        """A new id."""
        digits = self.length - len(self.prefix) if self.length else 8
        return f"{self.prefix}{number:0{digits}x}"


CHAT_IDS = IdForm("call_", 40)
RESPONSES_IDS = IdForm("fc_", call_prefix="call_")
MISTRAL_IDS = IdForm("", 9)


def prepared(messages: Sequence[Message], form: IdForm | None) -> list[Message]:
    """Messages ready to be encoded: combined results split, calls and results paired, ids in the wire's form."""
    if in_order(messages, form):
        return list(messages)
    whole = paired(split_results(messages))
    return whole if form is None else with_wire_ids(whole, form)


def in_order(messages: Sequence[Message], form: IdForm | None) -> bool:
    """Whether at one look there is nothing to do: the results of calls follow at once, and all ids fit."""
    due: list[Any] = []  # ids of results that are still to come, the next one last
    for message in messages:
        calls = message.tool_calls
        if due:
            if calls or message.role != "tool" or message.tool_call_id != due.pop():
                return False
        elif calls:
            if message.role != "assistant":
                return False
            for call in calls:
                name = call.get("id")
                if not isinstance(name, str) or not name or not (form is None or form.fits(name)):
                    return False
                due.append(name)
            due.reverse()
        elif message.role == "tool":
            return False
    return not due


def split_results(messages: Sequence[Message]) -> list[Message]:
    """One message for each tool result; old Gemini sessions keep all results of a round in one message."""
    if not any(message.role == "tool" and message.tool_calls for message in messages):
        return list(messages)
    split: list[Message] = []
    for message in messages:
        if message.role != "tool" or message.tool_call_id is not None or not message.tool_calls:
            split.append(message)
            continue
        contents = message.content if isinstance(message.content, list) else []
        for index, result in enumerate(message.tool_calls):
            split.append(
                message.model_copy(
                    update={
                        "content": contents[index] if index < len(contents) else result.get("content", ""),
                        "tool_call_id": result.get("tool_call_id"),
                        "tool_name": result.get("tool_name"),
                        "tool_calls": None,
                        # What the round cost is counted once.
                        "metrics": message.metrics if index == 0 else MessageMetrics(),
                    }
                )
            )
    return split


def paired(messages: Sequence[Message]) -> list[Message]:
    """Only whole exchanges: each call followed by its one result, each result behind its call.

    Services refuse a history in which a call lacks its result or a result its call, as paused, cancelled or
    shortened runs leave behind. Such calls and results are left out; nothing else changes place.
    """
    waiting: dict[str, list[tuple[int, Message]]] = {}
    for place, message in enumerate(messages):
        if message.role == "tool" and message.tool_call_id:
            waiting.setdefault(message.tool_call_id, []).append((place, message))
    kept: list[Message] = []
    for place, message in enumerate(messages):
        if message.role == "tool":
            continue
        if not message.tool_calls or message.role != "assistant":
            kept.append(message)
            continue
        found = [(call, _take(waiting, call, place)) for call in message.tool_calls]
        calls = [call for call, result in found if result is not None]
        if len(calls) == len(found):
            kept.append(message)
        elif calls or message.content:
            kept.append(message.model_copy(update={"tool_calls": calls or None, "provider_data": _shortened(message)}))
        kept.extend(result for _, result in sorted((item for _, item in found if item), key=lambda item: item[0]))
    return kept


def _shortened(message: Message) -> dict[str, Any] | None:
    """Provider data of a message that lost a call: the service's own copy of it can no longer be continued."""
    data = message.provider_data
    return data and {key: value for key, value in data.items() if key not in {"response_id", "reasoning_output"}}


def _take(
    waiting: dict[str, list[tuple[int, Message]]], call: dict[str, Any], place: int
) -> tuple[int, Message] | None:
    """The first result behind `place` that answers a call, under the call's first id, with its own place.

    Ids may come back in later rounds, and results may name a call by its second id.
    """
    for key in ("id", "call_id"):
        results = waiting.get(call.get(key) or "", [])
        for index, (behind, result) in enumerate(results):
            if behind > place:
                del results[index]
                own = call.get("id") or result.tool_call_id
                same = result.tool_call_id == own
                return behind, result if same else result.model_copy(update={"tool_call_id": own})
    return None


def with_wire_ids(messages: Sequence[Message], form: IdForm) -> list[Message]:
    """Foreign ids replaced by numbered ones, the same in calls and results."""
    new_ids: dict[str, str] = {}
    call_ids: dict[str, str] = {}
    for message in messages:
        for call in (message.tool_calls or ()) if message.role == "assistant" else ():
            _number(call, form, new_ids, call_ids)
    if not new_ids:
        return list(messages)
    renamed: list[Message] = []
    for message in messages:
        update: dict[str, Any] = {}
        if message.role == "assistant" and message.tool_calls:
            update["tool_calls"] = [_renamed(call, form, new_ids, call_ids) for call in message.tool_calls]
        elif message.role == "tool" and message.tool_call_id in new_ids:
            update["tool_call_id"] = new_ids[message.tool_call_id]
        renamed.append(message.model_copy(update=update) if update else message)
    return renamed


def _number(call: dict[str, Any], form: IdForm, new_ids: dict[str, str], call_ids: dict[str, str]) -> None:
    old = call.get("id")
    if not isinstance(old, str) or not old or old in new_ids or form.fits(old):
        return
    number = len(call_ids)
    new = new_ids[old] = form.numbered(number)
    second = call.get("call_id")
    if isinstance(second, str) and second:
        new_ids.setdefault(second, new)
    if form.call_prefix and isinstance(second, str) and second.startswith(form.call_prefix):
        call_ids[old] = second
    else:
        call_ids[old] = f"{form.call_prefix or form.prefix}{number:08x}"


def _renamed(call: dict[str, Any], form: IdForm, new_ids: dict[str, str], call_ids: dict[str, str]) -> dict[str, Any]:
    old = call.get("id")
    if old not in new_ids:
        return call
    renamed = {**call, "id": new_ids[old]}
    if form.call_prefix:
        renamed["call_id"] = call_ids.get(old, new_ids[old])
    return renamed
