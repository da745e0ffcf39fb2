"""Models whose `response` or `aresponse` somebody replaced, on the object or in a subclass: they are asked by it.

Agno's runs ask every model by these two methods; here they are the way around `invoke`, unless they are someone's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.events.model_response import ModelResponse
from wherry.core.usage import MessageMetrics
from wherry.models.base import Model

if TYPE_CHECKING:
    from wherry.core.waits import Waits

_READ = ("content", "parsed", "reasoning_content", "tool_calls", "tool_executions", "provider_data", "citations")
_READ_MEDIA = ("images", "videos", "audios", "files", "audio")


def has_own_response(model: Any, waits: Waits) -> bool:
    """Whether a whole reply comes from a method of the user's."""
    name = "response" if waits.blocking else "aresponse"
    if name in getattr(model, "__dict__", ()):
        return True
    method = getattr(type(model), name, None)
    # A model of Agno's has Agno's method, which runs tools by itself: it is asked by `invoke`.
    return method is not getattr(Model, name) and not getattr(method, "__module__", "").startswith("agno.")


async def own_response(model: Any, waits: Waits, messages: list[Any], assistant_message: Any, **request: Any) -> Any:
    """Ask by that method; what it appends to the messages is the run's own business."""
    del request["compress_tool_results"]  # Agno's methods do not know it
    reply = await waits.wire(model.response, model.aresponse, messages=list(messages), **request)
    if isinstance(reply, ModelResponse):
        return reply
    # Something in the shape of a reply: what a run reads of it, and nothing that only looks like data.
    given = {name: getattr(reply, name, None) for name in (*_READ, *_READ_MEDIA)}
    data = (str, list, tuple, dict)
    made: dict[str, Any] = {
        name: value for name, value in given.items() if isinstance(value, data) or name == "content"
    }
    usage = getattr(reply, "response_usage", None)
    return ModelResponse(**made, response_usage=usage if isinstance(usage, MessageMetrics) else None)
