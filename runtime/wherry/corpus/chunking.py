"""Cutting documents into chunks: the base of all strategies, their names, and a factory by name.

The strategies themselves are in `chunkers` and `markdown`. Mirrors `agno.knowledge.chunking.strategy`.
"""

from __future__ import annotations

import hashlib
import re
from abc import ABC, abstractmethod
from enum import Enum
from importlib import import_module
from typing import TYPE_CHECKING, Any

from wherry.core.errors import ConfigurationError
from wherry.corpus.document import Document

if TYPE_CHECKING:
    from collections.abc import Iterable

_REPEATED = re.compile(r"([\n \t\r\f\v])\1+")


class ChunkingStrategy(ABC):
    """Base of the strategies; a strategy of one's own implements `chunk`."""

    @abstractmethod
    def chunk(self, document: Document) -> list[Document]:
        """The document's chunks in order."""

    async def achunk(self, document: Document) -> list[Document]:
        """`chunk`, for strategies that have to wait for something."""
        return self.chunk(document)

    def clean_text(self, text: str) -> str:
        """The text with runs of one kind of white space cut down to one."""
        return _REPEATED.sub(r"\1", text)

    def _generate_chunk_id(
        self, document: Document, chunk_number: int, content: str | None = None, prefix: str | None = None
    ) -> str | None:
        """A chunk's id: the document's id or name and the number, or a digest of the text and the number."""
        suffix = f"_{prefix}_{chunk_number}" if prefix else f"_{chunk_number}"
        if base := document.id or document.name:
            return f"{base}{suffix}"
        text = content or document.content
        digest = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()[:12]
        return f"chunk_{digest}{suffix}" if text else None

    def _numbered(self, document: Document, texts: Iterable[str]) -> list[Document]:
        """Chunks from texts, numbered from 1, each with a copy of the document's metadata."""
        return [self._made(document, number, text) for number, text in enumerate(texts, 1)]

    def _made(self, document: Document, number: int, text: str) -> Document:
        return Document(
            id=self._generate_chunk_id(document, number, text),
            name=document.name,
            meta_data={**document.meta_data, "chunk": number, "chunk_size": len(text)},
            content=text,
        )

    def _overlapping(self, document: Document, texts: list[str], overlap: int) -> list[Document]:
        """Chunks that begin with the end of the one before; `overlap` characters of it."""
        if overlap <= 0:
            return self._numbered(document, texts)
        before = ["", *(text[-overlap:] for text in texts)]
        return self._numbered(document, [start + text for start, text in zip(before, texts, strict=False)])


def check_sizes(chunk_size: int, overlap: int) -> None:
    """Refuse an overlap that would never let a chunk end.

    Raises:
        ConfigurationError: (a ValueError) the overlap is not less than the chunk size.
    """
    if overlap >= chunk_size:
        raise ConfigurationError(
            f"Invalid parameters: overlap ({overlap}) must be less than chunk size ({chunk_size}).",
            hint="A tenth of the chunk size is usual.",
        )


class ChunkingStrategyType(str, Enum):
    """Names of the strategies; mirrors `agno.knowledge.chunking.strategy.ChunkingStrategyType`."""

    AGENTIC_CHUNKER = "AgenticChunker"
    CODE_CHUNKER = "CodeChunker"
    DOCUMENT_CHUNKER = "DocumentChunker"
    RECURSIVE_CHUNKER = "RecursiveChunker"
    SEMANTIC_CHUNKER = "SemanticChunker"
    FIXED_SIZE_CHUNKER = "FixedSizeChunker"
    ROW_CHUNKER = "RowChunker"
    MARKDOWN_CHUNKER = "MarkdownChunker"

    @classmethod
    def from_string(cls, strategy_name: str) -> ChunkingStrategyType:
        """The strategy of this name.

        Raises:
            ConfigurationError: (a ValueError) there is none.
        """
        try:
            return cls(strategy_name.strip())
        except ValueError as error:
            raise ConfigurationError(
                f"Unsupported chunking strategy: {strategy_name}.", hint=f"One of {[item.value for item in cls]}."
            ) from error


# Strategy -> module below `wherry.knowledge.chunking`, class, and the parameters it takes for size and overlap.
_CLASSES: dict[ChunkingStrategyType, tuple[str, str, str, str]] = {
    ChunkingStrategyType.AGENTIC_CHUNKER: ("agentic", "AgenticChunking", "max_chunk_size", ""),
    ChunkingStrategyType.CODE_CHUNKER: ("code", "CodeChunking", "chunk_size", ""),
    ChunkingStrategyType.DOCUMENT_CHUNKER: ("document", "DocumentChunking", "chunk_size", "overlap"),
    ChunkingStrategyType.RECURSIVE_CHUNKER: ("recursive", "RecursiveChunking", "chunk_size", "overlap"),
    ChunkingStrategyType.SEMANTIC_CHUNKER: ("semantic", "SemanticChunking", "chunk_size", ""),
    ChunkingStrategyType.FIXED_SIZE_CHUNKER: ("fixed", "FixedSizeChunking", "chunk_size", "overlap"),
    ChunkingStrategyType.ROW_CHUNKER: ("row", "RowChunking", "", ""),
    ChunkingStrategyType.MARKDOWN_CHUNKER: ("markdown", "MarkdownChunking", "chunk_size", "overlap"),
}


class ChunkingStrategyFactory:
    """Strategies by name; mirrors `agno.knowledge.chunking.strategy.ChunkingStrategyFactory`."""

    @classmethod
    def create_strategy(
        cls,
        strategy_type: ChunkingStrategyType,
        chunk_size: int | None = None,
        overlap: int | None = None,
        **kwargs: Any,
    ) -> Any:
        """A strategy; size and overlap are passed on where the strategy takes them.

        Raises:
            NotMigratedError: The strategy is Agno's and has not been taken over.
        """
        module, name, size_parameter, overlap_parameter = _CLASSES[strategy_type]
        sizes = ((size_parameter, chunk_size), (overlap_parameter, overlap))
        given = {parameter: value for parameter, value in sizes if parameter and value is not None}
        return getattr(import_module(f"wherry.knowledge.chunking.{module}"), name)(**kwargs, **given)
