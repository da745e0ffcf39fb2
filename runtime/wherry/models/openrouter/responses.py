"""Responses of OpenRouter. Mirrors `agno.models.openrouter.responses`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from wherry.models.openai.open_responses import OpenResponses

if TYPE_CHECKING:
    from wherry.core.messages import Message

__all__ = ["OpenRouterResponses"]


@dataclass
class OpenRouterResponses(OpenResponses):
    """A model behind OpenRouter over responses; mirrors `agno.models.openrouter.OpenRouterResponses`.

    Without `api_key`, `OPENROUTER_API_KEY` is read.

    Attributes:
        models: Models to try when the first fails.
    """

    id: str = "openai/gpt-oss-20b"
    name: str | None = "OpenRouterResponses"
    provider: str | None = "OpenRouter"
    base_url: Any = "https://openrouter.ai/api/v1"
    api_key: str | None = None
    store: bool | None = False
    models: list[str] | None = None

    key_variable: ClassVar[str | None] = "OPENROUTER_API_KEY"
    names_reasoning: ClassVar[bool] = False

    def _using_reasoning_model(self) -> bool:
        return self.id.startswith(("openai/o3", "openai/o4", "openai/gpt-5", "openai/gpt-6"))

    def get_request_params(
        self,
        messages: list[Message] | None = None,
        response_format: Any = None,
        tools: list[dict[str, Any]] | None = None,
        tool_choice: str | dict[str, Any] | None = None,
        run_response: Any = None,
    ) -> dict[str, Any]:
        """The body of a request without model and input."""
        params = super().get_request_params(messages, response_format, tools, tool_choice, run_response)
        if self.models:
            params["extra_body"] = {**(params.get("extra_body") or {}), "models": self.models}
        return params
