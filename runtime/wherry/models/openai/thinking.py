"""Services that copy chat completions and think: reasoning goes back with the messages, and can be switched.

Base of `DeepSeek`, `MiMo` and `MoonShot`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wherry.models.openai.like import OpenAILike

if TYPE_CHECKING:
    from wherry.core.messages import Message

__all__ = ["ThinkingLike"]


@dataclass
class ThinkingLike(OpenAILike):
    """A model whose thinking can be switched.

    Attributes:
        use_thinking: Switch thinking on or off; None: as the service does.
    """

    use_thinking: bool | None = None

    def _switch(self) -> bool | None:
        """Whether to say on or off; None says nothing."""
        return self.use_thinking

    def get_request_params(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The body of a request without model and messages."""
        params = super().get_request_params(*args, **kwargs)
        thinks = self._switch()
        if thinks is not None:
            self._beside(params, thinking={"type": "enabled" if thinks else "disabled"})
        if thinks is False:
            params.pop("reasoning_effort", None)
        return params

    def _format_message(self, message: Message, compress_tool_results: bool = False) -> dict[str, Any]:
        encoded = super()._format_message(message, compress_tool_results)
        if message.reasoning_content is not None:
            encoded["reasoning_content"] = message.reasoning_content
        return encoded
