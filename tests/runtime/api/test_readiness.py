"""`/readyz` asks the databases: one that is away, hangs or comes back shows, and probes do not wear it out."""

import contextlib
import threading

import pytest
import servers
from api_desk import agent
from starlette.testclient import TestClient

from wherry.api import create_app, readiness
from wherry.api.service import RuntimeService
from wherry.db.in_memory import InMemoryDb
from wherry.db.postgres import PostgresDb


class Moody(InMemoryDb):
    """A database that may fail or hang, and counts how often it is asked."""

    def __init__(self):
        super().__init__()
        self.asked, self.answered, self.error, self.answers = 0, 0, None, threading.Event()
        self.answers.set()

    def get_run(self, *args, **options):
        self.asked += 1
        self.answers.wait(60)
        self.answered += 1
        if self.error is not None:
            raise self.error
        return super().get_run(*args, **options)


@pytest.fixture
def db():
    return Moody()


@pytest.fixture
def client(db):
    with TestClient(create_app(RuntimeService(db=db))) as made:
        yield made
        db.answers.set()


def ready(client):
    answer = client.get("/readyz")
    return answer.status_code, answer.json()["status"]


@pytest.mark.postgres
def test_a_server_whose_postgres_is_gone_is_not_ready(monkeypatch):
    monkeypatch.setattr(readiness, "HOLDS", 0.0)
    with contextlib.ExitStack() as stack:
        with servers.postgres(alone=True) as url:
            client = stack.enter_context(TestClient(create_app(RuntimeService(db=PostgresDb(db_url=url)))))
            assert ready(client) == (200, "ready")
        assert ready(client) == (503, "no database")
        assert client.get("/healthz").status_code == 200


def test_a_database_that_comes_back_makes_it_ready_again(client, db, monkeypatch, caplog):
    monkeypatch.setattr(readiness, "HOLDS", 0.0)
    db.error = RuntimeError("no route to sk-abcdefghijklmnopqrstuv")
    assert [ready(client), ready(client)] == [(503, "no database")] * 2
    said = [one.getMessage() for one in caplog.records if "/readyz" in one.getMessage()]
    assert len(said) == 1
    assert "no route to [redacted]" in said[0]
    db.error = None
    assert ready(client) == (200, "ready")


def test_probes_in_a_row_ask_once(client, db):
    assert [ready(client) for _ in range(5)] == [(200, "ready")] * 5
    assert db.asked == 1


def test_a_database_that_hangs_is_waited_for_briefly_and_by_one_thread(client, db, monkeypatch):
    monkeypatch.setattr(readiness, "PATIENCE", 0.05)
    monkeypatch.setattr(readiness, "HOLDS", 0.0)
    db.answers.clear()
    assert [ready(client) for _ in range(3)] == [(503, "no database")] * 3
    assert db.asked == 1
    db.answers.set()
    monkeypatch.setattr(readiness, "PATIENCE", 60.0)
    assert ready(client) == (200, "ready")


def test_one_that_fails_at_once_leaves_no_thread_with_one_that_hangs(monkeypatch):
    monkeypatch.setattr(readiness, "PATIENCE", 0.05)
    monkeypatch.setattr(readiness, "HOLDS", 0.0)
    failing, hanging = Moody(), Moody()
    failing.error = RuntimeError("gone")
    hanging.answers.clear()
    with TestClient(create_app(RuntimeService([agent(db=hanging)], db=failing))) as client:
        assert [ready(client) for _ in range(3)] == [(503, "no database")] * 3
        assert hanging.asked == 1
        hanging.answers.set()


def test_a_server_ends_while_a_database_hangs(db, monkeypatch):
    monkeypatch.setattr(readiness, "PATIENCE", 0.05)
    db.answers.clear()
    with TestClient(create_app(RuntimeService(db=db))) as client:
        assert ready(client) == (503, "no database")
    assert (db.asked, db.answered) == (1, 0)
    db.answers.set()


def test_a_server_without_databases_is_ready():
    with TestClient(create_app(RuntimeService())) as client:
        assert ready(client) == (200, "ready")
