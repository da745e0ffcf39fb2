"""Storing a run: its messages, what is scrubbed from the stored copy, the session's metrics and state, one write.

Called by the lifecycle when a run ends or pauses, and after each round of tools when a checkpoint is wanted.
"""

from __future__ import annotations

from copy import copy
from operator import attrgetter
from time import time
from typing import TYPE_CHECKING, Any

from wherry.core.errors import SessionConflict
from wherry.core.events.outputs import RunOutput, RunStatus, TeamRunOutput
from wherry.core.log import log_warning
from wherry.core.sessions.overlapping_state import join
from wherry.core.sessions.session import forget_timers
from wherry.core.sessions.session_state import without_ids
from wherry.core.sessions.session_store import store_run, stored_or_told
from wherry.core.sessions.session_turns import saved_in_turn

if TYPE_CHECKING:
    from collections.abc import Callable

    from wherry.core.messages import Message
    from wherry.core.run import Run

_MEDIA = ("images", "videos", "audio", "files")


def remembered(run: Run) -> list[Message]:
    """The messages that belong into the run's output."""
    return [message for message in run.messages if message.add_to_agent_memory]


def without_history(messages: list[Any] | None) -> list[Any] | None:
    """The run's own messages."""
    return [m for m in messages if not m.from_history] if messages is not None else None


def without_tools(messages: list[Any] | None) -> list[Any] | None:
    """Messages without tool results and without the turns that asked for them."""
    if messages is None:
        return None
    dropped = {m.tool_call_id for m in messages if m.role == "tool" and m.tool_call_id}
    return [
        m
        for m in messages
        if m.role != "tool"
        and not (m.role == "assistant" and m.tool_calls and any(c.get("id") in dropped for c in m.tool_calls))
    ]


def without_media(output: Any) -> None:
    """Take media off a stored copy, its input and its messages; the live run keeps them."""
    for name in (*_MEDIA, "response_audio"):
        if hasattr(output, name):
            setattr(output, name, None)
    if output.input is not None:
        output.input = copy(output.input)
        for name in ("images", "videos", "audios", "files"):
            setattr(output.input, name, None)
    for name in ("messages", "additional_input", "reasoning_messages"):
        if messages := getattr(output, name, None):
            setattr(output, name, [bare(message) for message in messages])
    if members := getattr(output, "member_responses", None):
        output.member_responses = [snapshot(member) for member in members]
        for member in output.member_responses:
            without_media(member)


def bare(message: Any) -> Any:
    """A message without its media."""
    fields = (*_MEDIA, "audio_output", "image_output", "video_output", "file_output")
    if not any(getattr(message, name, None) for name in fields):
        return message
    return message.model_copy(update=dict.fromkeys(fields))


def storage_copy(run: Run) -> Any:
    """The run's output as it is stored."""
    return scrubbed(run.owner, run.output, members=run.options.get("store_member_responses", False))


async def written_copy(run: Run) -> Any:
    """`storage_copy`, its media handed to the owner's storage if there is one."""
    stored = storage_copy(run)
    if not run.owner.store_media:
        return stored
    from wherry.core.agent.media_keeping import kept

    stored = await kept(run, stored)
    if run.extra.get("member"):
        run.extra["kept"] = stored
    return stored


def scrubbed(owner: Any, output: Any, *, members: bool = False) -> Any:
    """A copy of an output without what its owner does not want stored; with `members` theirs stay in any case."""
    stored = snapshot(output)
    scrub(owner, stored)
    if not members:
        leave_members(owner, stored)
    return stored


def leave_members(owner: Any, output: Any) -> None:
    """Take members' outputs off a team's, in place, where it does not store them.

    A member that waits stays: whoever goes on with the run, Agno as well, finds it here.
    """
    if hasattr(output, "member_responses") and not owner.store_member_responses:
        waiting = [member for member in output.member_responses if member.status == RunStatus.paused]
        output.member_responses = [without_finished(owner, member) for member in waiting]


def scrub(owner: Any, output: Any) -> None:
    """Take media, tool messages and history off an output, in place, where its owner's flags say so."""
    if not owner.store_media:
        without_media(output)
    if not owner.store_tool_messages:
        output.messages = without_tools(output.messages)
    if not owner.store_history_messages:
        output.messages = without_history(output.messages)


def without_finished(team: Any, output: Any) -> Any:
    """A copy of a waiting member's output as that member stores it; of its own members only those that wait."""
    kept = snapshot(output)
    member = member_of(team, output)
    if member is not None:
        scrub(member, kept)
    if getattr(output, "member_responses", None):
        waiting = [inner for inner in output.member_responses if inner.status == RunStatus.paused]
        kept.member_responses = [without_finished(member, inner) for inner in waiting]
    return kept


def member_of(team: Any, output: Any) -> Any:
    """The member of a team whose output this is; None when a callable chooses the members, or none fits."""
    members = getattr(team, "members", None)
    wanted = getattr(output, "team_id", None) or getattr(output, "agent_id", None)
    fitting = [member for member in members if member.id == wanted] if isinstance(members, list) else []
    return fitting[0] if fitting else None


def snapshot(output: Any) -> Any:
    """A shallow copy; of our own outputs at a third of the price of `copy`."""
    kind = type(output)
    if kind not in (RunOutput, TeamRunOutput):
        return copy(output)
    fields = _fields.get(kind)
    if fields is None:
        fields = _fields[kind] = attrgetter(*kind.__dataclass_fields__)
    return kind(*fields(output))


_fields: dict[type, Callable[[Any], tuple[Any, ...]]] = {}


async def save(run: Run) -> None:
    """Write the run and its session; without a database only the live objects change."""
    output, session, context = run.output, run.session, run.context
    if output.metrics is not None:
        output.metrics.stop_timer()
    if context.session_state is not None:
        output.session_state = context.session_state
    if session is None:
        return
    await stored_or_told(run.owner.db, output.run_id, persist(run))
    if "approvals" in run.extra:
        from wherry.core.agent.approvals import note_status

        await note_status(run)
    write_to_file(run)


async def persist(run: Run) -> None:
    """Upsert the run into the session and store both in one transaction."""
    owner, session = run.owner, run.session
    if owner.db is None and not owner.cache_session:
        if owner.media_storage is not None:
            keep_without_store(run, await written_copy(run))
        else:
            keep_without_store(run, storage_copy(run) if session_is_shared(run) else None)
        return
    await saved_in_turn(session, run.waits, _persisted(run))


async def _persisted(run: Run) -> None:
    owner, session, context = run.owner, run.session, run.context
    stored = storage_copy(run) if owner.media_storage is None else await written_copy(run)
    if owner._result_store is not None:  # noqa: SLF001 - a part of the same object
        stored = await owner.stored_form(run, stored)
    stored.session_state = context.session_state
    if owner.db is not None and not run.extra.get("member"):
        # Agno strips the running run's ids from the state before it writes; the caller sees that, too.
        without_ids(context.session_state)
    if not run.extra.pop("counted", False):
        owner.count_session_metrics(session, run.output)
    data = session.session_data if session.session_data is not None else {}
    session.session_data = data
    if context.session_state is not None:
        join(run, data.get("session_state"))
        data["session_state"] = context.session_state
    session.upsert_run(stored)
    db = owner.db
    if db is None or run.extra.get("member"):
        return
    try:
        await store_run(run, db, stored)
    except Exception as error:
        if isinstance(error, SessionConflict) or getattr(db, "on_unsaved", "report") == "raise":
            run.extra["counted"] = True  # the session has its counts, and comes once more with a run that failed
        raise


def session_is_shared(run: Run) -> bool:
    """Whether code of others was given the session of this run, and may ask it for its runs when the run is over."""
    extra, owner = run.extra, run.owner
    if extra.get("pre_hooks") or extra.get("post_hooks") or run.context.dependencies is not None:
        return True
    return bool(owner.enable_session_summaries) or owner.session_summary_manager is not None


def keep_without_store(run: Run, stored: Any) -> None:
    """Let the live session know its run, for callers that ask for it within this run; None where nobody can."""
    session = run.session
    if stored is not None:
        session.upsert_run(stored)
    else:
        forget_timers(run.output)
    if run.context.session_state is not None:
        session.session_data = session.session_data or {}
        session.session_data["session_state"] = run.context.session_state


async def checkpoint(run: Run) -> None:
    """Store the run as it is after a round of tools."""
    messages = run.output.messages = remembered(run)
    run.output.last_checkpoint_at_message_index = len(messages)
    run.extra["tools_listed"] = len(run.output.tools or ())
    if messages:
        messages[-1].checkpoint_status = getattr(run.output.status, "value", run.output.status)
        messages[-1].checkpoint_created_at = int(time())
    try:
        await persist(run)
    except Exception as error:  # noqa: BLE001 - whatever a user's code, database or provider raises must not break the run
        run.extra.pop("counted", None)
        log_warning(f"The checkpoint of run {run.output.run_id!r} could not be stored: {error!r}")


def write_to_file(run: Run) -> None:
    """Write the content of a run to the path its owner's template names."""
    if not run.owner.save_response_to_file:
        return
    output = run.output
    asked = output.input.input_content_string() if output.input else None
    write_answer(run.owner, output, asked, output.session_id, run.context.user_id)


def write_answer(owner: Any, output: Any, asked: Any, session_id: str | None, user_id: str | None) -> None:
    """Write an output's content to the path its owner's template names."""
    template = owner.save_response_to_file
    if not template or output is None:
        return
    from pathlib import Path

    named = {"name": owner.name, "session_id": session_id, "user_id": user_id, "run_id": output.run_id}
    if isinstance(asked, str):
        named["message"] = asked
    elif asked is not None:
        log_warning("The input is no text and is not part of the file's name")
    try:
        path = Path(str(template).format(**{name: within(named.get(name)) for name in (*named, "message")}))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(written(output), encoding="utf-8")
    except (OSError, KeyError, IndexError, ValueError) as error:
        log_warning(f"The response could not be written to {template!r}: {error!r}")


def written(output: Any) -> str:
    """An answer as its file has it: objects without a class are laid out, as Agno's are."""
    if isinstance(output.content, (dict, list)):
        from json import dumps

        return dumps(output.content, indent=2, ensure_ascii=False)
    return str(output.get_content_as_string())


def within(value: Any) -> str:
    """A value as a part of a file's name: what a user or a caller says must not lead to another folder."""
    text = "" if value is None else str(value)
    return text.replace("/", "_").replace("\\", "_").replace("..", "_")
