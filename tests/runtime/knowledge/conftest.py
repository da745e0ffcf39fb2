"""A Postgres server, and both vector stores behind one fixture."""

from __future__ import annotations

import uuid

import pytest
import servers

from wherry.knowledge.embedder.hashing import HashingEmbedder
from wherry.vectordb.pgvector import PgVector
from wherry.vectordb.sqlite import SqliteVectorDb


@pytest.fixture(scope="session")
def vector_url():
    with servers.postgres() as url:
        yield url


@pytest.fixture(scope="session")
def vector_pools(vector_url):
    """A store whose connections the others borrow."""
    from wherry.db.postgres import PostgresDb

    database = PostgresDb(db_url=vector_url)
    yield database
    database.pools.close()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def new_vectors(request):
    """Makes empty stores of one kind."""
    made = []

    def new(**given):
        embedder = given.pop("embedder", None) or HashingEmbedder(dimensions=64)
        name = f"t_{uuid.uuid4().hex[:8]}"
        if request.param == "sqlite":
            store = SqliteVectorDb(name, db_file=":memory:", embedder=embedder, **given)
        else:
            database = request.getfixturevalue("vector_pools")
            store = PgVector(name, "ai", embedder=embedder, db=database, **given)
        made.append(store)
        return store

    yield new
    for store in made:
        store.drop()
