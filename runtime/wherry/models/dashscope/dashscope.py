"""Chat completions of DashScope (Qwen). Mirrors `agno.models.dashscope.dashscope`."""

from __future__ import annotations

from dataclasses import dataclass
from os import environ
from typing import Any, ClassVar

from wherry.models.openai.connection import key_from
from wherry.models.openai.like import OpenAILike

__all__ = ["DashScope"]


@dataclass
class DashScope(OpenAILike):
    """A Qwen model served by DashScope; mirrors `agno.models.dashscope.DashScope`.

    Without `api_key`, `DASHSCOPE_API_KEY` or `QWEN_API_KEY` is read.

    Attributes:
        enable_thinking: Let the model think first.
        include_thoughts: Another name of `enable_thinking`; it wins when set.
        thinking_budget: Most tokens of thinking.
    """

    id: str = "qwen-plus"
    name: str | None = "Qwen"
    provider: str | None = "Dashscope"
    base_url: Any = "https://dashscope-intl.aliyuncs.com/compatible-mode/v1"
    api_key: str | None = key_from("DASHSCOPE_API_KEY", "QWEN_API_KEY")
    enable_thinking: bool = False
    include_thoughts: bool | None = None
    thinking_budget: int | None = None
    supports_json_schema_outputs: bool = True

    key_variable: ClassVar[str | None] = "DASHSCOPE_API_KEY"

    def _key(self) -> str | None:
        self.api_key = self.api_key or environ.get("DASHSCOPE_API_KEY") or environ.get("QWEN_API_KEY")
        return super()._key()

    def get_request_params(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The body of a request without model and messages."""
        params = super().get_request_params(*args, **kwargs)
        thinks = self.enable_thinking if self.include_thoughts is None else self.include_thoughts
        keys: dict[str, Any] = {"enable_thinking": thinks}
        if self.thinking_budget is not None:
            keys["thinking_budget"] = self.thinking_budget
        self._beside(params, **keys)
        return params
