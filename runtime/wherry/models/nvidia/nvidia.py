"""Chat completions of Nvidia. Mirrors `agno.models.nvidia.nvidia`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from wherry.models.openai.like import OpenAILike

__all__ = ["Nvidia"]


@dataclass
class Nvidia(OpenAILike):
    """A model served by Nvidia; mirrors `agno.models.nvidia.Nvidia`.

    Without `api_key`, `NVIDIA_API_KEY` is read; everything else is as for `OpenAILike`.
    """

    id: str = "meta/llama-3.3-70b-instruct"
    name: str | None = "Nvidia"
    provider: str | None = "Nvidia"
    base_url: Any = "https://integrate.api.nvidia.com/v1"
    api_key: str | None = None
    supports_native_structured_outputs: bool = False

    key_variable: ClassVar[str | None] = "NVIDIA_API_KEY"
