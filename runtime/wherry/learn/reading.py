"""A model reads messages and writes down what it learns from them, through tools; no session, no events.

Called by the stores. A model that is no `Model` but has `response` and `aresponse` is asked through these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.asking.exchange import plain_request
from wherry.core.asking.side_talk import answered
from wherry.core.messages import Message
from wherry.core.metrics import accumulate_model_metrics
from wherry.core.tools.resolve import named_tools
from wherry.core.usage import ModelType

if TYPE_CHECKING:
    from collections.abc import Callable

    from wherry.core.metrics import RunMetrics
    from wherry.core.waits import Waits

ROUNDS = 12
"""So many replies after the last call that is allowed, then the conversation is over."""


async def read_out(
    waits: Waits,
    model: Any,
    messages: list[Message],
    tools: list[Callable[..., Any]],
    *,
    limit: int | None = None,
    metrics: RunMetrics | None = None,
    last: str | None = None,
) -> tuple[str | None, bool]:
    """Let a model work with tools until it asks for none.

    Args:
        waits: How to wait.
        model: Who reads.
        messages: What it is told; grows.
        tools: What it may call.
        limit: Calls beyond so many are answered with a refusal.
        metrics: Where its tokens are counted.
        last: A call of this tool ends the work.

    Returns:
        What the model said, and whether it called a tool.
    """
    resolved = named_tools(tools, blocking=waits.blocking, strict=True)
    if not hasattr(model, "ainvoke"):
        offered = list(resolved.functions.values())
        for function in offered:
            function.stop_after_tool_call = function.name == last
        given = {"messages": messages, "tools": offered, "tool_call_limit": limit}
        reply = await waits.wire(model.response, model.aresponse, **given)
        return reply.content, bool(reply.tool_executions)
    said, made, acted, reply = "", 0, False, None
    for _ in range((limit or 0) + ROUNDS):
        reply = await plain_request(model, waits, messages, None, ModelType.LEARNING_MODEL, tools=resolved.wire())
        said += reply.content or ""
        asked = messages[-1].tool_calls or []
        left = len(asked) if limit is None else max(limit - made, 0)
        made += len(asked)
        results = [await answered(resolved.functions, request, model, waits) for request in asked[:left]]
        refused = [_refusal(model, request) for request in asked[left:]]
        messages += results + refused if waits.blocking else refused + results  # on a loop first, as in Agno
        acted = acted or bool(results)
        if not asked or any(_name(request) == last for request in asked):
            break
    if reply is not None:
        accumulate_model_metrics(reply, model, ModelType.LEARNING_MODEL, metrics)  # of the last reply only, as in Agno
    return said or None, acted


def _name(request: dict[str, Any]) -> Any:
    return (request.get("function") or {}).get("name")


def _refusal(model: Any, request: dict[str, Any]) -> Message:
    return Message(
        role=model.tool_message_role,
        content=f"The limit of tool calls is reached: {_name(request)} was not called. Do not ask for it again.",
        tool_call_id=request.get("id"),
        tool_name=_name(request),
        tool_call_error=True,
    )
