"""Server-sent event frames and the small arithmetic that several dialects share."""

from __future__ import annotations

from typing import Any

from wherry.core.exact_json import dumps_exact

CREATED = 1_750_000_000
"""Fixed Unix time of every answer, so that two replays are equal byte by byte."""


def data_frame(payload: Any) -> bytes:
    """`data: <json>` and the blank line."""
    return b"data: " + dumps_exact(payload) + b"\n\n"


def named_frame(event: str, payload: Any) -> bytes:
    """`event: <name>`, `data: <json>` and the blank line."""
    return b"event: " + event.encode() + b"\ndata: " + dumps_exact(payload) + b"\n\n"


def halves(text: str) -> list[str]:
    """A text in two pieces (one when it is a single character, none when empty), as providers cut tool arguments."""
    middle = max(1, len(text) // 2)
    return [part for part in (text[:middle], text[middle:]) if part]
