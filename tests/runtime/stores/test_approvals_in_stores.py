"""Approvals on SQLite and Postgres; other databases keep none, in Agno as here."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from contextlib import closing

import pytest
from processes import loopback

from wherry.core.errors import ConfigurationError, NotMigratedError
from wherry.db.sqlite import SqliteDb


def asked(number, **given):
    row = {"id": f"a{number}", "run_id": "r", "session_id": "s", "status": "pending", "source_type": "agent"}
    return row | {"pause_type": "confirmation", "created_at": number, "tool_args": {"boat": "Maud é"}} | given


def test_an_approval_comes_back_as_it_was(sql_store):
    assert sql_store.get_approval("a1") is None
    assert sql_store.get_approvals() == ([], 0)
    assert sql_store.get_pending_approval_count() == 0
    made = sql_store.create_approval(asked(1, requirements=[{"id": "q"}]))
    assert made["updated_at"] is not None
    row = sql_store.get_approval("a1")
    assert (row["tool_args"], row["requirements"], row["resolution_data"]) == ({"boat": "Maud é"}, [{"id": "q"}], None)


def test_approvals_are_found_and_paged_newest_first(sql_store):
    for number in (1, 2, 3):
        sql_store.create_approval(asked(number, user_id="u" if number > 1 else None, agent_id=f"g{number}"))
    found, total = sql_store.get_approvals(user_id="u")
    assert ([row["id"] for row in found], total) == (["a3", "a2"], 2)
    found, total = sql_store.get_approvals(run_id="r", limit=2, page=2)
    assert ([row["id"] for row in found], total) == (["a1"], 3)
    assert sql_store.get_approvals(agent_id="g2")[0][0]["id"] == "a2"
    assert sql_store.get_approvals(status="approved") == ([], 0)
    assert (sql_store.get_pending_approval_count(), sql_store.get_pending_approval_count("u")) == (3, 2)


def test_of_two_who_decide_at_once_one_wins(sql_store):
    sql_store.create_approval(asked(1))
    first = sql_store.update_approval(
        "a1",
        expected_status="pending",
        status="approved",
        resolved_by="boss",
        resolution_data={"values": {"boat": "Ant"}},
    )
    assert (first["status"], first["resolution_data"]) == ("approved", {"values": {"boat": "Ant"}})
    assert sql_store.update_approval("a1", expected_status="pending", status="rejected") is None
    assert sql_store.get_approval("a1")["resolved_by"] == "boss"
    assert sql_store.update_approval("nobody's", status="approved") is None


def test_a_column_that_does_not_exist_is_refused_and_nothing_changes(sql_store):
    sql_store.create_approval(asked(1))
    with pytest.raises(ConfigurationError, match="colour"):
        sql_store.update_approval("a1", status="approved", colour="red")
    with pytest.raises(ConfigurationError, match="colour"):
        sql_store.create_approval(asked(2, colour="red"))
    assert [row["status"] for row in sql_store.get_approvals()[0]] == ["pending"]


def test_a_runs_status_is_noted_and_approvals_are_deleted(sql_store):
    assert sql_store.update_approval_run_status("r", "COMPLETED") == 0
    assert sql_store.delete_approval("a1") is False
    assert sql_store.update_approval("a1", status="approved") is None
    for number in (1, 2):
        sql_store.create_approval(asked(number))
    assert sql_store.update_approval_run_status("r", "COMPLETED") == 2
    assert {row["run_status"] for row in sql_store.get_approvals()[0]} == {"COMPLETED"}
    assert sql_store.delete_approval("a1") is True
    assert sql_store.delete_approval("a1") is False
    assert sql_store.get_approvals()[1] == 1


@pytest.mark.parametrize("kind", ["in_memory", "json"])
def test_other_databases_say_that_they_keep_none(kind, new_store):
    with pytest.raises(NotMigratedError):
        new_store(kind).create_approval(asked(1))


def test_agno_and_wherry_write_the_same_table_and_decide_each_others_rows(tmp_path, reference):
    """One child process: Agno makes its own file, and approves what Wherry asked for."""
    code = (
        "import json, sys\n"
        "from agno.db.sqlite import SqliteDb\n"
        "own, other, row = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])\n"
        "SqliteDb(db_file=own).create_approval(row)\n"
        "db = SqliteDb(db_file=other)\n"
        "db.update_approval('a1', expected_status='pending', status='approved', resolution_data={'result': 1})\n"
    )
    row = asked(1, requirements=None, context={"tool_names": ["book"]}, updated_at=None)
    files = [str(tmp_path / name) for name in ("agno.db", "wherry.db")]
    ours = SqliteDb(db_file=files[1])
    ours.create_approval(row)
    before = table(files[1])
    asked_for = reference.command("-c", code, *files, json.dumps(row))
    subprocess.run(asked_for, check=True, env=loopback(), timeout=60)
    assert table(files[0]) == before
    decided = ours.get_approval("a1")
    assert (decided["status"], decided["resolution_data"]) == ("approved", {"result": 1})
    ours.close()


def table(path):
    """The statements that made the table of approvals, and its rows."""
    with closing(sqlite3.connect(path)) as connection:
        made = "SELECT type, name, sql FROM sqlite_master WHERE tbl_name = 'agno_approvals' ORDER BY type, name"
        return connection.execute(made).fetchall(), connection.execute("SELECT * FROM agno_approvals").fetchall()
