"""Reading PDF files with pypdf (extra `knowledge`). Mirrors `agno.knowledge.reader.pdf_reader.PDFReader`."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wherry.core.errors import MissingPackage
from wherry.core.ids import new_id
from wherry.core.log import log_error
from wherry.corpus.chunkers import DocumentChunking
from wherry.corpus.chunking import ChunkingStrategyType as Cut
from wherry.corpus.content import ContentType
from wherry.corpus.document import Document
from wherry.corpus.reader import Reader

if TYPE_CHECKING:
    from pypdf import PdfReader

START = "<start page {page_nr}>"
END = "<end page {page_nr}>"
# So many of the pages must carry the number that is expected of them before any number is taken for one.
ENOUGH = 0.4
_NUMBER = re.compile(r"^\s*(\d+)\s*|\s*(\d+)\s*$")


class PDFReader(Reader):
    """One document a page, or one of all pages; mirrors `agno.knowledge.reader.pdf_reader.PDFReader`.

    Args:
        split_on_pages: One document for each page, its number in `meta_data["page"]`.
        page_start_numbering_format: Put before a page whose number is known; an empty text puts nothing.
        page_end_numbering_format: Put after it.
        password: Opens protected files.
        sanitize_content: Join the broken lines of a page into paragraphs.
        chunking_strategy: By default whole paragraphs up to `chunk_size` characters.
        **kwargs: Parameters of `Reader`.
    """

    strategies = (
        Cut.DOCUMENT_CHUNKER,
        Cut.CODE_CHUNKER,
        Cut.FIXED_SIZE_CHUNKER,
        Cut.AGENTIC_CHUNKER,
        Cut.SEMANTIC_CHUNKER,
        Cut.RECURSIVE_CHUNKER,
    )
    content_types = (ContentType.PDF,)

    def __init__(
        self,
        split_on_pages: bool = True,
        page_start_numbering_format: str | None = None,
        page_end_numbering_format: str | None = None,
        password: str | None = None,
        sanitize_content: bool = True,
        chunking_strategy: Any = None,
        **kwargs: Any,
    ) -> None:
        self.split_on_pages = split_on_pages
        self.page_start_numbering_format = START if page_start_numbering_format is None else page_start_numbering_format
        self.page_end_numbering_format = END if page_end_numbering_format is None else page_end_numbering_format
        self.password = password
        self.sanitize_content = sanitize_content
        super().__init__(chunking_strategy=chunking_strategy, **kwargs)

    def _usual_strategy(self, chunk_size: int) -> Any:
        return DocumentChunking(chunk_size=chunk_size)

    @classmethod
    def get_read_time_requirements(cls) -> dict[ContentType, list[str]]:
        """Pypdf."""
        return {ContentType.PDF: ["pypdf"]}

    def read(self, pdf: Any = None, name: str | None = None, password: str | None = None) -> list[Document]:
        """The pages in chunks; a file that is no PDF or stays closed is logged and gives no document.

        Raises:
            ConfigurationError: pypdf is not installed.
        """
        return self._cut(self._whole(pdf, name, password))

    async def async_read(self, pdf: Any = None, name: str | None = None, password: str | None = None) -> list[Document]:
        """`read` on the event loop; the pages are read in a thread."""
        return await self._acut(await asyncio.to_thread(self._whole, pdf, name, password))

    def _whole(self, pdf: Any, name: str | None, password: str | None) -> list[Document]:
        if pdf is None:
            log_error("No pdf provided")
            return []
        title = name or _title(pdf)
        opened = self._open(pdf, title, self.password if password is None else password)
        if opened is None:
            return []
        texts = [page.extract_text() for page in opened.pages]
        if self.sanitize_content:
            texts = [flowing(text) for text in texts]
        texts, shift = without_numbers(texts, self.page_start_numbering_format, self.page_end_numbering_format)
        if not self.split_on_pages:
            return [Document(name=title, id=new_id(), content="\n".join(texts))]
        first = 1 if shift is None else shift
        return [
            Document(name=title, id=new_id(), content=text, meta_data={"page": number})
            for number, text in enumerate(texts, first)
        ]

    def _open(self, pdf: Any, title: str, password: str | None) -> PdfReader | None:
        try:
            from pypdf import PdfReader
            from pypdf.errors import PyPdfError
        except ImportError as error:
            raise MissingPackage("A PDF", "pypdf", "knowledge") from error
        try:
            opened = PdfReader(pdf)
            if opened.is_encrypted and not opened.decrypt(password or ""):
                what = "the password does not open it" if password else "it needs a password and none was given"
                log_error(f"Error reading PDF {title!r}: {what}")
                return None
        except (PyPdfError, OSError) as error:
            log_error(f"Error reading PDF {title!r}: {error}")
            return None
        return opened


def _title(pdf: Any) -> str:
    if isinstance(pdf, (str, Path)):
        return Path(pdf).stem.replace(" ", "_")
    return str(getattr(pdf, "name", "pdf_file")).split(".")[0].replace(" ", "_")


def flowing(text: str) -> str:
    """A page's text with its broken lines joined; blank lines between paragraphs stay."""
    text = re.sub(r"\n[ \t]+\n", " ", text)
    text = re.sub(r"(?<!\n)[ \t]*\n[ \t]*(?!\n)", " ", text)
    return re.sub(r"[ \t]{2,}", " ", text).strip()


def without_numbers(texts: list[str], start: str, end: str) -> tuple[list[str], int | None]:
    """Pages whose printed numbers are replaced by markers, and the number of the first page.

    Numbers are believed when at least two pages have one, one of them is 5 or less, and enough of them count upwards
    from a number between -2 and 2. Otherwise the texts are returned as they are, with None.
    """
    found = [int(match[1] or match[2]) if (match := _NUMBER.search(text)) else None for text in texts]
    known = [number for number in found if number is not None]
    if len(known) < 2 or min(known) > 5:
        return texts, None

    def agreeing(first: int) -> int:
        return sum(
            number is not None and (str(number).startswith(str(page)) or str(number).endswith(str(page)))
            for page, number in enumerate(found, first)
        )

    first = max(range(-2, 3), key=agreeing)
    if agreeing(first) / len(texts) < ENOUGH:
        return texts, None
    return [_marked(text, page, start, end) for page, text in enumerate(texts, first)], first


def _marked(text: str, page: int, start: str, end: str) -> str:
    text = re.sub(rf"^\s*{page}\s*|\s*{page}\s*$", "", text)
    before = f"{start.format(page_nr=page)}\n" if start else ""
    after = f"\n{end.format(page_nr=page)}" if end else ""
    return before + text + after
