"""Agno's `PgVector` and rerankers beside Wherry's: run in a process of its own, which imports both; prints JSON.

Takes the address of a database. Only the embedder is Wherry's on both sides: it needs no network.
"""

from __future__ import annotations

import json
import sys

import psycopg
from agno.filters import EQ
from agno.knowledge.document import Document as TheirDocument
from agno.knowledge.reranker.recency import RecencyReranker
from agno.vectordb.pgvector import PgVector as TheirPgVector

from wherry.knowledge import Knowledge
from wherry.knowledge.document import Document
from wherry.knowledge.embedder.hashing import HashingEmbedder
from wherry.vectordb.pgvector import PgVector

COLUMNS = (
    "SELECT column_name, data_type, udt_name, column_default, is_nullable FROM information_schema.columns "
    "WHERE table_name = %s ORDER BY ordinal_position"
)
INDEXES = "SELECT replace(indexdef, %s, 'NAME') FROM pg_indexes WHERE tablename = %s ORDER BY 1"


def found(store, query, **given):
    return [[d.name, d.content, d.meta_data, d.id] for d in store.search(query, 5, **given)]


def main(url):
    embedder = HashingEmbedder(dimensions=64)
    theirs_url = url.replace("postgresql:", "postgresql+psycopg:")
    ours, theirs = PgVector("made_by_us", db_url=url, embedder=embedder), None
    ours.create()
    theirs = TheirPgVector("made_by_them", db_url=theirs_url, embedder=embedder)
    theirs.create()
    told = {}
    with psycopg.connect(url) as connection:
        for name in ("made_by_us", "made_by_them"):
            columns = connection.execute(COLUMNS, (name,)).fetchall()
            indexes = connection.execute(INDEXES, (name, name)).fetchall()
            told[name] = [columns, indexes]

    shared = PgVector("made_by_them", db_url=url, embedder=embedder)
    theirs.upsert("h", [TheirDocument("A wherry sails.", name="theirs", meta_data={"k": 1})], {"by": "agno"})
    shared.upsert("h2", [Document("A wherry rests.", name="ours", meta_data={"k": 2})], {"by": "wherry"})
    told["both"] = [found(store, "wherry sails") for store in (theirs, shared)]
    told["filtered"] = [found(store, "wherry", filters=[EQ("k", 1)]) for store in (theirs, shared)]
    shared.upsert("h", [Document("A wherry turns.", name="theirs", meta_data={"k": 1})], {"by": "agno"})
    told["replaced"] = [found(store, "wherry turns") for store in (theirs, shared)]

    base = Knowledge(name="kb", vector_db=theirs, reranker=RecencyReranker())
    base.insert(name="eels", text_content="Eels swim.", metadata={"river": "Thurne"})
    told["in wherry"] = [d.content for d in base.search("eels", 1, filters={"river": "Thurne"})]
    base.vector_db.delete_by_name("eels")
    told["removed"] = [d.content for d in base.search("eels", filters={"river": "Thurne"})]
    for store in (ours, shared):
        store.close()
    theirs.db_engine.dispose()
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
