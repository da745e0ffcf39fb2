"""Which messages of earlier runs a session hands out, and how an owner's next run takes them.

Pure functions over runs, which may be objects or the dictionaries that a database holds: a run that needs three runs
of history does not build ten thousand. Called by the session classes, and by agents and teams that put a request
together; nothing here reads a database.
"""

from __future__ import annotations

from copy import copy, deepcopy
from typing import TYPE_CHECKING, Any

from wherry.core.messages import Message

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SKIPPED_STATUSES = ("PAUSED", "CANCELLED", "ERROR", "REGENERATED")
"""Runs with these statuses are no history; the same list filters rows in a database."""
_CONVERSATION_ROLES = ("user", "assistant", "tool")
_SPEAKERS = {"user": "User", "assistant": "Assistant", "model": "Assistant"}


def field(run: Any, name: str) -> Any:
    """An attribute of a run object, or the same key of a stored run; None when it has none."""
    return run.get(name) if isinstance(run, dict) else getattr(run, name, None)


def is_context(run: Any) -> bool:
    """Whether a run counts as history by default: not a member's, and ended well."""
    return field(run, "parent_run_id") is None and field(run, "status") not in SKIPPED_STATUSES


def with_statuses(runs: Iterable[Any], skipped: Sequence[Any] | None) -> list[Any]:
    """Runs without those of the given statuses; None stands for the default ones."""
    unwanted = SKIPPED_STATUSES if skipped is None else tuple(skipped)
    return [
        run
        for run in runs
        if (run.get("status") if type(run) is dict else getattr(run, "status", None)) not in unwanted
    ]


def by_themselves(runs: Iterable[Any]) -> list[Any]:
    """Runs that are not a member's or a step's."""
    return [
        run
        for run in runs
        if (run.get("parent_run_id") if type(run) is dict else getattr(run, "parent_run_id", None)) is None
    ]


def newest(runs: list[Any], count: int | None) -> list[Any]:
    """The last `count` runs; all for None, none for zero and less."""
    if count is None:
        return runs
    return runs[-count:] if count > 0 else []


def as_message(message: Any) -> Message:
    """A message object from whatever a run holds."""
    return Message.from_dict(message) if isinstance(message, dict) else message


def select(
    runs: Iterable[Any],
    *,
    limit: int | None = None,
    skip_roles: Sequence[str] | None = None,
    skip_history_messages: bool = True,
) -> list[Message]:
    """The messages of runs, oldest first, with at most one system message.

    Args:
        runs: Oldest first.
        limit: Newest messages to keep; the system message counts and stays first. Tool results whose call fell out
            are left out too.
        skip_roles: Roles to leave out.
        skip_history_messages: Leave out messages that a run itself had from history.
    """
    unwanted = frozenset(skip_roles or ())
    found: list[Any] = []
    system: Any = None
    for run in runs:
        for message in (run.get("messages") if type(run) is dict else field(run, "messages")) or ():
            if type(message) is dict:
                role, past = message.get("role"), message.get("from_history")
            else:
                role, past = field(message, "role"), field(message, "from_history")
            if role in unwanted or (skip_history_messages and past):
                continue
            if role != "system":
                found.append(message)
            elif system is None:
                system = message
                if limit is None:
                    found.append(message)
    if limit is not None:
        found = limited(found, limit, system)
    return [Message.from_dict(message) if type(message) is dict else as_message(message) for message in found]


def limited(found: list[Any], limit: int, system: Any = None) -> list[Any]:
    """The last `limit` messages, the system message first; tool results whose call fell out are left out."""
    if system is not None:
        return [system] if limit <= 1 else [system, *found[-(limit - 1) :]]
    kept = found[-limit:] if limit > 0 else []
    start = 0
    while start < len(kept) and field(kept[start], "role") == "tool":
        start += 1
    return kept[start:]


def whole_turns(messages: list[Message]) -> list[Message]:
    """Messages from the first user message on (leading system messages stay), so that no turn is cut in two.

    A message limit can fall between a question and its answer, or between a tool call and its result; some providers
    refuse such a conversation. Messages without any user message are kept as they are.
    """
    start = 0
    while start < len(messages) and messages[start].role == "system":
        start += 1
    for index in range(start, len(messages)):
        if messages[index].role == "user":
            return messages[:start] + messages[index:] if index > start else messages
    return messages


def tool_calls(runs: Sequence[Any], count: int | None = None) -> list[dict[str, Any]]:
    """Tool calls of the runs' messages, newest run first; at most `count`."""
    found: list[dict[str, Any]] = []
    for run in reversed(runs):
        for message in field(run, "messages") or ():
            for call in field(message, "tool_calls") or ():
                found.append(call)
                if count and len(found) >= count:
                    return found
    return found


def of_members(runs: Iterable[Any], member_ids: Sequence[str]) -> list[Any]:
    """Runs of the given members, each once: stored beside the team's run or inside it."""
    wanted, seen = frozenset(member_ids), set()
    found: list[Any] = []
    for run in runs:
        own = field(run, "agent_id")
        for candidate in (run,) if own in wanted else (field(run, "member_responses") or ()):
            run_id = field(candidate, "run_id")
            if field(candidate, "agent_id") in wanted and not (run_id and run_id in seen):
                seen.add(run_id)
                found.append(candidate)
    return found


def told(value: Any) -> str:
    """What was said to or by a run, as text of a history."""
    if not value:
        return ""
    if hasattr(value, "input_content_string"):
        return str(value.input_content_string())
    if hasattr(value, "model_dump_json"):
        return str(value.model_dump_json(indent=2, exclude_none=True))
    return value if isinstance(value, str) else str(value)


def conversation(messages: Sequence[Message]) -> str:
    """What the user and the model said, a line each; tools and system messages are left out."""
    said = ((_SPEAKERS.get(message.role), message.get_content_string()) for message in messages)
    return "\n".join(f"{speaker}: {text}" for speaker, text in said if speaker and text.strip())


def exchange(pairs: Sequence[tuple[str, str]], *, tag: str, heading: str, asked: str, answered: str) -> str | None:
    """Pairs of input and answer as a tagged block for a prompt; None when there are none."""
    if not pairs:
        return None
    lines = [f"<{tag}>"]
    for number, (question, answer) in enumerate(pairs, 1):
        lines.append(heading.format(number))
        if question:
            lines.append(f"{asked}: {question}")
        if answer:
            lines.append(f"{answered}: {answer}")
        lines.append("")
    return "\n".join([*lines, f"</{tag}>", ""])


_NESTED = frozenset({"images", "videos", "audio", "files", "audio_output"})
_new_message = Message.__new__


def copied_history(messages: list[Message]) -> list[Message]:
    """Copies of stored messages marked as history; shallow unless something inside may be written to."""
    out = []
    for message in messages:
        given = message.__dict__
        if type(message) is Message and _NESTED.isdisjoint(given) and not isinstance(given.get("content"), list):
            twin = _new_message(Message)  # most of them; `copy` takes several times as long
            twin.__dict__.update(given, from_history=True)
            out.append(twin)
            continue
        nested = message.images or message.videos or message.audio or message.files or message.audio_output
        twin = deepcopy(message) if nested or isinstance(message.content, list) else copy(message)
        twin.from_history = True
        out.append(twin)
    return out


def trim_tool_calls(messages: list[Message], keep: int) -> list[Message]:
    """Keep the newest tool calls with their results; an assistant turn that loses all its calls keeps its text."""
    kept: set[str] = set()
    for message in reversed(messages):
        if message.role == "tool" and message.tool_call_id and len(kept) < keep:
            kept.add(message.tool_call_id)
    if sum(1 for m in messages if m.role == "tool") <= keep:
        return messages
    out = []
    for message in messages:
        if message.role == "tool":
            if message.tool_call_id in kept:
                out.append(message)
        elif message.role == "assistant" and message.tool_calls:
            calls = [call for call in message.tool_calls if call.get("id") in kept]
            if calls or message.content:
                out.append(message.model_copy(update={"tool_calls": calls or None}))
        else:
            out.append(message)
    return out


def runs_remembered(owner: Any) -> int | None:
    """How many runs back an owner's history goes: 3, unless it says so or counts messages instead."""
    if owner.num_history_runs is None and owner.num_history_messages is None:
        return 3
    return owner.num_history_runs  # type: ignore[no-any-return]


def found_messages(owner: Any, session: Any, last_n_runs: int | None, limit: int | None) -> list[Message]:
    """Messages of a session's earlier runs, as they are stored; of the newest runs or messages, or all of them."""
    role = owner.system_message_role
    found: list[Message] = session.get_messages(
        last_n_runs=last_n_runs,
        limit=limit,
        skip_roles=[role] if role not in _CONVERSATION_ROLES else None,
        **owner.history_scope(),
    )
    return found


def copies(owner: Any, found: list[Message]) -> list[Message]:
    """Stored messages as a run takes them: copies, with no more tool calls than the owner wants."""
    messages = copied_history(found)
    if owner.max_tool_calls_from_history is not None:
        messages = trim_tool_calls(messages, owner.max_tool_calls_from_history)
    return messages
