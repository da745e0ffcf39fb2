"""`WebSearchTools` with DuckDuckGo as its engine. Mirrors `agno.tools.duckduckgo`."""

from __future__ import annotations

from typing import Any

from wherry.tools.websearch import WebSearchTools


class DuckDuckGoTools(WebSearchTools):
    """Search through DuckDuckGo; mirrors `agno.tools.duckduckgo.DuckDuckGoTools`.

    Args:
        enable_search: Offer `web_search`.
        enable_news: Offer `search_news`.
        modifier: Words put before each query of `web_search`.
        fixed_max_results: Number of results whatever the model asks for.
        proxy: Proxy for the requests.
        timeout: Seconds to wait for an answer.
        verify_ssl: Check certificates.
        timelimit: Age of results: "d", "w", "m" or "y".
        region: Region of results, for example "uk-en".
        backend: Another engine after all.
    """

    def __init__(
        self,
        enable_search: bool = True,
        enable_news: bool = True,
        modifier: str | None = None,
        fixed_max_results: int | None = None,
        proxy: str | None = None,
        timeout: int | None = 10,
        verify_ssl: bool = True,
        timelimit: str | None = None,
        region: str | None = None,
        backend: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            enable_search=enable_search,
            enable_news=enable_news,
            backend=backend or "duckduckgo",
            modifier=modifier,
            fixed_max_results=fixed_max_results,
            proxy=proxy,
            timeout=timeout,
            verify_ssl=verify_ssl,
            timelimit=timelimit,
            region=region,
            **kwargs,
        )
