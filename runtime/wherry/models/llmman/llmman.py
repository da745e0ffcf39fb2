"""Chat completions of an Llmman server. Mirrors `agno.models.llmman.llmman`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from wherry.models.openai.like import OpenAILike

__all__ = ["Llmman"]


@dataclass
class Llmman(OpenAILike):
    """A model served by an Llmman server; mirrors `agno.models.llmman.Llmman`.

    It needs no key; everything else is as for `OpenAILike`.
    """

    id: str = "qwen3:0.6b-q4_K_M"
    name: str | None = "Llmman"
    provider: str | None = "Llmman"
    base_url: Any = "http://127.0.0.1:17434/v1"
    supports_native_structured_outputs: bool = False
    supports_json_schema_outputs: bool = True
