"""A small conversation beside a run: a model, a few tools, no session and no events.

Used by memory management, wherever a model works for the runtime itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.asking.exchange import plain_request
from wherry.core.messages import Message
from wherry.core.metrics import accumulate_model_metrics
from wherry.core.tools.calls import CallResult, ToolScope, execute, parse_call
from wherry.core.tools.resolve import named_tools

if TYPE_CHECKING:
    from collections.abc import Callable

    from wherry.core.metrics import RunMetrics
    from wherry.core.waits import Waits

ROUNDS = 12


async def talk_with_tools(
    model: Any,
    waits: Waits,
    messages: list[Message],
    tools: list[Callable[..., Any]],
    metrics: RunMetrics | None,
    kind: str,
) -> Any:
    """Ask, carry out the tools asked for, ask again.

    Args:
        model: Who is asked.
        waits: How to wait.
        messages: The conversation so far; grows.
        tools: Functions the model may call.
        metrics: Where the tokens of the last request are counted, as Agno counts them, or None.
        kind: Under which model type they are counted.

    Returns:
        The last ModelResponse.
    """
    resolved = named_tools(tools, blocking=waits.blocking, strict=True)
    reply = None
    for _ in range(ROUNDS):
        reply = await plain_request(model, waits, messages, None, kind, tools=resolved.wire())
        asked = messages[-1].tool_calls
        if not asked:
            break
        messages += [await answered(resolved.functions, request, model, waits) for request in asked]
    accumulate_model_metrics(reply, model, kind, metrics)
    return reply


async def answered(functions: dict[str, Any], request: dict[str, Any], model: Any, waits: Waits) -> Message:
    """Carry out one call; what the model is told."""
    call = parse_call(functions, request)
    name = (request.get("function") or {}).get("name")
    text = "There is no such tool." if call is None else call.error
    if call is not None and text is None:
        async for item in execute(call, ToolScope(), waits):
            if isinstance(item, CallResult):
                text = item.text if item.success else item.error
    return Message(role=model.tool_message_role, content=text, tool_call_id=request.get("id"), tool_name=name)
