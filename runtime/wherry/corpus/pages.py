"""Loading from an address: a file that is fetched and read, or a site whose pages get a row each.

Pages that have not changed are not embedded again; pages that are gone are removed. Called by `loading`.
"""

from __future__ import annotations

import hashlib
import io
import time
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from wherry.core.log import log_debug, log_error
from wherry.corpus.children import finish_parent, gone, read, same_as_before, unstored
from wherry.corpus.content import Content, ContentStatus, ContentType, id_of
from wherry.corpus.fetching import Fetched, afetch, check_address, fetch
from wherry.corpus.metadata import get_agno_metadata, set_agno_metadata, strip_agno_metadata
from wherry.corpus.removing import owns_vectors
from wherry.corpus.rows import Insertion, change_row, failed, note_children, read_row, write_row
from wherry.corpus.storing import begin, clear, is_stored, prepare, store, write

if TYPE_CHECKING:
    from wherry.corpus.document import Document

_NAME_LENGTH = 255


async def load_url(job: Insertion, content: Content) -> None:
    """Load what an address gives.

    Raises:
        ConnectionError: A file cannot be fetched; a page that cannot be read is noted in the row.
        ConfigurationError: (a ValueError) it is no address of the web.
    """
    address = str(content.url)
    check_address(address)
    content.file_type = "url"
    content.metadata = set_agno_metadata(content.metadata, "source_type", "url")
    content.metadata = set_agno_metadata(content.metadata, "source_url", address)
    named_here = not content.name
    path = PurePosixPath(urlsplit(address).path)
    content.name = content.name or path.name or address
    stored = await read_row(job, content.id, content.user_id)
    previous = list(get_agno_metadata(getattr(stored, "metadata", None), "children") or ())
    skipped, before = await begin(job, content)
    if skipped:
        return
    if previous:
        await note_children(job, content, previous)
    documents = await _documents(job, content, path.suffix.lower())
    if documents is None:
        return
    by_page: dict[str, list[Document]] = {}
    for document in documents:
        by_page.setdefault(str((document.meta_data or {}).get("url") or address), []).append(document)
    if len(by_page) > 1 or previous:
        if owns_vectors(stored) and not previous:
            await clear(job, content)
        await _load_pages(job, content, by_page, previous, named_here)
        return
    prepare(job, documents, content)
    await store(job, content, documents, before)


async def _documents(job: Insertion, content: Content, ending: str) -> list[Document] | None:
    """What the reader makes of the address; None when it failed, which the row then says."""
    address, reader = str(content.url), content.reader
    source: Any = address
    if ending and not _reads_addresses(reader):
        page: Fetched = await job.waits.wire(fetch, afetch, address)
        source = io.BytesIO(page.content)
        reader = reader or job.knowledge.reader_for(ending)
    reader = reader or job.knowledge.website_reader
    try:
        documents = await read(job, reader, source, content.name, content)
    except (OSError, ValueError) as error:
        log_error(f"Error reading URL: {address}: {error}")
        await failed(job, content, f"Error reading URL: {address} - {error}")
        return None
    if not documents:
        await failed(job, content, "Reader returned no documents")
        return None
    return documents


def _reads_addresses(reader: Any) -> bool:
    if reader is None or not hasattr(reader, "get_supported_content_types"):
        return False
    return ContentType.URL.value in {str(getattr(kind, "value", kind)) for kind in reader.get_supported_content_types()}


async def _load_pages(
    job: Insertion, content: Content, by_page: dict[str, list[Document]], previous: list[str], named_here: bool
) -> None:
    """A row for each page below the site's row."""
    children: list[str] = []
    problems: list[dict[str, str]] = []
    for address, documents in by_page.items():
        page, digest = _page_of(job, content, address, documents)
        children.append(str(page.id))
        if problem := await _load_page(job, page, digest, documents):
            problems.append({"url": address, "error": problem})
    children += await gone(job, content, previous, children)
    if named_here:
        content.name = urlsplit(str(content.url)).netloc
    finish_parent(content, children, len(by_page), problems, "pages")
    content.metadata = set_agno_metadata(content.metadata, "auto_named", named_here)
    await change_row(job, content)


def page_name(address: str) -> str:
    """What a page's row is called: host and path, the same for each way to write the page's address, as in Agno.

    Args:
        address: The page's address; its port, and a name and password in it, are left out.
    """
    parts = urlsplit(address)
    host, path = (parts.hostname or "").lower(), unquote(parts.path)
    folder, slash, last = path.rpartition("/")
    path = (folder if slash and last in {"index.html", "index.htm"} else path).strip("/")
    name = (f"{host}/{path}" if path else host) + (f"?{parts.query}" if parts.query else "")
    if len(name) <= _NAME_LENGTH:
        return name
    return f"{name[: _NAME_LENGTH - 9]}-{hashlib.sha256(name.encode(errors='replace')).hexdigest()[:8]}"


def _page_of(job: Insertion, content: Content, address: str, documents: list[Document]) -> tuple[Content, str]:
    """The content of a page, and the digest of its text."""
    text = "".join(document.content or "" for document in documents)
    digest = hashlib.sha256(text.encode(errors="replace")).hexdigest()
    page = Content(
        name=page_name(address),
        description=content.description,
        url=address,
        metadata=dict(strip_agno_metadata(content.metadata) or {}),
        user_id=content.user_id,
        content_hash=job.knowledge._build_document_content_hash(documents[0], content),  # noqa: SLF001 - see there
        file_type="url",
        size=len(text.encode(errors="replace")),
    )
    page.id = id_of(str(page.content_hash))
    notes = {
        "source_type": "url",
        "source_url": address,
        "parent_id": content.id,
        "fetched_at": int(time.time()),
        "content_digest": digest,
    }
    for key, value in notes.items():
        page.metadata = set_agno_metadata(page.metadata, key, value)
    return page, digest


async def _load_page(job: Insertion, page: Content, digest: str, documents: list[Document]) -> str:
    """Store one page; what went wrong, or an empty text."""
    if job.knowledge.contents_db is None and await is_stored(job, page) and job.skip:
        return ""
    if await same_as_before(job, page, digest):
        log_debug(f"{page.url} has not changed")
        return ""
    prepare(job, documents, page)
    verb = "upsert" if job.upsert and job.knowledge.vector_db.upsert_available() else "insert"
    try:
        await write(job, page, documents, verb)
    except Exception as error:  # noqa: BLE001 - one page that cannot be stored does not end the site
        log_error(f"Error inserting document from {page.url}: {error}")
        await unstored(job, page, "Could not embed page")
        return "Could not embed page"
    page.status = ContentStatus.COMPLETED
    page.metadata = set_agno_metadata(page.metadata, "vectors_indexed", True)
    await write_row(job, page)
    return ""
