"""Putting a content's documents into the vector store, and noting how that went. Called by the loaders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.errors import WherryError
from wherry.core.errors_services import EmbeddingError
from wherry.core.log import log_error, log_warning
from wherry.corpus.content import Content, ContentStatus, status_of
from wherry.corpus.embedding import embed_all
from wherry.corpus.metadata import set_agno_metadata, strip_agno_metadata
from wherry.corpus.owners import strict_user_id_kwarg
from wherry.corpus.rows import Insertion, change_row, failed, read_row, write_row

if TYPE_CHECKING:
    from wherry.corpus.document import Document

UNREAD = "Content could not be read: it is empty, broken or not UTF-8; the log has what its reader met"
UNFINISHED = (ContentStatus.PARTIAL, ContentStatus.FAILED)


async def begin(job: Insertion, content: Content) -> tuple[bool, ContentStatus | None]:
    """Write a content's row; whether to leave it alone as stored already, and the status that it had before.

    As in Agno the vector store is asked whether it holds the content also where nothing is left alone.
    """
    stored = await read_row(job, content.id, content.user_id)
    before = status_of(stored.status) if stored is not None and stored.status else None
    await write_row(job, content)
    known = before not in UNFINISHED and await _is_stored_or_failed(job, content)
    if known and job.skip:
        content.status = ContentStatus.COMPLETED
        await change_row(job, content)
        return True, before
    return False, before


async def _is_stored_or_failed(job: Insertion, content: Content) -> bool:
    """`is_stored`; what the store refuses is noted in the row, which would stay unfinished otherwise, and raised."""
    try:
        return await is_stored(job, content)
    except Exception as error:
        await failed(job, content, error.message if isinstance(error, WherryError) else str(error))
        raise


async def is_stored(job: Insertion, content: Content) -> bool:
    """Whether the vector store holds documents of this content and owner."""
    store = job.knowledge.vector_db
    if store is None:
        return False
    owner = strict_user_id_kwarg(store.content_hash_exists, content.user_id)
    return bool(await job.waits.work(store.content_hash_exists, content.content_hash, **owner))


def marked(
    name: str | None, documents: list[Document], content_id: str, metadata: dict[str, Any] | None, *, sized: bool
) -> list[Document]:
    """Documents with their content's id and metadata, the name of the knowledge base, and their size if asked for."""
    for document in documents:
        document.content_id = content_id
        if sized and document.content and not document.size:
            document.size = len(document.content.encode())
        document.meta_data = {**(document.meta_data or {}), **(strip_agno_metadata(metadata) or {})}
        document.meta_data["linked_to"] = name or ""
    return documents


def prepare(job: Insertion, documents: list[Document], content: Content) -> None:
    """Let the knowledge base mark a content's documents."""
    mark = job.knowledge._prepare_documents_for_insert  # noqa: SLF001 - subclasses change it there, as in Agno
    mark(documents, str(content.id), calculate_sizes=True, metadata=content.metadata)


async def store(job: Insertion, content: Content, documents: list[Document], before: ContentStatus | None) -> None:
    """Store a content's documents and note the outcome in its row; a failure is noted and logged, not raised."""
    if job.knowledge.vector_db is None:
        await failed(job, content, "No vector database configured")
        return
    if not documents:
        await failed(job, content, UNREAD)
        return
    verb = "upsert" if job.upsert and job.knowledge.vector_db.upsert_available() else "insert"
    try:
        if verb == "insert" and before in UNFINISHED:
            embedder = getattr(job.knowledge.vector_db, "embedder", None)
            if embedder is not None:  # else the store makes vectors itself
                await embed_all(job.waits, embedder, documents)
            await clear(job, content)
        await _write_with_retries(job, content, documents, verb)
    except EmbeddingError as error:
        log_error(f"Error {verb}ing document: {error}")
        await failed(job, content, f'Embedding failed for "{content.name or content.id}": {error.reason}. {error}')
        return
    except WherryError as error:
        log_error(f"Error {verb}ing document: {error}")
        await failed(job, content, error.message)
        return
    except Exception as error:  # noqa: BLE001 - a vector store may fail in any way; the row says so and Agno goes on
        log_error(f"Error {verb}ing document: {error}")
        await failed(job, content, f"Could not {verb} embedding")
        return
    content.metadata = set_agno_metadata(content.metadata, "vectors_indexed", True)
    _judge(job, content, documents)
    await change_row(job, content)


async def write(job: Insertion, content: Content, documents: list[Document], verb: str) -> None:
    """Hand documents to the vector store."""
    vectors = job.knowledge.vector_db
    method, twin = getattr(vectors, verb), getattr(vectors, f"async_{verb}")
    owner = strict_user_id_kwarg(method if job.waits.blocking else twin, content.user_id)
    given = {"filters": strip_agno_metadata(content.metadata), **owner}
    await job.waits.wire(method, twin, content.content_hash, documents, **given)


async def _write_with_retries(job: Insertion, content: Content, documents: list[Document], verb: str) -> None:
    attempts = max(0, job.knowledge.max_embedding_retries or 0)
    for attempt in range(attempts + 1):
        try:
            await write(job, content, documents, verb)
        except EmbeddingError as error:
            if attempt == attempts or not error.is_retryable:
                raise
            pause = max(0.0, job.knowledge.embedding_retry_backoff or 0.0) * 2**attempt
            log_warning(f"Embedding failed for {content.name!r}, trying again in {pause:.1f} s: {error}")
            await job.waits.sleep(pause)
            if verb == "insert":
                await clear(job, content)
        else:
            return


async def clear(job: Insertion, content: Content) -> Any:
    """Remove a content's documents from the vector store; what the store answered."""
    vectors = job.knowledge.vector_db
    owner = strict_user_id_kwarg(vectors.delete_by_content_id, content.user_id)
    return await job.waits.work(vectors.delete_by_content_id, content.id, **owner)


def _judge(job: Insertion, content: Content, documents: list[Document]) -> None:
    """Set the status by how many chunks have a vector; a store that embeds elsewhere cannot be asked."""
    with_vector = sum(1 for document in documents if document.embedding)
    total = len(documents)
    content.status, content.status_message = ContentStatus.COMPLETED, None
    if getattr(job.knowledge.vector_db, "embedder", None) is None or with_vector == total:
        return
    content.status = ContentStatus.PARTIAL if with_vector else ContentStatus.FAILED
    content.status_message = (
        f"{with_vector} of {total} chunks were embedded; the others cannot be found. Insert the content again."
    )
