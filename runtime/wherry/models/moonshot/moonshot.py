"""Chat completions of Moonshot AI (Kimi). Mirrors `agno.models.moonshot.moonshot`, except for uploads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from wherry.core.errors import ConfigurationError
from wherry.models.openai.connection import key_from
from wherry.models.openai.thinking import ThinkingLike

if TYPE_CHECKING:
    from wherry.core.messages import Message

__all__ = ["MoonShot"]


@dataclass
class MoonShot(ThinkingLike):
    """A Kimi model; mirrors `agno.models.moonshot.MoonShot`. Without `api_key`, `MOONSHOT_API_KEY` is read.

    Files and videos are refused: the service takes them only as uploads.
    """

    id: str = "kimi-k3"
    name: str | None = "Moonshot"
    provider: str | None = "Moonshot"
    base_url: Any = "https://api.moonshot.ai/v1"
    api_key: str | None = key_from("MOONSHOT_API_KEY")

    key_variable: ClassVar[str | None] = "MOONSHOT_API_KEY"

    def _format_message(self, message: Message, compress_tool_results: bool = False) -> dict[str, Any]:
        if message.files or message.videos:
            raise ConfigurationError(
                "MoonShot got files or videos, which Moonshot takes only as uploads.",
                hint="Put a file's text into the message, or use a model that takes files.",
            )
        return super()._format_message(message, compress_tool_results)
