"""The list of messages a run starts with, system, additional input, history, user, or goes on from.

Called by the lifecycle once per attempt, and by `continuing`; the loop then appends to the same list.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from wherry.core.agent.prompt import user_message
from wherry.core.log import log_error, log_warning
from wherry.core.messages import Message
from wherry.core.sessions.session_history import copies, found_messages, runs_remembered

if TYPE_CHECKING:
    from wherry.core.run import Run


def as_message(value: Any) -> Message | None:
    """A Message from a Message or a dict with a role; None, with a warning, from anything else."""
    if isinstance(value, Message):
        return value
    if isinstance(value, dict) and "role" in value:
        return Message.model_validate(value)
    log_warning(f"Not a message, so it is left out: {value!r}"[:300])
    return None


def is_conversation(content: Any) -> bool:
    """Whether an input is a list of messages."""
    if not isinstance(content, list) or not content:
        return False
    first = content[0]
    return isinstance(first, Message) or (isinstance(first, dict) and "role" in first)


def history(run: Run) -> list[Message]:
    """Messages of the session's earlier runs, within the owner's window."""
    owner = run.owner
    found = found_messages(owner, run.session, runs_remembered(owner), owner.num_history_messages)
    return copies(owner, found)


def additional_messages(run: Run) -> list[Message]:
    """The owner's additional input; plain strings are left out, as Agno does."""
    out = []
    for value in run.owner.additional_input or ():
        if isinstance(value, (Message, dict)):
            message = as_message(value)
            if message is not None:
                out.append(message)
    if out:
        run.output.additional_input = (run.output.additional_input or []) + out
    return out


async def input_messages(run: Run, content: Any) -> list[Message]:
    """The messages a run's input stands for; the last one is the user's unless the input is a conversation.

    A team is asked one question, as in Agno: a conversation given to it is put into words.
    """
    if is_conversation(content) and run.owner._kind != "team":  # noqa: SLF001 - a part of the same object
        messages = [m for m in map(as_message, content) if m is not None]
        run.extra_messages = (run.extra_messages or []) + messages
        return messages
    message: Message | None
    if content is None or isinstance(content, (str, list)):
        message = await user_message(run, content)
    elif isinstance(content, Message):
        message = content
    elif isinstance(content, dict):
        message = _from_dict(run, content)
    elif hasattr(content, "model_dump_json"):
        text = content.model_dump_json(indent=2, exclude_none=True)
        message = Message(role=run.owner.user_message_role, content=text)
    else:  # no kind of input; as in Agno, a team asks with an empty text
        message = await user_message(run, "") if run.owner._kind == "team" else None  # noqa: SLF001
    run.user_message = message
    return [message] if message is not None else []


def _from_dict(run: Run, content: dict[str, Any]) -> Message | None:
    schema = run.owner.input_schema
    if schema is not None and hasattr(schema, "__required_keys__"):
        return Message(role=run.owner.user_message_role, content=json.dumps(content, indent=2, ensure_ascii=False))
    return as_message(content)


async def assemble(run: Run) -> None:
    """Fill `run.messages` with everything the model is to see first."""
    messages: list[Message] = []
    run.system_message = await run.owner.write_system_message(run)
    if run.system_message is not None:
        messages.append(run.system_message)
    extra = additional_messages(run)
    if extra:
        messages += extra
        run.extra_messages = list(extra)
    if run.options.get("add_history_to_context"):
        if run.owner.compaction is None:
            messages += history(run)
        else:
            from wherry.core.agent.compacting import compacted_history

            messages += await compacted_history(run, list(messages))
    messages += await input_messages(run, run.output.input.input_content)
    if run.owner.media_storage is not None or "_team" in run.owner.__dict__:
        from wherry.core.agent.media_keeping import read_back

        # As in Agno, a team reads back what its history has, an agent whatever it asks.
        team = run.owner._kind == "team"  # noqa: SLF001 - a part of the same object
        await read_back(run, [message for message in messages if message.from_history] if team else messages)
    if not messages:
        log_error("No messages to be sent to the model.")
    run.messages = messages
    run.context.messages = messages


async def assemble_again(run: Run) -> None:
    """Fill `run.messages` with what a run goes on from: system, history, then the run's own messages."""
    owner, own = run.owner, list(run.output.messages or ())
    system = next((m for m in own if m.role == owner.system_message_role), None)
    run.system_message = system
    run.user_message = next((m for m in reversed(own) if m.role == owner.user_message_role), None)
    messages = [system] if system is not None else []
    if run.options.get("add_history_to_context") and not any(m.from_history for m in own):
        if owner.compaction is None:
            messages += history(run)
        else:
            from wherry.core.agent.compacting import resumed_history

            messages += await resumed_history(run)
    run.messages = messages + [m for m in own if m is not system]
