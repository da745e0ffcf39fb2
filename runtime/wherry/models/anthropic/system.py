"""Claude's system text in blocks that the service may cache. Called by `models.anthropic.claude`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from wherry.core.errors import ConfigurationError
from wherry.core.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["SystemPromptBlock", "system_blocks"]


@dataclass(slots=True, kw_only=True)
class SystemPromptBlock(Record):
    """A piece of system text; mirrors `agno.models.anthropic.SystemPromptBlock`.

    Attributes:
        text: The text.
        cache: Let the service cache it, whatever `cache_system_prompt` says.
        ttl: For how long; None: an hour if the model's `extended_cache_time` is set, else five minutes.
    """

    text: str
    cache: bool = True
    ttl: Literal["5m", "1h"] | None = None


def system_blocks(
    text: str,
    further: list[SystemPromptBlock] | Callable[[], list[SystemPromptBlock]] | None,
    *,
    cached: bool,
    for_an_hour: bool,
) -> list[dict[str, Any]]:
    """The agent's system text and the model's own blocks behind it.

    Args:
        text: The agent's system text; may be empty.
        further: The model's blocks, or a function that makes them for each request.
        cached: Cache the agent's text.
        for_an_hour: For an hour instead of five minutes.

    Raises:
        ConfigurationError: A block cached for an hour stands behind one cached for five minutes.
    """
    blocks: list[dict[str, Any]] = []
    if text:
        blocks.append(_block(text, cached=cached, for_an_hour=for_an_hour))
    for block in (further() if callable(further) else further) or ():
        hour = block.ttl == "1h" if block.ttl is not None else for_an_hour
        blocks.append(_block(block.text, cached=block.cache, for_an_hour=hour))
    times = [block["cache_control"].get("ttl", "5m") for block in blocks if "cache_control" in block]
    if times != sorted(times):
        raise ConfigurationError(
            "A system block cached for 1h follows one cached for 5m, which Anthropic refuses.",
            hint="Set extended_cache_time=True, give the block ttl='5m', or set cache_system_prompt=False.",
        )
    return blocks


def _block(text: str, *, cached: bool, for_an_hour: bool) -> dict[str, Any]:
    block: dict[str, Any] = {"type": "text", "text": text}
    if cached:
        block["cache_control"] = {"type": "ephemeral", "ttl": "1h"} if for_an_hour else {"type": "ephemeral"}
    return block
