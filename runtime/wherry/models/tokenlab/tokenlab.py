"""Chat completions of TokenLab. Mirrors `agno.models.tokenlab.tokenlab`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from wherry.models.openai.connection import key_from
from wherry.models.openai.like import OpenAILike

__all__ = ["TokenLab"]


@dataclass
class TokenLab(OpenAILike):
    """A model served by TokenLab; mirrors `agno.models.tokenlab.TokenLab`.

    Without `api_key`, `TOKENLAB_API_KEY` is read; everything else is as for `OpenAILike`.
    """

    id: str = "gpt-5.4-mini"
    name: str | None = "TokenLab"
    provider: str | None = "TokenLab"
    base_url: Any = "https://api.tokenlab.sh/v1"
    api_key: str | None = key_from("TOKENLAB_API_KEY")

    key_variable: ClassVar[str | None] = "TOKENLAB_API_KEY"
