"""Chat completions of DeepInfra. Mirrors `agno.models.deepinfra.deepinfra`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from wherry.models.openai.connection import key_from
from wherry.models.openai.like import OpenAILike

__all__ = ["DeepInfra"]


@dataclass
class DeepInfra(OpenAILike):
    """A model served by DeepInfra; mirrors `agno.models.deepinfra.DeepInfra`.

    Without `api_key`, `DEEPINFRA_API_KEY` is read; everything else is as for `OpenAILike`.
    """

    id: str = "meta-llama/Llama-2-70b-chat-hf"
    name: str | None = "DeepInfra"
    provider: str | None = "DeepInfra"
    base_url: Any = "https://api.deepinfra.com/v1/openai"
    api_key: str | None = key_from("DEEPINFRA_API_KEY")
    supports_native_structured_outputs: bool = False

    key_variable: ClassVar[str | None] = "DEEPINFRA_API_KEY"
