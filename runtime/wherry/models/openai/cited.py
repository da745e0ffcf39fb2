"""Services that add a list of addresses, `citations`, to a chat completion: Perplexity and xAI."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.citations import Citations, UrlCitation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wherry.core.events.model_response import ModelResponse


def with_cited_urls(response: ModelResponse, reply: Mapping[str, Any]) -> ModelResponse:
    """The response with the pages that the reply or chunk cites."""
    if cited := reply.get("citations"):
        response.citations = Citations(raw=cited, urls=[UrlCitation(url=str(url)) for url in cited])
    return response
