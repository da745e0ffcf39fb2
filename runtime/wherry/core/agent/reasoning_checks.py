"""Whether a model thinks by itself, told by its class, id and settings; reached below `wherry.reasoning`.

Mirrors the checks of `agno.reasoning`. For Claude, Gemini, Ollama, OpenRouter and MoonShot Agno asks the service first
and decides like this where that fails; Wherry opens no connection for it. What a run does with such a model is
`reasoning_kinds`' business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.agent.reasoning_kinds import (
    DEEPSEEK_IDS,
    GROQ_IDS,
    LIKE_OPENAI_IDS,
    OPENAI_CLASSES,
    OPENAI_IDS,
    is_like_openai,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

_GEMINI_IDS = ("2.5", "3.0", "3.5", "deepthink", "gemini-3")
_OLLAMA_IDS = (
    "qwq",
    "deepseek-r1",
    "qwen3",
    "gpt-oss",
    "magistral",
    "openthinker",
    "phi4-reasoning",
    "minimax-m",
)
_OPENROUTER_IDS = (
    "o3",
    "o4",
    "gpt-5",
    "deepseek-r1",
    "deepseek-reasoner",
    "deepseek-v4",
    "gemini-2.5",
    "gemini-3",
    "qwen3",
    "gpt-oss",
    "grok-4",
    "minimax-m",
    "magistral",
)
_MOONSHOT_IDS = ("k3", "thinking")
_FOUNDRY_IDS = ("deepseek", "o1", "o3", "o4", "gpt-5", "reasoning")


def _is(model: Any, name: str) -> bool:
    return type(model).__name__ == name


def _has(text: str, parts: Iterable[str]) -> bool:
    return any(part in text for part in parts)


def _thinks(model: Any, provider: str) -> bool:
    """Whether a model of this provider is told to think."""
    return getattr(model, "provider", None) == provider and getattr(model, "thinking", None) is not None


def is_anthropic_reasoning_model(reasoning_model: Any) -> bool:
    """Whether it is a Claude of Anthropic's own service that is told to think.

    Args:
        reasoning_model: Any model.
    """
    return _is(reasoning_model, "Claude") and _thinks(reasoning_model, "Anthropic")


def is_vertexai_reasoning_model(reasoning_model: Any) -> bool:
    """Whether it is a model on Vertex AI that is told to think.

    Args:
        reasoning_model: Any model.
    """
    return _thinks(reasoning_model, "VertexAI")


def is_gemini_reasoning_model(reasoning_model: Any) -> bool:
    """Whether it is a Gemini of a version that thinks, or one that is told to.

    Args:
        reasoning_model: Any model; a `thinking_budget` of 0 tells it not to think.
    """
    if not _is(reasoning_model, "Gemini"):
        return False
    budget = getattr(reasoning_model, "thinking_budget", None)
    told = (budget is not None and budget > 0) or getattr(reasoning_model, "include_thoughts", None) is not None
    return told or _has(reasoning_model.id.lower(), _GEMINI_IDS)


def is_openai_reasoning_model(reasoning_model: Any) -> bool:
    """Whether it is a thinking model of OpenAI's, or one behind an API like OpenAI's.

    Args:
        reasoning_model: Any model.
    """
    if type(reasoning_model).__name__ in OPENAI_CLASSES and _has(reasoning_model.id, OPENAI_IDS):
        return True
    return is_like_openai(reasoning_model) and _has(reasoning_model.id.lower(), LIKE_OPENAI_IDS)


def is_deepseek_reasoning_model(reasoning_model: Any) -> bool:
    """Whether it is a DeepSeek that thinks.

    Args:
        reasoning_model: Any model.
    """
    return _is(reasoning_model, "DeepSeek") and _has(reasoning_model.id.lower(), DEEPSEEK_IDS)


def is_groq_reasoning_model(reasoning_model: Any) -> bool:
    """Whether it is a model on Groq that thinks.

    Args:
        reasoning_model: Any model.
    """
    return _is(reasoning_model, "Groq") and _has(reasoning_model.id.lower(), GROQ_IDS)


def is_ollama_reasoning_model(reasoning_model: Any) -> bool:
    """Whether it is a model in Ollama whose id is one of a family that thinks.

    Args:
        reasoning_model: Any model.
    """
    return _is(reasoning_model, "Ollama") and _has(reasoning_model.id, _OLLAMA_IDS)


def is_openrouter_reasoning_model(reasoning_model: Any) -> bool:
    """Whether it is a model at OpenRouter whose id is one of a family that thinks.

    Args:
        reasoning_model: Any model.
    """
    return _is(reasoning_model, "OpenRouter") and _has(reasoning_model.id.lower(), _OPENROUTER_IDS)


def is_moonshot_reasoning_model(reasoning_model: Any) -> bool:
    """Whether it is a Kimi that thinks.

    Args:
        reasoning_model: Any model.
    """
    return _is(reasoning_model, "MoonShot") and _has(reasoning_model.id.lower(), _MOONSHOT_IDS)


def is_ai_foundry_reasoning_model(reasoning_model: Any) -> bool:
    """Whether it is a model in Azure AI Foundry that thinks.

    Args:
        reasoning_model: Any model.
    """
    return _is(reasoning_model, "AzureAIFoundry") and _has(reasoning_model.id.lower(), _FOUNDRY_IDS)
