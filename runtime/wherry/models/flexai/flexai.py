"""Chat completions of FlexAI. Mirrors `agno.models.flexai.flexai`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from wherry.models.openai.connection import key_from
from wherry.models.openai.like import OpenAILike

__all__ = ["FlexAI"]


@dataclass
class FlexAI(OpenAILike):
    """A model served by FlexAI; mirrors `agno.models.flexai.FlexAI`.

    Without `api_key`, `FLEXAI_API_KEY` is read; everything else is as for `OpenAILike`.
    """

    id: str = "DeepSeek-V4-Flash-0731"
    name: str | None = "FlexAI"
    provider: str | None = "FlexAI"
    base_url: Any = "https://api.flex.ai/v1"
    api_key: str | None = key_from("FLEXAI_API_KEY")

    key_variable: ClassVar[str | None] = "FLEXAI_API_KEY"
