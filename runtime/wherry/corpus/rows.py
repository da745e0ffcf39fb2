"""A knowledge base's book of contents: one row a source in the contents database, and what became of it.

Rows, ids and the notes below ``_agno`` are Agno's. Without a contents database all of this does nothing.
"""

from __future__ import annotations

import inspect
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wherry.core.errors import ConfigurationError
from wherry.core.log import log_debug, log_warning
from wherry.corpus.content import Content, ContentStatus, status_of
from wherry.corpus.metadata import merge_user_metadata, set_agno_metadata, strip_agno_metadata

if TYPE_CHECKING:
    from wherry.core.waits import Waits
    from wherry.corpus.knowledge import Knowledge


@dataclass(slots=True)
class Insertion:
    """What is being put into a knowledge base, and how.

    Attributes:
        knowledge: The knowledge base.
        waits: How to wait.
        upsert: Put documents in the place of those of the same content.
        skip: Leave a content alone that is stored already.
        include: Only files that match one of these patterns.
        exclude: No files that match one of these patterns.
    """

    knowledge: Knowledge
    waits: Waits
    upsert: bool = True
    skip: bool = False
    include: list[str] | None = None
    exclude: list[str] | None = None


async def ask(waits: Waits, database: Any, method: str, *args: Any, **kwargs: Any) -> Any:
    """Call a method of the contents database.

    Raises:
        ConfigurationError: (a ValueError) the database is asynchronous and the call is not.
    """
    function = getattr(database, method)
    if waits.blocking and inspect.iscoroutinefunction(function):
        raise ConfigurationError(
            f"The contents database {type(database).__name__} is not supported for async databases in blocking calls.",
            hint="Call the method's async twin (ainsert, aget_content …), or use a database that is not asynchronous.",
        )
    return await waits.work(function, *args, **kwargs)


def text_field(value: Any) -> str:
    """A name or description as the text that its column takes; a list is joined."""
    if value is None:
        return ""
    if isinstance(value, list):
        return " | ".join(str(item) for item in value if item is not None)
    return str(value)


def row_of(knowledge: Knowledge, content: Content) -> Any:
    """The row of a content."""
    from wherry.stores.records import knowledge_row_class

    data = content.file_data
    held = getattr(data, "content", None)
    now = int(time.time())
    return knowledge_row_class()(
        id=content.id,
        name=text_field(content.name),
        description=text_field(content.description),
        metadata=content.metadata,
        type=content.file_type or getattr(data, "type", None),
        size=content.size or (len(held) if held and isinstance(held, (str, bytes)) else None),
        linked_to=knowledge.name or "",
        access_count=0,
        status=(content.status or ContentStatus.PROCESSING).value,
        status_message=text_field(content.status_message),
        user_id=content.user_id,
        created_at=content.created_at or now,
        updated_at=content.updated_at or now,
    )


def content_of(row: Any) -> Content:
    """The content of a row."""
    return Content(
        id=row.id,
        name=row.name,
        description=row.description,
        metadata=row.metadata,
        file_type=row.type,
        size=row.size,
        status=status_of(row.status) if row.status else None,
        status_message=row.status_message,
        created_at=row.created_at,
        updated_at=row.updated_at or row.created_at,
        external_id=row.external_id,
        user_id=row.user_id,
    )


async def read_row(job: Insertion, content_id: str | None, user_id: str | None) -> Any:
    """The stored row, or None."""
    database = job.knowledge.contents_db
    if database is None or not content_id:
        return None
    return await ask(job.waits, database, "get_knowledge_content", content_id, user_id=user_id)


async def write_row(job: Insertion, content: Content) -> None:
    """Store a content's row as it now is."""
    database = job.knowledge.contents_db
    if database is not None:
        row = row_of(job.knowledge, content)
        await ask(job.waits, database, "upsert_knowledge_content", knowledge_row=row)


async def change_row(job: Insertion, content: Content, user_id: str | None = None) -> dict[str, Any] | None:
    """Write what a content has over its stored row, and its metadata to its documents; the row, or None."""
    database = job.knowledge.contents_db
    owner = content.user_id if user_id is None else user_id
    if database is None:
        return None
    if not content.id:
        log_warning("Content id is required to update Knowledge content")
        return None
    row = await read_row(job, content.id, owner)
    if row is None:
        log_warning(f"Content row not found for id: {content.id}, cannot update status")
        return None
    if owner is not None and row.user_id is None:
        log_debug(f"Content {content.id} belongs to everybody and is not changed for {owner!r}")
        return None
    for name in ("name", "description", "status_message", "external_id"):
        if (value := getattr(content, name)) is not None:
            setattr(row, name, text_field(value))
    if content.metadata is not None:
        row.metadata = merge_user_metadata(row.metadata, content.metadata)
    if content.status is not None:
        row.status = content.status.value
    row.updated_at = int(time.time())
    await ask(job.waits, database, "upsert_knowledge_content", knowledge_row=row)
    store = job.knowledge.vector_db
    if store is not None:
        told = strip_agno_metadata(content.metadata) or {}
        await job.waits.work(store.update_metadata, content_id=content.id, metadata=told)
    changed: dict[str, Any] = row.to_dict()
    return changed


async def failed(job: Insertion, content: Content, why: str) -> None:
    """Note that a content could not be stored."""
    content.status, content.status_message = ContentStatus.FAILED, why
    log_warning(f"Content {content.name or content.id!r} was not stored: {why}")
    await change_row(job, content)


async def note_children(job: Insertion, content: Content, children: list[str]) -> None:
    """Note which rows belong to a folder's or site's row."""
    known = Content(id=content.id, user_id=content.user_id, metadata=set_agno_metadata(None, "children", children))
    await change_row(job, known)
