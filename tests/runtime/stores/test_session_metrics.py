"""The metrics of a day from rows of sessions, below each database of `wherry.db`, as Agno 3.1.10 counts them."""

from __future__ import annotations

import json
import time
from datetime import UTC, date, datetime, timedelta
from importlib import import_module

import pytest

DAY = date(2026, 1, 1)
RUNS = [{"model": "m", "model_provider": "p"}, {"model": "m"}, {"model": None}]
USED = {"session_metrics": {"input_tokens": 3, "total_tokens": 4}}
ROWS = {
    "agent": [
        {"user_id": "ada", "runs": RUNS, "session_data": USED},
        {"user_id": None, "runs": None, "session_data": None},
    ],
    "team": [{"user_id": "ada", "runs": [{"model": "x:y", "model_provider": "p"}], "session_data": USED}],
    "workflow": None,
}


@pytest.fixture(params=["sqlite", "postgres", "redis", "in_memory", "json"])
def utils(request):
    return import_module(f"wherry.db.{request.param}.utils")


def test_each_owner_has_a_record(utils):
    ada, nobody = utils.calculate_date_metrics(DAY, ROWS)
    assert (ada["user_id"], ada["users_count"], nobody["user_id"], nobody["users_count"]) == ("ada", 1, "", 0)
    assert (ada["agent_sessions_count"], ada["team_sessions_count"], ada["workflow_sessions_count"]) == (1, 1, 0)
    assert (ada["agent_runs_count"], ada["team_runs_count"], nobody["agent_runs_count"]) == (3, 1, 0)
    assert (ada["token_metrics"]["input_tokens"], ada["token_metrics"]["total_tokens"]) == (6, 8)
    assert ada["model_metrics"] == [
        {"model_id": "m", "model_provider": "p", "count": 1},
        {"model_id": "m", "model_provider": "", "count": 1},
        {"model_id": "x:y", "model_provider": "p", "count": 1},
    ]
    assert (ada["completed"], ada["aggregation_period"], str(ada["date"])) == (True, "daily", "2026-01-01")
    assert ada["created_at"] == ada["updated_at"]
    assert utils.calculate_date_metrics(DAY, {}) == []


def test_ids_and_dates_are_those_of_the_database(utils):
    kind = utils.__name__.split(".")[2]
    first, again = (utils.calculate_date_metrics(DAY, ROWS)[0] for _ in range(2))
    assert isinstance(first["date"], str if kind in {"in_memory", "json"} else date)
    if kind in {"sqlite", "postgres"}:
        assert first["id"] != again["id"]
    else:
        assert first["id"] == again["id"] == "2026-01-01_ada_daily"


def test_a_run_whose_provider_is_none_counts_with_those_that_name_none(utils):
    runs = [{"model": "m", "model_provider": None}, {"model": "m"}]
    (record,) = utils.calculate_date_metrics(DAY, {"agent": [{"user_id": "ada", "runs": runs, "session_data": {}}]})
    assert record["model_metrics"] == [{"model_id": "m", "model_provider": "", "count": 2}]


def test_columns_of_json_may_be_text():
    rows = {"team": [{"user_id": "ada", "runs": json.dumps(RUNS), "session_data": json.dumps(USED)}]}
    (record,) = import_module("wherry.db.sqlite.utils").calculate_date_metrics(DAY, rows)
    assert (record["team_runs_count"], record["token_metrics"]["total_tokens"]) == (3, 4)


@pytest.fixture
def far_away(monkeypatch):
    """A machine whose day is another one than in UTC."""
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("far_away")
def test_sessions_by_day(utils):
    noon = int(datetime(2026, 1, 1, 12, tzinfo=UTC).timestamp())
    rows = [
        {"session_type": "team", "created_at": noon, "id": 1},
        {"session_type": "agent", "id": 2},
        {"session_type": "agent", "created_at": noon + 86_400, "id": 3},
    ]
    found = utils.fetch_all_sessions_data(rows, [DAY], noon)
    assert found == {"2026-01-01": {"agent": [rows[1]], "team": [rows[0]], "workflow": []}}
    assert utils.fetch_all_sessions_data(rows, [], noon) is None


def test_days_until_today(utils):
    today = datetime.now(UTC).date()
    days = utils.get_dates_to_calculate_metrics_for(today - timedelta(days=2))
    assert days[:3] == [today - timedelta(days=2), today - timedelta(days=1), today]
    assert utils.get_dates_to_calculate_metrics_for(today + timedelta(days=2)) == []
