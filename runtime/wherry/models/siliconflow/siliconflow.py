"""Chat completions of SiliconFlow. Mirrors `agno.models.siliconflow.siliconflow`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from wherry.models.openai.like import OpenAILike

__all__ = ["Siliconflow"]


@dataclass
class Siliconflow(OpenAILike):
    """A model served by SiliconFlow; mirrors `agno.models.siliconflow.Siliconflow`.

    Without `api_key`, `SILICONFLOW_API_KEY` is read; everything else is as for `OpenAILike`.
    """

    id: str = "Qwen/QwQ-32B"
    name: str | None = "Siliconflow"
    provider: str | None = "Siliconflow"
    base_url: Any = "https://api.siliconflow.cn/v1"
    api_key: str | None = None

    key_variable: ClassVar[str | None] = "SILICONFLOW_API_KEY"
