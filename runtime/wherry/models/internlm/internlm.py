"""Chat completions of InternLM. Mirrors `agno.models.internlm.internlm`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from wherry.models.openai.connection import key_from
from wherry.models.openai.like import OpenAILike

__all__ = ["InternLM"]


@dataclass
class InternLM(OpenAILike):
    """A model served by InternLM; mirrors `agno.models.internlm.InternLM`.

    Without `api_key`, `INTERNLM_API_KEY` is read; everything else is as for `OpenAILike`.
    """

    id: str = "internlm2.5-latest"
    name: str | None = "InternLM"
    provider: str | None = "InternLM"
    base_url: Any = "https://internlm-chat.intern-ai.org.cn/puyu/api/v1/chat/completions"
    api_key: str | None = key_from("INTERNLM_API_KEY")

    key_variable: ClassVar[str | None] = "INTERNLM_API_KEY"
