"""Chat completions of MiniMax. Mirrors `agno.models.minimax.minimax`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from wherry.core.events.model_response import ModelResponse
from wherry.models.openai.connection import key_from
from wherry.models.openai.like import OpenAILike

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

__all__ = ["MiniMax"]


@dataclass
class MiniMax(OpenAILike):
    """A model served by MiniMax; mirrors `agno.models.minimax.MiniMax`. Without `api_key`, `MINIMAX_API_KEY` is read.

    Thinking comes both as reasoning and inside ``<think>`` tags of the text; the tags are left out of a stream.
    """

    id: str = "MiniMax-M3"
    name: str | None = "MiniMax"
    provider: str | None = "MiniMax"
    base_url: Any = "https://api.minimax.io/v1"
    api_key: str | None = key_from("MINIMAX_API_KEY")
    supports_native_structured_outputs: bool = False

    key_variable: ClassVar[str | None] = "MINIMAX_API_KEY"

    def invoke_stream(self, *args: Any, **kwargs: Any) -> Iterator[ModelResponse]:
        """Ask for a reply in parts; as `OpenAIChat.invoke_stream`."""
        spoken = SpokenText()
        for part in super().invoke_stream(*args, **kwargs):
            part.content = spoken.of(part.content)
            yield part
        if rest := spoken.rest():
            yield ModelResponse(content=rest)

    async def ainvoke_stream(self, *args: Any, **kwargs: Any) -> AsyncIterator[ModelResponse]:
        """Ask for a reply in parts on an event loop; as `OpenAIChat.invoke_stream`."""
        spoken = SpokenText()
        async for part in super().ainvoke_stream(*args, **kwargs):
            part.content = spoken.of(part.content)
            yield part
        if rest := spoken.rest():
            yield ModelResponse(content=rest)


class SpokenText:
    """Leaves ``<think>…</think>`` out of a text that comes in pieces; a tag may be cut anywhere."""

    def __init__(self) -> None:
        self._held = ""
        self._thinking = False

    def of(self, piece: str | None) -> str | None:
        """What of the text may be shown after this piece; None for nothing."""
        if not piece:
            return piece
        text, self._held = self._held + piece, ""
        shown: list[str] = []
        while text:
            tag = "</think>" if self._thinking else "<think>"
            before, found, behind = text.partition(tag)
            if not found:
                held = _beginning_of(tag, text)
                before, self._held = (text[: len(text) - held], text[len(text) - held :]) if held else (text, "")
            if not self._thinking:
                shown.append(before)
            if found:
                self._thinking = not self._thinking
            text = behind
        return "".join(shown) or None

    def rest(self) -> str:
        """What was held back in case it began a tag."""
        held, self._held = self._held, ""
        return "" if self._thinking else held


def _beginning_of(tag: str, text: str) -> int:
    """How many characters at the end of the text may begin the tag."""
    return next((n for n in range(min(len(text), len(tag) - 1), 0, -1) if text.endswith(tag[:n])), 0)
