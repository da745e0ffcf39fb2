"""Daily metrics in memory, in JSON files and in Redis: counted as Agno counts them, rows of before 3.0 left out."""

from __future__ import annotations

import json
import subprocess
from datetime import timedelta

import pytest
from processes import loopback

from wherry.db.utils import (
    aggregate_metrics_by_date,
    identify_metrics_by_owner,
    is_legacy_metric,
    metric_bucket_key,
    metric_record_day,
)

from .conftest import DOCUMENTS, REDIS
from .test_platform_rows import TODAY, keep, session

DAY = "2026-01-01"


@pytest.fixture(params=[*DOCUMENTS, *REDIS])
def documents(request, new_store):
    return new_store(request.param)


def test_days_are_counted_by_owner(documents):
    assert documents.calculate_metrics() is None
    assert documents.get_metrics() == ([], None)
    keep(documents)
    counted = documents.calculate_metrics()
    ago = (TODAY - timedelta(days=2)).isoformat()
    by_id = {row["id"]: row for row in counted}
    assert set(by_id) == {
        f"{ago}_ada_daily", f"{ago}__daily", f"{TODAY.isoformat()}_ada_daily", f"{TODAY.isoformat()}_bob_daily",
    }  # fmt: skip
    ada, bob = by_id[f"{ago}_ada_daily"], by_id[f"{TODAY.isoformat()}_bob_daily"]
    assert (ada["agent_sessions_count"], ada["agent_runs_count"], ada["users_count"], ada["completed"]) == (
        2, 4, 1, True,
    )  # fmt: skip
    assert ada["token_metrics"]["input_tokens"] == 30
    assert {(m["model_id"], m["model_provider"], m["count"]) for m in ada["model_metrics"]} == {
        ("gpt", "OpenAI", 2), ("claude:x", "Anthropic", 1),
    }  # fmt: skip
    assert (bob["team_sessions_count"], bob["team_runs_count"], bob["completed"]) == (1, 1, False)


def test_days_are_read_by_range_and_owner_and_counted_again(documents):
    keep(documents)
    documents.calculate_metrics()
    rows, latest = documents.get_metrics()
    assert len(rows) == 4
    assert latest == max(row["updated_at"] for row in rows)
    assert {row["user_id"] for row in rows} == {None, "ada", "bob"}
    assert len(documents.get_metrics(starting_date=TODAY)[0]) == 2
    assert len(documents.get_metrics(ending_date=TODAY - timedelta(days=1))[0]) == 2
    assert len(documents.get_metrics(user_id="ada")[0]) == 2
    assert documents.get_metrics(starting_date=TODAY + timedelta(days=1)) == ([], None)
    keep(documents, [session(6, 0, "bob"), session(7, 2, "late")])
    assert {row["user_id"] for row in documents.calculate_metrics()} == {"ada", "bob"}
    assert len(documents.get_metrics()[0]) == 4
    assert documents.get_metrics(user_id="bob")[0][0]["agent_sessions_count"] == 1


def record(owner, runs, users=1, **given):
    row = {"id": f"{DAY}_{owner}_daily", "date": DAY, "agent_runs_count": runs, "users_count": users, "updated_at": 1}
    return {**row, "user_id": owner, "aggregation_period": "daily", **given}


ADA, BOB = record("ada", 2), record("bob", 1)
WITHOUT_OWNERS = {name: value for name, value in record("", 99, 2, id="old").items() if name != "user_id"}
OF_NOBODY = record("", 99, 2)


@pytest.mark.parametrize("old", [WITHOUT_OWNERS, OF_NOBODY], ids=["no-field", "nobody"])
def test_a_row_of_before_3_0_is_left_out_once_its_day_is_counted_by_owner(documents, old):
    with documents.store._open(write=True) as docs:
        docs.set_records("metrics", [old, ADA, BOB])
    assert sorted(row["agent_runs_count"] for row in documents.get_metrics()[0]) == [1, 2]
    assert [row["agent_runs_count"] for row in documents.get_metrics(user_id="ada")[0]] == [2]
    with documents.store._open(write=True) as docs:
        docs.set_records("metrics", [old])
    assert [row["agent_runs_count"] for row in documents.get_metrics()[0]] == [99]


AGNO = """
import json, sys
kind, given = sys.argv[1], json.loads(sys.argv[2])
if kind == "redis":
    from agno.db.redis import RedisDb as Db
else:
    from agno.db.json import JsonDb as Db
db = Db(**given)
db.calculate_metrics()
print(json.dumps(db.get_metrics()[0], default=str))
"""


@pytest.mark.parity
@pytest.mark.timeout(120)
@pytest.mark.parametrize("kind", ["json", pytest.param("redis", marks=pytest.mark.redis)])
def test_agno_counts_the_same_and_each_goes_on_with_the_others_rows(kind, request, tmp_path, new_store, reference):
    if kind == "redis":
        given = {"db_url": request.getfixturevalue("redis_url"), "db_prefix": "counted"}
    else:
        given = {"db_path": str(tmp_path / "counted")}
    database = new_store(kind, where="counted")
    if kind == "redis":
        given["db_prefix"] = "p_counted"
    keep(database)
    ours = database.calculate_metrics()
    command = reference.command("-c", AGNO, kind, json.dumps(given))
    done = subprocess.run(command, env=loopback(), capture_output=True, text=True, timeout=100, check=True)
    theirs = json.loads(done.stdout.splitlines()[-1])
    times = {"created_at", "updated_at"}

    def told(rows):
        bare = [{k: v for k, v in row.items() if k not in times} for row in rows]
        return sorted(({**row, "user_id": row["user_id"] or None} for row in bare), key=lambda row: row["id"])

    assert told(ours) == told(theirs)
    assert [list(row) for row in theirs] == [list(row) for row in database.get_metrics()[0]]
    assert told(database.calculate_metrics()) == [row for row in told(theirs) if not row["completed"]]


ROWS = [
    WITHOUT_OWNERS,
    {**ADA, "created_at": 5, "token_metrics": {"input_tokens": 1}, "model_metrics": [{"model_id": "m", "count": 1}]},
    {**BOB, "created_at": 3, "token_metrics": {"input_tokens": 2}, "model_metrics": [{"model_id": "m", "count": 2}]},
    {**BOB, "date": "never", "id": "bad"},
]


def test_rows_of_owners_add_up_to_days():
    (day,) = aggregate_metrics_by_date(ROWS)
    assert (day["id"], day["agent_runs_count"], day["users_count"]) == (f"{DAY}_daily", 3, 2)
    assert (day["created_at"], day["updated_at"]) == (3, 1)
    assert day["token_metrics"] == {"input_tokens": 3}
    assert day["model_metrics"] == [{"model_id": "m", "count": 3}]
    assert record("ada", 2) == ADA
    assert [row["id"] for row in identify_metrics_by_owner([ADA, ROWS[3]], "x")] == [f"{DAY}_x_daily", "bad"]
    assert metric_bucket_key({"date": 0}) == ("1970-01-01", "daily")
    assert metric_record_day({"date": 0}) is None
    assert not is_legacy_metric(record("", 1, 0))
