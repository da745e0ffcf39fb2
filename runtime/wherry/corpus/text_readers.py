"""Readers of texts: plain, Markdown, JSON and CSV. Mirrors the modules of these names in `agno.knowledge.reader`."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from wherry.core.errors import ConfigurationError
from wherry.core.log import log_error
from wherry.corpus.chunkers import RowChunking
from wherry.corpus.chunking import ChunkingStrategyType as Cut
from wherry.corpus.content import ContentType
from wherry.corpus.markdown import MarkdownChunking
from wherry.corpus.reader import Reader, name_of, text_of, whole_document

if TYPE_CHECKING:
    from wherry.corpus.document import Document

_BREAK = re.compile(r"\r\n|\r|\n")

ANY_TEXT = (
    Cut.CODE_CHUNKER,
    Cut.FIXED_SIZE_CHUNKER,
    Cut.AGENTIC_CHUNKER,
    Cut.DOCUMENT_CHUNKER,
    Cut.RECURSIVE_CHUNKER,
    Cut.SEMANTIC_CHUNKER,
)


class TextReader(Reader):
    """One document of a text file or stream; mirrors `agno.knowledge.reader.text_reader.TextReader`."""

    strategies: ClassVar[tuple[Cut, ...]] = ANY_TEXT
    content_types: ClassVar[tuple[ContentType, ...]] = (ContentType.TXT,)
    unnamed = "text_file"

    def read(self, file: Any, name: str | None = None, password: str | None = None) -> list[Document]:
        """The text in chunks; what cannot be read is logged and gives no document."""
        return self._cut(self._whole(file, name))

    async def async_read(self, file: Any, name: str | None = None, password: str | None = None) -> list[Document]:
        """`read` on the event loop."""
        return await self._acut(await asyncio.to_thread(self._whole, file, name))

    def _whole(self, file: Any, name: str | None) -> list[Document]:
        try:
            text = text_of(file, self.encoding)
        except (OSError, UnicodeDecodeError, ConfigurationError) as error:
            log_error(f"Error reading {file}: {error}")
            return []
        return [whole_document(text, name_of(file, name, self.unnamed))]


class MarkdownReader(TextReader):
    """One document of a Markdown file, cut at its headings; mirrors `agno.knowledge.reader.markdown_reader`."""

    strategies: ClassVar[tuple[Cut, ...]] = (Cut.MARKDOWN_CHUNKER, *ANY_TEXT)
    content_types: ClassVar[tuple[ContentType, ...]] = (ContentType.MARKDOWN,)
    unnamed = "file"

    def _usual_strategy(self, chunk_size: int) -> Any:
        return MarkdownChunking(chunk_size=chunk_size)

    def _whole(self, file: Any, name: str | None) -> list[Document]:
        found = super()._whole(file, name)
        return [one for one in found if one.content or not self.chunk]  # an empty text has no chunk


class JSONReader(Reader):
    """One document for each item of a JSON list, or for the whole value; mirrors `agno.knowledge.reader.json_reader`.

    The item's number from 1 is in `meta_data["page"]`.
    """

    strategies = ANY_TEXT
    content_types = (ContentType.JSON,)

    def read(self, path: Any, name: str | None = None, password: str | None = None) -> list[Document]:
        """The items in chunks.

        Raises:
            FileNotFoundError: There is no such file.
            ValueError: It is no JSON, or neither a path nor a stream.
        """
        return self._cut(self._whole(path, name))

    async def async_read(self, path: Any, name: str | None = None, password: str | None = None) -> list[Document]:
        """`read` on the event loop."""
        return await self._acut(await asyncio.to_thread(self._whole, path, name))

    def _whole(self, path: Any, name: str | None) -> list[Document]:
        value = json.loads(text_of(path, self.encoding))
        title = name_of(path, name, "json_file")
        items = value if isinstance(value, list) else [value]
        return [
            whole_document(json.dumps(item, ensure_ascii=False), title, page=number)
            for number, item in enumerate(items, 1)
        ]


class CSVReader(Reader):
    """A table as lines of cells joined by commas, one chunk a row; mirrors `agno.knowledge.reader.csv_reader`."""

    strategies = (Cut.ROW_CHUNKER, *(kind for kind in ANY_TEXT if kind is not Cut.SEMANTIC_CHUNKER))
    content_types = (ContentType.CSV,)

    def _usual_strategy(self, chunk_size: int) -> Any:
        return RowChunking()

    def read(  # type: ignore[override]  # the places of its arguments are Agno's
        self, file: Any, delimiter: str = ",", quotechar: str = '"', name: str | None = None, **_given: Any
    ) -> list[Document]:
        """The table in chunks; what is no table is logged and gives no document.

        Raises:
            FileNotFoundError: There is no such file.
        """
        rows = self._rows(file, delimiter, quotechar)
        return [] if rows is None else self._cut([whole_document(_lines(rows), self._title(file, name))])

    async def async_read(  # type: ignore[override]
        self,
        file: Any,
        delimiter: str = ",",
        quotechar: str = '"',
        page_size: int = 1000,
        name: str | None = None,
        **_given: Any,
    ) -> list[Document]:
        """`read` on the event loop; a table of more than ten rows is one document for each `page_size` rows.

        Raises:
            FileNotFoundError: There is no such file.
            ConfigurationError: (a ValueError) a negative page size.
        """
        if page_size < 0:
            raise ConfigurationError("page_size cannot be a negative value.", hint="1000 is the default.")
        rows = await asyncio.to_thread(self._rows, file, delimiter, quotechar)
        if rows is None:
            return []
        title = self._title(file, name)
        if len(rows) <= 10:
            return await self._acut([whole_document(_lines(rows), title)])
        pages = [rows[start : start + page_size] for start in range(0, len(rows), page_size)]
        documents = [
            whole_document(_lines(page), title, page=number, start_row=(number - 1) * page_size + 1, rows=len(page))
            for number, page in enumerate(pages, 1)
        ]
        return await self._acut(documents)

    def _rows(self, file: Any, delimiter: str, quotechar: str) -> list[list[str]] | None:
        source = Path(file) if isinstance(file, str) else file
        try:
            text = text_of(source, self.encoding)
            return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quotechar=quotechar))
        except FileNotFoundError:
            raise
        except UnicodeDecodeError as error:
            log_error(f"{file} has another encoding than {self.encoding or 'utf-8'}; name it: {error}")
        except (OSError, csv.Error, ConfigurationError) as error:
            log_error(f"Error reading {file}: {error}")
        return None

    def _title(self, file: Any, name: str | None) -> str:
        return name_of(Path(file) if isinstance(file, str) else file, name, "csv_file")


def _lines(rows: list[list[str]]) -> str:
    """Rows as lines; a line break inside a cell becomes a space."""
    return "\n".join(", ".join(_BREAK.sub(" ", cell) for cell in row) for row in rows)
