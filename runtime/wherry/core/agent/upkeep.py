"""What an owner does beside runs: telling its tools, forgetting what callables gave, coming back from a dictionary.

Called by the public methods of `agent_surface`. Mirrors the methods of the same names of `agno.agent.Agent`.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, TypeVar

from wherry.core.errors import ConfigurationError
from wherry.core.log import log_warning

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wherry.core.waits import Waits

T = TypeVar("T")
_MODELS = frozenset({"model", "reasoning_model", "parser_model", "output_model", "followup_model"})
_HOOKS = frozenset({"tool_hooks", "pre_hooks", "post_hooks"})


# --- tools ---------------------------------------------------------------------------------------------------------


async def told_tools(owner: Any, waits: Waits, context: Any, session: Any, user_id: str | None) -> list[Any]:
    """What a run of the owner would offer: its own tools and those that its options add."""
    from wherry.core.agent.own_tools import given_tools, option_tools, settle_knowledge

    run = owner.make_run(None, waits, {"session_id": session.session_id, "user_id": user_id, "run_context": context})
    run.session = session
    tools = [*await given_tools(run), *option_tools(run)]
    knowledge = await settle_knowledge(run)
    if knowledge is not None or owner.knowledge_retriever is not None:
        from wherry.core.agent.retrieval import knowledge_tools

        tools += await knowledge_tools(run, knowledge)
    return tools


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


# --- from a dictionary ---------------------------------------------------------------------------------------------


def rebuilt(kind: type[T], data: dict[str, Any], registry: Any, *, strict: bool) -> T:
    """An owner out of what `to_dict` gave.

    Args:
        kind: The class to make.
        data: What `to_dict` returned; names that the class does not have are refused as by its constructor.
        registry: An object whose lists `tools`, `functions` and `schemas` hold what the dictionary only names; None for
            none.
        strict: Refuse a name that the registry does not know instead of leaving it out with a warning.

    Raises:
        ConfigurationError: A name is unknown and `strict` was set, or a model has no id.
        NotMigratedError: An option that is not migrated.
        TypeError: An option that neither Agno nor Wherry has.
    """
    given: dict[str, Any] = {}
    for name, value in data.items():
        restored = _restored(name, value, registry, strict=strict)
        if restored is not None:
            given[name] = restored
    return kind(**given)


def _restored(name: str, value: Any, registry: Any, *, strict: bool) -> Any:
    if name in _MODELS and isinstance(value, dict):
        from wherry.models.names import get_model_from_dict

        return get_model_from_dict(value)
    if name == "fallback_models":
        return [_restored("model", item, registry, strict=strict) for item in value]
    if name == "tools" and isinstance(value, list):
        return _named(value, "tools", registry, strict=strict)
    if name in _HOOKS and isinstance(value, list):
        return _named(value, "functions", registry, strict=strict) or None
    if name.endswith("_schema") and isinstance(value, str):
        found = _named([value], "schemas", registry, strict=strict)
        return found[0] if found else None
    return value


def _named(wanted: Iterable[Any], shelf: str, registry: Any, *, strict: bool) -> list[Any]:
    """What a registry holds under some names; provider built-ins and objects stay as they are."""
    held = {_name_of(item): item for item in getattr(registry, shelf, None) or ()}
    for toolkit in [item for item in held.values() if hasattr(item, "functions")]:
        held = {**toolkit.functions, **held}
    found: list[Any] = []
    for item in wanted:
        name = item.get("name") if isinstance(item, dict) and "type" not in item else item
        if not isinstance(name, str):
            found.append(item)
        elif name in held:
            found.append(held[name])
        elif strict:
            raise ConfigurationError(
                f"There is no {name!r} among the {shelf} of the registry.",
                hint=f"Give a registry whose `{shelf}` hold it, or leave strict=False to go on without it.",
            )
        else:
            log_warning(f"There is no {name!r} among the {shelf} of the registry; it is left out.")
    return found


def _name_of(item: Any) -> str:
    return str(getattr(item, "name", None) or getattr(item, "__name__", type(item).__name__))
