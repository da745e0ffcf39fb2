"""Chat completions of a LiteLLM proxy. Mirrors `agno.models.litellm.litellm_openai`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from wherry.models.openai.connection import key_from
from wherry.models.openai.like import OpenAILike

__all__ = ["LiteLLMOpenAI"]


@dataclass
class LiteLLMOpenAI(OpenAILike):
    """A model behind a LiteLLM proxy; mirrors `agno.models.litellm.LiteLLMOpenAI`.

    Without `api_key`, `LITELLM_API_KEY` is read; everything else is as for `OpenAILike`.
    """

    id: str = "gpt-4o"
    name: str | None = "LiteLLMOpenAI"
    provider: str | None = "LiteLLM"
    base_url: Any = "http://0.0.0.0:4000"
    api_key: str | None = key_from("LITELLM_API_KEY")

    key_variable: ClassVar[str | None] = "LITELLM_API_KEY"
