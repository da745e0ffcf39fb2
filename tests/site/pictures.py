"""Small pictures of pages that tell a broken page from a whole one on any machine.

A picture shows where things stand and how light they are, not how letters look: before it is taken, every piece of
text becomes a plain block, fonts are scaled to one width, and 20 by 20 pixels become one. Lines still break elsewhere
in another font, and what follows stands a little higher or lower; two pictures are therefore compared row by row along
the best alignment, and what an alignment has to stretch costs something.
"""

from __future__ import annotations

import base64
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

CELL = 20
"""Pixels of the page that are one of the picture, in both directions."""
DRIFT = 8
"""Rows that a row may stand away from its like."""
STRETCH = 0.008
"""What each row costs that stands beside no row of its own, in parts of black against white."""
TOLERANCE = 0.03
"""Mean difference of two pictures of one page, in parts of black against white, up to which they are the same. A serif
and a condensed font make 0.024 at most, a table that is hidden 0.035 and more, a missing style sheet 0.16 and more."""
# What statuses say, how many there are of each and how wide each part of a bar is changes with every recorded run, and
# with its age: their places are compared, not what is in them.
PLAIN = """
* { animation: none !important; transition: none !important; font-size-adjust: ch-width .6 !important; }
.features tbody tr:nth-child(n+40) { display: none !important; }
.md-content :is(h1, h2, h3, p, li, td, th, dt, dd, summary, pre, label, button) {
  background: #888 !important; color: transparent !important; }
.md-content :is(h1, h2, h3, p, li, td, th, dt, dd, summary, pre, label, button) * { color: transparent !important; }
.md-content :is(h1, h2, h3) { display: table !important; width: 60% !important; }
.plot text { fill: transparent !important; }
.md-content :is(.stack, ul.legend, .status) { background: #888 !important; overflow: hidden !important; }
.md-content :is(.stack, ul.legend) * { visibility: hidden !important; }
.md-content ul.legend { height: 40px !important; }
.md-content .status { display: inline-block !important; width: 60px !important; height: 20px !important; }
"""


@dataclass(frozen=True)
class Picture:
    """Lightness of each cell, 0 to 255, row by row."""

    width: int
    rows: tuple[bytes, ...]


def take(page, height: int) -> Picture:
    """The top of the page as it stands in the window.

    Args:
        page: Of Playwright; its window's width is the picture's.
        height: Pixels of the page from its top.
    """
    width = page.viewport_size["width"]
    page.set_viewport_size({"width": width, "height": height})
    style = page.add_style_tag(content=PLAIN)
    clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1 / CELL}
    session = page.context.new_cdp_session(page)
    made = session.send("Page.captureScreenshot", {"format": "png", "clip": clip, "captureBeyondViewport": True})
    session.detach()
    style.evaluate("one => one.remove()")
    return decoded(base64.b64decode(made["data"]))


def difference(one: Picture, other: Picture) -> float:
    """How much two pictures differ, 0 to 1, along the best alignment of their rows."""
    if one.width != other.width:
        return 1.0
    count = max(len(one.rows), len(other.rows))
    far = float("inf")
    before = [0.0] + [far] * len(other.rows)
    for place, row in enumerate(one.rows, 1):
        now = [far] * (len(other.rows) + 1)
        for at in range(max(1, place - DRIFT), min(len(other.rows), place + DRIFT) + 1):
            cost = _rows(row, other.rows[at - 1])
            now[at] = cost + min(before[at - 1], before[at] + STRETCH, now[at - 1] + STRETCH)
        before = now
    return before[-1] / count


def _rows(one: bytes, other: bytes) -> float:
    return sum(abs(a - b) for a, b in zip(one, other, strict=True)) / (255 * len(one))


def beside(one: Picture, other: Picture) -> Picture:
    """Two pictures and, right of them, what differs where they stand: the lighter the more."""
    edge = bytes([255, 0, 0, 255])
    rows = []
    for a, b in zip(one.rows, other.rows, strict=False):
        rows.append(a + edge + b + edge + bytes(abs(x - y) for x, y in zip(a, b, strict=True)))
    return Picture(len(rows[0]), tuple(rows))


def larger(picture: Picture, times: int) -> Picture:
    """The same with each cell as a square."""
    rows = [bytes(value for value in row for _ in range(times)) for row in picture.rows]
    return Picture(picture.width * times, tuple(row for row in rows for _ in range(times)))


def save(picture: Picture, path: Path) -> None:
    """As a grey PNG."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encoded(picture))


def encoded(picture: Picture) -> bytes:
    """A grey PNG of a picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", picture.width, len(picture.rows), 8, 0, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + row for row in picture.rows), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def decoded(data: bytes) -> Picture:
    """The picture in a PNG of 8 bits without interlacing; colours become their lightness."""
    chunks, at = {}, 8
    while at < len(data):
        (size,) = struct.unpack(">I", data[at : at + 4])
        kind = data[at + 4 : at + 8]
        chunks[kind] = chunks.get(kind, b"") + data[at + 8 : at + 8 + size]
        at += size + 12
    width, height, depth, colour = struct.unpack(">IIBB", chunks[b"IHDR"][:10])
    channels = {0: 1, 2: 3, 4: 2, 6: 4}[colour]
    assert depth == 8
    raw, stride = zlib.decompress(chunks[b"IDAT"]), width * channels
    rows, above = [], bytes(stride)
    for row in range(height):
        begin = row * (stride + 1)
        above = _unfiltered(raw[begin], raw[begin + 1 : begin + 1 + stride], above, channels)
        rows.append(_light(above, channels))
    return Picture(width, tuple(rows))


def _light(row: bytes, channels: int) -> bytes:
    if channels < 3:
        return row[::channels]
    reds, greens, blues = (row[start::channels] for start in range(3))
    return bytes((299 * r + 587 * g + 114 * b) // 1000 for r, g, b in zip(reds, greens, blues, strict=True))


def _unfiltered(kind: int, line: bytes, above: bytes, step: int) -> bytes:
    made = bytearray(line)
    for place in range(len(made)):
        left = made[place - step] if place >= step else 0
        corner = above[place - step] if place >= step else 0
        up = above[place]
        guess = (0, left, up, (left + up) // 2, _nearest(left, up, corner))[kind]
        made[place] = (made[place] + guess) & 255
    return bytes(made)


def _nearest(left: int, up: int, corner: int) -> int:
    guess = left + up - corner
    return min((left, up, corner), key=lambda one: abs(guess - one))
