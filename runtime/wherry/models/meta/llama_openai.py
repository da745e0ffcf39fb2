"""Chat completions of Meta's Llama API. Mirrors `agno.models.meta.llama_openai`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from wherry.models.openai.like import OpenAILike
from wherry.wires.parts import all_readable, chat_image

if TYPE_CHECKING:
    from wherry.core.messages import Message

__all__ = ["LlamaOpenAI"]


@dataclass
class LlamaOpenAI(OpenAILike):
    """A Llama model served by Meta; mirrors `agno.models.meta.LlamaOpenAI`. Without `api_key`, `LLAMA_API_KEY` is read.

    Attributes:
        repetition_penalty: Kept for compatibility; Agno does not send it either.
        top_k: The same.
    """

    id: str = "Llama-4-Maverick-17B-128E-Instruct-FP8"
    name: str | None = "LlamaOpenAI"
    provider: str | None = "LlamaOpenAI"
    base_url: Any = "https://api.llama.com/compat/v1/"
    api_key: str | None = None
    repetition_penalty: float | None = None
    top_k: int | None = None
    openai_async_client: Any = None
    supports_native_structured_outputs: bool = False
    supports_json_schema_outputs: bool = True

    key_variable: ClassVar[str | None] = "LLAMA_API_KEY"

    def _format_message(self, message: Message, compress_tool_results: bool = False) -> dict[str, Any]:
        if message.role == "tool":
            content = message.get_content(use_compressed_content=compress_tool_results)
            return {"role": "tool", "tool_call_id": message.tool_call_id, "content": content}
        text = {"type": "text", "text": message.content or " "}
        if message.role == "assistant":
            encoded: dict[str, Any] = {"role": "assistant", "content": [text]}
            if message.tool_calls:
                encoded["tool_calls"] = message.tool_calls
            encoded["stop_reason"] = "tool_calls" if message.tool_calls else "stop"
            return encoded
        encoded = {"role": message.role, "content": [text, *all_readable(chat_image, message.images)]}
        if message.name is not None:
            encoded["name"] = message.name
        return encoded
