"""How big a picture is, by the first bytes of its file. Called by `token_counts`; nothing is fetched."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

USUAL = (1024, 1024)
"""What a picture is taken for of which nothing is known."""
_START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def size_of_picture(image: Any) -> tuple[int, int]:
    """Width and height of an `Image` in pixels."""
    try:
        if image.content:
            return size_in(image.content)
        if image.filepath:
            return size_in(Path(image.filepath).read_bytes())
    except (OSError, struct.error, IndexError):
        pass
    return USUAL


def size_in(data: bytes) -> tuple[int, int]:
    """Width and height that the bytes of a PNG, GIF, JPEG or WebP tell."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return struct.unpack(">LL", data[16:24])
    if data[:6] in {b"GIF87a", b"GIF89a"}:
        return struct.unpack("<HH", data[6:10])
    if data.startswith(b"\xff\xd8\xff"):
        return _jpeg(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _webp(data)
    return USUAL


def _jpeg(data: bytes) -> tuple[int, int]:
    """The size stands in the segment in which the frame begins; each one says how long it is."""
    at = 2
    while True:
        while data[at] == 0xFF:
            at += 1
        if data[at] in _START_OF_FRAME:
            height, width = struct.unpack(">HH", data[at + 4 : at + 8])
            return width, height
        at += 1 + int(struct.unpack(">H", data[at + 1 : at + 3])[0])


def _webp(data: bytes) -> tuple[int, int]:
    """Three forms, each with the size in another place."""
    form = data[12:16]
    if form == b"VP8X":
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    if form == b"VP8 ":
        width, height = struct.unpack("<HH", data[26:30])
        return width & 0x3FFF, height & 0x3FFF
    if form == b"VP8L":
        (bits,) = struct.unpack("<I", data[21:25])
        return (bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1
    return USUAL
