"""The base of all readers: options, chunking, and what a reader says of itself. Mirrors `agno.knowledge.reader.base`.

A reader turns a source (a path, a stream, an address) into documents. Knowledge bases call `read` and `async_read`;
readers of other libraries work by these two methods.
"""

from __future__ import annotations

import asyncio
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from wherry.core.errors import ConfigurationError
from wherry.core.ids import new_id
from wherry.corpus.chunkers import FixedSizeChunking
from wherry.corpus.chunking import ChunkingStrategy, ChunkingStrategyFactory, ChunkingStrategyType
from wherry.corpus.document import Document

if TYPE_CHECKING:
    from wherry.corpus.content import ContentType

SEPARATORS = ["\n", "\n\n", "\r", "\r\n", "\n\r", "\t", " ", "  "]


class Reader:
    """Base of readers; one of one's own implements `read`, and `async_read` when it can wait.

    Args:
        chunk: Cut documents into chunks; off: documents come whole.
        chunk_size: Characters of a chunk, when no strategy is given.
        separators: Kept for code that reads it; the strategies know their own.
        chunking_strategy: How documents are cut; by default at a fixed size.
        name: What the reader is called.
        description: What it is for.
        max_results: How many results at most, for readers that search.
        encoding: Of text files; UTF-8 by default.
        **kwargs: Parameters of Agno's readers that have no meaning here.
    """

    strategies: ClassVar[tuple[ChunkingStrategyType, ...]] = ()
    content_types: ClassVar[tuple[ContentType, ...]] = ()

    def __init__(
        self,
        chunk: bool = True,
        chunk_size: int = 5000,
        separators: list[str] | None = None,
        chunking_strategy: Any = None,
        name: str | None = None,
        description: str | None = None,
        max_results: int = 5,
        encoding: str | None = None,
        **kwargs: Any,
    ) -> None:
        self.chunk = chunk
        self.chunk_size = chunk_size
        self.separators = list(SEPARATORS) if separators is None else separators
        self.chunking_strategy = chunking_strategy or self._usual_strategy(chunk_size)
        self.name = name
        self.description = description
        self.max_results = max_results
        self.encoding = encoding

    def _usual_strategy(self, chunk_size: int) -> Any:
        return FixedSizeChunking(chunk_size=chunk_size)

    def set_chunking_strategy_from_string(
        self, strategy_name: str, chunk_size: int | None = None, overlap: int | None = None, **kwargs: Any
    ) -> None:
        """Choose the strategy by its name.

        Raises:
            ConfigurationError: (a ValueError) there is none of this name.
        """
        kind = ChunkingStrategyType.from_string(strategy_name)
        self.chunking_strategy = ChunkingStrategyFactory.create_strategy(kind, chunk_size, overlap, **kwargs)

    def read(self, obj: Any, name: str | None = None, password: str | None = None) -> list[Document]:
        """Documents of a source, in chunks unless `chunk` is off."""
        raise NotImplementedError(f"{type(self).__name__} does not implement read()")

    async def async_read(self, obj: Any, name: str | None = None, password: str | None = None) -> list[Document]:
        """`read` on the event loop."""
        raise NotImplementedError(f"{type(self).__name__} does not implement async_read()")

    def chunk_document(self, document: Document) -> list[Document]:
        """A document's chunks."""
        made: list[Document] = self.chunking_strategy.chunk(document)
        return made

    async def achunk_document(self, document: Document) -> list[Document]:
        """`chunk_document` on the event loop; a strategy that can wait is waited for."""
        waits = getattr(type(self.chunking_strategy), "achunk", ChunkingStrategy.achunk)
        if waits is ChunkingStrategy.achunk:
            return self.chunk_document(document)
        made: list[Document] = await self.chunking_strategy.achunk(document)
        return made

    async def chunk_documents_async(self, documents: list[Document]) -> list[Document]:
        """The chunks of several documents, in order."""
        cut = await asyncio.gather(*(self.achunk_document(document) for document in documents))
        return [chunk for chunks in cut for chunk in chunks]

    def _cut(self, documents: list[Document]) -> list[Document]:
        if not self.chunk:
            return documents
        return [chunk for document in documents for chunk in self.chunk_document(document)]

    async def _acut(self, documents: list[Document]) -> list[Document]:
        return await self.chunk_documents_async(documents) if self.chunk else documents

    @classmethod
    def get_supported_chunking_strategies(cls) -> list[ChunkingStrategyType]:
        """The strategies that make sense for this reader."""
        if not cls.strategies:
            raise NotImplementedError(f"{cls.__name__} does not say which chunking strategies it supports")
        return list(cls.strategies)

    @classmethod
    def get_supported_content_types(cls) -> list[ContentType]:
        """The kinds of content that it reads."""
        if not cls.content_types:
            raise NotImplementedError(f"{cls.__name__} does not say which content types it reads")
        return list(cls.content_types)

    @classmethod
    def get_read_time_requirements(cls) -> dict[ContentType, list[str]]:
        """Packages it imports when it reads, by kind of content."""
        return {}

    @classmethod
    def get_missing_read_time_packages(cls, content_type: Any = None) -> list[str]:
        """Those of them that are not installed."""
        wanted = getattr(content_type, "value", content_type)
        packages = [
            package
            for kind, declared in cls.get_read_time_requirements().items()
            if content_type is None or getattr(kind, "value", kind) == wanted
            for package in declared
        ]
        return [package for package in dict.fromkeys(packages) if not package_is_importable(package)]

    @classmethod
    def get_available_content_types(cls) -> list[ContentType]:
        """The kinds of content that it can read with what is installed."""
        return [kind for kind in cls.get_supported_content_types() if not cls.get_missing_read_time_packages(kind)]


def package_is_importable(package: str) -> bool:
    """Whether a package is installed; it is not imported."""
    try:
        return find_spec(package) is not None
    except (ImportError, ValueError):
        return False


def text_of(source: Any, encoding: str | None) -> str:
    """The text of a path or a stream.

    Raises:
        FileNotFoundError: There is no such file.
        ConfigurationError: (a ValueError) it is neither.
    """
    if isinstance(source, Path):
        if not source.exists():
            raise FileNotFoundError(f"Could not find file: {source}")
        return source.read_bytes().decode(encoding or "utf-8")
    if not (hasattr(source, "seek") and hasattr(source, "read")):
        raise ConfigurationError(
            f"Unsupported file type {type(source).__name__!r}. Must be Path or file-like object.",
            hint="Wrap a path in pathlib.Path, bytes in io.BytesIO.",
        )
    source.seek(0)
    content = source.read()
    return content.decode(encoding or "utf-8") if isinstance(content, bytes) else str(content)


def name_of(source: Any, given: str | None, unnamed: str) -> str:
    """A document's name: the given one, the file's without its ending, or `unnamed` for a stream without a name."""
    if given:
        return given
    if isinstance(source, Path):
        return source.stem
    own = getattr(source, "name", None)
    return own.split(".")[0] if isinstance(own, str) else unnamed


def whole_document(text: str, name: str, **metadata: Any) -> Document:
    """A document with an id of its own."""
    return Document(name=name, id=new_id(), content=text, meta_data=metadata)
