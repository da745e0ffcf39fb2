"""Removing contents: a row, its documents, and what belongs to it. Called by `Knowledge` and by the folder loader."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.log import log_debug
from wherry.corpus.content import Content
from wherry.corpus.metadata import get_agno_metadata
from wherry.corpus.owners import strict_user_id_kwarg
from wherry.corpus.rows import ask, note_children, read_row

if TYPE_CHECKING:
    from wherry.corpus.rows import Insertion


async def remove(job: Insertion, content_id: str, user_id: str | None, seen: set[str] | None = None) -> bool:
    """Remove a content, its documents and its children.

    Returns:
        False when it is not the owner's, or when the vector store reports that it could not remove documents that the
        row says are there; rows are kept then, so that it can be tried again.
    """
    seen = {content_id} if seen is None else seen | {content_id}
    row = await read_row(job, content_id, user_id)
    if user_id is not None and job.knowledge.contents_db is not None and (row is None or row.user_id is None):
        log_debug(f"Content {content_id} is not {user_id!r}'s and stays")
        return False
    if row is not None and not await _children_removed(job, row, user_id, seen):
        return False
    if not await _documents_removed(job, content_id, row, user_id):
        return False
    database = job.knowledge.contents_db
    if database is not None:
        await ask(job.waits, database, "delete_knowledge_content", content_id, user_id=user_id)
        await _forget_in_parent(job, row, content_id, user_id, seen)
    return True


async def _children_removed(job: Insertion, row: Any, user_id: str | None, seen: set[str]) -> bool:
    children = get_agno_metadata(row.metadata, "children")
    if not isinstance(children, list):
        return True
    left = [
        child
        for child in children
        if isinstance(child, str) and child not in seen and not await remove(job, child, user_id, seen)
    ]
    if left:
        await note_children(job, Content(id=row.id, user_id=row.user_id), left)
    return not left


async def _documents_removed(job: Insertion, content_id: str, row: Any, user_id: str | None) -> bool:
    store = job.knowledge.vector_db
    if store is None:
        return True
    owner = strict_user_id_kwarg(store.delete_by_content_id, user_id)
    answer = await job.waits.work(store.delete_by_content_id, content_id, **owner)
    # Some stores answer False when there was nothing to remove: only a row that has documents makes it a failure.
    return answer is not False or not owns_vectors(row)


def owns_vectors(row: Any) -> bool:
    """Whether a row says that its documents are in the vector store."""
    if row is None:
        return False
    return get_agno_metadata(row.metadata, "vectors_indexed") is True or isinstance(
        get_agno_metadata(row.metadata, "content_digest"), str
    )


async def _forget_in_parent(job: Insertion, row: Any, content_id: str, user_id: str | None, seen: set[str]) -> None:
    parent_id = get_agno_metadata(row.metadata, "parent_id") if row is not None else None
    if not isinstance(parent_id, str) or parent_id in seen:
        return
    parent = await read_row(job, parent_id, user_id)
    children = get_agno_metadata(parent.metadata, "children") if parent is not None else None
    if isinstance(children, list) and content_id in children:
        left = [child for child in children if child != content_id]
        await note_children(job, Content(id=parent_id, user_id=parent.user_id), left)
