"""Embedders over real HTTP, and the one that needs none."""

from __future__ import annotations

import asyncio
import math
from types import SimpleNamespace

import pytest

from wherry.core.errors import ConfigurationError
from wherry.core.errors_services import EmbeddingError
from wherry.knowledge.document import Document
from wherry.knowledge.embedder.base import Embedder, raise_embedding_error
from wherry.knowledge.embedder.fireworks import FireworksEmbedder
from wherry.knowledge.embedder.hashing import HashingEmbedder
from wherry.knowledge.embedder.langdb import LangDBEmbedder
from wherry.knowledge.embedder.nebius import NebiusEmbedder
from wherry.knowledge.embedder.openai import OpenAIEmbedder
from wherry.knowledge.embedder.openai_like import OpenAILikeEmbedder
from wherry.knowledge.embedder.together import TogetherEmbedder
from wherry.testing import ReplayServer

EMBEDDINGS = {"path": "/v1/embeddings"}


@pytest.fixture
def server():
    with ReplayServer() as server, server.environment():
        yield server


@pytest.fixture(params=["blocking", "looping"])
def asked(request):
    """Calls one of an embedder's methods, or its twin on an event loop."""

    def ask(embedder, method, *args):
        if request.param == "blocking":
            return getattr(embedder, method)(*args)
        return asyncio.run(getattr(embedder, f"async_{method}")(*args))

    return ask


def test_a_text_becomes_a_vector_and_the_request_is_openais(server, asked):
    embedder = OpenAIEmbedder(user="ada", request_params={"extra": 1})
    vector, usage = asked(embedder, "get_embedding_and_usage", "a wherry sails")
    assert len(vector) == 1536
    assert usage == {"prompt_tokens": 3, "total_tokens": 3}
    request = server.requests[-1]
    assert request.path == "/v1/embeddings"
    assert request.body == {
        "input": "a wherry sails",
        "model": "text-embedding-3-small",
        "encoding_format": "float",
        "dimensions": 1536,
        "user": "ada",
        "extra": 1,
    }
    assert asked(embedder, "get_embedding", "a wherry sails") == vector


def test_vectors_travel_as_base64_on_request(server, asked):
    plain, packed = OpenAIEmbedder(), OpenAIEmbedder(encoding_format="base64")
    assert asked(packed, "get_embedding", "one two") == pytest.approx(asked(plain, "get_embedding", "one two"))


def test_many_texts_go_in_batches_and_keep_their_places(server, asked):
    embedder = OpenAIEmbedder(id="text-embedding-ada-002", batch_size=2)
    vectors, usages = asked(embedder, "get_embeddings_batch_and_usage", ["one", "two", "three"])
    assert [request.body["input"] for request in server.requests] == [["one", "two"], ["three"]]
    assert vectors == [asked(embedder, "get_embedding", text) for text in ("one", "two", "three")]
    assert len(usages) == 3
    assert "dimensions" not in server.requests[0].body


@pytest.mark.parametrize(
    ("status", "message", "reason", "again"),
    [
        (401, "bad key", "authentication", False),
        (400, "the input exceeds the limit", "content_too_large", False),
        (400, "quota used up", "rate_limit", True),
        (400, "no idea", "unknown", True),
    ],
)
def test_a_refusal_is_an_embedding_error_that_says_what_it_means(asked, status, message, reason, again):
    replies = [{"status": status, "error": message, "when": EMBEDDINGS}]
    with (
        ReplayServer(replies) as server,
        server.environment(),
        pytest.raises(EmbeddingError, match=message) as raised,
    ):
        asked(OpenAIEmbedder(), "get_embedding", "text")
    assert (raised.value.reason, raised.value.is_retryable) == (reason, again)
    assert raised.value.provider_status_code == status
    assert raised.value.model_id == "text-embedding-3-small"


@pytest.mark.parametrize(("status", "reason"), [(429, "rate_limit"), (503, "unknown")])
def test_a_status_that_may_pass_is_tried_again_first(asked, status, reason):
    replies = [
        {
            "status": status,
            "error": "api key? later",
            "headers": {"retry-after-ms": "1"},
            "times": 2,
            "when": EMBEDDINGS,
        }
    ]
    with ReplayServer(replies) as server, server.environment():
        embedder = OpenAIEmbedder(client_params={"max_retries": 1})
        with pytest.raises(EmbeddingError) as raised:
            asked(embedder, "get_embedding", "text")
    assert raised.value.reason == reason
    assert len(server.requests) == 2


def test_a_service_that_is_not_there_is_an_embedding_error(asked):
    embedder = OpenAILikeEmbedder(base_url="http://127.0.0.1:9", client_params={"max_retries": 0})
    with pytest.raises(EmbeddingError, match="Connection error"):
        asked(embedder, "get_embedding", "text")


def test_a_text_with_half_of_a_character_is_an_embedding_error(asked):
    embedder = OpenAILikeEmbedder(base_url="http://127.0.0.1:9")
    with pytest.raises(EmbeddingError, match="the text cannot be sent"):
        asked(embedder, "get_embedding", "half \ud83d")


def test_a_reply_without_vectors_is_an_embedding_error(asked):
    replies = [{"raw": '{"data": [{"vector": 1}]}', "when": EMBEDDINGS}]
    with (
        ReplayServer(replies) as server,
        server.environment(),
        pytest.raises(EmbeddingError, match="holds no embeddings"),
    ):
        asked(OpenAIEmbedder(), "get_embedding", "text")


def test_a_reply_with_too_few_vectors_leaves_the_others_empty(asked):
    raw = '{"data": [{"index": 0, "embedding": [1.0]}]}'
    with (
        ReplayServer([{"raw": raw, "when": EMBEDDINGS}, {"raw": '{"data": []}', "when": EMBEDDINGS}]) as server,
        server.environment(),
    ):
        assert asked(OpenAIEmbedder(), "get_embeddings_batch_and_usage", ["a", "b"])[0] == [[1.0], []]
        assert asked(OpenAIEmbedder(), "get_embedding", "a") == []


def test_without_a_key_nothing_is_sent(monkeypatch, asked):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(EmbeddingError, match="OPENAI_API_KEY not set"):
        asked(OpenAIEmbedder(), "get_embedding", "text")


def test_settings_of_a_client_of_openais_sdk_are_taken(server, asked):
    client = SimpleNamespace(api_key="from-client", base_url=server.url + "/v1")  # the SDK takes seconds to import
    embedder = OpenAIEmbedder(openai_client=client)
    asked(embedder, "get_embedding", "text")
    assert len(server.requests) == 1
    assert embedder.client is client
    with pytest.raises(ConfigurationError, match="speaks HTTP itself"):
        _ = OpenAIEmbedder().client


def test_further_query_parameters_are_sent(server, asked):
    asked(OpenAIEmbedder(client_params={"default_query": {"api-version": "1"}}), "get_embedding", "text")
    assert len(server.requests) == 1


def test_dimensions_follow_the_model():
    assert OpenAIEmbedder().dimensions == 1536
    assert OpenAIEmbedder(id="text-embedding-3-large").dimensions == 3072
    assert OpenAIEmbedder(dimensions=7).dimensions == 7
    assert OpenAILikeEmbedder(id="x", dimensions=None).dimensions is None


@pytest.mark.parametrize(
    ("cls", "variable", "dimensions"),
    [(TogetherEmbedder, "TOGETHER_API_KEY", 768), (FireworksEmbedder, "FIREWORKS_API_KEY", 768),
     (NebiusEmbedder, "NEBIUS_API_KEY", 1024)],
)  # fmt: skip
def test_presets_speak_to_their_service_with_its_key(monkeypatch, server, asked, cls, variable, dimensions):
    assert cls().base_url.startswith("https://api.")
    monkeypatch.delenv(variable, raising=False)
    with pytest.raises(EmbeddingError, match=variable):
        asked(cls(base_url=server.url + "/v1"), "get_embedding", "text")
    monkeypatch.setenv(variable, "its-key")
    vector = asked(cls(base_url=server.url + "/v1"), "get_embedding", "text")
    assert len(vector) == dimensions == server.requests[-1].body["dimensions"]
    assert "authorization" in server.requests[-1].headers


def test_langdb_needs_a_project(monkeypatch):
    monkeypatch.delenv("LANGDB_PROJECT_ID", raising=False)
    with pytest.raises(ConfigurationError, match="LANGDB_PROJECT_ID"):
        LangDBEmbedder()
    assert LangDBEmbedder(project_id="p1").base_url.endswith("/p1/v1")


def test_the_hashing_embedder_is_the_same_everywhere_and_knows_words():
    embedder = HashingEmbedder()

    def near(one, other):
        return sum(a * b for a, b in zip(embedder.get_embedding(one), embedder.get_embedding(other), strict=True))

    assert math.isclose(near("a wherry", "the wherry"), 1.0)
    assert near("wherries sail", "wherry sailing") > near("wherries sail", "cats sleep") + 0.2
    assert embedder.get_embedding("")[0] == 1.0
    assert embedder.get_embedding_and_usage("x") == (embedder.get_embedding("x"), None)
    assert asyncio.run(embedder.async_get_embedding_and_usage("x")) == embedder.get_embedding_and_usage("x")
    assert asyncio.run(embedder.async_get_embedding("x")) == embedder.get_embedding("x")
    assert [round(value, 4) for value in HashingEmbedder(dimensions=8).get_embedding("wherry")] == WHERRY


# Written down once: a vector that changed would no longer fit the tables that were filled with it.
WHERRY = [-0.7243, 0.0, -0.2716, 0.0, 0.0, -0.6338, 0.0, 0.0]


def test_a_document_is_embedded_by_the_embedder_at_hand():
    document = Document("text", embedder=HashingEmbedder(dimensions=4))
    document.embed()
    assert len(document.embedding) == 4
    asyncio.run(document.async_embed(HashingEmbedder(dimensions=8)))
    assert len(document.embedding) == 8
    with pytest.raises(ValueError, match="No embedder"):
        Document("text").embed()


def test_a_document_tells_and_is_made_from_its_fields():
    assert Document("text", id="d").to_dict() == {"meta_data": {}, "content": "text"}
    assert Document.from_dict({"content": "t", "name": "n"}).name == "n"
    assert Document.from_json('{"content": "t"}').content == "t"


def test_an_embedder_of_ones_own_says_what_it_lacks():
    for method in ("get_embedding", "get_embedding_and_usage"):
        with pytest.raises(NotImplementedError, match=method):
            getattr(Embedder(), method)("text")
        with pytest.raises(NotImplementedError, match=method):
            asyncio.run(getattr(Embedder(), f"async_{method}")("text"))


def test_any_failure_becomes_an_embedding_error():
    class Refused(Exception):
        status_code = 429

    with pytest.raises(EmbeddingError) as raised:
        raise_embedding_error(Refused("slow down"), "m", "P")
    assert (raised.value.provider_status_code, raised.value.model_id, raised.value.provider) == (429, "m", "P")
    with pytest.raises(EmbeddingError) as again:
        raise_embedding_error(raised.value)
    assert again.value is raised.value
