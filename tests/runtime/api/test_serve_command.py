"""`wherry serve` as a process: it says where it is, keeps what it acknowledged, ends politely."""

import http.client
import json
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor, wait

import pytest
import servers
from api_desk import BASE, ask, serving

from wherry.testing import ReplayServer


@pytest.mark.timeout(240)
def test_what_was_acknowledged_outlives_the_process(tmp_path):
    with ReplayServer([{"content": "kept", "times": 3}, {"content": "late", "think": 1.0}]) as model:
        with serving(tmp_path, model, "--db", "s.db", "--log") as (child, address):
            said = [ask(address, f"{BASE}/agents/ada:run", {"input": "Hi", "sessionId": "s1"}) for _ in range(3)]
            child.send_signal(signal.SIGKILL)
            child.wait(60)
            logged = [json.loads(line) for line in child.stderr.read().splitlines()]
        assert {(one["method"], one["path"], one["status"]) for one in logged} == {
            ("POST", f"{BASE}/agents/ada:run", 200)
        }
        with serving(tmp_path, model, "--db", "s.db") as (child, address):
            for one in said:
                assert ask(address, f"{BASE}/runs/{one['runId']}")["content"] == "kept"
            assert len(ask(address, f"{BASE}/sessions/s1")["history"]) == 6
            late = []
            asking = threading.Thread(
                target=lambda: late.append(ask(address, f"{BASE}/agents/ada:run", {"input": "x"}))
            )
            asking.start()
            while len(model.requests) < 4:
                asking.join(0.02)
            child.send_signal(signal.SIGTERM)
            asking.join(60)
            assert late[0]["content"] == "late"
            assert child.wait(60) in (0, -signal.SIGTERM)
            assert "Traceback" not in child.stderr.read()


@pytest.mark.postgres
@pytest.mark.timeout(240)
def test_two_processes_on_one_database_are_one_server(tmp_path):
    with ReplayServer(["first", "second", "third"]) as model, servers.postgres() as url:
        one, two = tmp_path / "one", tmp_path / "two"
        one.mkdir()
        two.mkdir()
        with serving(one, model, "--db", url) as (_, here), serving(two, model, "--db", url) as (_, there):
            run = ask(here, f"{BASE}/agents/ada:run", {"input": "Hi", "sessionId": "s1"})
            assert ask(there, f"{BASE}/runs/{run['runId']}")["content"] == "first"
            ask(there, f"{BASE}/agents/ada:run", {"input": "And?", "sessionId": "s1"})
            assert len(ask(here, f"{BASE}/sessions/s1")["history"]) == 4
            more = ask(there, f"{BASE}/runs/{run['runId']}:continue", {"input": "Go on"})
            assert (more["content"], more["outputs"]["forked_from_run_id"]) == ("third", run["runId"])
            for address in (here, there):  # the first one writes what it has recorded
                events = ask(address, f"{BASE}/telemetry/events?runId={run['runId']}")["items"]
            assert [events[0]["event_type"], events[-1]["event_type"]] == ["RunStarted", "RunCompleted"]


def until_refused(address, number, acknowledged):
    """Ask in a session of one's own until the server is gone; what was acknowledged is noted."""
    while True:
        try:
            run = ask(address, f"{BASE}/agents/ada:run", {"input": "Hi", "sessionId": f"s{number}"})
        except (OSError, http.client.HTTPException):  # in flight or later: nobody was told that it was done
            return
        acknowledged.append((f"s{number}", run["runId"]))


@pytest.mark.timeout(240)
def test_no_acknowledged_run_is_lost_when_the_server_is_killed_under_load(tmp_path):
    acknowledged = []
    with ReplayServer([{"content": "kept", "times": "forever"}], record=False) as model:
        with serving(tmp_path, model, "--db", "s.db") as (child, address):
            with ThreadPoolExecutor(20) as clients:
                asking = [clients.submit(until_refused, address, number, acknowledged) for number in range(20)]
                while len(acknowledged) < 60 and not all(one.done() for one in asking):
                    time.sleep(0.01)
                child.send_signal(signal.SIGKILL)
                wait(asking)
            child.wait(60)
        assert len(acknowledged) >= 60
        with serving(tmp_path, model, "--db", "s.db") as (_, address):
            for session, run in acknowledged:
                kept = ask(address, f"{BASE}/runs/{run}")
                assert (kept["status"], kept["content"], kept["sessionId"]) == ("COMPLETED", "kept", session)
