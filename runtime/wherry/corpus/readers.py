"""Which reader reads what: by name, by ending and by address. Mirrors `agno.knowledge.reader.reader_factory`."""

from __future__ import annotations

from importlib import import_module
from typing import Any, ClassVar

from wherry.core.errors import ConfigurationError, NotMigratedError

# Name -> module below `wherry.knowledge.reader`, class, title, description. What is Agno's own answers when it is used.
_KNOWN: dict[str, tuple[str, str, str, str]] = {
    "arxiv": ("arxiv_reader", "ArxivReader", "Arxiv Reader", "Finds papers on arXiv"),
    "csv": ("csv_reader", "CSVReader", "CSV Reader", "Reads tables of comma-separated values"),
    "docling": ("docling_reader", "DoclingReader", "Docling Reader", "Converts many formats with Docling"),
    "docx": ("docx_reader", "DocxReader", "Docx Reader", "Reads Word documents"),
    "excel": ("excel_reader", "ExcelReader", "Excel Reader", "Reads Excel workbooks"),
    "field_labeled_csv": (
        "field_labeled_csv_reader", "FieldLabeledCSVReader", "Field Labeled CSV Reader", "Reads rows with their labels"
    ),
    "firecrawl": ("firecrawl_reader", "FirecrawlReader", "Firecrawl Reader", "Crawls websites with Firecrawl"),
    "json": ("json_reader", "JSONReader", "JSON Reader", "Reads JSON values, one document for each item of a list"),
    "llms_txt": ("llms_txt_reader", "LLMsTxtReader", "LLMs.txt Reader", "Reads llms.txt and the pages it names"),
    "markdown": ("markdown_reader", "MarkdownReader", "Markdown Reader", "Reads Markdown and cuts it at headings"),
    "pdf": ("pdf_reader", "PDFReader", "PDF Reader", "Reads the text of PDF files"),
    "pptx": ("pptx_reader", "PPTXReader", "PPTX Reader", "Reads PowerPoint slides"),
    "sitemap": ("sitemap_reader", "SitemapReader", "Sitemap Reader", "Reads the pages that a sitemap names"),
    "tavily": ("tavily_reader", "TavilyReader", "Tavily Reader", "Reads pages through Tavily"),
    "text": ("text_reader", "TextReader", "Text Reader", "Reads plain text"),
    "web_search": ("web_search_reader", "WebSearchReader", "Web Search Reader", "Reads what a web search finds"),
    "website": ("website_reader", "WebsiteReader", "Website Reader", "Reads web pages and those they link to"),
    "wikipedia": ("wikipedia_reader", "WikipediaReader", "Wikipedia Reader", "Reads Wikipedia articles"),
    "youtube": ("youtube_reader", "YouTubeReader", "YouTube Reader", "Reads transcripts of videos"),
}  # fmt: skip

_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_KIND_OF = {
    ".pdf": "pdf", "application/pdf": "pdf", ".csv": "csv", "text/csv": "csv",
    ".xlsx": "excel", ".xls": "excel", _SHEET: "excel", "application/vnd.ms-excel": "excel",
    ".docx": "docx", ".doc": "docx", _WORD: "docx", ".pptx": "pptx",
    ".json": "json", "application/json": "json", ".md": "markdown", ".markdown": "markdown",
}  # fmt: skip


def kind_for_extension(extension: str) -> str:
    """The name of the reader for an ending or a MIME type; unknown ones are read as text."""
    return _KIND_OF.get(extension.lower(), "text")


class ReaderFactory:
    """Readers by name, made once; mirrors `agno.knowledge.reader.reader_factory.ReaderFactory`."""

    READER_METADATA: ClassVar[dict[str, dict[str, str]]] = {
        key: {"name": title.replace(" ", ""), "description": about} for key, (_, _, title, about) in _KNOWN.items()
    }
    _made: ClassVar[dict[str, Any]] = {}
    _registered: ClassVar[dict[str, Any]] = {}

    @classmethod
    def get_reader_class(cls, reader_key: str) -> Any:
        """The class of a reader.

        Raises:
            ConfigurationError: (a ValueError) there is no reader of this name.
            NotMigratedError: The reader is Agno's and has not been taken over.
        """
        if reader_key not in _KNOWN:
            raise ConfigurationError(f"Unknown reader: {reader_key}", hint=f"One of {', '.join(sorted(_KNOWN))}.")
        module, name, _, _ = _KNOWN[reader_key]
        return getattr(import_module(f"wherry.knowledge.reader.{module}"), name)

    @classmethod
    def create_reader(cls, reader_key: str, **kwargs: Any) -> Any:
        """A reader; the same one each time."""
        if reader_key not in cls._made and reader_key in cls._registered:
            cls._made[reader_key] = cls._registered[reader_key](cls, **kwargs)
        if reader_key not in cls._made:
            made = cls.get_reader_class(reader_key)
            _, _, title, about = _KNOWN[reader_key]
            cls._made[reader_key] = made(**{"name": title, "description": about, **kwargs})
        return cls._made[reader_key]

    @classmethod
    def get_reader_for_extension(cls, extension: str) -> Any:
        """The reader for an ending such as ``.pdf`` or a MIME type; unknown ones are read as text."""
        return cls.create_reader(kind_for_extension(extension))

    @classmethod
    def get_reader_for_url(cls, url: str) -> Any:
        """The reader for an address that names no file."""
        if any(host in url.lower() for host in ("youtube.com", "youtu.be")):
            return cls.create_reader("youtube")
        return cls.create_reader("website")

    @classmethod
    def get_all_reader_keys(cls) -> list[str]:
        """The names of all readers, those for addresses first."""
        first = ["website", "firecrawl", "tavily", "youtube"]
        return [*first, *(key for key in sorted({*_KNOWN, *cls._registered}) if key not in first)]

    @classmethod
    def register_reader(
        cls,
        key: str,
        reader_method: Any,
        name: str,  # noqa: ARG003 - Agno's parameters; a reader says its name and endings itself
        description: str,  # noqa: ARG003 - as above
        extensions: list[str] | None = None,  # noqa: ARG003 - as above
    ) -> None:
        """Add a reader, or replace one that was not made yet; as in Agno it is found by its key, not by endings.

        Args:
            key: What it is asked for by.
            reader_method: Makes it; called with this class and the options of `create_reader`.
            name: Kept for code that gives it.
            description: Kept for code that gives it.
            extensions: Kept for code that gives them.
        """
        cls._registered[key] = reader_method

    @classmethod
    def create_all_readers(cls) -> dict[str, Any]:
        """All readers by name; Agno's own are made when Agno is installed.

        Raises:
            NotMigratedError: A reader is Agno's and has not been taken over.
        """
        return {key: cls.create_reader(key) for key in cls.get_all_reader_keys()}

    @classmethod
    def get_missing_read_time_packages(cls, reader_key: str, content_type: str | None = None) -> list[str]:
        """Packages that a reader imports when it reads and that are not installed; none for an unknown reader."""
        try:
            kind = cls.get_reader_class(reader_key)
        except (ConfigurationError, NotMigratedError, ImportError):
            return []
        missing: list[str] = kind.get_missing_read_time_packages(content_type)
        return missing

    @classmethod
    def clear_cache(cls) -> None:
        """Forget the readers that were made."""
        cls._made.clear()
