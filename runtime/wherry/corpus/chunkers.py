"""Strategies that cut by size, by paragraphs, at natural breaks and by rows. Mirrors `agno.knowledge.chunking`.

The defaults and the places where each of them cuts are Agno's, so that a source that is inserted again has the chunks
that it had.
"""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING

from wherry.core.errors import ConfigurationError
from wherry.corpus.chunking import ChunkingStrategy, check_sizes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wherry.corpus.document import Document

_SPACE = frozenset(" \n\r\t")
_SENTENCE = re.compile(r"(?<=[.!?])\s+")


class FixedSizeChunking(ChunkingStrategy):
    """Chunks of at most so many characters that end between words where they can.

    Args:
        chunk_size: Characters of a chunk.
        overlap: Characters that a chunk repeats of the one before.
    """

    def __init__(self, chunk_size: int = 5000, overlap: int = 0) -> None:
        check_sizes(chunk_size, overlap)
        self.chunk_size = chunk_size
        self.overlap = overlap

    def chunk(self, document: Document) -> list[Document]:
        """The document's chunks."""
        return self._numbered(document, self._pieces(self.clean_text(document.content)))

    def _pieces(self, text: str) -> Iterator[str]:
        start = 0
        while start < len(text):
            end = self._end(text, start)
            yield text[start:end]
            if end >= len(text):
                return
            start = max(start + 1, end - self.overlap)

    def _end(self, text: str, start: int) -> int:
        longest = min(start + self.chunk_size, len(text))
        if longest == len(text):
            return longest
        end = longest
        while end > start and text[end] not in _SPACE:
            end -= 1
        return end if end > start else longest


class RecursiveChunking(ChunkingStrategy):
    """Chunks that end at the last line break, or else the last full stop, before the limit.

    Args:
        chunk_size: Characters of a chunk.
        overlap: Characters that a chunk repeats of the one before.
    """

    def __init__(self, chunk_size: int = 5000, overlap: int = 0) -> None:
        check_sizes(chunk_size, overlap)
        if overlap > chunk_size * 0.15:
            warnings.warn(
                f"High overlap: {overlap} > 15% of chunk size ({chunk_size}). May cause slow processing.",
                RuntimeWarning,
                stacklevel=2,
            )
        self.chunk_size = chunk_size
        self.overlap = overlap

    def chunk(self, document: Document) -> list[Document]:
        """The document's chunks; a short document is its own chunk."""
        if len(document.content) <= self.chunk_size:
            return [document]
        return self._numbered(document, self._pieces(document.content))

    def _pieces(self, text: str) -> Iterator[str]:
        start = 0
        while True:
            end = self._end(text, start)
            yield self.clean_text(text[start:end])
            if end >= len(text):
                return
            following = end - self.overlap
            start = following if following > start else start + max(1, self.chunk_size // 10)

    def _end(self, text: str, start: int) -> int:
        end = min(start + self.chunk_size, len(text))
        if end == len(text):
            return end
        for separator in ("\n", "."):
            found = text.rfind(separator, start, end)
            if found != -1:
                return found + 1
        return end


class DocumentChunking(ChunkingStrategy):
    """Chunks of whole paragraphs; a paragraph that is too long is cut between sentences.

    Args:
        chunk_size: Characters of a chunk, without the blank lines between its paragraphs.
        overlap: Characters of the chunk before that are put in front of a chunk.
    """

    def __init__(self, chunk_size: int = 5000, overlap: int = 0) -> None:
        check_sizes(chunk_size, overlap)
        self.chunk_size = chunk_size
        self.overlap = overlap

    def chunk(self, document: Document) -> list[Document]:
        """The document's chunks; a short document is its own chunk."""
        if len(document.content) <= self.chunk_size:
            return [document]
        paragraphs = [self.clean_text(part).strip() for part in document.content.split("\n\n")]
        texts = list(self._pieces([paragraph for paragraph in paragraphs if paragraph]))
        return self._overlapping(document, texts, self.overlap)

    def _pieces(self, paragraphs: list[str]) -> Iterator[str]:
        held: list[str] = []
        for paragraph in paragraphs:
            if len(paragraph) > self.chunk_size:
                if held:
                    yield "\n\n".join(held)
                *done, last = _packed(_SENTENCE.split(paragraph), self.chunk_size)
                yield from (" ".join(sentences) for sentences in done)
                # The last sentences stay open for the paragraph that follows, as Agno keeps them.
                held = last
            elif sum(map(len, held)) + len(paragraph) <= self.chunk_size:
                held.append(paragraph)
            else:
                if held:
                    yield "\n\n".join(held)
                held = [paragraph]
        if held:
            yield "\n\n".join(held)


def _packed(sentences: list[str], size: int) -> list[list[str]]:
    """Sentences in groups of at most `size` characters; a longer one has a group of its own."""
    groups: list[list[str]] = [[]]
    for sentence in filter(None, (item.strip() for item in sentences)):
        if groups[-1] and sum(map(len, groups[-1])) + len(sentence) > size:
            groups.append([])
        groups[-1].append(sentence)
    return groups


class RowChunking(ChunkingStrategy):
    """One chunk a line, for tables.

    Args:
        skip_header: Leave the first line out.
        clean_rows: Cut runs of white space inside a line down to one space.
    """

    def __init__(self, skip_header: bool = False, clean_rows: bool = True) -> None:
        self.skip_header = skip_header
        self.clean_rows = clean_rows

    def chunk(self, document: Document) -> list[Document]:
        """The document's lines that are not empty, with their number in `meta_data["row_number"]`.

        Raises:
            ConfigurationError: (a ValueError) the content is no text.
        """
        from wherry.corpus.document import Document

        if not document.content:
            return []
        if not isinstance(document.content, str):
            raise ConfigurationError("Document content must be a string", hint="Read the table with CSVReader.")
        first = document.meta_data.get("start_row", 1)
        chunks = []
        for number, line in enumerate(document.content.splitlines(), first):
            text = " ".join(line.split()) if self.clean_rows else line.strip()
            if not text or (self.skip_header and number == 1):
                continue
            chunks.append(
                Document(
                    id=self._generate_chunk_id(document, number, text, prefix="row"),
                    name=document.name,
                    meta_data={**document.meta_data, "row_number": number},
                    content=text,
                )
            )
        return chunks
