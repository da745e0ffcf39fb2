"""The embedded vector store: one table in a SQLite file, searched by looking at every row that a filter lets through.

Exact and without an index. The distances are computed by sqlite-vec where the interpreter can load extensions, else in
Python; the measured cost is in the guide. Words are found by SQLite's own full-text index (FTS5), kept by triggers.
"""

from __future__ import annotations

import asyncio
import json
import math
import re
import sqlite3
from array import array
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wherry.core.errors import ConfigurationError
from wherry.core.log import log_debug
from wherry.corpus.conditions import contains, holds
from wherry.corpus.sql_vectors import COLUMNS, FOUND, SqlVectors
from wherry.corpus.vectors import Distance, SearchType, normalize_score
from wherry.stores.ddl import quote
from wherry.stores.plan import Where
from wherry.stores.sqlite import SqliteFile

if TYPE_CHECKING:
    from wherry.corpus.document import Document
    from wherry.stores.plan import Plan

_DISTANCES = {
    Distance.cosine: "vec_distance_cosine",
    Distance.l2: "vec_distance_L2",
    Distance.max_inner_product: "wherry_product",
}
_CREATE = (
    """CREATE TABLE IF NOT EXISTS {table} (
    row INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    name TEXT,
    meta_data TEXT DEFAULT '{{}}',
    filters TEXT,
    content TEXT,
    embedding BLOB,
    usage TEXT,
    created_at TEXT DEFAULT CURRENT_TIMESTAMP,
    updated_at TEXT,
    content_hash TEXT,
    content_id TEXT,
    user_id TEXT
)""",
    "CREATE INDEX IF NOT EXISTS {name_index} ON {table} (name)",
    "CREATE INDEX IF NOT EXISTS {hash_index} ON {table} (content_hash)",
    "CREATE INDEX IF NOT EXISTS {content_index} ON {table} (content_id)",
    """CREATE VIRTUAL TABLE IF NOT EXISTS {words} USING fts5(
    content, content={table_text}, content_rowid='row', tokenize='porter unicode61'
)""",
    """CREATE TRIGGER IF NOT EXISTS {added} AFTER INSERT ON {table} BEGIN
    INSERT INTO {words}(rowid, content) VALUES (new.row, new.content);
END""",
    """CREATE TRIGGER IF NOT EXISTS {removed} AFTER DELETE ON {table} BEGIN
    INSERT INTO {words}({words}, rowid, content) VALUES ('delete', old.row, old.content);
END""",
    """CREATE TRIGGER IF NOT EXISTS {changed} AFTER UPDATE OF content ON {table} BEGIN
    INSERT INTO {words}({words}, rowid, content) VALUES ('delete', old.row, old.content);
    INSERT INTO {words}(rowid, content) VALUES (new.row, new.content);
END""",
)


class SqliteVectorDb(SqlVectors):
    """Documents and their vectors in a SQLite file; nothing to install and no server to run.

    A store of Wherry's own: Agno has none like it. It answers in the time it takes to look at all rows, which suits up
    to some ten thousand chunks; beyond that use `PgVector`.

    Args:
        table_name: Name of the table.
        db_file: The file; it is made, and its folder, too. ``:memory:`` lives as long as the object.
        embedder: Makes the vectors; None: `OpenAIEmbedder()`.
        search_type: By meaning (`vector`), by words (`keyword`) or both (`hybrid`).
        distance: How vectors are compared.
        vector_score_weight: How much the vectors count in a hybrid search, from 0 to 1.
        reranker: Reorders what was found.
        **named: `id`, `name`, `description`, `similarity_threshold`.
    """

    def __init__(
        self,
        table_name: str = "documents",
        db_file: str | Path = "knowledge.db",
        *,
        embedder: Any = None,
        search_type: SearchType = SearchType.vector,
        distance: Distance = Distance.cosine,
        vector_score_weight: float = 0.5,
        reranker: Any = None,
        **named: Any,
    ) -> None:
        super().__init__(
            table_name,
            embedder=embedder,
            search_type=search_type,
            distance=distance,
            vector_score_weight=vector_score_weight,
            reranker=reranker,
            **named,
        )
        path = str(db_file)
        if path != ":memory:":
            Path(path).resolve().parent.mkdir(parents=True, exist_ok=True)
        self.db_file = path
        self._file = _VectorFile(path)

    def _run(self, plan: Plan[Any]) -> Any:
        return self._file.run(plan)

    async def _arun(self, plan: Plan[Any]) -> Any:
        return await asyncio.to_thread(self._file.run, plan)

    def _create_plan(self) -> Plan[None]:
        names = {
            kind: quote(f"{self.table_name}_{kind}")
            for kind in ("words", "name_index", "hash_index", "content_index", "added", "removed", "changed")
        }
        if (yield from self._exists_plan()):
            return
        literal = "'" + self.table_name.replace("'", "''") + "'"
        for statement in _CREATE:
            yield statement.format(table=self.table, table_text=literal, **names), ()

    def _exists_plan(self) -> Plan[bool]:
        rows = yield "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (self.table_name,)
        return bool(rows)

    def _packed(self, vector: list[float]) -> bytes:
        return array("f", vector).tobytes()

    def _holding(self, metadata: dict[str, Any]) -> tuple[str, list[Any]]:
        return "wherry_contains(meta_data, ?)", [json.dumps(metadata, default=str)]

    def _merging(self) -> str:
        return "wherry_merged(meta_data, ?)"

    def _fitting(self, filters: Any) -> tuple[str, list[Any]]:
        return "wherry_holds(meta_data, ?)", [json.dumps(filters, default=str)]

    def _best_plan(self, query: str, vector: list[float] | None, limit: int, where: Where) -> Plan[list[Document]]:
        if vector is None:
            return (yield from self._by_words(query, limit, where))
        yield from self._check_length(len(vector))
        if self.search_type is SearchType.hybrid:
            return (yield from self._by_both(query, vector, limit, where))
        return (yield from self._by_meaning(vector, limit, where))

    def _write_plan(
        self, content_hash: str, rows: list[list[Any]], user_id: str | None, *, replace: bool
    ) -> Plan[None]:
        if rows and (yield from self._exists_plan()):  # one vector of another length would spoil every search
            stays = Where()
            if replace:
                stays.add("NOT (content_hash IS ? AND user_id IS ?)", content_hash, user_id)
            yield from self._check_length(len(rows[0][COLUMNS.index("embedding")]) // 4, stays)
        yield from super()._write_plan(content_hash, rows, user_id, replace=replace)

    def _check_length(self, length: int, where: Where | None = None) -> Plan[None]:
        """Refuse a vector of another length than those that stay in the table."""
        among = where or Where()
        rows = yield f"SELECT length(embedding) / 4 FROM {self.table}{among} LIMIT 1", among.values
        if rows and rows[0][0] != length:
            raise ConfigurationError(
                f"The vectors in {self.table_name!r} have {rows[0][0]} numbers, the embedder makes {length}.",
                hint="Use the embedder that filled the table, or fill another table.",
            )

    def _measure(self) -> str:
        """The similarity of a row's vector to a parameter, from 0 to 1."""
        return f"wherry_similarity({_DISTANCES[self.distance]}(embedding, ?), '{self.distance.value}')"

    def _by_meaning(self, vector: list[float], limit: int, where: Where) -> Plan[list[Document]]:
        inner = f"SELECT row AS best, {self._measure()} AS score FROM {self.table}{where}"
        return (yield from self._best(inner, [self._packed(vector), *where.values], limit))

    def _by_words(self, query: str, limit: int, where: Where) -> Plan[list[Document]]:
        wanted = _any_word(query)
        if not wanted:
            return []
        ranked, values = self._ranked(wanted)
        inner = f"SELECT row AS best, rank_score AS score FROM {self.table} JOIN {ranked} ON rank_row = row{where}"
        return (yield from self._best(inner, [*values, *where.values], limit))

    def _by_both(self, query: str, vector: list[float], limit: int, where: Where) -> Plan[list[Document]]:
        ranked, values = self._ranked(_any_word(query) or '""')
        weight = self.vector_score_weight
        inner = (
            f"SELECT row AS best, ? * {self._measure()} + ? * COALESCE(rank_score, 0) AS score "
            f"FROM {self.table} LEFT JOIN {ranked} ON rank_row = row{where}"
        )
        given = [weight, self._packed(vector), 1 - weight, *values, *where.values]
        return (yield from self._best(inner, given, limit))

    def _ranked(self, wanted: str) -> tuple[str, list[Any]]:
        """Rows that hold a word, with a score below 1: bm25 is 0 or less and not bounded."""
        words = quote(f"{self.table_name}_words")
        score = f"-bm25({words}) / (1 - bm25({words}))"
        return f"(SELECT rowid AS rank_row, {score} AS rank_score FROM {words} WHERE {words} MATCH ?)", [wanted]

    def _best(self, inner: str, values: list[Any], limit: int) -> Plan[list[Document]]:
        floor, least = "", []
        if self.similarity_threshold is not None and self.search_type is not SearchType.keyword:
            floor, least = " WHERE score >= ?", [self.similarity_threshold]
        # Materialized: each distance is computed once, and the texts are read of those that are told only.
        best = f"SELECT best, score FROM scored{floor} ORDER BY score DESC, best LIMIT ?"
        told = f"SELECT {FOUND}, score FROM ({best}) JOIN {self.table} ON row = best ORDER BY score DESC, best"
        rows = yield f"WITH scored AS MATERIALIZED ({inner}) {told}", [*values, *least, limit]
        return [self._document(row[:-1], row[-1]) for row in rows]

    def drop(self) -> None:
        """Remove the table and its index of words."""
        self._run(self._drop_plan())

    async def async_drop(self) -> None:
        """`drop` on the event loop."""
        await self._arun(self._drop_plan())

    def _drop_plan(self) -> Plan[None]:
        yield f"DROP TABLE IF EXISTS {quote(self.table_name + '_words')}", ()
        yield f"DROP TABLE IF EXISTS {self.table}", ()

    def optimize(self) -> None:
        """Join the parts of the index of words."""
        words = quote(f"{self.table_name}_words")
        if self.exists():
            self._run(_one(f"INSERT INTO {words}({words}) VALUES ('optimize')"))

    def close(self) -> None:
        """Close the connections; the next use opens new ones."""
        self._file.close()

    def __deepcopy__(self, memo: dict[int, Any]) -> SqliteVectorDb:
        """The store itself: connections are shared."""
        return self


def _one(sql: str) -> Plan[None]:
    yield sql, ()


def _any_word(query: str) -> str:
    """An FTS5 query for rows that hold any of the words."""
    return " OR ".join(f'"{word}"' for word in re.findall(r"\w+", query))


class _VectorFile(SqliteFile):
    """Connections that know distances and conditions on metadata."""

    def _open(self) -> sqlite3.Connection:
        connection = super()._open()
        if not load_sqlite_vec(connection):
            connection.create_function("vec_distance_cosine", 2, cosine_distance, deterministic=True)
            connection.create_function("vec_distance_L2", 2, euclidean_distance, deterministic=True)
        connection.create_function("wherry_product", 2, inner_product, deterministic=True)
        connection.create_function("wherry_similarity", 2, _similarity, deterministic=True)
        connection.create_function("wherry_holds", 2, _holds, deterministic=True)
        connection.create_function("wherry_contains", 2, _contains, deterministic=True)
        connection.create_function("wherry_merged", 2, _merged, deterministic=True)
        return connection


def load_sqlite_vec(connection: sqlite3.Connection) -> bool:
    """Load sqlite-vec if it is installed and this interpreter can load extensions; whether it worked."""
    if not hasattr(connection, "enable_load_extension"):
        return False
    try:
        import sqlite_vec

        connection.enable_load_extension(True)
        sqlite_vec.load(connection)
    except (ImportError, sqlite3.Error) as error:
        log_debug(f"sqlite-vec is not used: {error}")
        return False
    else:
        connection.enable_load_extension(False)
    return True


# `math.dist` and `math.hypot` run in C; a product of two vectors follows from them by the law of cosines.


@lru_cache(maxsize=64)
def _asked(packed: bytes) -> tuple[tuple[float, ...], float]:
    """The vector of a query, and its length."""
    vector = tuple(array("f", packed))
    return vector, math.hypot(*vector)


def cosine_distance(stored: bytes, asked: bytes) -> float | None:
    """1 minus the cosine of the angle between two packed vectors; None when one of them has no direction."""
    own = array("f", stored)
    vector, length = _asked(asked)
    own_length = math.hypot(*own)
    if not (length and own_length):
        return None
    product = (own_length**2 + length**2 - math.dist(own, vector) ** 2) / 2
    return 1.0 - product / (own_length * length)


def euclidean_distance(stored: bytes, asked: bytes) -> float:
    """The Euclidean distance of two packed vectors."""
    return math.dist(array("f", stored), _asked(asked)[0])


def inner_product(stored: bytes, asked: bytes) -> float:
    """The inner product of two packed vectors."""
    own = array("f", stored)
    vector, length = _asked(asked)
    return (math.hypot(*own) ** 2 + length**2 - math.dist(own, vector) ** 2) / 2


def _similarity(distance: float | None, metric: str) -> float:
    return 0.0 if distance is None else normalize_score(distance, Distance(metric))


@lru_cache(maxsize=256)
def _parsed(text: str) -> Any:
    return json.loads(text)


def _holds(metadata: str | None, filters: str) -> bool:
    return holds(json.loads(metadata or "{}"), _parsed(filters))


def _contains(metadata: str | None, part: str) -> bool:
    return contains(json.loads(metadata or "{}"), _parsed(part))


def _merged(metadata: str | None, added: str) -> str:
    return json.dumps({**json.loads(metadata or "{}"), **json.loads(added)}, ensure_ascii=False)
