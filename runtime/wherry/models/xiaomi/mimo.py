"""Chat completions of Xiaomi MiMo. Mirrors `agno.models.xiaomi.mimo`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from wherry.models.openai.connection import key_from
from wherry.models.openai.thinking import ThinkingLike

__all__ = ["MiMo"]


@dataclass
class MiMo(ThinkingLike):
    """A model served by Xiaomi; mirrors `agno.models.xiaomi.MiMo`. Without `api_key`, `MIMO_API_KEY` is read."""

    id: str = "mimo-v2.5-pro"
    name: str | None = "MiMo"
    provider: str | None = "Xiaomi MiMo"
    base_url: Any = "https://api.xiaomimimo.com/v1"
    api_key: str | None = key_from("MIMO_API_KEY")
    supports_native_structured_outputs: bool = False

    key_variable: ClassVar[str | None] = "MIMO_API_KEY"
