"""Chat completions of LM Studio. Mirrors `agno.models.lmstudio.lmstudio`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from wherry.models.openai.like import OpenAILike

__all__ = ["LMStudio"]


@dataclass
class LMStudio(OpenAILike):
    """A model served by LM Studio; mirrors `agno.models.lmstudio.LMStudio`.

    It needs no key; everything else is as for `OpenAILike`.
    """

    id: str = "qwen2.5-7b-instruct-1m"
    name: str | None = "LMStudio"
    provider: str | None = "LMStudio"
    base_url: Any = "http://127.0.0.1:1234/v1"
    supports_native_structured_outputs: bool = False
    supports_json_schema_outputs: bool = True
