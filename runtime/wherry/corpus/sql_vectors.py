"""What the vector stores on SQLite and Postgres share: rows, embedding, search by a plan, and the methods of a store.

One table a store, with Agno's columns. A plan (see `wherry.stores.plan`) is written once for both kinds of waiting; the
dialect is the subclass's. Called through `wherry.vectordb`.
"""

from __future__ import annotations

import hashlib
import json
from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from wherry.core.errors import ConfigurationError
from wherry.core.waits import BLOCKING, LOOPING, finish
from wherry.corpus.conditions import plain
from wherry.corpus.document import Document
from wherry.corpus.embedding import embed_all, embedded
from wherry.corpus.searches import SearchesByKind
from wherry.corpus.vectors import Distance, SearchType, VectorDb
from wherry.stores.ddl import quote
from wherry.stores.plan import BEGIN, Plan, Where, upsert

if TYPE_CHECKING:
    from wherry.core.waits import Waits

COLUMNS = (
    "id", "name", "meta_data", "filters", "content", "embedding", "usage", "content_hash", "content_id", "user_id",
)  # fmt: skip
FOUND = "id, name, meta_data, content, usage"


class SqlVectors(SearchesByKind, VectorDb):
    """A vector store in one table; the subclass says how it is made and asked.

    Args:
        table_name: Name of the table.
        embedder: Makes the vectors; None: `OpenAIEmbedder()`.
        search_type: By meaning (`vector`), by words (`keyword`) or both (`hybrid`).
        distance: How vectors are compared.
        vector_score_weight: How much the vectors count in a hybrid search, from 0 to 1.
        reranker: Reorders what was found.
        **named: `id`, `name`, `description`, `similarity_threshold` of `VectorDb`.

    Raises:
        ConfigurationError: (a ValueError) no table name, an embedder without dimensions, or a weight out of range.
    """

    def __init__(
        self,
        table_name: str,
        *,
        embedder: Any = None,
        search_type: SearchType = SearchType.vector,
        distance: Distance = Distance.cosine,
        vector_score_weight: float = 0.5,
        reranker: Any = None,
        **named: Any,
    ) -> None:
        if not table_name:
            raise ConfigurationError("Table name must be provided.", hint="Pass table_name='documents'.")
        if not 0 <= vector_score_weight <= 1:
            raise ConfigurationError(
                f"vector_score_weight must be between 0 and 1, not {vector_score_weight!r}.", hint="0.5 is the default."
            )
        super().__init__(**named)
        if embedder is None:
            from wherry.corpus.openai_embedder import OpenAIEmbedder

            embedder = OpenAIEmbedder()
        if embedder.dimensions is None:
            raise ConfigurationError("Embedder.dimensions must be set.", hint="Pass dimensions=… to the embedder.")
        self.table_name = table_name
        self.embedder = embedder
        self.dimensions = int(embedder.dimensions)
        self.search_type = SearchType(search_type)
        self.distance = Distance(distance)
        self.vector_score_weight = vector_score_weight
        self.reranker = reranker
        self.table = quote(table_name)

    # What a dialect is.

    @abstractmethod
    def _run(self, plan: Plan[Any]) -> Any:
        """Run a plan in the caller's thread."""

    @abstractmethod
    async def _arun(self, plan: Plan[Any]) -> Any:
        """Run a plan on the event loop."""

    @abstractmethod
    def _create_plan(self) -> Plan[None]:
        """Make the table unless it is there."""

    @abstractmethod
    def _exists_plan(self) -> Plan[bool]:
        """Whether the table is there."""

    def _found_plan(
        self, query: str, vector: list[float] | None, limit: int, filters: Any, user_id: str | None
    ) -> Plan[list[Document]]:
        """The best documents, each with `similarity_score` in its metadata; the table may be missing."""
        if not (yield from self._exists_plan()):
            return []
        where = readable(Where(), user_id)
        if filters is not None:
            condition, values = self._fitting(filters)
            where.add(condition, *values)
        return (yield from self._best_plan(query, vector, limit, where))

    @abstractmethod
    def _fitting(self, filters: Any) -> tuple[str, list[Any]]:
        """The condition that a row's metadata fits filters."""

    @abstractmethod
    def _best_plan(self, query: str, vector: list[float] | None, limit: int, where: Where) -> Plan[list[Document]]:
        """The best documents of the rows that are searched."""

    @abstractmethod
    def _packed(self, vector: list[float]) -> Any:
        """A vector as it is stored."""

    @abstractmethod
    def _holding(self, metadata: dict[str, Any]) -> tuple[str, list[Any]]:
        """The condition that a row's metadata holds these entries."""

    @abstractmethod
    def _merging(self) -> str:
        """The new metadata of a row, from a JSON parameter joined to what is there."""

    _touched = "updated_at = CURRENT_TIMESTAMP"

    # Writing. The place of `batch_size` before `user_id` is Agno's.

    def insert(  # type: ignore[override]
        self,
        content_hash: str,
        documents: list[Document],
        filters: dict[str, Any] | None = None,
        batch_size: int = 100,
        user_id: str | None = None,
    ) -> None:
        """Embed and store documents beside those of the same content; `batch_size` is Agno's and has no effect."""
        finish(self._write(BLOCKING, content_hash, documents, filters, user_id, replace=False))

    async def async_insert(  # type: ignore[override]
        self,
        content_hash: str,
        documents: list[Document],
        filters: dict[str, Any] | None = None,
        batch_size: int = 100,
        user_id: str | None = None,
    ) -> None:
        """`insert` on the event loop."""
        await self._write(LOOPING, content_hash, documents, filters, user_id, replace=False)

    def upsert_available(self) -> bool:
        """Yes."""
        return True

    def upsert(  # type: ignore[override]
        self,
        content_hash: str,
        documents: list[Document],
        filters: dict[str, Any] | None = None,
        batch_size: int = 100,
        user_id: str | None = None,
    ) -> None:
        """Embed documents and, in one transaction, put them in the place of those of the same content and owner."""
        finish(self._write(BLOCKING, content_hash, documents, filters, user_id, replace=True))

    async def async_upsert(  # type: ignore[override]
        self,
        content_hash: str,
        documents: list[Document],
        filters: dict[str, Any] | None = None,
        batch_size: int = 100,
        user_id: str | None = None,
    ) -> None:
        """`upsert` on the event loop."""
        await self._write(LOOPING, content_hash, documents, filters, user_id, replace=True)

    async def _write(
        self,
        waits: Waits,
        content_hash: str,
        documents: list[Document],
        filters: dict[str, Any] | None,
        user_id: str | None,
        *,
        replace: bool,
    ) -> None:
        await embed_all(waits, self.embedder, documents)
        rows: dict[str, list[Any]] = {}
        for document in embedded(documents):
            row = self._row(document, content_hash, filters, user_id)
            rows[row[0]] = row
        plan = self._write_plan(content_hash, list(rows.values()), user_id, replace=replace)
        await waits.wire(self._run, self._arun, plan)

    def _row(
        self, document: Document, content_hash: str, filters: dict[str, Any] | None, user_id: str | None
    ) -> list[Any]:
        content = document.content.replace("\x00", "\ufffd")
        base = document.id or _md5(content)
        key = _md5(f"{base}_{content_hash}")
        if user_id is not None:
            key = _md5(f"{key}_{user_id}")
        document.meta_data = {**(document.meta_data or {}), **(filters or {})}
        return [
            key,
            document.name,
            _json(document.meta_data),
            _json(filters),
            content,
            self._packed(document.embedding or []),
            _json(document.usage),
            content_hash,
            document.content_id,
            user_id,
        ]

    def _write_plan(
        self, content_hash: str, rows: list[list[Any]], user_id: str | None, *, replace: bool
    ) -> Plan[None]:
        yield from self._create_plan()
        yield BEGIN
        if replace:
            where = _owned(Where().equal(content_hash=content_hash), user_id)
            yield f"DELETE FROM {self.table}{where}", where.values
        changes = [*COLUMNS[1:], self._touched]
        statement = upsert(self.table, COLUMNS, "id", changes)
        for row in rows:
            yield statement, row

    def update_metadata(self, content_id: str, metadata: dict[str, Any]) -> None:
        """Join entries to the metadata of a content's documents; `filters` becomes the entries."""
        self._run(self._update_plan(content_id, metadata))

    def _update_plan(self, content_id: str, metadata: dict[str, Any]) -> Plan[None]:
        told = _json(metadata)
        if (yield from self._exists_plan()):
            changes = f"meta_data = {self._merging()}, filters = ?, {self._touched}"
            yield f"UPDATE {self.table} SET {changes} WHERE content_id = ?", (told, told, content_id)

    # Reading.

    def search(self, query: str, limit: int = 5, filters: Any = None, user_id: str | None = None) -> list[Document]:
        """The best documents for a query, the best one first.

        Raises:
            EmbeddingError: The query could not be embedded.
            ConfigurationError: A filter that is none.
        """
        return finish(self._search(BLOCKING, query, limit, filters, user_id))

    async def async_search(
        self, query: str, limit: int = 5, filters: Any = None, user_id: str | None = None
    ) -> list[Document]:
        """`search` on the event loop."""
        return await self._search(LOOPING, query, limit, filters, user_id)

    async def _search(self, waits: Waits, query: str, limit: int, filters: Any, user_id: str | None) -> list[Document]:
        vector = None
        conditions = plain(filters)
        if self.search_type is not SearchType.keyword:
            embedder = self.embedder
            vector = await waits.wire(embedder.get_embedding, embedder.async_get_embedding, query)
        plan = self._found_plan(query, vector, limit, conditions, user_id)
        found: list[Document] = await waits.wire(self._run, self._arun, plan)
        if self.reranker is not None:
            found = await waits.work(self.reranker.rerank, query=query, documents=found)
        return found

    def _document(self, row: Any, score: float | None) -> Document:
        id_, name, metadata, content, usage = row
        told = {**(json.loads(metadata) if metadata else {}), "similarity_score": float(score or 0.0)}
        return Document(
            id=id_,
            name=name,
            meta_data=told,
            content=content,
            embedder=self.embedder,
            usage=json.loads(usage) if usage else None,
        )

    def _has(self, where: Where) -> bool:
        return bool(self._run(self._has_plan(where)))

    def _has_plan(self, where: Where) -> Plan[bool]:
        if not (yield from self._exists_plan()):
            return False
        rows = yield f"SELECT 1 FROM {self.table}{where} LIMIT 1", where.values
        return bool(rows)

    def name_exists(self, name: str) -> bool:
        """Whether a document of this name is stored."""
        return self._has(Where().equal(name=name))

    async def async_name_exists(self, name: str) -> bool:
        """`name_exists` on the event loop."""
        return bool(await self._arun(self._has_plan(Where().equal(name=name))))

    def id_exists(self, id: str) -> bool:
        """Whether a document of this id is stored."""
        return self._has(Where().equal(id=id))

    def content_hash_exists(self, content_hash: str, user_id: str | None = None) -> bool:
        """Whether documents of this content are stored for this owner (None: for everybody)."""
        return self._has(_owned(Where().equal(content_hash=content_hash), user_id))

    def get_count(self) -> int:
        """How many documents are stored."""
        return int(self._run(self._count_plan()))

    def _count_plan(self) -> Plan[int]:
        if not (yield from self._exists_plan()):
            return 0
        rows = yield f"SELECT COUNT(*) FROM {self.table}", ()
        return int(rows[0][0])

    # Deleting.

    def _remove(self, where: Where) -> bool:
        self._run(self._remove_plan(where))
        return True

    def _remove_plan(self, where: Where) -> Plan[None]:
        if (yield from self._exists_plan()):
            yield f"DELETE FROM {self.table}{where}", where.values

    def delete(self) -> bool:
        """Remove all documents."""
        return self._remove(Where())

    def delete_by_id(self, id: str) -> bool:
        """Remove the document of this id."""
        return self._remove(Where().equal(id=id))

    def delete_by_name(self, name: str) -> bool:
        """Remove the documents of this name."""
        return self._remove(Where().equal(name=name))

    def delete_by_metadata(self, metadata: dict[str, Any]) -> bool:
        """Remove the documents whose metadata holds these entries."""
        condition, values = self._holding(metadata)
        return self._remove(Where().add(condition, *values))

    def delete_by_content_id(self, content_id: str, user_id: str | None = None) -> bool:
        """Remove a content's documents; an owner's only when one is named."""
        return self._remove(Where().equal(content_id=content_id, user_id=user_id))

    # The store itself.

    def create(self) -> None:
        """Make the table unless it is there."""
        self._run(self._create_plan())

    async def async_create(self) -> None:
        """`create` on the event loop."""
        await self._arun(self._create_plan())

    def exists(self) -> bool:
        """Whether the table is there."""
        return bool(self._run(self._exists_plan()))

    def table_exists(self) -> bool:
        """Agno's other name for `exists`."""
        return self.exists()

    async def async_exists(self) -> bool:
        """`exists` on the event loop."""
        return bool(await self._arun(self._exists_plan()))

    def get_supported_search_types(self) -> list[SearchType]:
        """All three."""
        return [SearchType.vector, SearchType.keyword, SearchType.hybrid]


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _json(value: Any) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False, default=str).replace("\\u0000", "")


def _owned(where: Where, user_id: str | None) -> Where:
    """Only an owner's rows; None: only everybody's."""
    return where.add("user_id IS NULL") if user_id is None else where.equal(user_id=user_id)


def readable(where: Where, user_id: str | None) -> Where:
    """The rows that an owner may read: the owner's and everybody's; None: all."""
    return where if user_id is None else where.add("(user_id = ? OR user_id IS NULL)", user_id)
