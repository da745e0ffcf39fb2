"""The short way through a pool of an event loop, beside the way of psycopg itself."""

import pytest

from wherry.db.postgres import AsyncPostgresDb
from wherry.stores import postgres_pools

pytestmark = pytest.mark.postgres


async def test_what_is_noted_for_a_pool_is_what_psycopg_notes(postgres_url):
    """Its short way uses names of `psycopg_pool` that are not public: another version may call them otherwise."""
    db = AsyncPostgresDb(db_url=postgres_url, db_schema="s_noted")
    await db.get_sessions()
    pool = await db.pools._open_for_loop()
    async with pool.connection() as line:
        await line.execute("SELECT 1")
        line.used = postgres_pools.monotonic()

    def counts():
        stats = pool.get_stats()
        return stats["pool_size"], stats["pool_available"]

    assert counts() == (1, 1)
    lent = pool.ready()
    assert lent is line
    assert counts() == (1, 0)
    await pool.putconn(lent)  # psycopg refuses those of others
    assert counts() == (1, 1)
    assert pool.ready() is line
    assert pool.taken_back(line)
    assert counts() == (1, 1)
    assert await pool.getconn(1) is line
    assert not pool._pool
    await pool.putconn(line)
    await pool.close()
    assert pool.ready() is None
    assert line.closed
    await db.close()
