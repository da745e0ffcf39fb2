"""Agno's readers, chunkers, rerankers, and stores and embedders on its base classes, below a `Knowledge` of Wherry's.

Run in a process of its own, which imports both; prints JSON. Nothing here needs the network.
"""

from __future__ import annotations

import asyncio
import io
import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from agent_ways import WAYS, run_in
from agno.knowledge.chunking.document import DocumentChunking
from agno.knowledge.chunking.fixed import FixedSizeChunking
from agno.knowledge.chunking.recursive import RecursiveChunking
from agno.knowledge.embedder.base import Embedder
from agno.knowledge.reader.json_reader import JSONReader
from agno.knowledge.reader.text_reader import TextReader
from agno.knowledge.reranker.mmr import MMRReranker
from agno.knowledge.reranker.recency import RecencyReranker
from agno.vectordb.base import VectorDb

from wherry.agent import Agent
from wherry.knowledge import Knowledge
from wherry.knowledge.embedder.hashing import HashingEmbedder
from wherry.knowledge.reader.text_reader import TextReader as OwnTextReader
from wherry.models.openai import OpenAIChat
from wherry.testing import ReplayServer
from wherry.vectordb.sqlite import SqliteVectorDb

RIVERS = "The Bure is broad. " * 6 + "\n\n" + "The Ant is narrow and slow. " * 6


@dataclass
class Letters(Embedder):
    """A user's embedder on Agno's base class: how often each letter stands in a text."""

    dimensions: int | None = 26

    def get_embedding(self, text):
        small = text.lower()
        return [float(small.count(chr(97 + number))) + 0.01 for number in range(26)]

    def get_embedding_and_usage(self, text):
        return self.get_embedding(text), {"letters": len(text)}

    async def async_get_embedding(self, text):
        return self.get_embedding(text)

    async def async_get_embedding_and_usage(self, text):
        return self.get_embedding_and_usage(text)


class Shelf(VectorDb):
    """A user's store on Agno's base class: a list, searched for words."""

    def __init__(self):
        super().__init__(name="shelf", description="a list")
        self.embedder, self.documents = Letters(), []

    def create(self):
        self.there = True

    def exists(self):
        return getattr(self, "there", False)

    def drop(self):
        self.documents.clear()

    def insert(self, content_hash, documents, filters=None, **given):
        for document in documents:
            document.embedder = self.embedder
            document.embed()
            document.meta_data = {**(document.meta_data or {}), **(filters or {}), "hash": content_hash}
            self.documents.append(document)

    def upsert(self, content_hash, documents, filters=None, **given):
        self.documents = [one for one in self.documents if one.meta_data["hash"] != content_hash]
        self.insert(content_hash, documents, filters)

    def upsert_available(self):
        return True

    def search(self, query, limit=5, filters=None, **given):
        words = query.lower().split()
        fits = [
            one
            for one in self.documents
            if any(word in one.content.lower() for word in words)
            and all(one.meta_data.get(key) == value for key, value in (filters or {}).items())
        ]
        return fits[:limit]

    def content_hash_exists(self, content_hash, **given):
        return any(one.meta_data["hash"] == content_hash for one in self.documents)

    def name_exists(self, name):
        return any(one.name == name for one in self.documents)

    def id_exists(self, id):
        return any(one.id == id for one in self.documents)

    def delete(self):
        self.documents.clear()
        return True

    def delete_by_id(self, id):
        return self._drop(lambda one: one.id == id)

    def delete_by_name(self, name):
        return self._drop(lambda one: one.name == name)

    def delete_by_metadata(self, metadata):
        return self._drop(lambda one: metadata.items() <= one.meta_data.items())

    def delete_by_content_id(self, content_id, **given):
        return self._drop(lambda one: one.content_id == content_id)

    def _drop(self, unwanted):
        before = len(self.documents)
        self.documents = [one for one in self.documents if not unwanted(one)]
        return len(self.documents) < before

    def get_supported_search_types(self):
        return ["keyword"]

    async def async_create(self):
        self.create()

    async def async_exists(self):
        return self.exists()

    async def async_drop(self):
        self.drop()

    async def async_insert(self, content_hash, documents, filters=None, **given):
        self.insert(content_hash, documents, filters)

    async def async_upsert(self, content_hash, documents, filters=None, **given):
        self.upsert(content_hash, documents, filters)

    async def async_search(self, query, limit=5, filters=None, **given):
        return self.search(query, limit, filters)

    async def async_name_exists(self, name):
        return self.name_exists(name)


def contents(documents):
    return [document.content for document in documents]


def own_store(**given):
    return SqliteVectorDb(db_file=":memory:", embedder=given.pop("embedder", None) or HashingEmbedder(), **given)


def store_of_agnos(told):
    base = Knowledge(name="kb", vector_db=Shelf())
    base.insert(name="bure", text_content="The Bure is broad.", metadata={"broad": True})
    base.insert(name="bure", text_content="The Bure is broad.", metadata={"broad": True})  # takes the place of itself
    asyncio.run(base.ainsert(name="ant", text_content="The Ant is narrow.", metadata={"broad": False}))
    told["store"] = {
        "stored": len(base.vector_db.documents),
        "embedded": all(len(one.embedding) == 26 for one in base.vector_db.documents),
        "found": contents(base.search("narrow")),
        "awaited": contents(asyncio.run(base.asearch("broad"))),
        "filtered": contents(base.search("the", filters={"broad": True})),
    }
    base.remove_vectors_by_name("bure")
    told["store"]["after removing"] = contents(base.search("the"))


def agents(told):
    told["agents"] = {}
    for way in WAYS:
        base = Knowledge(name="kb", vector_db=Shelf())
        base.insert(name="ant", text_content="The Ant is narrow.")
        call = {"tool_calls": [{"name": "search_knowledge_base", "arguments": {"query": "narrow"}}]}
        with ReplayServer([call, "Narrow."]) as server, server.environment():
            agent = Agent(model=OpenAIChat(id="gpt-5-mini"), knowledge=base, telemetry=False)
            _, output = run_in(way, agent, "How wide is the Ant?")
            told["agents"][way] = [output.content, "The Ant is narrow." in server.requests[1].turns[-1][1]]


def embedder_of_agnos(told):
    base = Knowledge(vector_db=own_store(embedder=Letters()))
    for text in ("zzz zzz", "aaa aaa"):
        base.insert(name=text[:3], text_content=text)
    told["embedder"] = [contents(base.search("za zz", 1)), contents(asyncio.run(base.asearch("aa", 1)))]


def readers_of_agnos(told):
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "rivers.txt").write_text(RIVERS)
        Path(folder, "rivers.json").write_text(json.dumps([{"river": "Bure"}, {"river": "Ant"}]))
        told["readers"] = {}
        for name, reader in (("rivers.txt", TextReader(chunk=False)), ("rivers.json", JSONReader(chunk=False))):
            for kind in ("blocking", "on a loop"):
                base = Knowledge(vector_db=Shelf())
                if kind == "blocking":
                    base.insert(path=str(Path(folder, name)), reader=reader)
                else:
                    asyncio.run(base.ainsert(path=str(Path(folder, name)), reader=reader))
                told["readers"][f"{name}, {kind}"] = [
                    len(base.vector_db.documents),
                    any("Bure" in text for text in contents(base.vector_db.documents)),
                ]


def chunkers_of_agnos(told):
    told["chunkers"] = {}
    for chunker in (FixedSizeChunking(chunk_size=100), RecursiveChunking(chunk_size=100), DocumentChunking(120)):
        made = OwnTextReader(chunking_strategy=chunker).read(io.BytesIO(RIVERS.encode()), name="rivers")
        told["chunkers"][type(chunker).__name__] = [
            len(made) > 1,
            [one.meta_data["chunk"] for one in made] == list(range(1, len(made) + 1)),
            all("Bure" in one.content or "Ant" in one.content for one in made),
        ]


def rerankers_of_agnos(told):
    told["rerankers"] = {}
    texts = ("broad river bure", "broad river bure, too", "broad lake zzzz")
    # MMR compares the vectors of what was found, which Agno's stores hand back and Wherry's do not.
    for reranker, store in ((MMRReranker(lambda_mult=0.1), Shelf()), (RecencyReranker(weight=1.0), own_store())):
        base = Knowledge(vector_db=store, reranker=reranker)
        for number, text in enumerate(texts):
            base.insert(name=text, text_content=text, metadata={"updated_at": f"2026-0{number + 1}-01T00:00:00+00:00"})
        told["rerankers"][type(reranker).__name__] = contents(base.search("broad river bure", 2))


def main():
    told = {}
    parts = (store_of_agnos, agents, embedder_of_agnos, readers_of_agnos, chunkers_of_agnos, rerankers_of_agnos)
    for part in parts:
        part(told)
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
