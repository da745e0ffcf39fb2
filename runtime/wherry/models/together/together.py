"""Chat completions of Together AI. Mirrors `agno.models.together.together`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from wherry.models.openai.like import OpenAILike

__all__ = ["Together"]


@dataclass
class Together(OpenAILike):
    """A model served by Together AI; mirrors `agno.models.together.Together`.

    Without `api_key`, `TOGETHER_API_KEY` is read; everything else is as for `OpenAILike`.
    """

    id: str = "MiniMaxAI/MiniMax-M2.7"
    name: str | None = "Together"
    provider: str | None = "Together"
    base_url: Any = "https://api.together.xyz/v1"
    api_key: str | None = None

    key_variable: ClassVar[str | None] = "TOGETHER_API_KEY"
