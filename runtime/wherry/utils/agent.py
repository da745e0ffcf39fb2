"""`agno.utils.agent`: reading and naming sessions of an agent or team; its own methods do the work."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from wherry.core.asking.input_schema import checked_input
from wherry.core.matrix import module_getattr

__all__ = ["aget_last_run_output_util", "get_last_run_output_util", "validate_input"]

_missing = module_getattr(__name__, "agno.utils.agent")


def validate_input(input: Any, input_schema: Any = None) -> Any:
    """An input as its schema has it; as it is without a schema.

    Args:
        input: What an agent or team is asked.
        input_schema: A pydantic model or a TypedDict.

    Raises:
        ValueError: It does not fit.
    """
    return checked_input(input, input_schema)


def newest(entity: Any) -> Any:
    """The newest run of its own in the session that an agent or team keeps in memory, as the caller's own copy."""
    session = entity.cached_session
    if session is None:
        return None
    entity.set_id()
    own_id = f"{entity.session_type().value}_id"
    found = (run for run in reversed(session.runs or ()) if getattr(run, own_id, None) == entity.id)
    return deepcopy(next(found, None))


def get_last_run_output_util(entity: Any, session_id: str | None = None) -> Any:
    """The newest run of an agent or team: in a session, or without one in the session it keeps in memory.

    Args:
        entity: The agent or team.
        session_id: The session, read from its database; None for the one kept by `cache_session`.

    Returns:
        A copy of the run's output, or None.
    """
    return newest(entity) if session_id is None else entity.get_last_run_output(session_id=session_id)


async def aget_last_run_output_util(entity: Any, session_id: str | None = None) -> Any:
    """`get_last_run_output_util` on the event loop."""
    return newest(entity) if session_id is None else await entity.aget_last_run_output(session_id=session_id)


def _forwarded(name: str) -> Any:
    """A function that is the method of an agent or team."""

    def forward(entity: Any, *args: Any, **given: Any) -> Any:
        return getattr(entity, method)(*args, **given)

    method = name.removesuffix("_util")
    forward.__name__ = forward.__qualname__ = name
    forward.__doc__ = f"`entity.{method}(...)`; of an asynchronous one the awaitable."
    return forward


def __getattr__(name: str) -> Any:
    if name in {  # each is a method without the ending
        "get_chat_history_util",
        "aget_chat_history_util",
        "get_run_output_util",
        "aget_run_output_util",
        "get_session_metrics_util",
        "aget_session_metrics_util",
        "get_session_name_util",
        "aget_session_name_util",
        "get_session_state_util",
        "aget_session_state_util",
        "set_session_name_util",
        "aset_session_name_util",
        "update_session_state_util",
        "aupdate_session_state_util",
    }:
        made = globals()[name] = _forwarded(name)
        return made
    return _missing(name)
