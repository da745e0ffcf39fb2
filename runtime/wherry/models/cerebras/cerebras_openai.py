"""Chat completions of Cerebras. Mirrors `agno.models.cerebras.cerebras_openai`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import orjson

from wherry.models.openai.connection import key_from
from wherry.models.openai.like import OpenAILike

if TYPE_CHECKING:
    from wherry.core.messages import Message

__all__ = ["CerebrasOpenAI"]

_ONE_CALL_AT_A_TIME = "llama-4-scout-17b-16e-instruct"


@dataclass
class CerebrasOpenAI(OpenAILike):
    """A model served by Cerebras; mirrors `agno.models.cerebras.CerebrasOpenAI`.

    Without `api_key`, `CEREBRAS_API_KEY` is read.

    Attributes:
        parallel_tool_calls: Whether the model may ask for several calls at once.
    """

    id: str = "gpt-oss-120b"
    name: str | None = "CerebrasOpenAI"
    provider: str | None = "CerebrasOpenAI"
    base_url: Any = "https://api.cerebras.ai/v1"
    api_key: str | None = key_from("CEREBRAS_API_KEY")
    parallel_tool_calls: bool | None = None

    key_variable: ClassVar[str | None] = "CEREBRAS_API_KEY"

    def get_request_params(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The body of a request without model and messages."""
        params = super().get_request_params(*args, **kwargs)
        if tools := params.get("tools"):
            params["tools"] = [_plain_function(tool) for tool in tools]
            if self.id == _ONE_CALL_AT_A_TIME:
                params["parallel_tool_calls"] = False
            elif self.parallel_tool_calls is not None:
                params["parallel_tool_calls"] = self.parallel_tool_calls
        return params

    def _format_message(self, message: Message, compress_tool_results: bool = False) -> dict[str, Any]:
        content = message.get_content(use_compressed_content=compress_tool_results)
        if message.role == "tool":
            return {"role": "tool", "tool_call_id": message.tool_call_id, "content": "" if content is None else content}
        encoded: dict[str, Any] = {"role": message.role, "content": "" if message.content is None else message.content}
        if message.name:
            encoded["name"] = message.name
        if message.tool_calls:
            encoded["tool_calls"] = [_plain_call(call) for call in message.tool_calls]
        return encoded


def _plain_function(tool: dict[str, Any]) -> dict[str, Any]:
    function = tool.get("function") or {}
    plain = {key: function[key] for key in ("name", "description", "parameters") if key in function}
    return {"type": "function", "function": plain}


def _plain_call(call: dict[str, Any]) -> dict[str, Any]:
    function = call["function"]
    arguments = function["arguments"]
    text = arguments if isinstance(arguments, str) else orjson.dumps(arguments).decode()
    return {"id": call["id"], "type": call["type"], "function": {"name": function["name"], "arguments": text}}
