"""What a run reads does not grow with its session: counted in steps and pages of the database, not in time.

`benchmarks/session_growth.py` measures the whole of it, up to 10,000 runs.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from kit_stores import agent_session, run

from wherry.stores.plan import for_psycopg
from wherry.stores.plans_runs import window_sql

FEW, MANY = 10, 2_000


def filled(store):
    for session_id, count in (("few", FEW), ("many", MANY)):
        session = agent_session(session_id)
        runs = [run(number, session_id=session_id, run_id=f"{session_id}-{number}") for number in range(count)]
        store.save_run(session, *runs)


@pytest.mark.parametrize("kind", ["agent", "team"])
def test_on_sqlite_the_newest_runs_take_the_same_steps(kind, new_store):
    store = new_store("sqlite", where="growth")
    filled(store)

    def steps(session_id):
        taken = []
        with closing(sqlite3.connect(store.db_file)) as connection:
            connection.set_progress_handler(lambda: taken.append(1) and None, 1)
            connection.execute(window_sql(store.tables, kind), (session_id, 3)).fetchall()
        return len(taken)

    assert steps("many") <= steps("few") * 1.2


@pytest.mark.postgres
def test_on_postgres_the_newest_runs_are_on_few_pages_without_statistics(postgres_url, new_store):
    import psycopg

    store = new_store("postgres", where="growth")
    filled(store)
    with psycopg.connect(postgres_url) as connection:
        sql = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {for_psycopg(window_sql(store.tables, 'agent'), (0,))[0]}"

        def pages(session_id):
            [plan] = connection.execute(sql, (session_id, 3)).fetchone()[0]
            return plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"]

        pages("many")  # the first look reads the catalogue, too
        assert pages("many") <= 12
        connection.execute("ANALYZE")
        assert pages("many") <= 12
