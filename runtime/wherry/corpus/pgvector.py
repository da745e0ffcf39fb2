"""Documents and vectors in Postgres with the pgvector extension. Mirrors `agno.vectordb.pgvector`.

The table is Agno's, column for column, so that both runtimes read and write the same one. psycopg 3 and the pools of
`wherry.db.postgres` do the work; SQLAlchemy is not needed.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from wherry.core.errors import ConfigurationError
from wherry.corpus.conditions import postgres
from wherry.corpus.metadata import STORE_RECENCY_METADATA_KEY
from wherry.corpus.sql_vectors import FOUND, SqlVectors
from wherry.corpus.vectors import Distance, SearchType, normalize_score, score_to_distance_threshold
from wherry.stores.ddl import missing_schema, quote
from wherry.stores.plan import BEGIN, Plan, Where
from wherry.stores.postgres_pools import PostgresPools, plain_url
from wherry.stores.seeds import seeded_id

if TYPE_CHECKING:
    from wherry.corpus.document import Document

_OPERATORS = {Distance.cosine: "<=>", Distance.l2: "<->", Distance.max_inner_product: "<#>"}
_CLASSES = {
    Distance.cosine: "vector_cosine_ops",
    Distance.l2: "vector_l2_ops",
    Distance.max_inner_product: "vector_ip_ops",
}
_SCORES = {
    Distance.cosine: "greatest(0.0, 1 - (embedding <=> ?::vector))",
    Distance.l2: "1 / (1 + (embedding <-> ?::vector))",
    Distance.max_inner_product: "greatest(0.0, least(1.0, (1 - (embedding <#> ?::vector)) / 2))",
}
_INDEXED = ("id", "name", "content_hash", "content_id", "user_id")
_SETTING = re.compile(r"[a-z_]+(\.[a-z_]+)?")


@dataclass
class Ivfflat:
    """An index of lists; mirrors `agno.vectordb.pgvector.index.Ivfflat`.

    Attributes:
        name: Name of the index; by default made from the table's.
        lists: How many lists.
        probes: How many of them a search looks into.
        dynamic_lists: Choose `lists` by the number of rows.
        configuration: Settings of Postgres while the index is built.
    """

    name: str | None = None
    lists: int = 100
    probes: int = 10
    dynamic_lists: bool = True
    configuration: dict[str, Any] = field(default_factory=lambda: {"maintenance_work_mem": "2GB"})


@dataclass
class HNSW:
    """An index of a graph; mirrors `agno.vectordb.pgvector.index.HNSW`.

    Attributes:
        name: Name of the index; by default made from the table's.
        m: Neighbours of a node.
        ef_search: Candidates that a search keeps, or as many as it shall find when that is more.
        ef_construction: Candidates while the index is built.
        configuration: Settings of Postgres while the index is built.
    """

    name: str | None = None
    m: int = 16
    ef_search: int = 5
    ef_construction: int = 200
    configuration: dict[str, Any] = field(default_factory=lambda: {"maintenance_work_mem": "2GB"})


class PgVector(SqlVectors):
    """A vector store in a Postgres table; mirrors `agno.vectordb.pgvector.PgVector`.

    Args:
        table_name: Name of the table.
        schema: Its schema.
        name: What the store is called.
        description: What it holds.
        id: Identity; by default made from address and table.
        db_url: ``postgresql://…``; a driver in the scheme is passed over.
        db_engine: An engine of SQLAlchemy, taken for its address.
        embedder: Makes the vectors; None: `OpenAIEmbedder()`.
        search_type: By meaning (`vector`), by words (`keyword`) or both (`hybrid`).
        vector_index: What `optimize` builds; None: no index.
        distance: How vectors are compared.
        prefix_match: Words of a query match words that begin with them.
        vector_score_weight: How much the vectors count in a hybrid search, from 0 to 1.
        content_language: Language of the words, as Postgres names it.
        schema_version: Agno's version of the table; 1 is the only one.
        reranker: Reorders what was found.
        return_updated_at: Tell when a row was changed, in the metadata.
        create_schema: Make the schema when it is not there.
        similarity_threshold: Documents below this similarity (0 to 1) are not found.
        db: A `PostgresDb` whose connections are used.

    Raises:
        ConfigurationError: (a ValueError) no table, no address, two addresses, or a version or language that is none.
    """

    def __init__(
        self,
        table_name: str,
        schema: str = "ai",
        name: str | None = None,
        description: str | None = None,
        id: str | None = None,
        db_url: str | None = None,
        db_engine: Any = None,
        embedder: Any = None,
        search_type: SearchType = SearchType.vector,
        vector_index: Any = HNSW(),  # noqa: B008 - Agno's default; its name is filled in per store, on a copy
        distance: Distance = Distance.cosine,
        prefix_match: bool = False,
        vector_score_weight: float = 0.5,
        content_language: str = "english",
        schema_version: int = 1,
        reranker: Any = None,
        return_updated_at: bool = False,
        create_schema: bool = True,
        similarity_threshold: float | None = None,
        *,
        db: Any = None,
    ) -> None:
        self.pools = _pools(db, db_url, db_engine)
        super().__init__(
            table_name,
            embedder=embedder,
            search_type=search_type,
            distance=distance,
            vector_score_weight=vector_score_weight,
            reranker=reranker,
            id=id or seeded_id(f"{db_url or self.pools.url}#{table_name}"),
            name=name,
            description=description,
            similarity_threshold=similarity_threshold,
        )
        if schema_version != 1 or not re.fullmatch(r"\w+", content_language):
            raise ConfigurationError(
                f"schema_version={schema_version!r}, content_language={content_language!r} cannot be used.",
                hint="The only version is 1; a language is a name such as 'english'.",
            )
        self.schema, self.db_url, self.schema_version = schema, db_url, schema_version
        self.table = f"{quote(schema)}.{quote(table_name)}"
        self.vector_index = vector_index
        self.prefix_match = prefix_match
        self.content_language = content_language
        self.return_updated_at = return_updated_at
        self.create_schema = create_schema
        self._owners_checked = False

    def _run(self, plan: Plan[Any]) -> Any:
        return self.pools.run(plan)

    async def _arun(self, plan: Plan[Any]) -> Any:
        return await self.pools.arun(plan)

    # The table.

    def _exists_plan(self) -> Plan[bool]:
        rows = yield "SELECT 1 FROM pg_tables WHERE schemaname = ? AND tablename = ?", (self.schema, self.table_name)
        if rows and not self._owners_checked:
            yield from self._check_owners()
        return bool(rows)

    def _check_owners(self) -> Plan[None]:
        found = yield (  # information_schema would hide what the role has no right to
            "SELECT 1 FROM pg_attribute WHERE attrelid = to_regclass(?) AND attname = 'user_id' AND NOT attisdropped",
            (self.table,),
        )
        if not found:
            raise ConfigurationError(
                f"The table {self.table} was made by Agno 2.x: it has no column 'user_id'.",
                hint="Add it, as Agno's script migrations/v2_to_v3/migrate_sql_vectordbs.py does (its MigrationManager "
                f"does not): `ALTER TABLE {self.table} ADD COLUMN user_id VARCHAR; "
                f"CREATE INDEX {quote(f'idx_{self.table_name}_user_id')} ON {self.table} (user_id)`.",
            )
        self._owners_checked = True

    def _create_plan(self) -> Plan[None]:
        if (yield from self._exists_plan()):
            return
        yield "CREATE EXTENSION IF NOT EXISTS vector", ()
        if self.create_schema:
            yield from missing_schema(self.schema)
        yield (
            f"""CREATE TABLE IF NOT EXISTS {self.table} (
                id VARCHAR NOT NULL PRIMARY KEY,
                name VARCHAR,
                meta_data JSONB DEFAULT '{{}}'::jsonb,
                filters JSONB DEFAULT '{{}}'::jsonb,
                content TEXT,
                embedding VECTOR({self.dimensions}),
                usage JSONB,
                created_at TIMESTAMP WITH TIME ZONE DEFAULT now(),
                updated_at TIMESTAMP WITH TIME ZONE,
                content_hash VARCHAR,
                content_id VARCHAR,
                user_id VARCHAR
            )""",
            (),
        )
        for column in _INDEXED:
            index = quote(f"idx_{self.table_name}_{column}")
            yield f"CREATE INDEX IF NOT EXISTS {index} ON {self.table} ({column})", ()

    def drop(self) -> None:
        """Remove the table."""
        self._run(self._drop_plan())

    async def async_drop(self) -> None:
        """`drop` on the event loop."""
        await self._arun(self._drop_plan())

    def _drop_plan(self) -> Plan[None]:
        self._owners_checked = False
        yield f"DROP TABLE IF EXISTS {self.table}", ()

    def _packed(self, vector: list[float]) -> str:
        return json.dumps([float(value) for value in vector])

    def _holding(self, metadata: dict[str, Any]) -> tuple[str, list[Any]]:
        return postgres(metadata)

    def _merging(self) -> str:
        return "COALESCE(meta_data, '{}'::jsonb) || ?::jsonb"

    # Searching.

    def _fitting(self, filters: Any) -> tuple[str, list[Any]]:
        return postgres(filters)

    def _best_plan(self, query: str, vector: list[float] | None, limit: int, where: Where) -> Plan[list[Document]]:
        columns = f"{FOUND}, {'COALESCE(updated_at, created_at)' if self.return_updated_at else 'NULL'}"
        if vector is None:
            return (yield from self._by_words(columns, query, limit, where))
        yield BEGIN
        yield from self._tuned(limit)
        if self.search_type is SearchType.hybrid:
            return (yield from self._by_both(columns, query, vector, limit, where))
        return (yield from self._by_meaning(columns, vector, limit, where))

    def _tuned(self, limit: int) -> Plan[None]:
        """Settings of the index for this transaction; HNSW never finds more than `ef_search` rows."""
        if isinstance(self.vector_index, Ivfflat):
            yield f"SET LOCAL ivfflat.probes = {int(self.vector_index.probes)}", ()
        elif self.vector_index is not None:
            yield f"SET LOCAL hnsw.ef_search = {min(1000, max(int(self.vector_index.ef_search), limit))}", ()

    def _by_meaning(self, columns: str, vector: list[float], limit: int, where: Where) -> Plan[list[Document]]:
        asked = self._packed(vector)
        distance = f"embedding {_OPERATORS[self.distance]} ?::vector"
        inner = self.distance is Distance.max_inner_product
        if self.similarity_threshold is not None:
            farthest = score_to_distance_threshold(self.similarity_threshold, self.distance)
            where.add(f"({distance}) <= ?", asked, -farthest if inner else farthest)
        rows = yield (
            f"SELECT {columns}, {distance} AS distance FROM {self.table}{where} ORDER BY distance LIMIT ?",
            [asked, *where.values, limit],
        )
        return [self._told(row, normalize_score(-row[-1] if inner else row[-1], self.distance)) for row in rows]

    def _words(self) -> str:
        """How well a row's words fit, from 0 to 1; the query is the parameter."""
        make = "to_tsquery" if self.prefix_match else "websearch_to_tsquery"
        language = f"'{self.content_language}'"
        rank = f"ts_rank_cd(to_tsvector({language}, content), {make}({language}, ?))"
        return f"(SELECT rank / (rank + 0.1) FROM (SELECT {rank} AS rank) ranked)"

    def _asked_words(self, query: str) -> str:
        return " & ".join(f"{word}:*" for word in re.findall(r"\w+", query)) if self.prefix_match else query

    def _by_words(self, columns: str, query: str, limit: int, where: Where) -> Plan[list[Document]]:
        words = self._asked_words(query)
        if not words:
            return []
        rows = yield (
            f"SELECT {columns}, {self._words()} AS score FROM {self.table}{where} ORDER BY score DESC LIMIT ?",
            [words, *where.values, limit],
        )
        return [self._told(row, row[-1]) for row in rows]

    def _by_both(self, columns: str, query: str, vector: list[float], limit: int, where: Where) -> Plan[list[Document]]:
        weight = self.vector_score_weight
        score = f"(?::float8 * {_SCORES[self.distance]} + ?::float8 * {self._words()})"
        parts = [weight, self._packed(vector), 1 - weight, self._asked_words(query)]
        given = [*parts, *where.values]
        if self.similarity_threshold is not None:
            where.add(f"{score} >= ?", *parts, self.similarity_threshold)
            given = [*parts, *where.values]
        rows = yield (
            f"SELECT {columns}, {score} AS score FROM {self.table}{where} ORDER BY score DESC LIMIT ?",
            [*given, limit],
        )
        return [self._told(row, row[-1]) for row in rows]

    def _told(self, row: Any, score: float) -> Document:
        document = self._document(row[:5], score)
        if row[5] is not None:
            document.meta_data[STORE_RECENCY_METADATA_KEY] = row[5].isoformat()
        return document

    # Indexes.

    def optimize(self, force_recreate: bool = False) -> None:
        """Build the index of vectors (`vector_index`) and the index of words, unless they are there.

        Args:
            force_recreate: Build them anew.
        """
        self._run(self._optimize_plan(force_recreate))

    def _optimize_plan(self, force: bool) -> Plan[None]:
        index = self.vector_index
        yield BEGIN
        if index is not None:
            for setting, value in (index.configuration or {}).items():
                if not _SETTING.fullmatch(setting):
                    raise ConfigurationError(f"{setting!r} is no setting of Postgres.", hint="Correct `configuration`.")
                yield "SELECT set_config(?, ?, true)", (setting, str(value))
            name, how = yield from self._index()
            yield from self._built(name, how, force)
        words = f"GIN (to_tsvector('{self.content_language}', content))"
        yield from self._built(f"{self.table_name}_content_gin_index", words, force)

    def _index(self) -> Plan[tuple[str, str]]:
        index, kind = self.vector_index, _CLASSES[self.distance]
        if not isinstance(index, Ivfflat):
            how = f"hnsw (embedding {kind}) WITH (m = {int(index.m)}, ef_construction = {int(index.ef_construction)})"
            return index.name or f"{self.table_name}_hnsw_index", how
        lists = int(index.lists)
        if index.dynamic_lists:
            counted = yield f"SELECT COUNT(*) FROM {self.table}", ()
            rows = int(counted[0][0])
            lists = max(1, int(rows / 1000 if rows < 1_000_000 else rows**0.5))
        return index.name or f"{self.table_name}_ivfflat_index", f"ivfflat (embedding {kind}) WITH (lists = {lists})"

    def _built(self, name: str, how: str, force: bool) -> Plan[None]:
        if force:
            yield f"DROP INDEX IF EXISTS {quote(self.schema)}.{quote(name)}", ()
        yield f"CREATE INDEX IF NOT EXISTS {quote(name)} ON {self.table} USING {how}", ()

    def close(self) -> None:
        """Close the connections of threads; the next use opens new ones."""
        self.pools.close()

    def __deepcopy__(self, memo: dict[int, Any]) -> PgVector:
        """The store itself: connections are shared."""
        return self


def _pools(db: Any, db_url: str | None, db_engine: Any) -> PostgresPools:
    if db is not None:
        pools = getattr(db, "pools", None)
        if db_url is not None or db_engine is not None or not isinstance(pools, PostgresPools):
            raise ConfigurationError(
                "db is a PostgresDb and stands alone, without db_url or db_engine.", hint=f"It is {type(db).__name__}."
            )
        return pools
    if db_url is None and db_engine is None:
        raise ConfigurationError(
            "PgVector needs an address.",
            hint="Pass db_url='postgresql://user@host:5432/database', or db=PostgresDb(…).",
        )
    address = db_url if db_url is not None else db_engine.url.render_as_string(hide_password=False)
    return PostgresPools(plain_url(address))
