"""Chat completions of SambaNova. Mirrors `agno.models.sambanova.sambanova`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from wherry.models.openai.like import OpenAILike

__all__ = ["Sambanova"]


@dataclass
class Sambanova(OpenAILike):
    """A model served by SambaNova; mirrors `agno.models.sambanova.Sambanova`.

    Without `api_key`, `SAMBANOVA_API_KEY` is read; everything else is as for `OpenAILike`.
    """

    id: str = "Meta-Llama-3.1-8B-Instruct"
    name: str | None = "Sambanova"
    provider: str | None = "Sambanova"
    base_url: Any = "https://api.sambanova.ai/v1"
    api_key: str | None = None
    supports_native_structured_outputs: bool = False

    key_variable: ClassVar[str | None] = "SAMBANOVA_API_KEY"
