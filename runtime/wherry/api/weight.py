"""How much memory a finished run takes that a server keeps, near enough to bound it.

Counted are texts and media, in characters and bytes: they are what can be large. Everything else of a run is taken for
a few kilobytes.
"""

from __future__ import annotations

from typing import Any

_RUN = 4096
_FRAME = 1024
_MEDIA = ("images", "audio", "videos", "files")


def weight(output: Any, frames: int = 0) -> int:
    """About how many bytes an output and its events hold, those of runs inside it included."""
    total = _RUN + _FRAME * frames + text(getattr(output, "content", None))
    total += sum(media(getattr(output, name, None)) for name in _MEDIA)
    for message in getattr(output, "messages", None) or ():
        held = vars(message)
        total += text(held.get("content"))
        for name in _MEDIA:
            if name in held:
                total += media(held[name])
    for name in ("member_responses", "step_executor_runs"):
        for inner in getattr(output, name, None) or ():
            total += weight(inner)
    return total


def text(value: Any) -> int:
    """Characters of a value: a text, or data with texts in it."""
    if value is None:
        return 0
    if isinstance(value, (str, bytes)):
        return len(value)
    if isinstance(value, dict):
        return sum(map(text, value.values()))
    return sum(map(text, value)) if isinstance(value, (list, tuple)) else 0


def media(items: Any) -> int:
    """Bytes of media whose contents are there."""
    return sum(text(getattr(item, "content", None)) for item in items or ())
