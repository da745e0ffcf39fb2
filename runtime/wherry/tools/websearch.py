"""Web search through the meta-search library `ddgs` (extra `search`). Mirrors `agno.tools.websearch`."""

from __future__ import annotations

import json
import sys
from typing import Any

from wherry.core.errors import ConfigurationError, require
from wherry.core.tools.toolkit import Toolkit

VALID_TIMELIMITS = frozenset({"d", "w", "m", "y"})


class WebSearchTools(Toolkit):
    """Search of web pages and news; mirrors `agno.tools.websearch.WebSearchTools`.

    Args:
        enable_search: Offer `web_search`.
        enable_news: Offer `search_news`.
        backend: Search engine, or "auto".
        modifier: Words put before each query of `web_search`.
        fixed_max_results: Number of results whatever the model asks for.
        proxy: Proxy for the requests.
        timeout: Seconds to wait for an engine.
        verify_ssl: Check certificates.
        timelimit: Age of results: "d", "w", "m" or "y".
        region: Region of results, for example "uk-en".

    Raises:
        ConfigurationError: `ddgs` is not installed, or an unknown time limit.
    """

    def __init__(
        self,
        enable_search: bool = True,
        enable_news: bool = True,
        backend: str = "auto",
        modifier: str | None = None,
        fixed_max_results: int | None = None,
        proxy: str | None = None,
        timeout: int | None = 10,
        verify_ssl: bool = True,
        timelimit: str | None = None,
        region: str | None = None,
        **kwargs: Any,
    ) -> None:
        require("ddgs", "search", "Web search")
        if timelimit is not None and timelimit not in VALID_TIMELIMITS:
            raise ConfigurationError(
                f"Invalid timelimit {timelimit!r}.", hint="Use 'd' (day), 'w' (week), 'm' (month) or 'y' (year)."
            )
        self.proxy = proxy
        self.timeout = timeout
        self.fixed_max_results = fixed_max_results
        self.modifier = modifier
        self.verify_ssl = verify_ssl
        self.backend = backend
        self.timelimit = timelimit
        self.region = region
        tools: list[Any] = []
        if enable_search:
            tools.append(self.web_search)
        if enable_news:
            tools.append(self.search_news)
        super().__init__(name="websearch", tools=tools, **kwargs)

    def web_search(self, query: str, max_results: int = 5) -> str:
        """Search the web.

        Args:
            query(str): What to search for.
            max_results (optional, default=5): How many results at most.

        Returns:
            Title, address and excerpt of each result, as JSON.
        """
        return self._search("text", f"{self.modifier} {query}" if self.modifier else query, max_results)

    def search_news(self, query: str, max_results: int = 5) -> str:
        """Search recent news.

        Args:
            query(str): What to search for.
            max_results (optional, default=5): How many results at most.

        Returns:
            Title, address, date and excerpt of each result, as JSON.
        """
        return self._search("news", query, max_results)

    def _search(self, category: str, query: str, max_results: int) -> str:
        engine_class = getattr(sys.modules[__name__], "DDGS")  # noqa: B009 - found by the module's __getattr__, or put there

        options: dict[str, Any] = {"max_results": self.fixed_max_results or max_results, "backend": self.backend}
        if self.timelimit is not None:
            options["timelimit"] = self.timelimit
        if self.region is not None:
            options["region"] = self.region
        with engine_class(proxy=self.proxy, timeout=self.timeout, verify=self.verify_ssl) as engine:
            results = getattr(engine, category)(query=query, **options)
        return json.dumps(results, indent=2, ensure_ascii=False)


def __getattr__(name: str) -> Any:
    """`DDGS`, imported when it is first asked for."""
    if name == "DDGS":
        from ddgs import DDGS

        return DDGS
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
