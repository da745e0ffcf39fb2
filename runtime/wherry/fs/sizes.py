"""A size in words. Used by the tools over files, and where a long tool result is kept apart."""

from __future__ import annotations


def size_of(size: int) -> str:
    """A number of bytes for people and models: `12B`, `3.4KB`."""
    power = min(max(size.bit_length() - 1, 0) // 10, 3)
    return f"{size / 1024**power:.1f}{' KMG'[power]}B" if power else f"{size}B"
