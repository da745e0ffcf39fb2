"""Chat completions of the Nebius Token Factory. Mirrors `agno.models.nebius.nebius`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from wherry.models.openai.connection import key_from
from wherry.models.openai.like import OpenAILike

__all__ = ["Nebius"]


@dataclass
class Nebius(OpenAILike):
    """A model served by the Nebius Token Factory; mirrors `agno.models.nebius.Nebius`.

    Without `api_key`, `NEBIUS_API_KEY` is read; everything else is as for `OpenAILike`.
    """

    id: str = "openai/gpt-oss-20b"
    name: str | None = "Nebius"
    provider: str | None = "Nebius"
    base_url: Any = "https://api.tokenfactory.nebius.com/v1/"
    api_key: str | None = key_from("NEBIUS_API_KEY")

    key_variable: ClassVar[str | None] = "NEBIUS_API_KEY"
