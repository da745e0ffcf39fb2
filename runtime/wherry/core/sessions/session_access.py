"""What the session methods of agents and teams do, once for both kinds of waiting.

Called by `session_surface`. Works on any store that has Agno's session methods, and on sessions that are only
cached in memory.
"""

from __future__ import annotations

import inspect
from copy import deepcopy
from functools import partial
from time import strftime, time
from typing import TYPE_CHECKING, Any

from wherry.core.errors import ConfigurationError
from wherry.core.ids import new_id
from wherry.core.log import log_warning
from wherry.core.metrics import SessionMetrics
from wherry.core.sessions.session import TeamSession
from wherry.core.sessions.session_state import without_ids
from wherry.core.sessions.session_store import keep_changed, stored_or_told
from wherry.core.sessions.session_turns import saved_in_turn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wherry.core.waits import Waits

NAME_PROMPT = "Give this conversation a fitting name of at most five words. Answer with the name only."
NAME_TRIES = 4
NAME_WORDS, TEAM_NAME_WORDS = 5, 15
"""How many words a generated name may have; both are asked for five."""
_ABOUT = 40
"""How much of a workflow's description goes into the name of its session."""


async def ask(waits: Waits, db: Any, method: str, *args: Any, **kwargs: Any) -> Any:
    """Call a method of a store, waiting as the caller waits.

    Raises:
        ConfigurationError: The store is asynchronous and the caller is not.
    """
    function = getattr(db, method)
    if inspect.iscoroutinefunction(function):
        if waits.blocking:
            raise ConfigurationError(
                f"{type(db).__name__} is an asynchronous database.", hint="Use the method's twin that starts with 'a'."
            )
        return await function(*args, **kwargs)
    return function(*args, **kwargs)


def ready(owner: Any, session_id: str | None) -> str | None:
    """The session that is meant, with the owner's id settled."""
    owner.set_id()
    return session_id or owner.session_id


async def get_session(owner: Any, waits: Waits, session_id: str | None, user_id: str | None = None) -> Any:
    """The stored or cached session, or None.

    Raises:
        Exception: No session is named.
    """
    session_id = ready(owner, session_id)
    if not session_id:
        raise Exception("No session_id provided")  # noqa: TRY002 - Agno's type, which callers may catch
    cached = owner.known_session(session_id, user_id)
    return cached if cached is not None else await stored_session(owner, waits, session_id, user_id)


async def stored_session(owner: Any, waits: Waits, session_id: str, user_id: str | None, kind: Any = None) -> Any:
    """The session as the database has it, or None; as the kind that the owner keeps unless another is named."""
    if owner.db is None:
        return None
    kind = kind or owner.session_type()
    found = await ask(waits, owner.db, "get_session", session_id=session_id, session_type=kind, user_id=user_id)
    if found is None:
        log_warning(f"Session {session_id!r} is not stored")
    return found


async def shown_session(owner: Any, waits: Waits, session_id: str | None, user_id: str | None = None) -> Any:
    """What a program that asks for the session gets, as in Agno.

    A workflow's is read anew even where one is cached; an agent that works in a team gets the team's.

    Raises:
        Exception: No session is named.
    """
    asked = ready(owner, session_id)
    if asked and hasattr(owner, "steps"):
        return await stored_session(owner, waits, asked, user_id)
    if asked and _works_in_team(owner) and owner.known_session(asked, user_id) is None:
        from wherry.stores.rows import SessionType

        return await stored_session(owner, waits, asked, user_id, SessionType.TEAM)
    return await get_session(owner, waits, session_id, user_id)


def _works_in_team(owner: Any) -> bool:
    return owner.session_type().value == "agent" and owner.team_id is not None


async def step_messages(step: Any, waits: Waits, session_id: str | None, last_n_runs: int | None) -> list[Any]:
    """What a step's agent or team said in a session of its workflow."""
    from wherry.stores.rows import SessionType

    executor = step.agent or step.team
    if executor is None:
        return []
    session_id = ready(executor, session_id)
    wanted = {"session_id": session_id, "session_type": SessionType.WORKFLOW}
    session = await ask(waits, executor.db, "get_session", **wanted) if executor.db is not None else None
    if session is None:
        log_warning(f"Session {session_id!r} is not stored in the database of step {step.name!r}'s executor")
        return []
    return list(session.get_messages(last_n_runs=last_n_runs, **{f"{step.executor_type}_id": executor.id}))


async def existing(owner: Any, waits: Waits, session_id: str | None, user_id: str | None = None) -> Any:
    """The session.

    Raises:
        Exception: There is none; Agno's type and text.
    """
    return _found(await get_session(owner, waits, session_id, user_id))


def _found(session: Any) -> Any:
    if session is None:
        raise Exception("Session not found")  # noqa: TRY002 - Agno's type, which callers may catch
    return session


async def save_session(owner: Any, waits: Waits, session: Any) -> None:
    """Store the session row (see `keep_changed`); as in Agno, a database that refuses it is told in the log."""
    if owner.db is None or getattr(owner, "team_id", None) is not None or session.session_data is None:
        return
    without_ids(session.session_data.get("session_state"))
    writing = saved_in_turn(session, waits, keep_changed(owner.db, partial(ask, waits), session))
    await stored_or_told(owner.db, session.session_id, writing, "Session")


async def delete_session(
    owner: Any, waits: Waits, session_id: str, user_id: str | None, *, media: bool = False
) -> None:
    """Delete a session with its runs, in the store and in memory, and if wanted its media in the owner's storage."""
    if owner.db is not None:
        keys: list[str] = []
        if media:
            from wherry.core.sessions.session_media import keys_to_delete

            keys = await keys_to_delete(owner, waits, session_id, user_id)
        await ask(waits, owner.db, "delete_session", session_id=session_id, user_id=user_id)
        if keys:
            from wherry.core.media_offload import delete_keys

            await delete_keys(waits, keys, owner.media_storage)
    owner.forget_session(session_id)


async def fork_session(
    owner: Any, waits: Waits, source_id: str | None, user_id: str | None, made_id: str | None = None
) -> str:
    """Copy a session and its runs under new ids.

    Args:
        owner: The agent or team.
        waits: How to wait.
        source_id: The session; the owner's own by default.
        user_id: Whose the session must be and the copy is; by default it is whose the session is.
        made_id: Id of the copy; a new one by default.

    Returns:
        The id of the copy.

    Raises:
        ValueError: No session is named, or it has no run; Agno's type.
    """
    source_id = source_id or owner.session_id
    if source_id is None:
        raise ValueError("a fork needs a source_session_id, and neither the call nor the agent or team has one")
    source = await get_session(owner, waits, source_id, user_id)
    if source is None or not source.runs:
        raise ValueError(
            f"session {source_id!r} has no runs to fork; look for its id with get_sessions() of the database"
        )
    made = deepcopy(source)
    made.session_id = made_id or new_id()
    made.user_id = user_id or source.user_id
    made.created_at = made.updated_at = int(time())
    made.session_data = dict(made.session_data or {}, forked_from_session_id=source.session_id)
    runs = list(made.runs or ())
    for run in runs:
        run.run_id = new_id()
        run.session_id = made.session_id
        run.forked_from_session_id = run.forked_from_session_id or source.session_id
    made.runs = runs
    await save_session(owner, waits, made)
    if owner.db is not None and hasattr(owner.db, "upsert_run"):
        for index, run in enumerate(runs):
            given = {"session_id": made.session_id, "user_id": made.user_id, "run_index": index}
            kept = await owner.written_in_fork(waits, run, made.session_id)
            writing = ask(waits, owner.db, "upsert_run", run=kept, **given)
            await stored_or_told(owner.db, run.run_id, writing)
    return str(made.session_id)


async def chat_history(owner: Any, waits: Waits, session_id: str | None, last_n_runs: int | None) -> list[Any]:
    """User and assistant messages of the session."""
    if hasattr(owner, "steps"):
        return list((await existing(owner, waits, session_id)).get_chat_history(last_n_runs=last_n_runs))
    window = {"skip_roles": ["system", "tool"], "skip_statuses": [], "last_n_runs": last_n_runs}
    return await session_messages(owner, waits, session_id, window)


async def session_messages(owner: Any, waits: Waits, session_id: str | None, window: dict[str, Any]) -> list[Any]:
    """Messages of the session within a window: of a team its own, of an agent that works in one the agent's."""
    session = _found(await shown_session(owner, waits, session_id))
    scope: dict[str, Any] = {}
    if owner.session_type().value == "agent":
        if isinstance(session, TeamSession) and _works_in_team(owner):
            scope["member_ids"] = [owner.id]
    elif not window.get("member_ids") and window.get("skip_member_messages", True):
        scope["team_id"] = owner.id
    return list(session.get_messages(**{**window, **scope}))


async def session_metrics(owner: Any, waits: Waits, session_id: str | None) -> SessionMetrics | None:
    """Metrics of all runs of the session."""
    session = await existing(owner, waits, session_id)
    return metrics_of(session)


def metrics_of(session: Any) -> SessionMetrics:
    """The metrics that a session's data hold."""
    stored = (session.session_data or {}).get("session_metrics")
    if isinstance(stored, SessionMetrics):
        return stored
    return SessionMetrics.from_dict(stored) if isinstance(stored, dict) else SessionMetrics()


def with_members(output: Any) -> Iterator[Any]:
    """An output and those of its members, at every depth; a session counts them all."""
    yield output
    for member in getattr(output, "member_responses", None) or ():
        yield from with_members(member)


def add_run_metrics(session: Any, output: Any) -> None:
    """Add a run's metrics to those of its session."""
    if output.metrics is None or session.session_data is None:
        return
    metrics = metrics_of(session)
    for counted in with_members(output):
        if counted.metrics is not None:
            metrics.accumulate_from_run(counted.metrics)
    session.session_data["session_metrics"] = metrics.to_dict()


async def session_state(owner: Any, waits: Waits, session_id: str | None) -> dict[str, Any]:
    """The stored state."""
    session = await existing(owner, waits, session_id)
    state: dict[str, Any] = (session.session_data or {}).get("session_state") or {}
    return state


async def update_state(owner: Any, waits: Waits, updates: dict[str, Any], session_id: str | None) -> Any:
    """Set keys of the stored state and store it."""
    session = await existing(owner, waits, session_id)
    session.session_data = session.session_data or {}
    state = session.session_data.setdefault("session_state", {})
    state.update(updates)
    await save_session(owner, waits, session)
    return state


async def session_name(owner: Any, waits: Waits, session_id: str | None) -> str:
    """Name of the session."""
    session = await existing(owner, waits, session_id)
    return str((session.session_data or {}).get("session_name", ""))


async def set_name(owner: Any, waits: Waits, session_id: str | None, name: str | None, *, autogenerate: bool) -> Any:
    """Name the session and store it."""
    session = await get_session(owner, waits, session_id)
    if session is None:
        raise Exception("No session found")  # noqa: TRY002 - Agno's type, which callers may catch
    if autogenerate:
        name = await generated_name(owner, waits, session)
    elif name is None:
        raise Exception("No session name provided")  # noqa: TRY002 - Agno's type, which callers may catch
    session.session_data = dict(session.session_data or {}, session_name=name)
    await save_session(owner, waits, session)
    return session


def dated_name(workflow: Any) -> str:
    """Name of a workflow's session: what the workflow is for, and when it was named."""
    now = strftime("%Y-%m-%d %H:%M")
    if workflow.session_id is None:
        return f"Workflow Session - {now}"
    about = workflow.description
    if not about:
        return f"Workflow Session-{now}"
    return f"{about[:_ABOUT]}- - {now}" if len(about) > _ABOUT else f"{about} - {now}"


async def generated_name(owner: Any, waits: Waits, session: Any) -> str:
    """A name that the model gives the conversation; a workflow, which has no model, is named by its time.

    A name that stays too long is cut for an agent and dropped for a team, whose name may be longer: as in Agno.
    """
    if not hasattr(owner, "make_ready"):
        return dated_name(owner)
    from wherry.core.asking.exchange import plain_request
    from wherry.core.messages import Message

    owner.make_ready()
    lines = "".join(f"{message.role.upper()}: {message.content}\n" for message in session.get_messages())
    prompt = f"Conversation\n{lines}\n\nConversation Name: "
    name: str | None = None
    team = owner.session_type().value == "team"
    most = TEAM_NAME_WORDS if team else NAME_WORDS
    for _ in range(NAME_TRIES):
        messages = [
            Message(role=owner.system_message_role, content=NAME_PROMPT),
            Message(role=owner.user_message_role, content=prompt),
        ]
        reply = await plain_request(owner.model, waits, messages, None, "model")
        name = None if reply.content is None else str(reply.content)
        if name is not None and len(name.split()) <= most:  # an empty one, too, as in Agno
            return name.replace('"', "").strip()
    return "Team Session" if team else " ".join((name or "").split()[:most]) or "New Session"


async def rename_owner(owner: Any, waits: Waits, name: str, session_id: str | None) -> None:
    """Change the owner's name here and in its session."""
    session = await existing(owner, waits, session_id)
    owner.name = name
    data = f"{owner.session_type().value}_data"
    setattr(session, data, dict(getattr(session, data) or {}, name=name))
    await save_session(owner, waits, session)


async def session_summary(owner: Any, waits: Waits, session_id: str | None) -> Any:
    """Summary of the session."""
    session = await existing(owner, waits, session_id)
    return session.get_session_summary()


async def last_run_output(owner: Any, waits: Waits, session_id: str | None) -> Any:
    """The newest run of this owner, as a copy of the caller's own."""
    session = await _some_session(owner, waits, session_id, None)
    own_id = f"{owner.session_type().value}_id"
    for run in reversed(session.runs or () if session is not None else ()):
        if getattr(run, own_id, None) == owner.id:
            return deepcopy(run)
    log_warning(f"No run is stored in session {session_id!r}")
    return None


async def run_output(owner: Any, waits: Waits, run_id: str, session_id: str | None, user_id: str | None) -> Any:
    """One run of a session."""
    session = await _some_session(owner, waits, session_id, user_id)
    found = session.get_run(run_id) if session is not None else None
    if found is None:
        log_warning(f"Run {run_id!r} is not in session {session_id!r}")
    return found


async def _some_session(owner: Any, waits: Waits, session_id: str | None, user_id: str | None) -> Any:
    if ready(owner, session_id) is None:
        return None
    return await get_session(owner, waits, session_id, user_id)


async def user_memories(owner: Any, waits: Waits, user_id: str | None) -> list[Any] | None:
    """What is remembered about a user."""
    from wherry.core.memory.memory import memory_manager_of

    if owner.memory_manager is None and owner.db is None:
        return None
    keeper = memory_manager_of(owner)
    user = user_id or owner.user_id or "default"
    return await waits.wire(keeper.get_user_memories, keeper.aget_user_memories, user_id=user)
