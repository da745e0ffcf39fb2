"""Chat completions of TrustedRouter. Mirrors `agno.models.trustedrouter.trustedrouter`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from wherry.models.openai.connection import key_from
from wherry.models.openai.like import OpenAILike

__all__ = ["TrustedRouter"]


@dataclass
class TrustedRouter(OpenAILike):
    """A model served by TrustedRouter; mirrors `agno.models.trustedrouter.TrustedRouter`.

    Without `api_key`, `TRUSTEDROUTER_API_KEY` is read; everything else is as for `OpenAILike`.
    """

    id: str = "trustedrouter/zdr"
    name: str | None = "TrustedRouter"
    provider: str | None = "TrustedRouter"
    base_url: Any = "https://api.trustedrouter.com/v1"
    api_key: str | None = key_from("TRUSTEDROUTER_API_KEY")

    key_variable: ClassVar[str | None] = "TRUSTEDROUTER_API_KEY"
