"""What a page of the built site is made of, so that a few pages stand for all that have nothing else in them."""

from __future__ import annotations

import re
from functools import cache
from html.parser import HTMLParser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

EMPTY = frozenset({"br", "col", "hr", "img", "input", "link", "meta", "source", "wbr", "path"})


class Article(HTMLParser):
    """Reads a page; keeps its article alone."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.shapes: set[str] = set()
        self.ids: list[str] = []
        self.headings: list[int] = []
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if not self.open and tag != "article":
            return
        if "id" in given:
            self.ids.append(given["id"])
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        self.elements.append((tag, given))
        shape = ".".join([tag, *sorted(given.get("class", "").split())])
        self.shapes.add(f"{self.open[-1] if self.open else ''} > {shape}")
        if tag not in EMPTY:
            self.open.append(shape)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in EMPTY:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        while self.open and tag not in EMPTY:
            if self.open.pop().partition(".")[0] == tag:
                return

    def handle_data(self, data: str) -> None:
        if self.open:
            self.text.append(data)


@cache
def article(path: Path) -> Article:
    """The article of a page."""
    reader = Article()
    text = path.read_text("utf-8")
    start, end = text.find("<article"), text.rfind("</article>")
    if start >= 0:  # what stands around it, the same on every page, is most of a file
        reader.feed(text[start : end + len("</article>")])
    reader.close()
    return reader


def standing_for(pages: Iterable[Path]) -> list[Path]:
    """The fewest pages, nearly, that have every shape of all these in them."""
    left = {page: article(page).shapes for page in pages}
    missing = set().union(*left.values())
    chosen = []
    while missing:
        best = max(sorted(left), key=lambda page: len(left[page] & missing))
        chosen.append(best)
        missing -= left.pop(best)
    return chosen
