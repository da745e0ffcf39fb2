"""Chat completions of Fireworks AI. Mirrors `agno.models.fireworks.fireworks`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from wherry.models.openai.connection import key_from
from wherry.models.openai.like import OpenAILike

__all__ = ["Fireworks"]


@dataclass
class Fireworks(OpenAILike):
    """A model served by Fireworks AI; mirrors `agno.models.fireworks.Fireworks`.

    Without `api_key`, `FIREWORKS_API_KEY` is read; everything else is as for `OpenAILike`.
    """

    id: str = "accounts/fireworks/models/gpt-oss-120b"
    name: str | None = "Fireworks"
    provider: str | None = "Fireworks"
    base_url: Any = "https://api.fireworks.ai/inference/v1"
    api_key: str | None = key_from("FIREWORKS_API_KEY")

    key_variable: ClassVar[str | None] = "FIREWORKS_API_KEY"
