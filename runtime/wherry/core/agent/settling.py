"""What is made of options when an agent or team is constructed: models of ids, lists of tools, one fallback setting.

What cannot be used is refused here, with the type of error that Agno raises, and not at the first run. Called by
`Runner`, for options that were given only.
"""

from __future__ import annotations

from typing import Any

from wherry.core.agent.option_kinds import NoManager
from wherry.core.agent.runner_options import DEFAULT_FOLLOWUPS
from wherry.core.errors import ConfigurationError, WherryError
from wherry.core.log import log_warning
from wherry.core.tools.component_tool import ComponentTool, refuse_marker
from wherry.core.usage import ModelType

_MODELS = ("reasoning_model", "parser_model", "output_model", "followup_model")
_TASKS = {
    "reasoning_model": ModelType.REASONING_MODEL,
    "parser_model": ModelType.PARSER_MODEL,
    "output_model": ModelType.OUTPUT_MODEL,
}
SETTLED = frozenset(
    {
        *_MODELS,
        "fallback_models",
        "fallback_config",
        "compression_manager",
        "compaction",
        "filesystem",
        "followups",
        "num_followups",
    }
)
"""Options that are looked at; a constructor that has none of them pays nothing."""


class NoList(WherryError, TypeError):
    """Something else where a list belongs."""

    code = "configuration"


def settle(owner: Any, given: dict[str, Any]) -> None:
    """Settle the options that were given.

    Raises:
        TypeError: `fallback_models` is no list.
        ConfigurationError: (a ValueError) Something that is no model stands where a model belongs, or follow-ups are
            asked for in two places or in no number; also an AttributeError when it is a fallback or compression
            setting of another type.
    """
    if given.get("followups") or "num_followups" in given:
        settle_followups(owner, given.get("followups"), given.get("num_followups"), given.get("followup_model"))
    for name in _MODELS:
        if given.get(name) is not None:
            model = owner._own_model(given[name])  # noqa: SLF001 - a part of the same object
            setattr(owner, name, model)
            if name in _TASKS and owner._kind == "agent":  # noqa: SLF001 - as above; Agno's teams tell no model its task
                model.model_type = _TASKS[name]
    if given.get("fallback_models") or given.get("fallback_config") is not None:
        settle_fallbacks(owner, given.get("fallback_models"), given.get("fallback_config"))
    if given.get("compaction"):
        from wherry.core.agent.compacting import settle_compaction

        settle_compaction(owner, ready=False)
    if given.get("filesystem"):
        from wherry.core.agent.own_files import stores_of

        stores_of(given["filesystem"])
    if given.get("compression_manager") is not None and owner._kind == "agent":  # noqa: SLF001 - as above
        settle_manager(owner, given["compression_manager"])


def settle_followups(owner: Any, followups: Any, number: Any, model: Any) -> None:
    """The greatest number of follow-ups; a configuration says it itself, and which model makes them."""
    if hasattr(followups, "count_range"):
        if number is not None or model is not None:
            hint = "Give FollowupConfig(model=..., num_followups=...), or followups=True and the two options."
            both = f"num_followups={number!r}, followup_model={model!r}"
            raise ConfigurationError(f"A FollowupConfig stands beside {both}.", hint=hint)
        owner.num_followups = followups.count_range()[1]
    elif number is None:
        owner.num_followups = DEFAULT_FOLLOWUPS
    elif number < 1:
        hint = "Leave it out for three, or followups out for none."
        raise ConfigurationError(f"num_followups must be at least 1, not {number!r}.", hint=hint)


def own_tools(tools: Any, kind: str) -> Any:
    """A list of its own of an owner's tools, so that adding to one list changes one owner; a callable as it is.

    Args:
        tools: What was given, or None.
        kind: Of the owner. As in Agno an agent without tools has an empty list and a team None, and a team takes
            whatever is falsy for no tools.

    Raises:
        TypeError: It cannot be iterated.
        ConfigurationError: (a ValueError) There is a marker of `as_tool` among them.
    """
    if type(tools) is list:
        refuse_markers(tools)
        return tools[:]
    if tools is None:
        return [] if kind == "agent" else None
    if callable(tools) and not isinstance(tools, type):
        return tools
    if not tools and kind == "team":
        return []
    try:
        own = list(tools)
    except TypeError:
        hint = "Put the tools into a list, for example tools=[my_function], or give a callable that returns one."
        raise NoList(f"tools must be a list or a callable, not {tools!r}.", hint=hint) from None
    refuse_markers(own)
    return own


def refuse_markers(tools: list[Any]) -> None:
    """Refuse what `as_tool` makes among the tools."""
    for tool in tools:
        if isinstance(tool, ComponentTool):
            refuse_marker(tool)


def settle_fallbacks(owner: Any, models: Any, config: Any) -> None:
    """One `fallback_config`, with models where ids were given; `fallback_models` is short for its `on_error`."""
    from wherry.core.asking.fallback import FallbackConfig

    if config is None:
        try:
            config = FallbackConfig(on_error=list(models))
        except TypeError:
            hint = "Give for example fallback_models=['openai:gpt-5-mini']."
            raise NoList(f"fallback_models must be a list of models, not {models!r}.", hint=hint) from None
    elif models:
        log_warning("fallback_config and fallback_models were both given; fallback_config counts.")
    if not hasattr(config, "resolve_models"):
        hint = "Give FallbackConfig(on_error=[...]), or the models themselves as fallback_models."
        raise NoManager(f"fallback_config must be a FallbackConfig, not {config!r}.", hint=hint)
    config.resolve_models()
    owner.fallback_config, owner.fallback_models = config, None


def settle_manager(owner: Any, manager: Any) -> None:
    """A compression manager without a model uses the agent's; a team settles its own at its first run, as in Agno."""
    if not hasattr(manager, "model"):
        hint = "Give a CompressionManager, or compress_tool_results=True for one with the defaults."
        raise NoManager(f"compression_manager must be a CompressionManager, not {manager!r}.", hint=hint)
    if manager.model is None:
        manager.model = owner.model
