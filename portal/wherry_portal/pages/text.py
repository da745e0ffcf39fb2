"""Small pieces of Markdown: safe text, badges, tables, links between pages."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

SHOWN: Mapping[str, str] = {
    "available": "available, proven",
    "limited": "limited, proven",
    "unverified": "not verified",
    "failed": "evidence failed",
    "stale": "evidence stale",
    "planned": "planned",
    "not_migrated": "not migrated",
    "no_agno": "no Agno in it",
    "unjudged": "could not be judged",
}


NO_CONTENTS = "---\nhide: [toc]\n---\n\n"
"""Head of a page whose table needs the width that a list of contents would take."""

UNSEARCHED = "data-search-exclude"
"""Attribute of what the search leaves out: every page that is opened reads the index whole."""

_MARKS = {ord(mark): f"&#{ord(mark)};" for mark in "\\`*_{}[]|#<>"} | {ord("&"): "&amp;"}


def plain(text: object) -> str:
    """Text that means nothing to Markdown or HTML; what stands between backticks is shown as code."""
    parts = " ".join(str(text).split()).split("`")
    if len(parts) % 2 == 0:  # an odd backtick out
        return "`".join(parts).translate(_MARKS)
    return "".join(
        f"<code>{part.translate(_MARKS)}</code>" if number % 2 and part else part.translate(_MARKS)
        for number, part in enumerate(parts)
    )


def code(text: object) -> str:
    """Text in code type, for Markdown: a span whose fence is longer than any run of backticks in it."""
    made = " ".join(str(text).split()).replace("|", "\\|")
    fence = "`" * (max((len(run) for run in re.findall("`+", made)), default=0) + 1)
    return f"{fence}{made}{fence}" if "`" not in made else f"{fence} {made} {fence}"


def unsearched(text: str) -> str:
    """A part of a line that the search leaves out; Markdown already."""
    return f"<span {UNSEARCHED}>{text}</span>" if text else ""


def badge(status: str, label: str = "") -> str:
    """A status with its colour and its word."""
    return f'<span class="status status-{status.replace("_", "-")}">{label or SHOWN.get(status, plain(status))}</span>'


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; cells are Markdown already."""
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(lines)


def bar(shares: Sequence[tuple[str, int]], label: str, words: Mapping[str, str] = SHOWN) -> str:
    """A stacked bar of counts by status, with its text for who cannot see it.

    Args:
        shares: Status and count, in the order of the bar.
        label: What the bar is of.
        words: What to call each status.
    """
    total = sum(count for _, count in shares) or 1
    said = ", ".join(f"{count} {words.get(status, status)}" for status, count in shares if count)
    parts = "".join(
        f'<span class="status-{status.replace("_", "-")}" style="width:{100 * count / total:.2f}%"></span>'
        for status, count in shares
        if count
    )
    return f'<div class="stack" role="img" aria-label="{escape(f"{label}: {said}")}">{parts}</div>'


def legend(shares: Sequence[tuple[str, int]], words: Mapping[str, str] = SHOWN, link: str = "") -> str:
    """The key below a bar: each status with its colour, its count and its word.

    Args:
        shares: Status and count, in the order of the bar.
        words: What to call each status.
        link: Address that the status is added to, for a key that leads somewhere.
    """
    items = []
    for status, count in shares:
        text = f"<strong>{count}</strong> {words.get(status, status)}"
        if link:
            text = f'<a href="{escape(link, quote=True)}{status}">{text}</a>'
        items.append(f'<li class="status-{status.replace("_", "-")}">{text}</li>')
    return f'<ul class="legend">{"".join(items)}</ul>'


def figures(told: Iterable[tuple[str, str]]) -> str:
    """A few numbers, large, each with what it is: words and value."""
    pairs = "".join(f"<div><dt>{word}</dt><dd>{value}</dd></div>" for word, value in told)
    return f'<dl class="figures">{pairs}</dl>'


def kept(text: str) -> str:
    """Text that is not broken over two lines: a date, a length of time."""
    return f'<span class="kept">{text}</span>'


def titled(area: str) -> str:
    """An area of the support matrix as it begins a line."""
    return "HTTP API" if area == "api" else area.capitalize()


def folded(summary: str, inside: str, name: str = "") -> str:
    """Markdown below a line that opens it.

    Args:
        summary: The line; Markdown or HTML.
        inside: What is opened.
        name: An id, so that a link can lead to it and open it.
    """
    place = f' id="{name}"' if name else ""
    return f'<details{place} markdown="1"><summary>{summary}</summary>\n\n{inside}\n\n</details>'
