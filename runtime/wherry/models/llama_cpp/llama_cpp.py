"""Chat completions of a llama.cpp server. Mirrors `agno.models.llama_cpp.llama_cpp`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from wherry.models.openai.like import OpenAILike

__all__ = ["LlamaCpp"]


@dataclass
class LlamaCpp(OpenAILike):
    """A model served by a llama.cpp server; mirrors `agno.models.llama_cpp.LlamaCpp`.

    It needs no key; everything else is as for `OpenAILike`.
    """

    id: str = "ggml-org/gpt-oss-20b-GGUF"
    name: str | None = "LlamaCpp"
    provider: str | None = "LlamaCpp"
    base_url: Any = "http://127.0.0.1:8080/v1"
