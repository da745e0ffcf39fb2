"""What a knowledge base can say of its contents, and how they leave it. The other half of `Knowledge`'s methods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.errors import ConfigurationError
from wherry.core.log import log_info, log_warning
from wherry.core.waits import BLOCKING, LOOPING, Waits, finish
from wherry.corpus.content import Content, ContentStatus, status_of
from wherry.corpus.metadata import strip_agno_metadata
from wherry.corpus.readers import ReaderFactory, kind_for_extension
from wherry.corpus.removing import remove
from wherry.corpus.rows import Insertion, ask, change_row, content_of
from wherry.corpus.searching import judged

if TYPE_CHECKING:
    from wherry.corpus.knowledge import Knowledge

_KINDS = (
    "pdf",
    "csv",
    "json",
    "markdown",
    "text",
    "website",
    "docx",
    "pptx",
    "excel",
    "sitemap",
    "firecrawl",
    "youtube",
)


class Contents:
    """Contents, filters and readers of a knowledge base."""

    name: str | None
    contents_db: Any
    vector_db: Any
    readers: Any

    def _job(self: Any, waits: Waits) -> Insertion:
        knowledge: Knowledge = self
        return Insertion(knowledge, waits)

    async def _asked(self, waits: Waits, method: str, *args: Any, **kwargs: Any) -> Any:
        if self.contents_db is None:
            raise ConfigurationError(
                "No contents db provided", hint="Pass contents_db=SqliteDb(db_file='knowledge.db') to Knowledge."
            )
        return await ask(waits, self.contents_db, method, *args, **kwargs)

    # Contents.

    def get_content(
        self,
        limit: int | None = None,
        page: int | None = None,
        sort_by: str | None = None,
        sort_order: str | None = None,
        user_id: str | None = None,
    ) -> tuple[list[Content], int]:
        """A page of the contents, and how many there are.

        Raises:
            ConfigurationError: (a ValueError) there is no contents database, or an asynchronous one.
        """
        return finish(self._contents(BLOCKING, limit, page, sort_by, sort_order, user_id))

    async def aget_content(
        self,
        limit: int | None = None,
        page: int | None = None,
        sort_by: str | None = None,
        sort_order: str | None = None,
        user_id: str | None = None,
    ) -> tuple[list[Content], int]:
        """`get_content` on the event loop."""
        return await self._contents(LOOPING, limit, page, sort_by, sort_order, user_id)

    async def _contents(
        self,
        waits: Waits,
        limit: int | None = None,
        page: int | None = None,
        sort_by: str | None = None,
        sort_order: str | None = None,
        user_id: str | None = None,
    ) -> tuple[list[Content], int]:
        rows, count = await self._asked(
            waits,
            "get_knowledge_contents",
            limit=limit,
            page=page,
            sort_by=sort_by,
            sort_order=sort_order,
            linked_to=self.name,
            user_id=user_id,
        )
        return [content_of(row) for row in rows], count

    def get_content_by_id(self, content_id: str, user_id: str | None = None) -> Content | None:
        """A content, or None."""
        return finish(self._content(BLOCKING, content_id, user_id))

    async def aget_content_by_id(self, content_id: str, user_id: str | None = None) -> Content | None:
        """`get_content_by_id` on the event loop."""
        return await self._content(LOOPING, content_id, user_id)

    async def _content(self, waits: Waits, content_id: str, user_id: str | None) -> Content | None:
        row = await self._asked(waits, "get_knowledge_content", content_id, user_id=user_id)
        return None if row is None else content_of(row)

    def get_content_status(
        self, content_id: str, user_id: str | None = None
    ) -> tuple[ContentStatus | None, str | None]:
        """How far a content has got, and why not further."""
        return finish(self._status(BLOCKING, content_id, user_id))

    async def aget_content_status(
        self, content_id: str, user_id: str | None = None
    ) -> tuple[ContentStatus | None, str | None]:
        """`get_content_status` on the event loop."""
        return await self._status(LOOPING, content_id, user_id)

    async def _status(
        self, waits: Waits, content_id: str, user_id: str | None
    ) -> tuple[ContentStatus | None, str | None]:
        row = await self._asked(waits, "get_knowledge_content", content_id, user_id=user_id)
        return (None, "Content not found") if row is None else (status_of(row.status), row.status_message)

    def patch_content(self, content: Content, user_id: str | None = None) -> dict[str, Any] | None:
        """Write what a content has over its row and the metadata of its documents; the row, or None."""
        return finish(change_row(self._job(BLOCKING), content, user_id))

    async def apatch_content(self, content: Content, user_id: str | None = None) -> dict[str, Any] | None:
        """`patch_content` on the event loop."""
        return await change_row(self._job(LOOPING), content, user_id)

    # Removing.

    def remove_content_by_id(self, content_id: str, user_id: str | None = None) -> bool:
        """Remove a content, its documents, and what is below it; False when something could not be removed."""
        return finish(remove(self._job(BLOCKING), content_id, user_id))

    async def aremove_content_by_id(self, content_id: str, user_id: str | None = None) -> bool:
        """`remove_content_by_id` on the event loop."""
        return await remove(self._job(LOOPING), content_id, user_id)

    def remove_all_content(self, user_id: str | None = None) -> bool:
        """Remove all contents, or all of a user; False when one of them could not be removed."""
        return finish(self._remove_all(BLOCKING, user_id))

    async def aremove_all_content(self, user_id: str | None = None) -> bool:
        """`remove_all_content` on the event loop."""
        return await self._remove_all(LOOPING, user_id)

    async def _remove_all(self, waits: Waits, user_id: str | None) -> bool:
        contents, _ = await self._contents(waits, user_id=user_id)
        complete = True
        for content in contents:
            if content.id is None or (user_id is not None and content.user_id is None):
                continue
            if await self._content(waits, content.id, user_id) is not None:
                complete = await remove(self._job(waits), content.id, user_id) and complete
        return complete

    def remove_vector_by_id(self, id: str) -> bool:
        """Remove the document of this id from the vector store."""
        return self._removed("delete_by_id", id)

    def remove_vectors_by_name(self, name: str) -> bool:
        """Remove the documents of this name from the vector store."""
        return self._removed("delete_by_name", name)

    def remove_vectors_by_metadata(self, metadata: dict[str, Any]) -> bool:
        """Remove the documents with these entries in their metadata from the vector store."""
        return self._removed("delete_by_metadata", metadata)

    def _removed(self, method: str, what: Any) -> bool:
        if self.vector_db is None:
            log_warning("No vector DB provided")
            return False
        return bool(getattr(self.vector_db, method)(what))

    # Filters.

    def get_valid_filters(self, user_id: str | None = None) -> set[str]:
        """The keys of the contents' metadata; none without a contents database."""
        return finish(self._keys(BLOCKING, user_id))

    async def aget_valid_filters(self, user_id: str | None = None) -> set[str]:
        """`get_valid_filters` on the event loop."""
        return await self._keys(LOOPING, user_id)

    async def _keys(self, waits: Waits, user_id: str | None) -> set[str]:
        if self.contents_db is None:
            log_info("Without a contents database the keys of filters are not known.")
            return set()
        contents, _ = await self._contents(waits, user_id=user_id)
        return {key for content in contents for key in strip_agno_metadata(content.metadata) or ()}

    def validate_filters(self, filters: Any, user_id: str | None = None) -> tuple[Any, list[str]]:
        """The filters whose keys some content has, and the keys that none has; all without a contents database."""
        return finish(self._judged(BLOCKING, filters, user_id))

    async def avalidate_filters(self, filters: Any, user_id: str | None = None) -> tuple[Any, list[str]]:
        """`validate_filters` on the event loop."""
        return await self._judged(LOOPING, filters, user_id)

    async def _judged(self, waits: Waits, filters: Any, user_id: str | None) -> tuple[Any, list[str]]:
        if self.contents_db is None:
            return filters, []
        kept, unknown = self._validate_filters(filters, await self._keys(waits, user_id))
        if unknown:
            log_warning(f"No content has metadata under {unknown}; these filters are left out")
        return kept, unknown

    def _validate_filters(self, filters: Any, valid_metadata_filters: set[str]) -> tuple[Any, list[str]]:
        """Agno's place for subclasses to judge filters in another way."""
        return judged(filters, valid_metadata_filters or set())

    # Readers.

    def add_reader(self, reader: Any) -> Any:
        """Keep a reader under its name and return it."""
        self.get_readers()[_key_of(reader)] = reader
        return reader

    def construct_readers(self) -> None:
        """Make sure that there is a dictionary of readers; Agno's name."""
        self.get_readers()

    def get_readers(self) -> dict[str, Any]:
        """The readers of this knowledge base by kind; a list that was given becomes a dictionary."""
        if not isinstance(self.readers, dict):
            given = self.readers if isinstance(self.readers, list) else []
            self.readers = {}
            for reader in (item for item in given if hasattr(item, "read")):
                key, number = _key_of(reader), 0
                while (name := f"{key}_{number}" if number else key) in self.readers:
                    number += 1
                self.readers[name] = reader
        kept: dict[str, Any] = self.readers
        return kept

    def reader_for(self, extension: str) -> Any:
        """The reader for an ending or a MIME type: this knowledge base's own, or the usual one.

        Raises:
            NotMigratedError: The usual one is Agno's.
        """
        kind = kind_for_extension(extension)
        return self.get_readers().get(kind) or ReaderFactory.create_reader(kind)

    def __getattr__(self, name: str) -> Any:
        kind, _, rest = name.partition("_reader")
        if rest or kind == name or kind not in _KINDS:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return self.get_readers().get(kind) or ReaderFactory.create_reader(kind)


def _key_of(reader: Any) -> str:
    name = getattr(reader, "name", None) or type(reader).__name__
    return str(name).lower().replace(" ", "_")
