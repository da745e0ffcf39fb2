"""The agent that asks a reasoning model; mirrors `agno.reasoning.helpers`. For code that makes it itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from wherry.core.matrix import module_getattr

if TYPE_CHECKING:
    from wherry.agent import Agent

__all__ = ["get_reasoning_agent"]


def get_reasoning_agent(
    reasoning_model: Any,
    telemetry: bool = False,
    debug_mode: bool = False,
    debug_level: Literal[1, 2] = 1,
    run_context: Any = None,
) -> Agent:
    """An agent around a reasoning model; mirrors `agno.reasoning.helpers.get_reasoning_agent`.

    Args:
        reasoning_model: The agent's model.
        telemetry: Handed to the agent.
        debug_mode: Handed to the agent.
        debug_level: Handed to the agent.
        run_context: Whose session state, dependencies and metadata the agent has.
    """
    from wherry.agent import Agent

    return Agent(
        model=reasoning_model,
        telemetry=telemetry,
        debug_mode=debug_mode,
        debug_level=debug_level,
        session_state=run_context.session_state if run_context else None,
        dependencies=run_context.dependencies if run_context else None,
        metadata=run_context.metadata if run_context else None,
    )


__getattr__ = module_getattr(__name__, "agno.reasoning.helpers")
