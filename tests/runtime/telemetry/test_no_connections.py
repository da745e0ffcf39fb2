"""A run opens no connection but the model's: every address that this process connects to is seen."""

import asyncio
import sys
from urllib.parse import urlsplit

import pytest

from wherry.agent import Agent
from wherry.models.openai import OpenAIChat
from wherry.team import Team
from wherry.telemetry import Recorder, TelemetryStore
from wherry.workflow import Workflow

watched = []  # an audit hook stays for good: it notes addresses while there is a set in here


def watch(event, arguments):
    if watched and event in ("socket.connect", "socket.sendto"):
        watched[0].add(arguments[1])
    elif watched and event == "socket.getaddrinfo":
        watched[0].add((arguments[0], arguments[1]))


@pytest.fixture(scope="module", autouse=True)
def hook():
    sys.addaudithook(watch)


@pytest.fixture
def connections():
    """Addresses that are connected to, sent to or looked up while the test runs."""
    watched.append(set())
    yield watched[0]
    watched.clear()


def owners():
    def agent():
        return Agent(name="Ada", model=OpenAIChat(id="m"), telemetry=True)

    yield agent()
    yield Team(name="Crew", model=OpenAIChat(id="m"), members=[agent()], telemetry=True)
    yield Workflow(name="Flow", steps=[agent()], telemetry=True)


@pytest.mark.parametrize("telemetry", ["true", "false"])
def test_only_the_model_is_connected_to(server, connections, monkeypatch, tmp_path, telemetry):
    monkeypatch.setenv("AGNO_TELEMETRY", telemetry)
    server.add(*["Hello"] * 12)
    recorder = Recorder(TelemetryStore(str(tmp_path / "t.db")), interval=0.01).start()

    async def drained(owner):
        async for _ in owner.arun("Hi", stream=True):
            pass

    for owner in owners():
        owner.run("Hi")
        list(owner.run("Hi", stream=True))
        asyncio.run(owner.arun("Hi"))
        asyncio.run(drained(owner))
    recorder.stop()
    model = urlsplit(server.base_url)
    assert len(server.requests) == 12
    assert {(one[0], one[1]) for one in connections if isinstance(one, tuple)} == {(model.hostname, model.port)}
