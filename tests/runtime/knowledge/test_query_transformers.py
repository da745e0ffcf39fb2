"""Queries that are rewritten before the vector store sees them: `query_transformer`, `HyDE`."""

import asyncio
import threading

import pytest
from agent_kit import agent, calls, chat, four_ways, model, ran

from wherry.knowledge import Knowledge
from wherry.knowledge.embedder.hashing import HashingEmbedder
from wherry.knowledge.query_transformer import HyDE, QueryTransformer
from wherry.knowledge.reranker import Reranker
from wherry.models.openai import OpenAIResponses
from wherry.team import Team
from wherry.vectordb.sqlite import SqliteVectorDb

PETS, BOATS = "Cats sleep all day.", "A wherry sails on the Broads."


def library(transformer, search_type="vector", **given):
    store = SqliteVectorDb(db_file=":memory:", embedder=HashingEmbedder(dimensions=64), search_type=search_type)
    made = Knowledge(vector_db=store, query_transformer=transformer, max_results=1, **given)
    made.insert_many([{"name": "pets", "text_content": PETS}, {"name": "boats", "text_content": BOATS}])
    return made


@pytest.fixture(params=["blocking", "looping"])
def found(request):
    """Searches in one kind of waiting; the texts that were found."""

    def search(knowledge, query, **given):
        looping = request.param == "looping"
        hits = asyncio.run(knowledge.asearch(query, **given)) if looping else knowledge.search(query, **given)
        return [hit.content for hit in hits]

    search.waits = request.param
    return search


class Instead(QueryTransformer):
    """Searches with other words."""

    words: str = PETS

    def transform(self, query, run_response=None):
        return self.words


class Failing(QueryTransformer):
    def transform(self, query, run_response=None):
        raise OSError("no network")


def test_the_store_is_asked_with_the_rewritten_query(found):
    asking = set()

    class Elsewhere(Instead):
        def transform(self, query, run_response=None):
            asking.add(threading.get_ident())
            return super().transform(query)

    assert found(library(Elsewhere()), "Where does a wherry sail?") == [PETS]
    assert (threading.get_ident() in asking) is (found.waits == "blocking")
    assert found(library(None), "Where does a wherry sail?") == [BOATS]
    assert found(library(Instead()), "Where does a wherry sail?") == [PETS]


def test_the_question_itself_is_searched_with_when_rewriting_fails(found, caplog):
    assert found(library(Failing()), "Where does a wherry sail?") == [BOATS]
    assert "no network" in caplog.text
    with pytest.raises(NotImplementedError, match="QueryTransformer"):
        QueryTransformer().transform("q")


@pytest.mark.parametrize(("own", "asked"), [("keyword", None), ("vector", "keyword")])
def test_a_search_for_words_alone_is_not_rewritten(found, own, asked):
    assert found(library(Instead(), search_type=own), "wherry", search_type=asked) == [BOATS]


def test_a_reranker_judges_by_what_was_asked(found):
    heard = []

    class Heard(Reranker):
        def rerank(self, query, documents, limit=None):
            heard.append(query)
            return documents

    assert found(library(Instead(), reranker=Heard()), "Boats?") == [PETS]
    assert heard == ["Boats?"]


def test_what_hyde_is_made_of():
    made = HyDE()
    assert (type(made.model), made.model.id) == (OpenAIResponses, "gpt-5.4")
    assert (made.include_query, made.max_characters) == (False, 2000)
    assert "{query}" in made.prompt
    assert HyDE(model="openai:gpt-5-mini").model.id == "gpt-5-mini"
    with pytest.raises(ValueError, match=r"\{query\}"):
        HyDE(prompt="Make it up.")
    with pytest.raises(ValueError, match="greater than 0"):
        HyDE(max_characters=0)
    with pytest.raises(ValueError, match="not int 5"):
        HyDE(model=5)


@pytest.mark.parametrize(
    ("reply", "most", "searched"),
    [
        ("  Cats sleep.  ", 2000, "Cats sleep."),
        ("Cats sleep. Dogs do not.", 20, "Cats sleep."),
        ("Cats sleep! Dogs do not.", 20, "Cats sleep!"),
        ("Cats sleep? Dogs do not.", 20, "Cats sleep?"),
        ("Cats weigh 4.567 kilos", 14, "Cats weigh"),
        ("Cats sleep", 10, "Cats sleep"),
        ("Cats sleep all day long", 12, "Cats sleep"),
        ("Catssleepalldaylong", 4, "Cats"),
        ("", 2000, "Why {x}?"),
    ],
)
def test_a_made_up_answer_is_cut_where_a_sentence_or_a_word_ends(reply, most, searched):
    made = HyDE(model=chat("maker"), prompt='Make {"it"} up: {query}', max_characters=most)
    with model(reply, reply) as server:
        assert made.transform("Why {x}?") == searched
        assert asyncio.run(made.atransform("Why {x}?")) == searched
        assert [request.text("user") for request in server.requests] == ['Make {"it"} up: Why {x}?'] * 2
    with model("Cats."):
        both = HyDE(model=chat("maker"), include_query=True).transform("Why?")
    assert both == "Why?\n\nCats."


@pytest.mark.parametrize(("kind", "warned"), [("vector", False), ("hybrid", True), ("keyword", True)])
def test_words_that_get_lost_are_warned_about(kind, warned, caplog):
    library(HyDE(model=chat("maker")), search_type=kind)
    assert ("include_query=True" in caplog.text) is warned
    caplog.clear()
    library(HyDE(model=chat("maker"), include_query=True), search_type=kind)
    assert not caplog.text


@four_ways
@pytest.mark.parametrize("kind", ["agent", "team"])
def test_a_run_searches_with_made_up_answers_and_counts_their_tokens(way, kind):
    given = {"knowledge": library(HyDE(model=chat("maker")))}
    owner = agent(**given) if kind == "agent" else Team(members=[], model=chat(), telemetry=False, **given)
    with model(
        calls("search_knowledge_base", query="Who is lazy?"),
        {"content": "Cats sleep.", "when": {"model": "maker"}, "usage": {"input_tokens": 70}},
        "Cats.",
    ) as server:
        _, output = ran(way, owner)
        assert PETS in server.requests[2].turns[-1][1]
    [entry] = [one for one in output.metrics.details["model"] if one.id == "maker"]
    assert entry.input_tokens == 70


@four_ways
def test_a_run_searches_with_the_question_when_nothing_is_made_up(way, caplog):
    owner = agent(knowledge=library(HyDE(model=chat("maker"))))
    with model(
        calls("search_knowledge_base", query="wherry sails"),
        {"status": 400, "error": "out of ideas", "when": {"model": "maker"}},
        "On the Broads.",
    ) as server:
        ran(way, owner)
        assert BOATS in server.requests[2].turns[-1][1]
    assert "out of ideas" in caplog.text
