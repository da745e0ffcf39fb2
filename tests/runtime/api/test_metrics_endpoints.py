"""AgentOS's endpoints of daily metrics: answers that AgentOS gave, Prometheus beside them, callers apart."""

import json
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from runtime.api.metrics_answers import ASKED, answers, stored
from starlette.testclient import TestClient

from wherry.agent import Agent
from wherry.api import Settings
from wherry.api.app import create_app
from wherry.api.os_app import application_of
from wherry.db.sqlite import AsyncSqliteDb, SqliteDb
from wherry.os import AgentOS

RECORDED = json.loads(Path(__file__).with_name("agno_metrics.json").read_text(encoding="utf-8"))


@pytest.fixture
def db(tmp_path):
    made = SqliteDb(db_file=str(tmp_path / "s.db"), id="desk")
    stored(made)
    yield made
    made.close()


@pytest.mark.parametrize("kind", ["blocking", "async"])
def test_the_answers_are_those_of_agentos(db, kind):
    served = db if kind == "blocking" else AsyncSqliteDb(db_file=db.db_file, id="desk")
    told = json.loads(json.dumps(answers("wherry", served)))
    assert len(told) == len(RECORDED) == len(ASKED)
    for ours, theirs in zip(told, RECORDED, strict=True):
        assert ours == theirs


def test_who_asks_about_nobody_is_not_told_of_all(db):
    with TestClient(AgentOS(agents=[Agent(id="ada", db=db)]).get_app()) as client:
        client.post("/metrics/refresh")
        before = client.get("/metrics?user_id=").json()["metrics"]
        assert [one["agent_sessions_count"] for one in before] == [1]
        # As rows are that were written before 3.0: for all users together.
        with closing(sqlite3.connect(db.db_file)) as file, file:
            file.execute("UPDATE agno_metrics SET users_count = 2 WHERE user_id = '' OR user_id IS NULL")
        assert client.get("/metrics?user_id=").json()["metrics"] == []
        assert client.get("/metrics").json()["metrics"]


@pytest.mark.parametrize(
    ("accept", "query", "by_agentos", "by_contract"),
    [
        ("*/*", "", "metrics", "text"),
        ("application/json", "", "metrics", "text"),
        ("application/json, text/plain, */*", "", "metrics", "text"),
        ("*/*", "?user_id=jo", "metrics", "metrics"),
        ("text/plain;version=0.0.4;q=0.5,*/*;q=0.1", "", "text", "text"),
        ("application/openmetrics-text;version=1.0.0,*/*;q=0.1", "", "text", "text"),
    ],
)
def test_prometheus_is_answered_beside_it(db, accept, query, by_agentos, by_contract):
    desk = AgentOS(agents=[Agent(id="ada", db=db)])
    for app, kind in ((desk.get_app(), by_agentos), (create_app(desk.as_service()), by_contract)):
        with TestClient(app) as client:
            answer = client.get(f"/metrics{query}", headers={"accept": accept})
        assert answer.status_code == 200
        if kind == "text":
            assert answer.text.startswith("# HELP wherry_runs_active")
        else:
            assert answer.json()["metrics"]


def test_callers_ask_about_a_user(db):
    tokens = {"reader-1": frozenset({"read"}), "worker-1": frozenset({"run"}), "boss-001": frozenset({"admin"})}
    desk = AgentOS(agents=[Agent(id="ada", db=db)])
    app = application_of(desk, desk.as_service(), Settings(tokens=tokens))
    with TestClient(app) as client:

        def asked(token, method, path, **headers):
            headers |= {"authorization": f"Bearer {token}"} if token else {}
            return client.request(method, path, headers=headers)

        assert [asked(one, "GET", "/metrics").status_code for one in (None, "reader-1", "boss-001")] == [401, 403, 200]
        assert asked("worker-1", "GET", "/metrics?user_id=jo").status_code == 403
        mine = asked("reader-1", "GET", "/metrics?user_id=jo").json()["metrics"]
        assert {one["id"] for one in mine} == {"2026-05-29_jo_daily", "2026-05-30_jo_daily"}
        assert asked("reader-1", "POST", "/metrics/refresh?user_id=jo").status_code == 403
        assert asked("worker-1", "POST", "/metrics/refresh").status_code == 403
        assert asked("worker-1", "POST", "/metrics/refresh?user_id=jo").status_code == 200
        # What Prometheus is told names no users, and nobody needs a token for it.
        assert asked(None, "GET", "/metrics", accept="text/plain").status_code == 200


class Slow(SqliteDb):
    """A database whose counting waits to be let go."""

    def calculate_metrics(self):
        self.begun.set()
        assert self.go.wait(60)
        return super().calculate_metrics()


def away():
    """What a database says that cannot be reached."""
    raise OSError("postgresql://jo:hush-hush@db is away")


def test_only_one_counts_and_a_failure_is_told(tmp_path):
    db = Slow(db_file=str(tmp_path / "s.db"), id="desk")
    db.begun, db.go = threading.Event(), threading.Event()
    with TestClient(AgentOS(agents=[Agent(id="ada", db=db)]).get_app()) as client, ThreadPoolExecutor(1) as pool:
        first = pool.submit(client.post, "/metrics/refresh")
        try:
            assert db.begun.wait(60)
            second, later = client.post("/metrics/refresh"), client.post("/metrics/refresh?background=true")
            status = client.get("/metrics/refresh/status").json()
        finally:
            db.go.set()
        assert [(one.status_code, one.json()["status"]) for one in (second, later)] == [
            (200, "already_running"),
            (202, "already_running"),
        ]
        assert (status["status"], status["finished_at"]) == ("running", None)
        assert first.result(60).status_code == 200
        db.calculate_metrics = lambda: 1 / 0
        assert client.post("/metrics/refresh?background=true").json()["status"] == "started"
        assert client.get("/metrics/refresh/status").json()["error"] == "division by zero"
        db.calculate_metrics = away
        for answer in (client.post("/metrics/refresh"), client.get("/metrics/refresh/status")):
            assert ("is away" in answer.text, "hush" in answer.text) == (True, False)
        db.calculate_metrics = lambda: 1 / 0
        failed = client.post("/metrics/refresh")
        assert (failed.status_code, failed.json()["detail"]) == (500, "Error refreshing metrics: division by zero")
    db.close()
