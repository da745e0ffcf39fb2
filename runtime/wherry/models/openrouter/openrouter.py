"""Chat completions of OpenRouter. Mirrors `agno.models.openrouter.openrouter`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from wherry.core.media import Image
from wherry.models.openai.like import OpenAILike

if TYPE_CHECKING:
    from wherry.core.events.model_response import ModelResponse
    from wherry.core.messages import Message

__all__ = ["OpenRouter"]


@dataclass
class OpenRouter(OpenAILike):
    """A model behind OpenRouter; mirrors `agno.models.openrouter.OpenRouter`.

    Without `api_key`, `OPENROUTER_API_KEY` is read. Details of the reasoning go back with the messages.

    Attributes:
        models: Models to try when the first fails.
    """

    id: str = "gpt-5.4-mini"
    name: str | None = "OpenRouter"
    provider: str | None = "OpenRouter"
    base_url: Any = "https://openrouter.ai/api/v1"
    api_key: str | None = None
    max_tokens: int | None = 1024
    models: list[str] | None = None

    key_variable: ClassVar[str | None] = "OPENROUTER_API_KEY"

    def get_request_params(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The body of a request without model and messages."""
        params = super().get_request_params(*args, **kwargs)
        if self.models:
            params["extra_body"] = {**(params.get("extra_body") or {}), "models": self.models}
        return params

    def _format_message(self, message: Message, compress_tool_results: bool = False) -> dict[str, Any]:
        encoded = super()._format_message(message, compress_tool_results)
        details = (message.provider_data or {}).get("reasoning_details")
        if message.role == "assistant" and details:
            encoded["reasoning_details"] = details
        return encoded

    def _parse_provider_response(self, response: Any, **kwargs: Any) -> ModelResponse:
        return _with_extras(super()._parse_provider_response(response, **kwargs), response, "message")

    def _parse_provider_response_delta(self, response: Any) -> ModelResponse:
        return _with_extras(super()._parse_provider_response_delta(response), response, "delta")


def _with_extras(response: ModelResponse, reply: dict[str, Any], key: str) -> ModelResponse:
    """The response with the service's reasoning details and pictures."""
    choices = reply.get("choices") or [{}]
    told = choices[0].get(key) or {}
    if details := told.get("reasoning_details"):
        response.provider_data = {**(response.provider_data or {}), "reasoning_details": details}
    for picture in told.get("images") or ():
        url = (picture.get("image_url") or {}).get("url") or ""
        if url.startswith("data:"):
            head, _, text = url.partition(",")
            mime_type = head.removeprefix("data:").partition(";")[0] or None
            response.images = [*(response.images or ()), Image.from_base64(text, mime_type=mime_type)]
    return response
