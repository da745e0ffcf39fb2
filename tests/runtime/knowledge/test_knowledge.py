"""Sources go in, documents are found: the methods of `Knowledge` on the embedded store, blocking and on a loop."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import uuid

import pytest

from wherry.core.errors import ConfigurationError, NotMigratedError
from wherry.core.errors_services import EmbeddingError
from wherry.db.in_memory import InMemoryDb
from wherry.db.sqlite import AsyncSqliteDb, SqliteDb
from wherry.filters import EQ, IN, NOT, OR
from wherry.knowledge import Knowledge, KnowledgeProtocol
from wherry.knowledge.chunking.fixed import FixedSizeChunking
from wherry.knowledge.content import Content, ContentStatus
from wherry.knowledge.document import Document
from wherry.knowledge.embedder.hashing import HashingEmbedder
from wherry.knowledge.reader.base import Reader
from wherry.knowledge.reader.text_reader import TextReader
from wherry.knowledge.reranker.base import Reranker
from wherry.vectordb.base import VectorDb
from wherry.vectordb.sqlite import SqliteVectorDb


class Called:
    """A knowledge base whose methods are called in one kind of waiting."""

    def __init__(self, knowledge, *, looping):
        self.knowledge, self.looping = knowledge, looping

    def __getattr__(self, name):
        twin = getattr(self.knowledge, f"a{name}", None)
        if not self.looping or twin is None:
            return getattr(self.knowledge, name)
        return lambda *args, **given: asyncio.run(twin(*args, **given))


@pytest.fixture(params=["blocking", "looping"])
def looping(request):
    return request.param == "looping"


@pytest.fixture
def vectors():
    return SqliteVectorDb(db_file=":memory:", embedder=HashingEmbedder())


@pytest.fixture
def base(looping, vectors, tmp_path):
    database = (AsyncSqliteDb if looping else SqliteDb)(db_file=str(tmp_path / "contents.db"))
    return Called(Knowledge(name="harbour", vector_db=vectors, contents_db=database), looping=looping)


@pytest.fixture
def bare(looping, vectors):
    """Without a contents database."""
    return Called(Knowledge(vector_db=vectors), looping=looping)


def texts(documents):
    return [document.content for document in documents]


def statuses(base):
    contents, _ = base.get_content()
    return {content.name: content.status for content in contents}


def test_a_text_is_found_by_its_words_and_carries_its_metadata(base):
    base.insert(name="boats", text_content="A wherry sails on the Broads.", metadata={"river": "Ant"})
    base.insert(name="pets", text_content="Cats sleep all day.", metadata={"river": "Bure"})
    first, *_ = base.search("sailing wherries")
    assert first.content == "A wherry sails on the Broads."
    assert first.name == "boats"
    assert first.meta_data["river"] == "Ant"
    assert first.meta_data["linked_to"] == "harbour"
    assert 0 < first.meta_data["similarity_score"] <= 1


def test_a_search_finds_as_many_as_it_is_asked_for(base):
    for number in range(15):
        base.insert(name=f"n{number}", text_content=f"wherry number {number}")
    assert len(base.search("wherry")) == 10
    assert len(base.search("wherry", max_results=3)) == 3
    assert len(base.retrieve("wherry", max_results=4)) == 4


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"river": "Ant"}, {"one"}),
        ([EQ("river", "Bure")], {"two"}),
        ([OR(EQ("river", "Ant"), EQ("river", "Bure"))], {"one", "two"}),
        ([IN("river", ["Ant", "Thurne"])], {"one", "three"}),
        ([NOT(EQ("river", "Ant"))], {"two", "three"}),
        ({"river": "Yare"}, set()),
    ],
)
def test_filters_restrict_a_search(base, filters, found):
    for name, river in (("one", "Ant"), ("two", "Bure"), ("three", "Thurne")):
        base.insert(name=name, text_content=f"text {name}", metadata={"river": river})
    assert {document.name for document in base.search("text", filters=filters)} == found


def test_what_is_no_filter_is_refused(base):
    base.insert(name="one", text_content="text")
    with pytest.raises(ValueError, match="is no filter"):
        base.search("text", filters=["river"])


def test_a_content_has_the_id_and_hash_that_agno_gives_it(base):
    base.insert(name="boats", description="about boats", text_content="Wherry.", metadata={"b": 1, "a": 2})
    content = base.get_content()[0][0]
    digest = hashlib.sha256(b'boats:about boats:{"a": 2, "b": 1}:Text').hexdigest()
    assert content.id == str(uuid.uuid5(uuid.NAMESPACE_DNS, digest))
    assert (content.status, content.status_message) == (ContentStatus.COMPLETED, "")
    assert content.metadata["_agno"] == {"vectors_indexed": True}
    assert content.file_type == "Text"


def test_the_same_name_is_the_same_content_and_its_text_is_replaced(base):
    base.insert(name="boats", text_content="old text")
    base.insert(name="boats", text_content="new text")
    assert texts(base.search("text")) == ["new text"]
    assert base.get_content()[1] == 1


def test_what_a_store_refuses_before_it_writes_is_raised_and_noted(base, vectors, monkeypatch):
    def refuses(content_hash, user_id=None):
        raise ValueError("the table needs a migration")

    monkeypatch.setattr(vectors, "content_hash_exists", refuses)
    with pytest.raises(ValueError, match="migration"):
        base.insert(name="boats", text_content="A wherry", skip_if_exists=True)
    assert statuses(base) == {"boats": ContentStatus.FAILED}


def test_without_upsert_documents_are_added(base):
    base.insert(name="boats", text_content="old text")
    base.insert(name="boats", text_content="new text", upsert=False)
    assert sorted(texts(base.search("text"))) == ["new text", "old text"]


def test_what_exists_is_skipped_on_request(base, vectors):
    base.insert(name="boats", text_content="old text")
    base.insert(name="boats", text_content="new text", skip_if_exists=True)
    assert texts(base.search("text")) == ["old text"]
    assert statuses(base) == {"boats": ContentStatus.COMPLETED}
    vectors.delete()
    base.insert(name="boats", text_content="new text", skip_if_exists=True)
    assert texts(base.search("text")) == ["new text"]


def test_a_failed_content_is_not_skipped(base, vectors, looping):
    vectors.embedder = Refusing()
    base.insert(name="boats", text_content="a text")
    assert statuses(base) == {"boats": ContentStatus.FAILED}
    status, why = base.get_content_status(base.get_content()[0][0].id)
    assert status is ContentStatus.FAILED
    assert "authentication" in why
    vectors.embedder = HashingEmbedder()
    base.insert(name="boats", text_content="a text", skip_if_exists=True, upsert=False)
    assert statuses(base) == {"boats": ContentStatus.COMPLETED}
    assert texts(base.search("text")) == ["a text"]


def test_the_store_is_asked_what_it_holds_whatever_is_done_with_the_answer(base, bare, vectors, monkeypatch):
    asked, exists = [], vectors.content_hash_exists

    def heard(*args, **given):
        asked.append(args)
        return exists(*args, **given)

    monkeypatch.setattr(vectors, "content_hash_exists", heard)
    for knowledge in (base, bare):
        asked.clear()
        for options in ({}, {"upsert": False}, {"skip_if_exists": True}):
            knowledge.insert(name="boats", text_content="a text", **options)
        assert len(asked) == 3
    vectors.embedder = Refusing()
    base.insert(name="pets", text_content="a text")
    asked.clear()
    base.insert(name="pets", text_content="a text", skip_if_exists=True)
    assert not asked  # it failed, so it is read again


class Elsewhere(VectorDb):
    """A store that makes vectors itself, and cannot be asked what it holds."""

    def __init__(self):
        super().__init__(name="elsewhere")
        self.held = []

    def exists(self):
        return True

    def content_hash_exists(self, content_hash, user_id=None):
        raise OSError("down")

    def delete_by_content_id(self, content_id, user_id=None):
        return True

    def insert(self, content_hash, documents, filters=None, user_id=None):
        self.held += documents

    async def async_insert(self, content_hash, documents, filters=None, user_id=None):
        self.held += documents


Elsewhere.__abstractmethods__ = frozenset()


def test_a_store_that_cannot_say_what_it_holds_fails_once_and_then_takes_the_content(looping):
    store = Elsewhere()
    base = Called(Knowledge(vector_db=store, contents_db=InMemoryDb()), looping=looping)
    with pytest.raises(OSError, match="down"):
        base.insert(name="boats", text_content="a text", upsert=False)
    assert statuses(base) == {"boats": ContentStatus.FAILED}
    base.insert(name="boats", text_content="a text", upsert=False)
    assert statuses(base) == {"boats": ContentStatus.COMPLETED}
    assert texts(store.held) == ["a text"]


class Refusing(HashingEmbedder):
    """Fails as a service does that does not know the key, or so many times with a status that may pass."""

    def __init__(self, times=None, status=401):
        super().__init__()
        self.left, self.status = times, status

    def get_embedding(self, text):
        if self.left == 0:
            return super().get_embedding(text)
        if self.left is not None:
            self.left -= 1
        raise EmbeddingError("invalid api key" if self.status == 401 else "slow down", self.status)


@pytest.mark.parametrize("upsert", [True, False])
def test_embedding_is_tried_again_when_the_failure_may_pass(base, vectors, upsert):
    vectors.embedder = Refusing(times=2, status=429)
    base.knowledge.max_embedding_retries, base.knowledge.embedding_retry_backoff = 2, 0.0
    base.insert(name="boats", text_content="a text", upsert=upsert)
    assert statuses(base) == {"boats": ContentStatus.COMPLETED}
    assert len(base.search("text")) == 1


class Forgetful(HashingEmbedder):
    """Has no vector for what it does not like."""

    def get_embedding(self, text):
        return [] if self.disliked in text else super().get_embedding(text)


@pytest.mark.parametrize(
    ("disliked", "status", "found"), [("x", "partial", 2), ("\n", "completed", 3), ("", "failed", 0)]
)
def test_a_row_says_how_many_chunks_can_be_found(base, vectors, disliked, status, found):
    vectors.embedder = Forgetful()
    vectors.embedder.disliked = disliked
    small = TextReader(chunking_strategy=FixedSizeChunking(chunk_size=9))
    base.insert(name="boats", text_content="a wherry and a text", reader=small)
    assert statuses(base) == {"boats": ContentStatus(status)}
    assert len(base.search("wherry")) == found


def test_a_query_that_cannot_be_embedded_finds_nothing_and_says_so(base, vectors, caplog):
    base.insert(name="boats", text_content="a text")
    vectors.embedder = Refusing()
    assert base.search("text") == []
    assert "invalid api key" in caplog.text


class Broken(SqliteVectorDb):
    def search(self, *args, **given):
        raise OSError("the disk is gone")

    async def async_search(self, *args, **given):
        raise OSError("the disk is gone")


def test_a_store_that_fails_finds_nothing_and_says_so(looping, caplog):
    base = Called(Knowledge(vector_db=Broken(db_file=":memory:", embedder=HashingEmbedder())), looping=looping)
    assert base.search("text") == []
    assert "the disk is gone" in caplog.text


def test_without_a_vector_store_contents_fail_and_searches_find_nothing(looping, tmp_path):
    database = SqliteDb(db_file=str(tmp_path / "contents.db"))
    base = Called(Knowledge(contents_db=database), looping=looping)
    base.insert(name="boats", text_content="a text")
    assert base.get_content_status(base.get_content()[0][0].id)[1] == "No vector database configured"
    assert base.search("text") == []
    assert base.knowledge.remove_vectors_by_name("boats") is False


def test_nothing_named_inserts_nothing(base, caplog):
    base.insert(name="boats")
    assert "Nothing was inserted" in caplog.text
    assert base.get_content() == ([], 0)


def test_a_text_without_a_name_is_named_by_its_beginning_and_warned_about(base, caplog):
    base.insert(text_content="A wherry sails.")
    assert statuses(base) == {"A wherry s": ContentStatus.COMPLETED}
    assert "without a name" in caplog.text


def test_many_sources_as_dictionaries_and_as_keywords(base, tmp_path):
    (tmp_path / "a.txt").write_text("from a file")
    base.insert_many([{"name": "x", "text_content": "first"}, {"path": str(tmp_path / "a.txt")}], upsert=True)
    base.insert_many(name="t", text_contents=["second", "third"], paths=[str(tmp_path / "a.txt")], metadata={"k": 1})
    base.insert_many(text_contents=["fourth"])
    assert set(statuses(base)) == {"x", "a.txt", "t_0", "t_1", "t", "text_content_0"}


@pytest.mark.parametrize(("args", "given"), [((), {}), (("text",), {})])
def test_many_without_sources_is_refused(base, args, given):
    with pytest.raises(ValueError, match="Invalid usage"):
        base.insert_many(*args, **given)


def test_topics_are_looked_up_by_their_reader(base):
    class Encyclopaedia(Reader):
        def read(self, obj, name=None, password=None):
            return [Document(content=f"All about {obj}", name=obj)] if obj != "nothing" else []

        async def async_read(self, obj, name=None, password=None):
            return self.read(obj)

    base.insert(topics=["wherries", "nothing"], reader=Encyclopaedia(), metadata={"k": 1})
    base.insert(topics=["eels"])
    assert statuses(base) == {
        "wherries": ContentStatus.COMPLETED,
        "nothing": ContentStatus.FAILED,
        "eels": ContentStatus.FAILED,
    }
    assert base.search("wherries")[0].meta_data["k"] == 1
    base.insert(topics=["wherries"], reader=Encyclopaedia(), metadata={"k": 1}, skip_if_exists=True)
    assert statuses(base)["wherries"] is ContentStatus.COMPLETED


def test_owners_find_their_own_and_everybodys(base):
    base.insert(name="shared", text_content="text for all")
    base.insert(name="own", text_content="text of ada", user_id="ada")
    base.insert(name="own", text_content="text of bob", user_id="bob")
    assert {d.content for d in base.search("text", user_id="ada")} == {"text for all", "text of ada"}
    assert len(base.search("text")) == 3
    assert base.get_content(user_id="ada")[1] == 2
    assert base.remove_all_content(user_id="ada") is True
    assert {d.content for d in base.search("text")} == {"text for all", "text of bob"}
    shared = next(c for c in base.get_content()[0] if c.name == "shared")
    assert base.remove_content_by_id(shared.id, user_id="ada") is False


class Ownerless(SqliteVectorDb):
    """A store of before owners, as somebody's own may be."""

    def search(self, query, limit=5, filters=None):
        return super().search(query, limit, filters)

    async def async_search(self, query, limit=5, filters=None):
        raise NotImplementedError

    def upsert(self, content_hash, documents, filters=None):
        super().upsert(content_hash, documents, filters)

    async def async_upsert(self, content_hash, documents, filters=None):
        await super().async_upsert(content_hash, documents, filters)


def test_a_store_without_owners_works_until_an_owner_is_named(looping, tmp_path):
    database = SqliteDb(db_file=str(tmp_path / "contents.db"))
    store = Ownerless(db_file=":memory:", embedder=HashingEmbedder())
    base = Called(Knowledge(vector_db=store, contents_db=database), looping=looping)
    base.insert(name="shared", text_content="text for all")
    assert texts(base.search("text")) == ["text for all"]
    base.insert(name="own", text_content="text of ada", user_id="ada")
    assert statuses(base)["own"] is ContentStatus.FAILED
    with pytest.raises(ValueError, match="user_id"):
        base.search("text", user_id="ada")


def test_removing_a_content_removes_its_documents(base):
    base.insert(name="one", text_content="text one", metadata={"k": 1})
    base.insert(name="two", text_content="text two", metadata={"k": 2})
    base.insert(name="three", text_content="text three", metadata={"k": 3})
    ids = {content.name: content.id for content in base.get_content()[0]}
    assert base.remove_content_by_id(ids["one"]) is True
    assert base.get_content_by_id(ids["one"]) is None
    assert base.get_content_status(ids["one"]) == (None, "Content not found")
    assert base.knowledge.remove_vectors_by_name("two") is True
    assert base.knowledge.remove_vectors_by_metadata({"k": 3}) is True
    assert base.search("text") == []
    assert base.remove_all_content() is True
    assert base.get_content() == ([], 0)


def test_removing_a_document_by_its_id(base, vectors):
    base.insert(name="one", text_content="text one")
    found = base.search("text")[0]
    assert vectors.id_exists(found.id)
    assert base.knowledge.remove_vector_by_id(found.id) is True
    assert not vectors.id_exists(found.id)


def test_a_content_is_changed_with_the_metadata_of_its_documents(base):
    base.insert(name="one", text_content="text one", metadata={"k": 1})
    known = base.get_content()[0][0]
    changed = base.patch_content(Content(id=known.id, name="uno", metadata={"k": 2, "new": True}))
    assert changed["name"] == "uno"
    assert base.search("text", filters={"k": 2, "new": True})[0].content == "text one"
    assert base.patch_content(Content(id="unknown")) is None
    assert base.patch_content(Content()) is None


def test_keys_of_filters_come_from_the_contents(base):
    base.insert(name="one", text_content="text", metadata={"river": "Ant"})
    assert base.get_valid_filters() == {"river"}
    assert base.validate_filters({"river": "Ant", "colour": "red"}) == ({"river": "Ant"}, ["colour"])
    assert base.validate_filters({"meta_data.river": "Ant"}) == ({"meta_data.river": "Ant"}, [])
    kept, unknown = base.validate_filters([EQ("river", "Ant"), EQ("colour", "red"), NOT(EQ("x", 1)), "river"])
    assert [type(item).__name__ for item in kept] == ["EQ", "NOT"]
    assert unknown == ["colour"]
    assert base.validate_filters({}) == ({}, [])


def test_without_metadata_expressions_are_taken_and_dictionaries_are_not(base):
    expression = [EQ("river", "Ant")]
    assert base.validate_filters(expression) == (expression, [])
    assert base.validate_filters({"river": "Ant"}) == ({}, ["river"])


def test_without_a_contents_database_filters_are_not_judged(bare):
    bare.insert(name="one", text_content="text", metadata={"river": "Ant"})
    assert bare.get_valid_filters() == set()
    assert bare.validate_filters({"x": 1}) == ({"x": 1}, [])
    assert texts(bare.search("text", filters={"river": "Ant"})) == ["text"]
    assert bare.patch_content(Content(id="x")) is None
    with pytest.raises(ValueError, match="No contents db"):
        bare.get_content()
    assert bare.remove_content_by_id(bare.search("text")[0].content_id or "x") is True


def test_knowledge_bases_that_share_a_store_keep_to_their_own_when_they_isolate(vectors, looping):
    for name in ("north", "south"):
        Called(Knowledge(name=name, vector_db=vectors), looping=looping).insert(name="doc", text_content=f"text {name}")
    north = Called(Knowledge(name="north", vector_db=vectors, isolate_vector_search=True), looping=looping)
    north.insert(name="doc", text_content="text north", metadata={"k": 1})
    assert {d.meta_data["linked_to"] for d in north.search("text")} == {"north"}
    assert texts(north.search("text", filters={"k": 1})) == ["text north"]
    for filters in ([EQ("k", 1)], (EQ("k", 1),), EQ("k", 1), ~EQ("k", 2)):  # alone, Agno has the scope forgotten
        assert texts(north.search("text", filters=filters)) == ["text north"]


def test_the_kind_of_search_is_chosen_for_one_search_only(base, vectors):
    base.insert(name="one", text_content="the wherry sails")
    base.insert(name="two", text_content="wherries")
    assert len(base.search("zzz", search_type="vector")) == 2
    assert base.search("zzz", search_type="keyword") == []
    assert len(base.search("sails", search_type="hybrid")) == 2
    assert vectors.search_type.value == "vector"


class Backwards(Reranker):
    def rerank(self, query, documents, limit=None):
        return sorted(documents, key=lambda document: document.content)


class Fixed(Backwards):
    def rerank(self, query, documents):
        return [document for document in documents if document.content != "text 0"]


@pytest.mark.parametrize(("reranker", "first"), [(Backwards(), "text 0"), (Fixed(), None)])
def test_a_reranker_sees_more_than_is_wanted_and_decides(base, reranker, first):
    for number in range(6):
        base.insert(name=f"n{number}", text_content=f"text {number}")
    base.knowledge.reranker = reranker
    found = base.search("text 5", max_results=2)
    assert len(found) == 2
    assert first is None or found[0].content == first


def test_a_reranker_that_fails_leaves_the_order(base, caplog):
    class Failing(Reranker):
        def rerank(self, query, documents, limit=None):
            raise OSError("no network")

    class Wrong(Reranker):
        def rerank(self, query, documents, limit=None):
            raise ValueError("no such model")

    base.insert(name="one", text_content="text")
    base.knowledge.reranker = Failing()
    assert texts(base.search("text")) == ["text"]
    assert "no network" in caplog.text
    base.knowledge.reranker = Wrong()
    with pytest.raises(ValueError, match="no such model"):
        base.search("text")


def test_the_words_for_a_model_name_the_keys_it_may_filter_by(base):
    base.insert(name="one", text_content="text", metadata={"river": "Ant"})
    assert "search_knowledge_base" in base.build_context()
    assert "river" not in base.build_context()
    assert "river" in base.build_context(enable_agentic_filters=True)


def test_an_asynchronous_contents_database_needs_the_async_methods(vectors, tmp_path):
    base = Knowledge(vector_db=vectors, contents_db=AsyncSqliteDb(db_file=str(tmp_path / "contents.db")))
    with pytest.raises(ValueError, match="not supported for async databases"):
        base.insert(name="one", text_content="text")
    with pytest.raises(ValueError, match="not supported for async databases"):
        base.get_content()


def test_what_agno_has_and_wherry_has_not_is_refused(vectors):
    with pytest.raises(NotMigratedError, match="page_store"):
        Knowledge(page_store=object())
    with pytest.raises(NotMigratedError, match="remote_content"):
        Knowledge(vector_db=vectors).insert(remote_content=object())
    with pytest.raises(TypeError, match="max_result"):
        Knowledge(max_result=3)
    with pytest.raises(ValueError, match="same database"):
        Knowledge(content_db=object(), contents_db=object())


def test_the_contents_database_has_two_names(tmp_path):
    database = SqliteDb(db_file=str(tmp_path / "contents.db"))
    base = Knowledge(content_db=database)
    assert base.contents_db is base.content_db is database
    base.content_db = None
    assert base.contents_db is None


def test_readers_of_ones_own_come_before_the_usual_ones(base, tmp_path):
    (tmp_path / "a.txt").write_text("one two three four")
    small = TextReader(chunking_strategy=FixedSizeChunking(chunk_size=9))
    base.knowledge.readers = {"text": small}
    base.insert(path=str(tmp_path / "a.txt"))
    assert len(base.search("one")) > 1
    assert base.knowledge.text_reader is small
    assert base.knowledge.csv_reader is Knowledge().csv_reader
    with pytest.raises(AttributeError):
        _ = base.knowledge.poetry_reader


def test_a_list_of_readers_becomes_a_dictionary():
    base = Knowledge(readers=[TextReader(), TextReader(), TextReader(name="My Reader")])
    assert list(base.get_readers()) == ["textreader", "textreader_1", "my_reader"]
    extra = TextReader(name="Extra")
    assert base.add_reader(extra) is extra
    assert base.get_readers()["extra"] is extra


def test_a_knowledge_base_fits_the_protocol(vectors):
    base = Knowledge(vector_db=vectors)
    assert isinstance(base, KnowledgeProtocol)
    base.insert(name="one", text_content="text")
    assert texts(base.retrieve("text")) == ["text"]


# --- its search tool ------------------------------------------------------------------------------------------------


class Noted:
    references = None


def asked(base, looping, *, query="text", chosen=None, **given):
    """What the tool answers."""
    (tool,) = asyncio.run(base.knowledge.aget_tools(**given)) if looping else base.knowledge.get_tools(**given)
    arguments = {"query": query} if chosen is None else {"query": query, "filters": chosen}
    answer = tool.entrypoint(**arguments)
    return asyncio.run(answer) if looping else answer


@pytest.mark.parametrize("choosing", [False, True])
def test_the_tool_answers_with_the_texts_and_notes_references(base, looping, choosing):
    base.insert(name="one", text_content="text one")
    run = Noted()
    answer = asked(base, looping, run_response=run, enable_agentic_filters=choosing)
    assert answer == "text one"
    assert run.references[0].query == "text"
    assert run.references[0].references[0]["content"] == "text one"


def test_the_tool_takes_filters_of_the_models_choice(base, looping):
    base.insert(name="one", text_content="text one", metadata={"river": "Ant"})
    base.insert(name="two", text_content="text two", metadata={"river": "Bure"})
    for chosen in ([{"key": "river", "value": "Bure"}], [{"river": "Bure"}], [{"river": "Bure"}, {"colour": "red"}]):
        assert asked(base, looping, chosen=chosen, enable_agentic_filters=True) == "text two"
    fixed = {"river": "Ant"}
    assert asked(base, looping, chosen=[{"river": "Bure"}], enable_agentic_filters=True, knowledge_filters=fixed) == (
        "text one"
    )


def test_the_tool_keeps_to_the_user_of_the_run_and_to_the_agents_format(base, looping):
    class Context:
        user_id = "ada"

    class Owner:
        references_format = "json"

    base.insert(name="one", text_content="text of ada", user_id="ada")
    base.insert(name="two", text_content="text of bob", user_id="bob")
    answer = json.loads(asked(base, looping, run_context=Context(), agent=Owner()))
    assert [item["content"] for item in answer] == ["text of ada"]


def test_the_tool_says_when_nothing_is_found_or_the_search_fails(base, looping, caplog):
    assert asked(base, looping) == "No documents found"
    base.insert(name="one", text_content="text", user_id="ada")
    with caplog.at_level(logging.WARNING):
        answer = asked(base, looping, knowledge_filters=["river"])
    assert answer == f"Error searching knowledge base: {ConfigurationError.__name__}"
