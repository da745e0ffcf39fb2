"""How the search weighs pages, and the words that people type for what a page calls otherwise; `build` adds both.

A page that explains comes before one that lists: hundreds of features, errors and examples name the same things.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

WEIGHTS: Mapping[str, float] = {
    "faq.md": 5,
    "quickstart.md": 2,
    "guide/extend.md": 0.7,
    "guide/": 1.5,
    "notebooks/": 1.5,
    "benchmarks.md": 1.5,
    "reference/": 0.7,
    "checklists/": 0.5,
    "errors/": 0.5,
    "release.md": 0.2,
    "features/index.md": 0,
    "changelog.md": 0.1,
    "cookbook/": 0.1,
}
"""Weight by the start of a page's path, the first that fits; 1 for all others. Nought: not found at all."""

WORDS: Mapping[str, tuple[str, ...]] = {
    "benchmarks.md": ("faster", "speed"),
    "faq.md": ("MCP", "guardrails", "knowledge", "license", "telemetry opt out"),
    "guide/agents.md": (
        "async",
        "multimodal images",
        "rate limit",
        "reasoning",
        "streaming responses",
        "structured output",
        "system prompt",
    ),
    "guide/agentos.md": ("CORS", "FastAPI app", "base_app", "lifespan", "security key"),
    "guide/assess.md": ("upgrade from Agno 1.x", "upgrade from Agno 2.x", "phidata"),
    "guide/cut-over.md": ("deploy", "production"),
    "guide/extend.md": ("custom model", "custom provider", "plugin", "subclass"),
    "guide/index.md": ("migrate from Agno", "switch"),
    "guide/knowledge.md": ("RAG", "embeddings", "vector database", "PDF"),
    "guide/serve.md": ("AgentOS", "Docker", "FastAPI", "REST API", "deploy", "playground", "run an agent"),
    "guide/serve-others.md": ("authentication", "load test", "scaling", "tokens"),
    "guide/sessions.md": ("chat history", "memory", "persistence", "storage"),
    "guide/teams.md": ("coordinate mode", "multi agent"),
    "guide/telemetry.md": ("OpenTelemetry", "cost", "token usage", "metrics"),
    "guide/tools.md": ("custom tool", "function calling", "tool call limit"),
    "guide/workflows.md": ("parallel steps", "router", "loop"),
    "performance.md": ("faster", "speed"),
    "quickstart.md": ("install", "pip", "getting started"),
}
"""By page, what people look for by another name than the page has."""

_HEAD = "---\n"


def findable(name: str, page: str) -> str:
    """The page with its weight and its words in the head, where the search reads them.

    Args:
        name: Path of the page below the folder of pages.
        page: Its Markdown, with or without a head.
    """
    weight = next((weight for start, weight in WEIGHTS.items() if name.startswith(start)), None)
    words = ", ".join(WORDS.get(name, ()))
    searched = "exclude: true" if weight == 0 else f"boost: {weight}"
    lines = ([] if weight is None else [f"search: {{{searched}}}"]) + ([f"tags: [{words}]"] if words else [])
    if not lines:
        return page
    rest = page.removeprefix(_HEAD) if page.startswith(_HEAD) else f"{_HEAD}\n{page}"
    return f"{_HEAD}{chr(10).join(lines)}\n{rest}"
