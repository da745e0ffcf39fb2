"""Chat completions of AI/ML API. Mirrors `agno.models.aimlapi.aimlapi`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from wherry.models.openai.connection import key_from
from wherry.models.openai.like import OpenAILike

__all__ = ["AIMLAPI", "AIMLAPI_HEADERS"]

AIMLAPI_HEADERS: dict[str, str] = {}
"""Agno's attribution headers; empty, because Wherry is not that partner."""


@dataclass
class AIMLAPI(OpenAILike):
    """A model served by AI/ML API; mirrors `agno.models.aimlapi.AIMLAPI`.

    Without `api_key`, `AIMLAPI_API_KEY` is read; everything else is as for `OpenAILike`.
    """

    id: str = "gpt-5.6-luna"
    name: str | None = "AIMLAPI"
    provider: str | None = "AIMLAPI"
    base_url: Any = "https://api.aimlapi.com/v1"
    api_key: str | None = key_from("AIMLAPI_API_KEY")
    max_tokens: int | None = 4096

    key_variable: ClassVar[str | None] = "AIMLAPI_API_KEY"
