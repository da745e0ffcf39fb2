"""A copy of an agent for one attempt: it sees an empty world of its own and changes nothing outside.

Called by `rollouts`. Reading what is shared by all users (knowledge) stays possible; whatever would write is off.
"""

from __future__ import annotations

from copy import copy
from typing import Any
from uuid import uuid4

from wherry.core.log import log_warning
from wherry.db.in_memory import InMemoryDb

_MANAGERS = ("memory_manager", "session_summary_manager", "compression_manager")
_FALLBACKS = ("on_error", "on_rate_limit", "on_context_overflow")


def isolate(agent: Any, model: Any = None, seen: frozenset[int] = frozenset()) -> None:
    """Cut an agent loose from everything that attempts must not share.

    Args:
        agent: A copy, or the product of a factory; it is changed.
        model: Runs instead of the agent's own.
        seen: Agents above it, by identity.
    """
    if id(agent) in seen:
        return
    if model is not None:
        agent.model = model
    _fresh_models(agent)
    agent.db = InMemoryDb()
    agent.user_id = f"rollout-user-{uuid4().hex}"
    for name in _MANAGERS:
        _own_manager(agent, name)
    _drop_unknown_managers(agent)
    if hasattr(agent, "initialize_agent"):
        agent.initialize_agent()  # what is shown to the model follows from the options as they were given
    agent.update_memory_on_run = False
    agent.enable_agentic_memory = False
    agent.update_knowledge = False
    agent.enable_session_summaries = False
    agent.save_response_to_file = None
    inner = getattr(agent, "reasoning_agent", None)
    if inner is not None:
        isolate(inner, seen=seen | {id(agent)})


def _fresh_models(agent: Any) -> None:
    """No attempt may be answered from the cache: it would be a copy of another one."""
    for name, value in list(vars(agent).items()):
        if not name.startswith("_") and hasattr(value, "cache_response"):
            setattr(agent, name, _uncached(value))
    config = copy(getattr(agent, "fallback_config", None))
    for name in _FALLBACKS if config is not None else ():
        setattr(config, name, [_uncached(model) for model in getattr(config, name, None) or ()])
    if config is not None:
        agent.fallback_config = config
    followups = getattr(agent, "followups", None)
    if followups is not None and hasattr(followups, "model"):
        agent.followups = copy(followups)
        agent.followups.model = _uncached(followups.model)


def _uncached(model: Any) -> Any:
    if not hasattr(model, "cache_response"):
        return model
    made = copy(model)  # the connection below stays shared
    made.cache_response = False
    return made


def _own_manager(agent: Any, name: str) -> None:
    manager = getattr(agent, name, None)
    if manager is None:
        return
    made = copy(manager)
    if name == "memory_manager":
        made.db = agent.db
    if hasattr(made, "stats"):
        made.stats = {}
    if getattr(made, "model", None) is not None:
        made.model = _uncached(made.model)
    setattr(agent, name, made)


def _drop_unknown_managers(agent: Any) -> None:
    for name, value in list(vars(agent).items()):
        if name.endswith("_manager") and not name.startswith("_") and name not in _MANAGERS and value is not None:
            log_warning(f"Attempts go without agent.{name}: nothing is known of what it would share")
            setattr(agent, name, None)
