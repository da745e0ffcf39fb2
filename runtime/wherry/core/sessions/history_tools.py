"""Tools by which a model reads the past: this conversation, its tool calls, other sessions of the user.

Names and parameters are Agno's. Called by `own_tools`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Optional

from wherry.core.sessions.session_access import ask
from wherry.core.tools.function import Function

if TYPE_CHECKING:
    from wherry.core.run import Run

PREVIEW_RUNS = 3
PREVIEW_LENGTH = 200
SESSIONS = 20
_SPEAKERS = {"user": "User", "assistant": "Assistant"}


def history_tools(run: Run) -> list[Any]:
    """The tools that the owner's options ask for."""
    owner = run.owner
    tools: list[Any] = []
    if owner.read_chat_history:
        tools.append(chat_tool(run))
    if owner.read_tool_call_history:
        tools.append(calls_tool(run))
    if owner.search_past_sessions and owner.db is not None:
        tools += [search_tool(run), read_tool(run)]
    return tools


def chat_tool(run: Run) -> Any:
    """`get_chat_history`, bound to a run's session."""

    def get_chat_history(num_chats: Optional[int] = None) -> str:  # noqa: UP045 - tells the model no null, as in Agno
        """Read the earlier messages of this conversation, oldest first, as JSON.

        Args:
            num_chats: How many of the newest messages; all of them when not given.
        """
        found = [message.to_dict() for message in run.session.get_messages()]
        if num_chats is not None:
            found = found[-num_chats:]
        return json.dumps(found, ensure_ascii=False, default=str)

    return closed(get_chat_history) if of_team(run) else get_chat_history


def calls_tool(run: Run) -> Any:
    """`get_tool_call_history`, bound to a run's session."""

    def get_tool_call_history(num_calls: int = 3) -> str:
        """Read which tools you called earlier in this conversation, newest first, as JSON.

        Args:
            num_calls: How many calls.
        """
        return json.dumps(run.session.get_tool_calls(num_calls=num_calls), ensure_ascii=False, default=str)

    return get_tool_call_history


def text_of(message: Any) -> str:
    """The text of a message."""
    content = message.content
    if isinstance(content, list):
        return " ".join(part if isinstance(part, str) else str(part.get("text", "")) for part in content)
    return content if isinstance(content, str) else ""


def first_text(messages: list[Any], role: str) -> str:
    """The first text of a role, shortened."""
    text = next((text_of(m) for m in messages if m.role == role and text_of(m)), "")
    return text if len(text) <= PREVIEW_LENGTH else f"{text[:PREVIEW_LENGTH]}..."


def preview(session: Any, runs: int) -> dict[str, Any]:
    """What a session was about."""
    shown = []
    for past in session.runs[:runs]:
        told = past.messages or []
        asked, answered = first_text(told, "user"), first_text(told, "assistant")
        if asked or answered:
            shown.append({"user": asked, "assistant": answered})
    created = str(session.created_at) if session.created_at else None
    return {"session_id": session.session_id, "created_at": created, "runs": shown}


async def past_sessions(run: Run) -> str:
    """The user's other sessions, newest first, as JSON.

    As in Agno this session counts among those that are looked for, so that one less may be found.
    """
    owner = run.owner
    limit, runs = owner.num_past_sessions_to_search, owner.num_past_session_runs_in_search
    found = await ask(
        run.waits,
        owner.db,
        "get_sessions",
        session_type=owner.session_type(),
        user_id=run.context.user_id,
        limit=SESSIONS if limit is None else limit,
        sort_by="created_at",
        sort_order="desc",
    )
    others = [session for session in found or () if session.runs and session.session_id != run.context.session_id]
    previews = [preview(session, PREVIEW_RUNS if runs is None else runs) for session in others]
    return json.dumps(previews, ensure_ascii=False)


async def past_session(run: Run, session_id: str, num_runs: int | None) -> str:
    """The conversation of another session of the user, line by line; as in Agno `num_runs` counts from its first."""
    owner = run.owner
    session = await ask(
        run.waits,
        owner.db,
        "get_session",
        session_id=session_id,
        session_type=owner.session_type(),
        user_id=run.context.user_id,
    )
    if session is None or not session.runs:
        return "Session not found."
    lines = [f"Session: {session.session_id}"]
    if session.created_at:
        lines.append(f"Created: {session.created_at}")
    lines.append("")
    for past in session.runs if num_runs is None else session.runs[:num_runs]:
        for message in past.messages or ():
            if message.role in _SPEAKERS and (text := text_of(message)):
                lines += [f"{_SPEAKERS[message.role]}: {text}", ""]
    return "\n".join(lines)


def search_tool(run: Run) -> Any:
    """`search_past_sessions`, bound to a run's user."""
    if run.waits.blocking:

        def blocking() -> str:
            from wherry.core.waits import finish

            return finish(past_sessions(run))

        made: Any = blocking
    else:

        async def looping() -> str:
            return await past_sessions(run)

        made = looping
    made.__name__ = "search_past_sessions"
    made.__doc__ = "List the user's earlier conversations with their first exchanges, newest first, as JSON."
    return made


def read_tool(run: Run) -> Any:
    """`read_past_session`, bound to a run's user."""
    if run.waits.blocking:

        def blocking(session_id: str, num_runs: Optional[int] = None) -> str:  # noqa: UP045
            from wherry.core.waits import finish

            return finish(past_session(run, session_id, num_runs))

        made: Any = blocking
    else:

        async def looping(session_id: str, num_runs: Optional[int] = None) -> str:  # noqa: UP045
            return await past_session(run, session_id, num_runs)

        made = looping
    made.__name__ = "read_past_session"
    made.__doc__ = """Read one of the user's earlier conversations.

    Args:
        session_id: Id of the session, from `search_past_sessions`.
        num_runs: Only so many of its first exchanges; all of them when not given.
    """
    # As in Agno, the schema is closed where the run is on a loop, and a team's always.
    return closed(made) if of_team(run) or not run.waits.blocking else made


def of_team(run: Run) -> bool:
    """Whether a team asks, whose tools Agno describes in another way."""
    return bool(run.owner.session_type().value == "team")


def closed(tool: Any) -> Function:
    """A tool whose schema says that it has no further parameters."""
    derived = Function.from_callable(tool)
    told = {"description": derived.description, "parameters": derived.parameters}
    return Function(name=derived.name, entrypoint=tool, **told)
