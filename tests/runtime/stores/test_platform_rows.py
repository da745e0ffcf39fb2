"""Rows that AgentOS reads, on SQLite and Postgres: daily metrics and service accounts."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
from contextlib import closing
from datetime import UTC, date, datetime, timedelta

import pytest
from processes import loopback

from wherry.core.errors import ConfigurationError, StoreError
from wherry.db.schemas.service_accounts import ServiceAccount
from wherry.db.sqlite import SqliteDb
from wherry.db.utils import metrics_starting_date_from_records
from wherry.run.agent import RunOutput
from wherry.run.team import TeamRunOutput
from wherry.session import AgentSession, TeamSession

from .test_old_layout import old_runs, sqlite_2x

DAY = 86_400
NOON = int(datetime.now(UTC).replace(hour=12, minute=0, second=0).timestamp())
TODAY = datetime.now(UTC).date()


def session(number, days_ago, owner, *, runs=(("gpt", "OpenAI"),), team=False):
    """A session of so many days ago with a run for each model and provider."""
    at, tokens = NOON - days_ago * DAY, {"input_tokens": 10 * number, "reasoning_tokens": number}
    cls, run = (TeamSession, TeamRunOutput) if team else (AgentSession, RunOutput)
    name = {"team_id" if team else "agent_id": "a"}
    made = cls(session_id=f"s{number}", user_id=owner, created_at=at, **name)
    made.session_data = {"session_metrics": tokens}
    found = [
        run(run_id=f"{number}-{place}", session_id=f"s{number}", model=model, model_provider=provider, **name)
        for place, (model, provider) in enumerate(runs)
    ]
    return made, found


SESSIONS = [
    session(1, 2, "ada"),
    session(2, 2, "ada", runs=(("gpt", "OpenAI"), ("claude:x", "Anthropic"), (None, None))),
    session(3, 2, None, runs=()),
    session(4, 0, "bob", team=True),
    session(5, 0, "ada"),
]


def keep(store, sessions=SESSIONS):
    for made, runs in sessions:
        store.upsert_session(made)
        for run in runs:
            store.upsert_run(run, session_id=made.session_id, user_id=made.user_id)


def bare(rows):
    """Rows without ids and times, in a fixed order."""
    volatile = {"id", "created_at", "updated_at"}
    told = [{k: str(v) if k == "date" else v for k, v in row.items() if k not in volatile} for row in rows]
    return sorted(told, key=lambda row: (row["date"], row["user_id"] or ""))


def test_days_are_counted_by_owner(sql_store):
    assert sql_store.calculate_metrics() is None
    keep(sql_store)
    counted = sql_store.calculate_metrics()
    assert [(row["date"], row["user_id"]) for row in counted] == [
        (TODAY - timedelta(days=2), ""), (TODAY - timedelta(days=2), "ada"), (TODAY, "ada"), (TODAY, "bob"),
    ]  # fmt: skip
    ada, bob = counted[1], counted[3]
    assert (ada["agent_sessions_count"], ada["agent_runs_count"], ada["users_count"], ada["completed"]) == (
        2,
        4,
        1,
        True,
    )
    assert ada["token_metrics"]["input_tokens"] == 30
    assert {(m["model_id"], m["model_provider"], m["count"]) for m in ada["model_metrics"]} == {
        ("gpt", "OpenAI", 2), ("claude:x", "Anthropic", 1),
    }  # fmt: skip
    assert (bob["team_sessions_count"], bob["team_runs_count"], bob["completed"]) == (1, 1, False)
    assert counted[0]["users_count"] == 0


def test_a_day_that_has_not_ended_is_counted_again_and_others_stay(sql_store):
    keep(sql_store)
    first = {row["user_id"]: row for row in sql_store.calculate_metrics()[2:]}
    keep(sql_store, [session(6, 0, "bob"), session(7, 2, "late")])
    again = sql_store.calculate_metrics()
    assert {row["user_id"] for row in again} == {"ada", "bob"}
    bob = next(row for row in again if row["user_id"] == "bob")
    assert bob["id"] == first["bob"]["id"]
    assert (bob["team_sessions_count"], bob["agent_sessions_count"]) == (1, 1)


def test_days_are_read_by_range_and_owner(sql_store):
    assert sql_store.get_metrics() == ([], None)
    keep(sql_store)
    sql_store.calculate_metrics()
    rows, latest = sql_store.get_metrics()
    assert len(rows) == 4
    assert latest == max(row["updated_at"] for row in rows)
    assert {row["user_id"] for row in rows} == {None, "ada", "bob"}
    assert len(sql_store.get_metrics(starting_date=TODAY)[0]) == 2
    assert len(sql_store.get_metrics(ending_date=TODAY - timedelta(days=1))[0]) == 2
    assert len(sql_store.get_metrics(user_id="ada")[0]) == 2
    assert sql_store.get_metrics(starting_date=TODAY + timedelta(days=1)) == ([], None)


@pytest.mark.parity
def test_days_are_counted_as_by_agno(tmp_path, reference):
    ours, theirs = tmp_path / "wherry.db", tmp_path / "agno.db"
    database = SqliteDb(db_file=str(ours))
    keep(database)
    database.close()
    shutil.copy(ours, theirs)
    code = (
        "import json, sys\nfrom agno.db.sqlite import SqliteDb\ndb = SqliteDb(db_file=sys.argv[1])\n"
        "db.calculate_metrics()\nprint(json.dumps(db.get_metrics()[0], default=str))\n"
    )
    command = reference.command("-c", code, theirs)
    done = subprocess.run(command, env=loopback(), capture_output=True, text=True, timeout=60, check=True)
    expected = json.loads(done.stdout.splitlines()[-1])
    database.calculate_metrics()
    assert bare(database.get_metrics()[0]) == bare(expected)
    # Agno's rows are gone on with, and the tables are the same.
    other = SqliteDb(db_file=str(theirs))
    assert {row["id"] for row in other.calculate_metrics()} <= {row["id"] for row in expected}
    made = "SELECT name, sql FROM sqlite_master WHERE tbl_name = 'agno_metrics' ORDER BY name"
    found = []
    for path in (ours, theirs):
        with closing(sqlite3.connect(path)) as connection:
            found.append(connection.execute(made).fetchall())
    assert found[0] == found[1]


def test_days_of_sessions_that_hold_their_runs_are_counted(tmp_path):
    sqlite_2x(tmp_path / "old.db", old_runs(3))
    database = SqliteDb(db_file=str(tmp_path / "old.db"))
    days = {row["date"]: row for row in database.calculate_metrics()}
    assert days[date(1970, 1, 1)]["agent_runs_count"] == 3


def test_the_day_to_begin_with():
    yesterday, ahead = TODAY - timedelta(days=1), TODAY + timedelta(days=30)
    done = [{"date": "2026-01-01", "completed": 1}, {"date": date(2026, 1, 3), "completed": True}]
    assert metrics_starting_date_from_records([]) is None
    assert metrics_starting_date_from_records([{"date": "no day"}, {"date": None}]) is None
    assert metrics_starting_date_from_records(done) == date(2026, 1, 4)
    assert metrics_starting_date_from_records([*done, {"date": "2026-01-02"}]) == date(2026, 1, 4)
    assert metrics_starting_date_from_records([*done, {"date": yesterday.isoformat()}]) == yesterday
    assert metrics_starting_date_from_records([{"date": ahead, "completed": True}]) == TODAY


def account(number, **given):
    made = ServiceAccount(f"a{number}", f"bot{number}", f"hash{number}", "pat_", ["agents:run"], **given)
    return made.to_dict()


def test_accounts_come_back_as_they_were(sql_store):
    assert sql_store.get_service_account("a1") is None
    assert sql_store.get_service_accounts() == ([], 0)
    assert sql_store.get_service_account_by_token_hash("hash1") is None
    made = sql_store.create_service_account(account(1, user_id="ada"))
    assert sql_store.get_service_account("a1") == made
    assert sql_store.get_service_account_by_name("bot1") == made
    assert sql_store.get_service_account_by_token_hash("hash1") == made
    assert sql_store.get_service_account("a1", user_id="bob") is None
    assert ServiceAccount.from_dict({**made, "other": 1}).principal == "sa:bot1"
    assert sql_store.delete_service_account("a1") is True
    assert sql_store.delete_service_account("a1") is False


def test_an_account_can_be_used_and_revoked_and_nothing_else(sql_store):
    sql_store.create_service_account(account(1))
    with pytest.raises(StoreError, match=r"unique|UNIQUE"):
        sql_store.create_service_account({**account(2), "name": "bot1"})
    assert sql_store.update_service_account("a1", last_used_at=5)["last_used_at"] == 5
    for change in ({}, {"name": "x"}, {"last_used_at": 1, "token_hash": "x"}, {"revoked_at": None}):
        with pytest.raises(ConfigurationError):
            sql_store.update_service_account("a1", **change)
    assert sql_store.update_service_account("a1", return_record=False, revoked_at=6) is None
    assert sql_store.get_service_account_by_name("bot1") is None
    assert sql_store.get_service_account_by_name("bot1", include_revoked=True)["revoked_at"] == 6
    sql_store.create_service_account({**account(2), "name": "bot1"})
    with pytest.raises(ConfigurationError, match="no columns"):
        sql_store.create_service_account({"colour": "red"})


def test_accounts_are_listed_by_page_owner_and_state(sql_store):
    for number in (1, 2, 3):
        owner = {1: "ada", 2: None, 3: "bob"}[number]
        sql_store.create_service_account(account(number, created_at=10 - number, user_id=owner))
    sql_store.update_service_account("a3", revoked_at=1)

    def names(**given):
        rows, total = sql_store.get_service_accounts(**given)
        return [row["name"] for row in rows], total

    assert names() == (["bot1", "bot2", "bot3"], 3)
    assert names(limit=1, page=2, sort_by="name", sort_order="asc") == (["bot2"], 3)
    assert names(include_revoked=False, user_id="bob") == (["bot2"], 1)
    assert names(sort_by="token_hash") == names()
    assert ServiceAccount.from_dict(account(9, expires_at=5)).is_expired(5)
    assert not ServiceAccount.from_dict(account(9)).is_revoked()
