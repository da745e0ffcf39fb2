"""Plots of the pages: static SVG whose text keeps its size at every width, with what it shows in words.

Places along the x axis are in percent of the width there is and labels stand above their line, so that the same
picture reads well on a phone and on a wide screen. Colours come from the page (`assets/pages.css`).
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROW, AXIS = 36, 22
"""Heights in pixels: of one labelled line, and of the axis below them all."""
SCALE = 88
"""Per cent of the width that a scale of ratios takes; the numbers stand right of it."""


def figure(value: float) -> str:
    """A number with as many digits as tell it apart: 0.002, 0.11, 3.98, 14.2, 1,281."""
    if value and abs(value) < 0.01:
        return f"{value:.1g}"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def svg(height: int, label: str, parts: Sequence[str]) -> str:
    """A picture as wide as the page, with its text alternative."""
    said = escape(label, quote=True)
    return f'<svg class="plot" width="100%" height="{height}" role="img" aria-label="{said}">{"".join(parts)}</svg>'


def ratio_plot(title: str, ratios: Mapping[str, Mapping[str, float]], other: str, names: Mapping[str, str]) -> str:
    """Ratios with their intervals, one line each; 1 is marked.

    Args:
        title: What the plot is of.
        ratios: Ratio, low and high by key.
        other: What Wherry is divided by, in words.
        names: What to call each key.
    """
    top = max(1.1, *(one["high"] * 1.02 for one in ratios.values()))
    height = ROW * len(ratios) + AXIS

    def x(value: float) -> str:
        return f"{SCALE * value / top:.1f}%"

    parts = [f'<line class="one" x1="{x(1)}" y1="0" x2="{x(1)}" y2="{height - AXIS + 4}"/>']
    for number, (key, one) in enumerate(ratios.items()):
        y = ROW * number + 26
        parts += [
            f'<line class="track" x1="0" y1="{y}" x2="{SCALE}%" y2="{y}"/>',
            f'<line class="span" x1="{x(one["low"])}" y1="{y}" x2="{x(one["high"])}" y2="{y}"/>',
            f'<circle cx="{x(one["ratio"])}" cy="{y}" r="5"/>',
            *_line(y - 10, names.get(key, key), figure(one["ratio"])),
        ]
    for mark in _marks(top):
        words = f"1 = {other}" if mark == 1 else f"{mark:g}"
        parts.append(f'<text x="{x(mark)}" y="{height - 5}" text-anchor="{_anchor(mark / top)}">{escape(words)}</text>')
    said = "; ".join(f"{names.get(key, key)}: {figure(one['ratio'])}" for key, one in ratios.items())
    return svg(height, f"{title}, Wherry divided by {other}. {said}", parts)


def bar_plot(label: str, rows: Sequence[tuple[str, str, float, str]], *, limit: tuple[float, str] | None = None) -> str:
    """Bars from the left edge, one line each.

    Args:
        label: What the plot is of; the values are added to it.
        rows: Name, class that gives the colour, value, and the value in words.
        limit: A value that is marked across all bars, and its name.
    """
    top = max(*(value for _, _, value, _ in rows), limit[0] if limit else 0, 1e-9)
    parts: list[str] = []
    for number, (name, kind, value, words) in enumerate(rows):
        y = ROW * number
        parts += [
            f'<rect class="{kind}" x="0" y="{y + 20}" width="{100 * value / top:.1f}%" height="10" rx="2"/>',
            *_line(y + 14, name, words),
        ]
    height = ROW * len(rows)
    if limit:
        height, at = height + AXIS, f"{100 * limit[0] / top:.1f}%"
        parts.append(f'<line class="one" x1="{at}" y1="0" x2="{at}" y2="{height - AXIS + 4}"/>')
        anchor = _anchor(limit[0] / top)
        parts.append(f'<text x="{at}" y="{height - 5}" text-anchor="{anchor}">{escape(limit[1])}</text>')
    said = "; ".join(f"{name}: {words}" for name, _, _, words in rows)
    return svg(height, f"{label}: {said}", parts)


def span_plot(label: str, rows: Sequence[tuple[str, float, float, str]]) -> str:
    """Spans of time, one line each, on one axis.

    Args:
        label: What the plot is of; the spans are added to it.
        rows: Name, when it began, how long it took, and that in words.
    """
    total = max((began + took for _, began, took, _ in rows), default=0) or 1
    parts: list[str] = []
    for number, (name, began, took, words) in enumerate(rows):
        y, width = ROW * number, max(0.6, 100 * took / total)
        left = min(100 * began / total, 100 - width)
        parts += [
            f'<line class="track" x1="0" y1="{y + 25}" x2="100%" y2="{y + 25}"/>',
            f'<rect x="{left:.1f}%" y="{y + 20}" width="{width:.1f}%" height="10" rx="2"/>',
            *_line(y + 14, name, words),
        ]
    said = "; ".join(f"{name} {words}" for name, _, _, words in rows)
    return svg(ROW * len(rows), f"{label}: {said}", parts)


def _line(y: int, name: str, words: str) -> tuple[str, str]:
    """A name at the left edge, its value at the right one."""
    return (
        f'<text x="0" y="{y}">{escape(name)}</text>',
        f'<text x="100%" y="{y}" text-anchor="end">{escape(words)}</text>',
    )


def _anchor(share: float) -> str:
    """How a label of the axis hangs on its place, so that none runs over the edge."""
    return "start" if share < 0.1 else "end" if share > 0.85 else "middle"


def _marks(top: float) -> tuple[float, ...]:
    """Where the axis is labelled: 1 always, and never so close that two labels touch."""
    if top <= 2:
        return (0, 0.5, 1)
    step = 1 if top <= 4 else 5 if top <= 30 else 10
    return tuple(sorted({1, *range(0 if step == 1 else step, int(top) + 1, step)}))
