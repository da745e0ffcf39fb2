"""Chat completions of v0 by Vercel. Mirrors `agno.models.vercel.v0`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from wherry.models.openai.like import OpenAILike

__all__ = ["V0"]


@dataclass
class V0(OpenAILike):
    """A model served by v0 by Vercel; mirrors `agno.models.vercel.V0`.

    Without `api_key`, `V0_API_KEY` is read; everything else is as for `OpenAILike`.
    """

    id: str = "v0-1.0-md"
    name: str | None = "v0"
    provider: str | None = "Vercel"
    base_url: Any = "https://api.v0.dev/v1/"
    api_key: str | None = None

    key_variable: ClassVar[str | None] = "V0_API_KEY"
