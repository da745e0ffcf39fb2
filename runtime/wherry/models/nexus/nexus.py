"""Chat completions of a Nexus gateway. Mirrors `agno.models.nexus.nexus`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from wherry.models.openai.like import OpenAILike

__all__ = ["Nexus"]


@dataclass
class Nexus(OpenAILike):
    """A model served by a Nexus gateway; mirrors `agno.models.nexus.Nexus`.

    It needs no key; everything else is as for `OpenAILike`.
    """

    id: str = "openai/gpt-4"
    name: str | None = "Nexus"
    provider: str | None = "Nexus"
    base_url: Any = "http://localhost:8000/llm/v1/"
