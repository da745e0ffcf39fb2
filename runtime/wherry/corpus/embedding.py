"""Filling in the vectors of documents before they are stored. Called by the vector stores of Wherry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.log import log_warning

if TYPE_CHECKING:
    from wherry.core.waits import Waits
    from wherry.corpus.document import Document

AT_ONCE = 32
"""Texts that are embedded at the same time on an event loop."""


async def embed_all(waits: Waits, embedder: Any, documents: list[Document]) -> None:
    """Fill the embedding of each document that has none: in batches when the embedder offers them, else one by one.

    Raises:
        EmbeddingError: A text could not be embedded; nothing has been stored yet.
    """
    pending = [document for document in documents if not document.embedding]
    together: Any = getattr(embedder, "async_get_embeddings_batch_and_usage", None)
    alone: Any = getattr(embedder, "get_embeddings_batch_and_usage", None)
    if getattr(embedder, "enable_batch", False) and (alone if waits.blocking else together):
        texts = [document.content for document in pending]
        vectors, usages = await waits.wire(alone, together, texts)
        for document, vector, usage in zip(pending, vectors, usages, strict=False):
            document.embedding, document.usage = vector, usage
        return
    if waits.blocking:
        for document in pending:
            document.embed(embedder)
        return
    for start in range(0, len(pending), AT_ONCE):
        jobs = [document.async_embed(embedder) for document in pending[start : start + AT_ONCE]]
        for outcome in await waits.together(jobs):
            if isinstance(outcome, BaseException):
                raise outcome


def embedded(documents: list[Document]) -> list[Document]:
    """The documents that have a vector; those that were left out by the embedder cannot be found and are not stored."""
    kept = [document for document in documents if document.embedding]
    if len(kept) < len(documents):
        log_warning(f"{len(documents) - len(kept)} of {len(documents)} chunks have no embedding and are not stored")
    return kept
