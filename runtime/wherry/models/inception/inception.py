"""Chat completions of Inception Labs. Mirrors `agno.models.inception.inception`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from wherry.models.openai.connection import key_from
from wherry.models.openai.like import OpenAILike

__all__ = ["Inception"]


@dataclass
class Inception(OpenAILike):
    """A model served by Inception Labs; mirrors `agno.models.inception.Inception`.

    Without `api_key`, `INCEPTION_API_KEY` is read; everything else is as for `OpenAILike`.
    """

    id: str = "mercury-2"
    name: str | None = "Inception"
    provider: str | None = "InceptionLabs"
    base_url: Any = "https://api.inceptionlabs.ai/v1"
    api_key: str | None = key_from("INCEPTION_API_KEY")
    supports_native_structured_outputs: bool = False

    key_variable: ClassVar[str | None] = "INCEPTION_API_KEY"
