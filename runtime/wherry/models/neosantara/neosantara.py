"""Chat completions of Neosantara. Mirrors `agno.models.neosantara.neosantara`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from wherry.models.openai.like import OpenAILike

__all__ = ["Neosantara"]


@dataclass
class Neosantara(OpenAILike):
    """A model served by Neosantara; mirrors `agno.models.neosantara.Neosantara`.

    Without `api_key`, `NEOSANTARA_API_KEY` is read; everything else is as for `OpenAILike`.
    """

    id: str = "grok-4.1-fast-non-reasoning"
    name: str | None = "Neosantara"
    provider: str | None = "Neosantara"
    base_url: Any = "https://api.neosantara.xyz/v1"
    api_key: str | None = None

    key_variable: ClassVar[str | None] = "NEOSANTARA_API_KEY"
