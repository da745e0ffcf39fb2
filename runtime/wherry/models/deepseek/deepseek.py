"""Chat completions of DeepSeek. Mirrors `agno.models.deepseek.deepseek`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from wherry.models.openai.connection import key_from
from wherry.models.openai.thinking import ThinkingLike

__all__ = ["DeepSeek"]


@dataclass
class DeepSeek(ThinkingLike):
    """A model served by DeepSeek; mirrors `agno.models.deepseek.DeepSeek`.

    Without `api_key`, `DEEPSEEK_API_KEY` is read. Thinking is on unless `use_thinking` says otherwise or the
    model is ``deepseek-chat``.
    """

    id: str = "deepseek-v4-flash"
    name: str | None = "DeepSeek"
    provider: str | None = "DeepSeek"
    base_url: Any = "https://api.deepseek.com"
    api_key: str | None = key_from("DEEPSEEK_API_KEY")
    supports_native_structured_outputs: bool = False

    key_variable: ClassVar[str | None] = "DEEPSEEK_API_KEY"

    def _switch(self) -> bool | None:
        if self.use_thinking is not None:
            return self.use_thinking
        return None if self.id == "deepseek-chat" else True

    def get_request_params(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The body of a request without model and messages."""
        params = super().get_request_params(*args, **kwargs)
        if self._switch() is None:
            params.pop("reasoning_effort", None)
        return params
