"""Events of runs become envelopes in a database: recorded, filtered, counted, without secrets."""

import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from processes import loopback

from wherry.agent import Agent
from wherry.core.errors import ConfigurationError, StoreError
from wherry.core.ids import new_id
from wherry.core.run import listeners
from wherry.models.openai import OpenAIChat
from wherry.telemetry import Recorder, Redactor, TelemetryStore, envelope_of

KEY = "sk-abcdefghijklmnopqrstuv"


def event(name="RunStarted", **given):
    return {"event": name, "run_id": "r1", "session_id": "s1", "agent_id": "ada", **given}


class Seen:
    """An event as a run tells it."""

    event = "RunStarted"

    def to_dict(self):
        return event()


def envelope(name="RunStarted", **given):
    return envelope_of(event(name, **given), Redactor(), version="1.2")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def store(request, tmp_path):
    """A store on each kind of database."""
    if request.param == "sqlite":
        made = TelemetryStore(str(tmp_path / "t.db"))
    else:
        made = TelemetryStore(request.getfixturevalue("postgres"), f"telemetry_{new_id()[:8]}")
    yield made
    made.close()


def test_the_events_of_a_run_are_recorded_without_secrets(server, store):
    server.add({"tool_calls": [{"name": "add", "arguments": {"a": 1, "b": 2}}]}, f"key {KEY}")

    def add(a: int, b: int) -> int:
        return a + b

    recorder = Recorder(store, interval=0.01).start()
    try:
        assert recorder.start() is recorder
        Agent(name="Ada", model=OpenAIChat(id="m"), tools=[add]).run("Hi", session_id="s1")
    finally:
        recorder.stop()
        recorder.stop()
    assert recorder not in listeners
    found, following = store.query({"sessionId": "s1"})
    kinds = [one["event_type"] for one in found]
    assert (kinds[0], kinds[-1], following) == ("RunStarted", "RunCompleted", None)
    assert "ToolCallCompleted" in kinds
    assert found[-1]["payload"]["content"] == "key [redacted]"
    assert KEY not in str(found)
    assert recorder.recorded == len(found)
    assert recorder.dropped == 0


@pytest.mark.parametrize(("content", "text"), [(False, ""), (True, "one two three")])
def test_pieces_of_an_answer_are_recorded_on_request(server, store, content, text):
    server.add("one two three")
    recorder = Recorder(store, content=content).start()
    list(Agent(name="Ada", model=OpenAIChat(id="m")).run("Hi", stream=True))
    recorder.stop()
    pieces = store.query({"eventType": "RunContent"})[0]
    assert "".join(one["payload"].get("content") or "" for one in pieces) == text


def test_a_full_queue_drops_and_counts(store):
    recorder = Recorder(store, capacity=2)
    for _ in range(5):
        recorder(Seen(), None)
    recorder.flush()
    assert (recorder.recorded, recorder.dropped) == (2, 3)


def test_a_queue_that_fills_is_written_before_its_time(store):
    recorder = Recorder(store, capacity=10, interval=60).start()
    try:
        for _ in range(6):
            recorder(Seen(), None)
        end = time.monotonic() + 60
        while recorder.recorded < 6 and time.monotonic() < end:
            time.sleep(0.01)
        assert recorder.recorded == 6
    finally:
        recorder.stop()


def test_a_failing_database_keeps_events_for_later(tmp_path):
    path = tmp_path / "t.db"
    store = TelemetryStore(str(path))
    recorder = Recorder(store)
    recorder(Seen(), None)
    with sqlite3.connect(path) as other:
        other.execute("ALTER TABLE wherry_events RENAME TO away")
    recorder.flush()
    assert (recorder.failures, recorder.recorded) == (1, 0)
    with sqlite3.connect(path) as other:
        other.execute("ALTER TABLE away RENAME TO wherry_events")
    recorder.flush()
    assert recorder.recorded == 1
    store.close()


def test_old_envelopes_are_forgotten(store):
    store.write([envelope(), envelope()])
    recorder = Recorder(store, retention_days=-1)
    recorder._forget()
    assert store.query({})[0] == []


def test_a_store_that_cannot_forget_does_not_stop_recording(tmp_path):
    store = TelemetryStore(str(tmp_path / "t.db"))
    recorder = Recorder(store, retention_days=1, interval=0.01).start()
    store.close()
    recorder._forget()
    recorder.stop()
    assert recorder.recorded == 0


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({}, 3),
        ({"sessionId": "s1"}, 2),
        ({"runId": "r2"}, 1),
        ({"agentId": "ada"}, 3),
        ({"eventType": "RunCompleted"}, 1),
        ({"runtime": "wherry", "sessionId": "s2"}, 1),
        ({"workflowRunId": "none"}, 0),
    ],
)
def test_filters_are_combined(store, filters, count):
    store.write([envelope(), envelope("RunCompleted"), envelope(run_id="r2", session_id="s2")])
    assert len(store.query(filters)[0]) == count


def test_pages_follow_one_another_without_gaps(store):
    store.write([envelope(run_id=str(number)) for number in range(7)])
    seen, cursor = [], 0
    while cursor is not None:
        page, cursor = store.query({}, limit=3, cursor=cursor)
        seen += [one["run_id"] for one in page]
    assert seen == [str(number) for number in range(7)]


def test_since_leaves_out_what_is_older(store):
    first, second = envelope(), envelope(run_id="r2")
    first.timestamp, second.timestamp = "2026-01-01T00:00:00", "2026-02-01T00:00:00"
    store.write([first, second])
    assert [one["run_id"] for one in store.query({}, since="2026-01-15")[0]] == ["r2"]


def test_only_sessions_with_a_prefix_are_asked_for(store):
    store.write([envelope(session_id="a.s1"), envelope(session_id="b.s1"), envelope(session_id=None)])
    assert [one["session_id"] for one in store.query({}, session_prefix="a.")[0]] == ["a.s1"]


@pytest.mark.postgres
def test_the_questions_of_the_page_for_a_dashboard_are_answered_by_postgres(server, postgres):
    page = Path(__file__).parents[3] / "docs" / "guide" / "observe.md"
    text = page.read_text(encoding="utf-8").replace("payload ", "payload::jsonb ")
    failed, tokens = (text.split(f'{name} = """')[1].split('"""')[0] for name in ("FAILED", "TOKENS"))
    server.add("NUL \0, and a path \\u0000", {"status": 400, "error": "no such model"})
    store = TelemetryStore(postgres, f"telemetry_{new_id()[:8]}")
    recorder = Recorder(store).start()
    try:
        for name in ("Pilot", "Lost"):
            Agent(name=name, model=OpenAIChat(id="m")).run("Hello")
    finally:
        recorder.stop()
    with psycopg.connect(postgres) as other:
        ((_, agent, _, kind, why),) = other.execute(failed.replace("wherry_events", store.table)).fetchall()
        used = other.execute(tokens.replace("wherry_events", store.table).replace("?", "%s"), ["2026"]).fetchall()
    assert (agent, kind) == ("lost", "model_provider_error")
    assert "no such model" in why
    assert [row[:2] for row in used] == [("pilot", 1)]
    assert used[0][2] > 0
    (done,) = store.query({"eventType": "RunCompleted"})[0]
    assert done["payload"]["content"] == "NUL \ufffd, and a path \\u0000"
    store.close()


@pytest.mark.postgres
def test_a_connection_that_the_server_ended_is_made_again(postgres):
    store = TelemetryStore(postgres, f"telemetry_{new_id()[:8]}")
    recorder = Recorder(store)
    with psycopg.connect(postgres, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )
    recorder(Seen(), None)
    recorder.flush()
    recorder.flush()
    assert (recorder.failures, recorder.recorded, recorder.failing) == (1, 1, False)
    store.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that fork")
def test_a_forked_child_records_its_own_runs_and_nothing_of_its_parents(server, store):
    code = (
        "import os, sys\nfrom wherry.agent import Agent\nfrom wherry.models.openai import OpenAIChat\n"
        "from wherry.telemetry import Recorder, TelemetryStore\n"
        "recorder = Recorder(TelemetryStore(*sys.argv[1:]), interval=3600).start()\n"
        "Agent(name='Parent', id='parent', model=OpenAIChat(id='m')).run('Hi')\n"  # waits to be written
        "child = os.fork()\n"
        "who = 'parent' if child else 'child'\n"
        "Agent(name=who, id=who, model=OpenAIChat(id='m')).run('Hi')\n"
        "recorder.stop()\n"
        "if not child:\n    os._exit(0)\n"
        "sys.exit(os.waitpid(child, 0)[1])\n"
    )
    server.add("one", "two", "three")
    target = [sys.executable, "-W", "ignore", "-c", code, store._target, store.table]
    subprocess.run(target, check=True, env=loopback(), timeout=120)
    told, _ = store.query({}, limit=1000)
    begun = [one["agent_id"] for one in told if one["event_type"] == "RunStarted"]
    assert sorted(begun) == ["child", "parent", "parent"]
    assert len({one["event_id"] for one in told}) == len(told)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that fork")
def test_a_child_of_a_forked_child_that_told_nothing_records_too(server, tmp_path):
    code = (
        "import os, sys, time\nfrom wherry.agent import Agent\nfrom wherry.models.openai import OpenAIChat\n"
        "from wherry.telemetry import Recorder, TelemetryStore\n"
        "recorder = Recorder(TelemetryStore(sys.argv[1]), interval=0.01).start()\n"
        "for _ in range(2):\n"
        "    child = os.fork()\n"
        "    if child:\n        os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n"
        "Agent(name='Ada', id='ada', model=OpenAIChat(id='m')).run('Hi')\n"
        "end = time.monotonic() + 60\n"
        "while not recorder.recorded and time.monotonic() < end:\n    time.sleep(0.01)\n"
        "os._exit(0 if recorder.recorded else 3)\n"
    )
    server.add("one")
    target = [sys.executable, "-W", "ignore", "-c", code, str(tmp_path / "t.db")]
    subprocess.run(target, check=True, env=loopback(), timeout=120)


def test_a_batch_that_breaks_off_leaves_no_transaction_open(tmp_path):
    store = TelemetryStore(str(tmp_path / "t.db"))
    with pytest.raises(UnicodeEncodeError):
        store.write([envelope(agent_id="half of a pair: \ud800")])
    store.write([envelope()])
    assert store.counts() == {"wherry": {"RunStarted": 1}}
    store.close()


def test_the_thread_of_a_forked_child_writes_by_itself(tmp_path):
    """What a fork does to the objects, without one: thread gone, what waits and the connection left alone."""
    store = TelemetryStore(str(tmp_path / "t.db"))
    recorder, inherited = Recorder(store, interval=0.01), store._connection
    recorder._thread = object()
    recorder._waiting.append(None)
    recorder._begin()
    store._forked()
    try:
        recorder(Seen(), None)
        end = time.monotonic() + 60
        while recorder.recorded < 1 and time.monotonic() < end:
            time.sleep(0.01)
        assert store._connection is not inherited
        assert [one["event_type"] for one in store.query({})[0]] == ["RunStarted"]
    finally:
        recorder.stop()
        inherited.close()
        store.close()
    assert recorder not in listeners


def test_envelopes_are_counted_by_runtime_and_type(store):
    store.write([envelope(), envelope(), envelope("RunCompleted")])
    assert store.counts() == {"wherry": {"RunStarted": 2, "RunCompleted": 1}}


def test_a_batch_is_written_whole_or_not_at_all(store):
    bad = envelope()
    bad.session_id = object()
    with pytest.raises((sqlite3.Error, psycopg.Error)):
        store.write([envelope(), bad])
    assert store.query({})[0] == []
    store.write([envelope()])
    assert len(store.query({})[0]) == 1


def test_a_database_that_cannot_be_opened_is_named(tmp_path):
    with pytest.raises(StoreError, match="cannot be opened"):
        TelemetryStore(str(tmp_path / "no" / "folder" / "t.db"))


class TestEnvelopes:
    def test_ids_leave_the_payload(self):
        made = envelope(model="gpt", agent_name="Ada", content="Hi")
        assert (made.run_id, made.session_id, made.agent_id, made.provider_id) == ("r1", "s1", "ada", "gpt")
        assert made.payload == {"model": "gpt", "content": "Hi"}
        assert made.correlation == {"agent_name": "Ada"}
        assert made.to_dict()["event_type"] == "RunStarted"

    def test_an_event_of_another_version_is_kept_as_unknown(self):
        made = envelope("RunTeleported", place="moon")
        assert made.event_type == "unknown_event"
        assert made.payload == {"original_event": "RunTeleported", "runtime_version": "1.2", "place": "moon"}

    def test_media_are_kept_by_reference_only(self):
        made = envelope(images=[{"id": "i", "url": "http://x/y.png", "content": "AAAA"}, "odd"], audio=None)
        assert made.attachments == [{"kind": "images", "id": "i", "url": "http://x/y.png"}]
        assert "AAAA" not in str(made.to_dict())

    def test_a_workflow_belongs_to_its_own_run(self):
        made = envelope_of({"event": "WorkflowStarted", "run_id": "w1", "workflow_id": "flow"}, Redactor())
        assert (made.workflow_run_id, made.agent_id) == ("w1", "flow")


@pytest.mark.parametrize("given", [{"capacity": 0}, {"interval": 0}, {"interval": -1.0}, {"interval": float("nan")}])
def test_a_recorder_that_could_keep_nothing_is_refused(given):
    with pytest.raises(ConfigurationError, match=next(iter(given))):
        Recorder(TelemetryStore(), **given)


def test_a_filter_that_is_not_there_is_named():
    with pytest.raises(ConfigurationError, match=r"no filter 'session_id'[\s\S]*sessionId"):
        TelemetryStore().query({"session_id": "s1"})
