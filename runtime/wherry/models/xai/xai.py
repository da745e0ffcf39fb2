"""Chat completions of xAI. Mirrors `agno.models.xai.xai`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from wherry.models.openai.cited import with_cited_urls
from wherry.models.openai.like import OpenAILike

if TYPE_CHECKING:
    from wherry.core.events.model_response import ModelResponse

__all__ = ["xAI"]


@dataclass
class xAI(OpenAILike):  # noqa: N801 - Agno's name
    """A Grok model over chat completions; mirrors `agno.models.xai.xAI`. Without `api_key`, `XAI_API_KEY` is read.

    Attributes:
        search_parameters: Settings of the live search; its pages are in `citations`.
    """

    id: str = "grok-4-1-fast-non-reasoning-latest"
    name: str | None = "xAI"
    provider: str | None = "xAI"
    base_url: Any = "https://api.x.ai/v1"
    api_key: str | None = None
    search_parameters: dict[str, Any] | None = None

    key_variable: ClassVar[str | None] = "XAI_API_KEY"

    def get_request_params(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The body of a request without model and messages."""
        params = super().get_request_params(*args, **kwargs)
        if self.search_parameters:
            self._beside(params, search_parameters=self.search_parameters)
        return params

    def _parse_provider_response(self, response: Any, **kwargs: Any) -> ModelResponse:
        return with_cited_urls(super()._parse_provider_response(response, **kwargs), response)

    def _parse_provider_response_delta(self, response: Any) -> ModelResponse:
        return with_cited_urls(super()._parse_provider_response_delta(response), response)
