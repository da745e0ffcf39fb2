"""Both vector stores, on real databases: what one finds the other finds, too."""

from __future__ import annotations

import asyncio
import copy
import json
import math
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from wherry.core.errors import ConfigurationError, StoreError
from wherry.core.errors_services import EmbeddingError
from wherry.corpus import conditions
from wherry.corpus.sqlite_vectors import cosine_distance, euclidean_distance, inner_product, load_sqlite_vec
from wherry.filters import AND, CONTAINS, EQ, GT, GTE, IN, LT, LTE, NEQ, NOT, OR, STARTSWITH
from wherry.knowledge.document import Document
from wherry.knowledge.embedder.base import Embedder
from wherry.knowledge.embedder.hashing import HashingEmbedder
from wherry.vectordb.base import VectorDb
from wherry.vectordb.distance import Distance
from wherry.vectordb.pgvector import HNSW, Ivfflat, PgVector
from wherry.vectordb.score import normalize_score, score_to_distance_threshold
from wherry.vectordb.search import SearchType
from wherry.vectordb.sqlite import SqliteVectorDb

RIVERS = [
    Document("The wherry sails on the river Ant.", name="ant", meta_data={"river": "Ant", "year": 1990}),
    Document("Cats sleep all day.", name="cats", meta_data={"river": "Bure", "year": 2001}),
    Document("Eels swim in the river Thurne.", name="eels", meta_data={"river": "Thurne"}),
]


def rivers():
    return copy.deepcopy(RIVERS)


def names(documents):
    return [document.name for document in documents]


@pytest.mark.parametrize("distance", list(Distance))
@pytest.mark.parametrize("kind", list(SearchType))
def test_the_best_document_comes_first(new_vectors, kind, distance):
    store = new_vectors(search_type=kind, distance=distance)
    store.insert("h", rivers())
    for found in (store.search("sailing wherries", 2), asyncio.run(store.async_search("sailing wherries", 2))):
        assert names(found)[0] == "ant"
        assert len(found) <= 2
        scores = [document.meta_data["similarity_score"] for document in found]
        assert scores == sorted(scores, reverse=True)
        assert all(0 <= score <= 1 for score in scores)


@pytest.mark.parametrize("kind", list(SearchType))
@pytest.mark.parametrize("query", ["", "!?", "zzz"])
def test_a_query_without_known_words_is_answered(new_vectors, kind, query):
    store = new_vectors(search_type=kind)
    store.insert("h", rivers())
    assert all(document.meta_data["similarity_score"] < 0.5 for document in store.search(query))


@pytest.mark.parametrize("kind", [SearchType.vector, SearchType.hybrid])
@pytest.mark.parametrize("distance", list(Distance))
def test_documents_below_the_threshold_are_not_found(new_vectors, kind, distance):
    store = new_vectors(search_type=kind, distance=distance, similarity_threshold=0.99)
    store.insert("h", rivers())
    assert store.search("something quite different") == []


@pytest.mark.parametrize("kind", list(SearchType))
def test_filters_and_owners_restrict_every_kind_of_search(new_vectors, kind):
    store = new_vectors(search_type=kind)
    store.insert("h", rivers())
    store.insert("h", rivers(), user_id="ada")
    assert names(store.search("river", filters={"river": "Thurne"}, user_id="bob")) == ["eels"]
    assert names(store.search("river", filters=[EQ("river", "Thurne")], user_id="ada")) == ["eels", "eels"]
    assert names(store.search("river", filters=[EQ("river", "Thurne")])) == ["eels", "eels"]


def test_a_search_by_name_goes_another_way_than_the_store_is_set_to(new_vectors):
    store = new_vectors(search_type="keyword")
    store.insert("h", rivers())
    assert store.table_exists()
    for found in (store.vector_search("sailing wherries", 2), store.hybrid_search("sailing wherries", 2)):
        assert names(found)[0] == "ant"
    store.embedder.get_embedding = None  # words need no embedder; a search by meaning would fail
    assert names(store.keyword_search("wherry", 1)) == ["ant"]
    with pytest.raises(TypeError):
        store.vector_search("wherry")
    assert store.search_type == "keyword"


def test_a_threshold_is_for_meaning_and_not_for_words(new_vectors):
    store = new_vectors(search_type="keyword", similarity_threshold=0.99)
    store.insert("h", rivers())
    assert names(store.search("wherry"))[0] == "ant"


def test_words_of_what_was_removed_find_nothing_that_came_after_it(new_vectors):
    store = new_vectors(search_type="keyword")
    store.insert("old", [Document("Otters play.", name="otters")])
    store.delete_by_name("otters")
    store.insert("new", [Document("Herons wade.", name="herons")])  # perhaps in the place of the first
    assert all(document.meta_data["similarity_score"] == 0 for document in store.search("otters"))
    assert names(store.search("herons")) == ["herons"]


def test_a_weight_says_how_much_meaning_counts_beside_words(new_vectors):
    class Told(HashingEmbedder):
        def get_embedding(self, text):
            return [0.0, 1.0] if text[0] in "bc" else [1.0, 0.0]

    others = [Document(f"c crane {number}", name="c") for number in range(8)]
    for weight, first in ((0.9, "a"), (0.1, "b")):
        store = new_vectors(search_type="hybrid", vector_score_weight=weight, embedder=Told(dimensions=2))
        store.insert("h", [Document("a heron", name="a"), Document("b otter", name="b"), *copy.deepcopy(others)])
        assert names(store.search("otter"))[0] == first


def test_upsert_replaces_the_content_of_this_owner(new_vectors):
    store = new_vectors()
    assert store.upsert_available()
    store.upsert("h", rivers(), {"batch": 1})
    store.upsert("h", rivers(), {"batch": 1}, user_id="ada")
    asyncio.run(store.async_upsert("h", [Document("only this", name="new")]))
    assert store.get_count() == 4
    assert store.content_hash_exists("h")
    assert store.content_hash_exists("h", user_id="ada")
    assert not store.content_hash_exists("h", user_id="bob")
    assert set(names(store.search("x", 10, user_id="bob"))) == {"new"}


def test_the_same_document_is_stored_once(new_vectors):
    store = new_vectors()
    store.insert("h", rivers())
    asyncio.run(store.async_insert("h", rivers()))
    assert store.get_count() == 3


def test_rows_are_found_and_removed_by_what_is_known_of_them(new_vectors):
    store = new_vectors()
    for document in (documents := rivers()):
        document.content_id = f"c-{document.name}"
    store.insert("h", documents)
    store.insert("h", [Document("hers", name="hers", content_id="c-ant")], user_id="ada")
    assert store.name_exists("ant")
    assert asyncio.run(store.async_name_exists("ant"))
    assert not store.name_exists("dog")
    store.delete_by_content_id("c-ant", user_id="ada")
    assert not store.name_exists("hers")
    store.delete_by_content_id("c-ant")
    assert not store.name_exists("ant")
    store.delete_by_metadata({"river": "Bure"})
    assert names(store.search("river")) == ["eels"]
    found = store.search("river")[0]
    assert store.id_exists(found.id)
    store.delete_by_id(found.id)
    store.insert("h", rivers())
    store.delete_by_name("cats")
    assert store.get_count() == 2
    assert store.delete() is True
    assert store.get_count() == 0


def test_metadata_of_a_content_is_changed(new_vectors):
    store = new_vectors()
    store.update_metadata("c1", {"k": 1})
    store.insert("h", [Document("text", content_id="c1", meta_data={"old": True, "k": 0})])
    store.update_metadata("c1", {"k": 1})
    assert store.search("text", filters={"k": 1, "old": True})[0].content == "text"


def test_a_store_is_made_and_dropped(new_vectors):
    store = new_vectors()
    assert not store.exists()
    assert store.search("x") == []
    assert store.get_count() == 0
    assert not store.name_exists("x")
    assert store.delete_by_name("x") is True
    asyncio.run(store.async_create())
    store.create()
    assert asyncio.run(store.async_exists())
    store.insert("h", rivers())
    store.optimize()
    store.optimize()
    assert names(store.search("wherry", 1)) == ["ant"]
    asyncio.run(store.async_drop())
    assert not store.exists()


def test_text_that_databases_refuse_is_stored_without_it(new_vectors):
    store = new_vectors()
    store.insert("h", [Document("a\x00b wherry", name="nul", meta_data={"k": "a\x00b"})])
    assert store.search("wherry")[0].content == "a\ufffdb wherry"


def test_a_copy_for_a_run_is_the_same_store(new_vectors):
    store = new_vectors()
    assert copy.deepcopy(store) is store
    assert store.get_supported_search_types() == ["vector", "keyword", "hybrid"]


class Half(Embedder):
    """Gives every second text no vector; in batches, when it is asked to."""

    def get_embedding(self, text):
        return HashingEmbedder(dimensions=64).get_embedding(text)

    async def async_get_embedding(self, text):
        return self.get_embedding(text)

    def get_embeddings_batch_and_usage(self, texts):
        return [self.get_embedding(text) if k % 2 == 0 else [] for k, text in enumerate(texts)], [{"n": 1}] * len(texts)

    async def async_get_embeddings_batch_and_usage(self, texts):
        return self.get_embeddings_batch_and_usage(texts)


@pytest.mark.parametrize("looping", [False, True])
def test_documents_without_a_vector_are_left_out_and_told_of(new_vectors, looping, caplog):
    store = new_vectors(embedder=Half(dimensions=64, enable_batch=True))
    if looping:
        asyncio.run(store.async_insert("h", rivers()))
    else:
        store.insert("h", rivers())
    assert store.get_count() == 2
    assert "1 of 3 chunks" in caplog.text
    assert store.search("wherry")[0].usage == {"n": 1}


class Failing(HashingEmbedder):
    def get_embedding(self, text):
        if text.startswith("Cats"):
            raise EmbeddingError("no cats", 400)
        return super().get_embedding(text)


@pytest.mark.parametrize("looping", [False, True])
def test_a_text_that_cannot_be_embedded_leaves_what_was_stored(new_vectors, looping):
    store = new_vectors(embedder=Failing(dimensions=64))
    store.upsert("h", rivers()[:1])
    with pytest.raises(EmbeddingError, match="no cats"):
        asyncio.run(store.async_upsert("h", rivers())) if looping else store.upsert("h", rivers())
    assert names(store.search("wherry")) == ["ant"]


class Alphabetical:
    def rerank(self, query, documents):
        return sorted(documents, key=lambda document: document.name)


def test_a_store_has_a_reranker_of_its_own(new_vectors):
    store = new_vectors(reranker=Alphabetical())
    store.insert("h", rivers())
    assert names(store.search("eels")) == ["ant", "cats", "eels"]
    assert names(asyncio.run(store.async_search("eels"))) == ["ant", "cats", "eels"]


# --- filters say the same on both -----------------------------------------------------------------------------------

VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 3), st.sampled_from([0.5, 1.0, 2.5]),
    st.sampled_from(["", "a", "ab", "Ab", "1", "-2", "2.5", "true", "1e3", " 1", "ä"]),
)  # fmt: skip
KEYS = st.sampled_from(["x", "y", 'odd "key"', "z"])
METADATA = st.dictionaries(KEYS, st.one_of(VALUES, st.lists(VALUES, max_size=2)), max_size=3)
LEAVES = st.one_of(
    st.builds(EQ, KEYS, VALUES), st.builds(NEQ, KEYS, VALUES), st.builds(IN, KEYS, st.lists(VALUES, max_size=3)),
    *(st.builds(kind, KEYS, VALUES) for kind in (GT, GTE, LT, LTE)),
    *(st.builds(kind, KEYS, st.sampled_from(["", "a", "B", "1"])) for kind in (CONTAINS, STARTSWITH)),
)  # fmt: skip
EXPRESSIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(lambda items: AND(*items), st.lists(inner, max_size=2)),
        st.builds(lambda items: OR(*items), st.lists(inner, max_size=2)),
        st.builds(NOT, inner),
    ),
    max_leaves=4,
)
FILTERS = st.one_of(METADATA.filter(bool), st.lists(EXPRESSIONS, min_size=1, max_size=2))


@pytest.mark.postgres
@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(metadata=METADATA, filters=FILTERS)
@example(metadata={"x": [1, 2]}, filters={"x": 1})
@example(metadata={"x": [1, 2]}, filters={"x": [2]})
@example(metadata={"x": [[1, 2]]}, filters={"x": [1]})
@example(metadata={"x": [{"y": 1}]}, filters={"x": [{"y": 1}]})
def test_python_and_postgres_agree_on_every_filter(vector_pools, metadata, filters):
    plain = conditions.plain(filters)
    sql, values = conditions.postgres(plain)

    def plan():
        statement = f"SELECT ({sql}) IS TRUE FROM (SELECT ?::jsonb AS meta_data) t"  # noqa: S608 - made by our own code
        rows = yield statement, [*values, json.dumps(metadata)]
        return rows[0][0]

    assert vector_pools.pools.run(plan()) is conditions.holds(metadata, plain)


@pytest.mark.parametrize(
    "form", [{"op": "NEAR", "key": "x", "value": 1}, {"op": "AND", "conditions": [{"op": "?", "key": "x"}]}]
)
def test_an_unknown_operator_is_refused(new_vectors, form):
    store = new_vectors()
    store.insert("h", rivers())
    with pytest.raises((ConfigurationError, StoreError)):
        store.search("x", filters=[form])


# --- each by itself -------------------------------------------------------------------------------------------------


def test_the_embedded_store_keeps_documents_in_its_file(tmp_path):
    where = tmp_path / "new" / "knowledge.db"
    for kind in ("vector", "keyword"):
        store = SqliteVectorDb("docs", where, embedder=HashingEmbedder(), search_type=kind)
        store.upsert("h", rivers())
        store.close()
    again = SqliteVectorDb("docs", str(where), embedder=HashingEmbedder())
    assert names(again.search("wherry", 1)) == ["ant"]
    again.close()


def test_a_table_is_searched_with_the_embedder_that_filled_it(tmp_path):
    where = tmp_path / "knowledge.db"
    SqliteVectorDb(db_file=where, embedder=HashingEmbedder(dimensions=8)).insert("h", rivers())
    other = SqliteVectorDb(db_file=where, embedder=HashingEmbedder(dimensions=16))
    with pytest.raises(ConfigurationError, match="have 8 numbers, the embedder makes 16"):
        other.search("wherry")


@pytest.mark.parametrize("verb", ["insert", "upsert"])
def test_vectors_of_another_length_do_not_get_into_a_table(tmp_path, verb):
    where = tmp_path / "knowledge.db"
    first = SqliteVectorDb(db_file=where, embedder=HashingEmbedder(dimensions=8))
    first.insert("h", rivers())
    other = SqliteVectorDb(db_file=where, embedder=HashingEmbedder(dimensions=16))
    with pytest.raises(ConfigurationError, match="have 8 numbers, the embedder makes 16"):
        getattr(other, verb)("more", [Document("A wherry", id="more")])
    assert names(first.search("wherry", 1)) == ["ant"]
    other.upsert("h", rivers())  # all that there is
    assert names(other.search("wherry", 1)) == ["ant"]


def test_words_follow_a_document_that_changes():
    store = SqliteVectorDb('odd "table"', db_file=":memory:", embedder=HashingEmbedder(), search_type="keyword")
    store.insert("h", [Document("old words", id="one")])
    store.insert("h", [Document("new words", id="one")])
    assert store.search("old") == []
    assert [document.content for document in store.search("new")] == ["new words"]
    store.optimize()
    store.drop()
    store.optimize()


def test_distances_are_those_of_the_mathematics():
    from array import array

    one, other = array("f", [3.0, 4.0]).tobytes(), array("f", [4.0, 3.0]).tobytes()
    nothing = array("f", [0.0, 0.0]).tobytes()
    assert cosine_distance(one, other) == pytest.approx(1 - 24 / 25)
    assert cosine_distance(nothing, one) is None
    assert euclidean_distance(one, other) == pytest.approx(math.sqrt(2))
    assert inner_product(one, other) == pytest.approx(24)


def test_sqlite_vec_is_used_exactly_where_extensions_can_be_loaded():
    import sqlite3

    connection = sqlite3.connect(":memory:")
    assert load_sqlite_vec(connection) is hasattr(connection, "enable_load_extension")
    connection.close()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"table_name": ""}, "Table name"),
        ({"vector_score_weight": 2}, "between 0 and 1"),
        ({"similarity_threshold": 7}, r"between 0\.0 and 1\.0"),
        ({"embedder": Embedder(dimensions=None)}, "dimensions"),
        ({"search_type": "poetry"}, "poetry"),
    ],
)
def test_settings_that_cannot_be_are_refused(given, message):
    with pytest.raises(ValueError, match=message):
        SqliteVectorDb(**{"db_file": ":memory:", "embedder": HashingEmbedder(), **given})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "needs an address"),
        ({"db_url": "sqlite:///x"}, "no Postgres address"),
        ({"db": object()}, "stands alone"),
        ({"db_url": "postgresql://x/y", "schema_version": 2}, "only version"),
        ({"db_url": "postgresql://x/y", "content_language": "english')"}, "cannot be used"),
    ],
)
def test_settings_of_pgvector_that_cannot_be_are_refused(given, message):
    with pytest.raises(ConfigurationError, match=message):
        PgVector("t", embedder=HashingEmbedder(), **given)


@pytest.mark.postgres
def test_pgvector_opens_connections_of_its_own_from_an_address_or_an_engine(vector_url):
    class Url:
        def render_as_string(self, hide_password):
            return vector_url.replace("postgresql:", "postgresql+psycopg:")

    engine = SimpleNamespace(url=Url())
    by_engine = PgVector("own", db_engine=engine, embedder=HashingEmbedder())
    by_address = PgVector("own", db_url=vector_url, embedder=HashingEmbedder(), return_updated_at=True)
    by_engine.upsert("h", rivers())
    found = by_address.search("wherry", 1)[0]
    assert found.name == "ant"
    assert "T" in found.meta_data["_agno_updated_at"]
    by_address.drop()
    for store in (by_engine, by_address):
        store.close()


@pytest.mark.postgres
@pytest.mark.parametrize("index", [HNSW(m=4), Ivfflat(), Ivfflat(lists=2, dynamic_lists=False, probes=2), None])
def test_indexes_are_built_and_built_anew(vector_pools, index):
    store = PgVector("indexed", db=vector_pools, embedder=HashingEmbedder(dimensions=8), vector_index=index)
    store.upsert("h", rivers())
    for force in (False, False, True):
        store.optimize(force_recreate=force)
    assert len(store.search("wherry", 3)) == 3
    store.drop()


@pytest.mark.postgres
def test_a_setting_that_is_none_is_refused(vector_pools):
    index = HNSW(configuration={"x; DROP TABLE y": 1})
    store = PgVector("settings", db=vector_pools, embedder=HashingEmbedder(), vector_index=index)
    with pytest.raises(ConfigurationError, match="no setting"):
        store.optimize()


@pytest.mark.postgres
def test_beginnings_of_words_are_found_on_request(vector_pools):
    store = PgVector("prefixes", db=vector_pools, embedder=HashingEmbedder(), search_type="keyword", prefix_match=True)
    store.upsert("h", rivers())
    best = store.search("wher")[0]
    assert (best.name, best.meta_data["similarity_score"] > 0) == ("ant", True)
    assert store.search("!?") == []
    store.drop()


@pytest.mark.postgres
def test_a_table_of_before_owners_is_refused_with_the_remedy(vector_url, vector_pools):
    import psycopg

    store = PgVector("ancient", "ai", db=vector_pools, embedder=HashingEmbedder())
    with psycopg.connect(vector_url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA IF NOT EXISTS ai")
        connection.execute("CREATE TABLE ai.ancient (id VARCHAR)")
    with pytest.raises(ConfigurationError, match="ADD COLUMN user_id"):
        store.exists()
    store.drop()


def test_scores_and_distances_are_each_others_inverse():
    for metric in Distance:
        for score in (0.25, 0.5, 1.0):
            assert normalize_score(score_to_distance_threshold(score, metric), metric) == pytest.approx(score)
    assert normalize_score(math.nan, Distance.cosine) == normalize_score(math.inf, Distance.l2) == 0.0
    assert normalize_score(math.nan, Distance.max_inner_product) == 0.0
    with pytest.raises(ValueError, match="must be > 0"):
        score_to_distance_threshold(0, Distance.l2)
    with pytest.raises(ValueError, match="Unknown distance metric"):
        normalize_score(1.0, "miles")


def test_a_store_of_ones_own_starts_from_the_base(caplog):
    methods = {name: lambda self, *args, **given: None for name in VectorDb.__abstractmethods__}
    own = type("Own", (VectorDb,), methods)()
    assert own.name == "Own"
    assert own.upsert_available() is False
    own.update_metadata("c", {})
    assert "cannot change metadata" in caplog.text
    with pytest.raises(NotImplementedError):
        own.optimize()
