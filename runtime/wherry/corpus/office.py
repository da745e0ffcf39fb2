"""Reading Word documents and Excel workbooks (extra `office`). Mirrors Agno's `docx_reader` and `excel_reader`."""

from __future__ import annotations

import asyncio
import io
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar
from zipfile import BadZipFile

from wherry.core.errors import ConfigurationError, MissingPackage
from wherry.core.log import log_debug, log_error
from wherry.corpus.chunkers import DocumentChunking, RowChunking
from wherry.corpus.chunking import ChunkingStrategyType as Cut
from wherry.corpus.content import ContentType
from wherry.corpus.reader import Reader, name_of, whole_document

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from wherry.corpus.document import Document


class DocxReader(Reader):
    """One document of a Word file's paragraphs; mirrors `agno.knowledge.reader.docx_reader.DocxReader`.

    Args:
        chunking_strategy: By default whole paragraphs up to `chunk_size` characters.
        tables: Also read tables, in their places, a line a row; Agno leaves them out.
        **kwargs: Parameters of `Reader`.
    """

    strategies: ClassVar[tuple[Cut, ...]] = (
        Cut.DOCUMENT_CHUNKER,
        Cut.CODE_CHUNKER,
        Cut.FIXED_SIZE_CHUNKER,
        Cut.SEMANTIC_CHUNKER,
        Cut.AGENTIC_CHUNKER,
        Cut.RECURSIVE_CHUNKER,
    )
    content_types: ClassVar[tuple[ContentType, ...]] = (ContentType.DOCX,)

    def __init__(self, chunking_strategy: Any = None, *, tables: bool = False, **kwargs: Any) -> None:
        self.tables = tables
        super().__init__(chunking_strategy=chunking_strategy, **kwargs)

    def _usual_strategy(self, chunk_size: int) -> Any:
        return DocumentChunking(chunk_size=chunk_size)

    @classmethod
    def get_read_time_requirements(cls) -> dict[ContentType, list[str]]:
        """python-docx, which is imported as `docx`."""
        return {ContentType.DOCX: ["docx"]}

    def read(self, file: Any, name: str | None = None, password: str | None = None) -> list[Document]:
        """The text in chunks; what is no Word document is logged and gives no document.

        Raises:
            ConfigurationError: python-docx is not installed.
        """
        return self._cut(self._whole(file, name))

    async def async_read(self, file: Any, name: str | None = None, password: str | None = None) -> list[Document]:
        """`read` on the event loop; the file is read in a thread."""
        return await self._acut(await asyncio.to_thread(self._whole, file, name))

    def _whole(self, file: Any, name: str | None) -> list[Document]:
        try:
            from docx import Document as WordDocument
            from docx.opc.exceptions import PackageNotFoundError
        except ImportError as error:
            raise MissingPackage("A Word document", "python-docx", "office") from error
        try:
            opened = WordDocument(str(file) if isinstance(file, Path) else file)
        except (PackageNotFoundError, BadZipFile, OSError, ValueError, KeyError, SyntaxError) as error:
            log_error(f"Error reading {file}: {error}")
            return []
        parts = _with_tables(opened) if self.tables else (paragraph.text for paragraph in opened.paragraphs)
        return [whole_document("\n\n".join(parts), name_of(file, name, "docx_file"))]


def _with_tables(opened: Any) -> Iterator[str]:
    for part in opened.iter_inner_content():
        rows = getattr(part, "rows", None)
        yield part.text if rows is None else "\n".join(line([cell.text for cell in row.cells]) for row in rows)


class ExcelReader(Reader):
    """One document a sheet, its rows as lines of cells joined by commas; mirrors `agno…excel_reader.ExcelReader`.

    The sheet's name and its place from 1 are in `meta_data`; sheets without text give no document. Formulas count with
    the value that was saved with them.

    Args:
        sheets: Only these, by name in any case or by place from 1; all by default.
        chunking_strategy: By default one chunk a row.
        **kwargs: Parameters of `Reader`.
    """

    strategies: ClassVar[tuple[Cut, ...]] = (
        Cut.ROW_CHUNKER,
        Cut.CODE_CHUNKER,
        Cut.FIXED_SIZE_CHUNKER,
        Cut.AGENTIC_CHUNKER,
        Cut.DOCUMENT_CHUNKER,
        Cut.RECURSIVE_CHUNKER,
    )
    content_types: ClassVar[tuple[ContentType, ...]] = (ContentType.XLSX,)

    def __init__(self, sheets: list[str | int] | None = None, chunking_strategy: Any = None, **kwargs: Any) -> None:
        self.sheets = sheets
        super().__init__(chunking_strategy=chunking_strategy, **kwargs)

    def _usual_strategy(self, chunk_size: int) -> Any:
        return RowChunking()

    @classmethod
    def get_read_time_requirements(cls) -> dict[ContentType, list[str]]:
        """Openpyxl."""
        return {ContentType.XLSX: ["openpyxl"]}

    def read(self, file: Any, name: str | None = None, password: str | None = None) -> list[Document]:
        """The sheets in chunks; a broken workbook is logged and gives no document.

        Raises:
            FileNotFoundError: There is no such file.
            ConfigurationError: (a ValueError) its ending is not ``.xlsx``, or openpyxl is not installed.
        """
        return self._cut(self._whole(file, name))

    async def async_read(self, file: Any, name: str | None = None, password: str | None = None) -> list[Document]:
        """`read` on the event loop; the workbook is read in a thread."""
        return await self._acut(await asyncio.to_thread(self._whole, file, name))

    def _whole(self, file: Any, name: str | None) -> list[Document]:
        label = str(file) if isinstance(file, Path) else getattr(file, "name", None) or name or ""
        suffix = Path(label).suffix.lower()
        if suffix != ".xlsx":
            raise ConfigurationError(
                f"Unsupported file extension: {suffix!r} of {label!r}. Expected .xlsx",
                hint="Save the workbook as .xlsx; for a stream without a name give name='book.xlsx'.",
            )
        if isinstance(file, Path) and not file.exists():
            raise FileNotFoundError(f"Could not find file: {file}")
        title = Path(name or label).stem
        try:
            return list(self._sheets(file, title))
        except (BadZipFile, OSError, KeyError, ValueError, SyntaxError) as error:
            if isinstance(error, ConfigurationError):
                raise
            log_error(f"Error reading {label}: {error}")
            return []

    def _sheets(self, file: Any, title: str) -> Iterator[Document]:
        try:
            from openpyxl import load_workbook
        except ImportError as error:
            raise MissingPackage("An Excel workbook", "openpyxl", "office") from error
        book = load_workbook(str(file) if isinstance(file, Path) else _stream(file), read_only=True, data_only=True)
        try:
            for place, sheet in enumerate(book.worksheets, 1):
                if not self._wanted(sheet.title, place):
                    log_debug(f"Sheet {sheet.title!r} is left out")
                    continue
                text = _lines(sheet.iter_rows(values_only=True))
                if text:
                    yield whole_document(text, title, sheet_name=sheet.title, sheet_index=place)
        finally:
            book.close()

    def _wanted(self, title: str, place: int) -> bool:
        if not self.sheets:
            return True
        return any(
            wanted == place if isinstance(wanted, int) else wanted.lower() == title.lower() for wanted in self.sheets
        )


def _stream(file: Any) -> io.BytesIO:
    file.seek(0)
    return io.BytesIO(file.read())


def _lines(rows: Iterable[Sequence[Any]]) -> str:
    """Rows that hold anything as lines."""
    return "\n".join(text for row in rows if (text := line(row)))


def line(values: Sequence[Any]) -> str:
    """Cells joined by commas, without the empty ones at the end."""
    cells = [_cell(value) for value in values]
    while cells and not cells[-1]:
        cells.pop()
    return ", ".join(cells)


def _cell(value: Any) -> str:
    """A cell's value on one line; whole numbers without a point, times in ISO form."""
    if value is None:
        return ""
    if isinstance(value, date):  # a datetime is one
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).replace("\r\n", " ").replace("\r", " ").replace("\n", " ")
