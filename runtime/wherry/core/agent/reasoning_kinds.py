"""Which models think first, and where their thoughts stand: beside their answer, or in it.

Mirrors how `agno.reasoning.manager` tells native reasoning models, by class and id. It looks some of them up at their
service; Wherry asks nobody and takes their word, as the matrix says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

Place = Literal["beside", "within"]

OPENAI_CLASSES = frozenset({"OpenAIChat", "OpenAIResponses", "AzureOpenAI", "AzureOpenAIResponses"})
OPENAI_IDS = ("o1", "o3", "o4", "gpt-5", "gpt-6")
DEEPSEEK_IDS = ("reasoner", "r1", "v3.1", "v3.2", "v4")
_HOSTED = tuple(f"deepseek-{part}" for part in ("r1", "reasoner", "v3.1", "v3.2", "v4"))
LIKE_OPENAI_IDS = (*_HOSTED, "minimax-m2", "minimax-m3")
GROQ_IDS = ("deepseek", "gpt-oss", "qwen3")


def _named(*parts: str) -> Callable[[Any], bool]:
    return lambda model: any(part in str(model.id).lower() for part in parts)


def _always(_model: Any) -> bool:
    return True


_BY_CLASS: dict[str, tuple[Place, Callable[[Any], bool]]] = {
    "DeepSeek": ("beside", _named(*DEEPSEEK_IDS)),
    "Claude": ("beside", lambda model: model.provider == "Anthropic" and model.thinking is not None),
    "Gemini": ("beside", _always),
    "MoonShot": ("beside", _always),
    "OpenRouter": ("within", _always),
    "Ollama": ("within", _always),
    "Groq": ("within", _named(*GROQ_IDS)),
}


def place_of_thoughts(model: Any) -> Place | None:
    """Where the thoughts of a model stand in its replies; None: it is not known to think first."""
    name = type(model).__name__
    if name in _BY_CLASS:
        place, thinks = _BY_CLASS[name]
        if thinks(model):
            return place
    if name in OPENAI_CLASSES and any(part in str(model.id) for part in OPENAI_IDS):
        return "within"
    return "within" if is_like_openai(model) and _named(*LIKE_OPENAI_IDS)(model) else None


def is_like_openai(model: Any) -> bool:
    """Whether a model speaks to an API like OpenAI's."""
    return any(base.__name__ == "OpenAILike" for base in type(model).__mro__)
