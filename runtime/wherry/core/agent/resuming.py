"""Where a run goes on from: finding the stored run and cutting it back without orphaning a tool call.

Pure but for the look-up. Called by `continuing`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from wherry.core.events.outputs import RunStatus

if TYPE_CHECKING:
    from wherry.core.run import Run

Boundary: TypeAlias = int | Literal["end", "last_user"]


async def stored_run(run: Run, run_id: str) -> Any:
    """The run with this id in the session, read from the store when it is not loaded, or None."""
    session = run.session
    found = session.get_run(run_id)
    if found is not None:
        return found
    if hasattr(session, "aload_runs") and not run.waits.blocking:
        await session.aload_runs()
    return next((other for other in session.runs or () if other.run_id == run_id), None)


def boundary_of(output: Any, at: Boundary, *, regenerate: bool) -> int:
    """How many messages of a run are kept.

    Raises:
        ValueError: The boundary does not exist.
    """
    messages = output.messages or []
    if regenerate:
        if at not in ("end", "last_user"):
            raise ValueError("`regenerate=True` finds the boundary by itself; do not pass `continue_from`.")
        index = len(messages)
        while index > 0 and messages[index - 1].role == "assistant" and not messages[index - 1].tool_calls:
            index -= 1
        if index == 0:
            raise ValueError("Cannot regenerate: the run holds nothing but the answer.")
        return index
    if isinstance(at, int):
        return at
    if at == "end":
        return len(messages)
    if at == "last_user":
        for index in range(len(messages) - 1, -1, -1):
            if messages[index].role == "user":
                return index + 1
        raise ValueError("Cannot resolve `continue_from='last_user'`: run has no user messages.")
    raise ValueError("`continue_from` must be an integer message index, 'end', or 'last_user'.")


def safe_index(messages: list[Any], index: int) -> int:
    """The nearest earlier index at which no tool call loses its result."""
    index = max(0, min(index, len(messages)))
    while 0 < index < len(messages):
        kept = messages[:index]
        asked = {call.get("id") for m in kept for call in m.tool_calls or ()}
        answered = {m.tool_call_id for m in kept if m.role == "tool"}
        if messages[index].role != "tool" and not asked - answered:
            return index
        index -= 1
    return index


def cut(output: Any, index: int) -> int:
    """Cut a run back to its first messages, with the tools and requirements that belong to them.

    Returns:
        The index at which it was cut; at or beyond the end nothing changes.
    """
    messages = output.messages
    if not messages or index < 0 or index >= len(messages):
        return len(messages or ())
    index = safe_index(messages, index)
    output.messages = messages[:index]
    known = {m.tool_call_id for m in output.messages if m.tool_call_id}
    known |= {call.get("id") for m in output.messages for call in m.tool_calls or ()}
    if output.tools:
        output.tools = [tool for tool in output.tools if tool.tool_call_id in known]
    if output.requirements:
        output.requirements = [
            r for r in output.requirements if r.tool_execution and r.tool_execution.tool_call_id in known
        ]
    output.last_checkpoint_at_message_index = index
    return index


async def mark_regenerated(run: Run, source: Any) -> None:
    """Hide the run that is being replaced from history; it stays stored."""
    from wherry.core.sessions.session_store import ask_store, stored_or_told

    session, db = run.session, run.owner.db
    original = await stored_run(run, source.run_id)
    if original is None:
        return
    original.status = RunStatus.regenerated
    session.upsert_run(original)
    if db is not None and hasattr(db, "upsert_run"):
        given = {"run": original, "session_id": session.session_id, "user_id": session.user_id}
        await stored_or_told(db, original.run_id, ask_store(run, db, "upsert_run", **given))
