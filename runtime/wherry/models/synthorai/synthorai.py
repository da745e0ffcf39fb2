"""Chat completions of Synthorai. Mirrors `agno.models.synthorai.synthorai`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from wherry.models.openai.connection import key_from
from wherry.models.openai.like import OpenAILike

__all__ = ["Synthorai"]


@dataclass
class Synthorai(OpenAILike):
    """A model served by Synthorai; mirrors `agno.models.synthorai.Synthorai`.

    Without `api_key`, `SYNTHORAI_API_KEY` is read; everything else is as for `OpenAILike`.
    """

    id: str = "claude-opus-5"
    name: str | None = "Synthorai"
    provider: str | None = "Synthorai"
    base_url: Any = "https://synthorai.io/v1"
    api_key: str | None = key_from("SYNTHORAI_API_KEY")

    key_variable: ClassVar[str | None] = "SYNTHORAI_API_KEY"
