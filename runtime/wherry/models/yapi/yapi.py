"""Chat completions of YAPI. Mirrors `agno.models.yapi.yapi`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from wherry.models.openai.connection import key_from
from wherry.models.openai.like import OpenAILike

__all__ = ["YAPI"]


@dataclass
class YAPI(OpenAILike):
    """A model served by YAPI; mirrors `agno.models.yapi.YAPI`.

    Without `api_key`, `YAPI_API_KEY` is read; everything else is as for `OpenAILike`.
    """

    id: str = "deepseek/deepseek-v4-flash"
    name: str | None = "YAPI"
    provider: str | None = "YAPI"
    base_url: Any = "https://api.y-api.bestvirtualgoods.com/v1"
    api_key: str | None = key_from("YAPI_API_KEY")

    key_variable: ClassVar[str | None] = "YAPI_API_KEY"
