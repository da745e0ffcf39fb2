"""Chat completions of Perplexity, which searches the web. Mirrors `agno.models.perplexity.perplexity`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from wherry.models.openai.cited import with_cited_urls
from wherry.models.openai.connection import key_from
from wherry.models.openai.like import OpenAILike

if TYPE_CHECKING:
    from wherry.core.events.model_response import ModelResponse

__all__ = ["Perplexity"]

_SENT = ("max_tokens", "temperature", "top_p", "top_k", "presence_penalty", "frequency_penalty")


@dataclass
class Perplexity(OpenAILike):
    """A model served by Perplexity; mirrors `agno.models.perplexity.Perplexity`.

    Without `api_key`, `PERPLEXITY_API_KEY` is read. The service takes no tools; the pages it read are in
    `citations`.

    Attributes:
        top_k: How many tokens to choose among.
    """

    id: str = "sonar"
    name: str | None = "Perplexity"
    provider: str | None = "Perplexity"
    base_url: Any = "https://api.perplexity.ai/"
    api_key: str | None = key_from("PERPLEXITY_API_KEY")
    max_tokens: int | None = 1024
    top_k: float | None = None
    collect_metrics_on_completion: bool = True
    supports_native_structured_outputs: bool = False
    supports_json_schema_outputs: bool = True

    key_variable: ClassVar[str | None] = "PERPLEXITY_API_KEY"

    def get_request_params(self, response_format: Any = None, *_: Any, **__: Any) -> dict[str, Any]:
        """The body of a request without model and messages."""
        params = {name: value for name in _SENT if (value := getattr(self, name)) is not None}
        if response_format is not None:
            params["response_format"] = response_format
        params.update(self.request_params or {})
        return params

    def parse_provider_response(self, response: Any, **kwargs: Any) -> ModelResponse:
        """What a reply says, its cited pages with it; mirrors `Perplexity.parse_provider_response`."""
        return self._parse_provider_response(response, **kwargs)

    def parse_provider_response_delta(self, response_delta: Any) -> ModelResponse:
        """What a piece of a streamed reply says."""
        return self._parse_provider_response_delta(response_delta)

    def _parse_provider_response(self, response: Any, **kwargs: Any) -> ModelResponse:
        return with_cited_urls(super()._parse_provider_response(response, **kwargs), response)

    def _parse_provider_response_delta(self, response: Any) -> ModelResponse:
        return with_cited_urls(super()._parse_provider_response_delta(response), response)
