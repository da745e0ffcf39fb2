"""What an owner does beside runs: telling its tools, forgetting what callables gave.

Called by the public methods of `agent_surface`. Mirrors the methods of the same names of `agno.agent.Agent`.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from wherry.core.errors import ConfigurationError
from wherry.core.log import log_warning

if TYPE_CHECKING:
    from wherry.core.waits import Waits


# --- tools ---------------------------------------------------------------------------------------------------------


async def told_tools(owner: Any, waits: Waits, context: Any, session: Any, user_id: str | None) -> list[Any]:
    """What a run of the owner would offer: its own tools and those that its options add."""
    from wherry.core.agent.own_tools import offered_tools

    run = owner.make_run(None, waits, {"session_id": session.session_id, "user_id": user_id, "run_context": context})
    run.session = session
    return await offered_tools(run, connected=False)


async def forget(owner: Any, waits: Waits, kind: str | None, *, close: bool) -> None:
    """Ask the owner's callables again at the next run.

    Raises:
        ConfigurationError: (a ValueError) There is no such kind.
    """
    kinds = ("tools", "knowledge", "members")
    if kind is not None and kind not in kinds:
        raise ConfigurationError(
            f"Invalid kind: {kind!r}.", hint=f"Use one of {', '.join(map(repr, kinds))}, or None for all of them."
        )
    cache = owner.__dict__.get("_factory_cache", {})
    closed: set[int] = set()
    for name, key in list(cache):
        if kind is not None and name != kind:
            continue
        made = cache.pop((name, key))
        if close:
            for item in made if isinstance(made, (list, tuple)) else [made]:
                if id(item) not in closed:
                    closed.add(id(item))
                    await _close(item, waits)


async def _close(item: Any, waits: Waits) -> None:
    """Close something that a callable gave; what cannot be closed in this kind of run is told."""
    end = (
        getattr(item, "close", None)
        if waits.blocking
        else getattr(item, "aclose", None) or getattr(item, "close", None)
    )
    if not callable(end):
        return
    if waits.blocking and inspect.iscoroutinefunction(end):
        log_warning(f"{item!r} is closed asynchronously only: use aclear_callable_cache(close=True).")
        return
    try:
        await waits.call(end)
    except Exception as error:  # noqa: BLE001 - whatever a user's code raises while it closes must not stop the others
        log_warning(f"{item!r} could not be closed: {error!r}")


async def keep_answer(owner: Any, waits: Waits, query: str, result: str) -> str:
    """Put an answer into the owner's knowledge base; outside a run, so under the owner's user."""
    from wherry.core.agent.retrieval import add

    return await add(owner.make_run(None, waits, {}), query, result)
