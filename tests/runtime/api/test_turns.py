"""Runs that wait for their turn, that a stopping server waits for, and that nobody takes over while they go on."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from api_desk import BASE, agent, client_of, service_in

from wherry.api import Settings
from wherry.core.waits import LOOPING

GATE = {"tool_calls": [{"name": "gate", "arguments": {"text": "x"}}]}


@pytest.fixture
def service(tmp_path):
    return service_in(tmp_path)


class Gate:
    """A tool that waits until it is let go."""

    def __init__(self):
        self.inside = self.most = 0
        self.open = asyncio.Event()

    async def gate(self, text: str) -> str:
        """Wait."""
        self.inside += 1
        self.most = max(self.most, self.inside)
        await self.open.wait()
        self.inside -= 1
        return text


@pytest.fixture
def gate(server, service):
    server.add({**GATE, "when": {"contains": "Go", "last": True}, "times": "forever"})
    server.add({"content": "through", "times": "forever"})
    made = Gate()
    service.add("agents", agent("Waiter", tools=[made.gate]))
    return made


def begin(client):
    """Start a run that nobody waits for."""

    async def begun():
        server = client.app.state.server
        owner = server.services["wherry"].owners["agents"]["waiter"]
        return server.runs.start("agent", owner, owner.make_run("Go", LOOPING, {}), "")

    return client.portal.call(begun)


def until(client, condition):
    for _ in range(6000):
        if condition():
            return
        client.portal.call(asyncio.sleep, 0.01)
    pytest.fail("it did not come about within a minute")


def test_no_more_runs_than_allowed_go_on_at_the_same_time(service, gate):
    with client_of(service, Settings(concurrent_runs=2)) as client:
        jobs = [begin(client) for _ in range(5)]
        until(client, lambda: gate.inside >= 2)
        client.portal.call(asyncio.sleep, 0.1)  # a third would be inside by now
        told = client.get("/metrics", headers={"accept": "text/plain"}).text.splitlines()
        assert [line.split()[-1] for line in told if line.startswith("wherry_runs_active")] == ["2"]
        assert [line.split()[-1] for line in told if line.startswith("wherry_runs_waiting")] == ["3"]
        client.portal.call(gate.open.set)
        for job in jobs:
            client.portal.call(job.done.wait)
    assert gate.most == 2
    assert [job.output.content for job in jobs] == ["through"] * 5


def test_a_stopping_server_waits_for_what_goes_on(service, gate):
    with client_of(service, Settings(shutdown_seconds=60)) as client:
        job = begin(client)
        until(client, lambda: gate.inside == 1)
        with ThreadPoolExecutor(1) as other:
            stopped = other.submit(client.portal.call, client.app.state.server.runs.stop)
            until(client, lambda: client.app.state.server.runs.stopping)
            client.portal.call(asyncio.sleep, 0.1)
            assert (stopped.done(), job.done.is_set()) == (False, False)
            client.portal.call(gate.open.set)
            stopped.result(60)
        assert (job.error, job.output.content, job.output.status.value) == (None, "through", "COMPLETED")


def test_a_run_that_goes_on_here_is_not_taken_over(service, gate):
    with client_of(service) as client:
        job = begin(client)
        until(client, lambda: gate.inside == 1)
        answer = client.post(f"{BASE}/runs/{job.run_id}:continue", json={"takeOver": True})
        assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
        client.portal.call(gate.open.set)
        client.portal.call(job.done.wait)
    assert job.output.content == "through"


def test_a_step_that_another_agent_does_is_a_conflict(service, server):
    server.add("done")
    with client_of(service) as client:
        run = f"{BASE}/workflows/flow:run"
        refused = client.post(run, json={"input": "Hi", "steps": [{"id": "Stepper", "agent": "ada"}]})
        assert (refused.status_code, refused.json()["steps"]) == (409, ["Stepper"])
        assert "'stepper'" in refused.json()["detail"]
        assert client.post(run, json={"input": "Hi", "steps": [{"id": "Stepper", "agent": "stepper"}]}).is_success
