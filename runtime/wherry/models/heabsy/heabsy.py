"""Chat completions of Heabsy. Mirrors `agno.models.heabsy.heabsy`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from wherry.models.openai.connection import key_from
from wherry.models.openai.like import OpenAILike

__all__ = ["Heabsy"]


@dataclass
class Heabsy(OpenAILike):
    """A model served by Heabsy; mirrors `agno.models.heabsy.Heabsy`.

    Without `api_key`, `HEABSY_API_KEY` is read; everything else is as for `OpenAILike`.
    """

    id: str = "qwen38"
    name: str | None = "Heabsy"
    provider: str | None = "Heabsy"
    base_url: Any = "https://api.heabsy.com/v1"
    api_key: str | None = key_from("HEABSY_API_KEY")

    key_variable: ClassVar[str | None] = "HEABSY_API_KEY"
