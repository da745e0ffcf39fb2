"""Chat completions of n1n.ai. Mirrors `agno.models.n1n.n1n`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from wherry.models.openai.connection import key_from
from wherry.models.openai.like import OpenAILike

__all__ = ["N1N"]


@dataclass
class N1N(OpenAILike):
    """A model served by n1n.ai; mirrors `agno.models.n1n.N1N`.

    Without `api_key`, `N1N_API_KEY` is read; everything else is as for `OpenAILike`.
    """

    id: str = "gpt-4o"
    name: str | None = "N1N"
    provider: str | None = "N1N"
    base_url: Any = "https://api.n1n.ai/v1"
    api_key: str | None = key_from("N1N_API_KEY")

    key_variable: ClassVar[str | None] = "N1N_API_KEY"
