"""Cutting Markdown where it is divided: at headings, then at paragraphs. Mirrors `agno.knowledge.chunking.markdown`.

Agno asks the `unstructured` package where a text may be cut; here headings and blank lines decide, and a chunk keeps
the Markdown as it was written.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wherry.core.errors import ConfigurationError
from wherry.corpus.chunking import ChunkingStrategy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wherry.corpus.document import Document

_HEADING = re.compile(r"(#{1,6})\s+\S")
_FENCE = re.compile(r"\s{0,3}(```|~~~)")


class MarkdownChunking(ChunkingStrategy):
    """Chunks of whole sections or paragraphs.

    Args:
        chunk_size: Characters of a chunk.
        overlap: Characters of the chunk before that are put in front of a chunk.
        split_on_headings: True: each heading begins a chunk; 1 to 6: each heading of this level or above; False:
            sections are joined up to the chunk size.

    Raises:
        ConfigurationError: (a ValueError) a level that no heading has.
    """

    def __init__(self, chunk_size: int = 5000, overlap: int = 0, split_on_headings: bool | int = False) -> None:
        if not isinstance(split_on_headings, bool) and not 1 <= split_on_headings <= 6:
            raise ConfigurationError(
                f"split_on_headings must be between 1 and 6 when using integer value, not {split_on_headings!r}.",
                hint="Use True to cut at every heading.",
            )
        self.chunk_size = chunk_size
        self.overlap = overlap
        self.split_on_headings = split_on_headings

    def chunk(self, document: Document) -> list[Document]:
        """The document's chunks; without `split_on_headings` a short document is its own chunk."""
        text = document.content
        if not text or (not self.split_on_headings and len(text) <= self.chunk_size):
            return [document]
        level = 6 if isinstance(self.split_on_headings, bool) else self.split_on_headings
        sections = [section.strip() for section in sections_of(text, level)]
        pieces = [piece for section in sections if section for piece in self._fitting(section)]
        if not self.split_on_headings:
            pieces = list(self._joined(pieces))
        return self._overlapping(document, pieces or [text], self.overlap)

    def _joined(self, pieces: list[str]) -> Iterator[str]:
        held = ""
        for piece in pieces:
            if held and len(held) + 2 + len(piece) > self.chunk_size:
                yield held
                held = ""
            held = f"{held}\n\n{piece}" if held else piece
        if held:
            yield held

    def _fitting(self, section: str) -> Iterator[str]:
        """A section in pieces of the chunk size; each begins with the section's heading."""
        if len(section) <= self.chunk_size:
            yield section
            return
        first, _, rest = section.partition("\n")
        heading = f"{first}\n\n" if _HEADING.match(first) else ""
        body = rest if heading else section
        room = max(1, self.chunk_size - len(heading))
        paragraphs = [part.strip() for part in re.split(r"\n\n+", body) if part.strip()]
        held = ""
        for part in (piece for paragraph in paragraphs for piece in _by_words(paragraph, room)):
            if held and len(held) + 2 + len(part) > room:
                yield heading + held
                held = ""
            held = f"{held}\n\n{part}" if held else part
        yield (heading + held).strip()


def _by_words(paragraph: str, room: int) -> Iterator[str]:
    """A paragraph in pieces of at most `room` characters; a longer word stays whole."""
    if len(paragraph) <= room:
        yield paragraph
        return
    held = ""
    for word in paragraph.split():
        if held and len(held) + 1 + len(word) > room:
            yield held
            held = ""
        held = f"{held} {word}" if held else word
    yield held


def sections_of(text: str, level: int) -> Iterator[str]:
    """A Markdown text cut before each heading of this level or above; what stands in code fences is no heading."""
    held: list[str] = []
    fence = ""
    for line in text.splitlines():
        marker = _FENCE.match(line)
        if marker and (not fence or marker[1] == fence):
            fence = "" if fence else marker[1]
        heading = None if fence else _HEADING.match(line)
        if heading and len(heading[1]) <= level and held:
            yield "\n".join(held)
            held = []
        held.append(line)
    if held:
        yield "\n".join(held)
