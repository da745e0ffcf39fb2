"""Toolkits that need a connection, on agents: opened for runs, closed after the last of them."""

import asyncio
import threading

import pytest
from agent_ways import WAYS, run_in

from wherry.agent import Agent
from wherry.models.openai import OpenAIChat
from wherry.testing import ReplayServer
from wherry.tools import Toolkit

four_ways = pytest.mark.parametrize("way", WAYS)


class Store(Toolkit):
    """Needs a connection for its only tool."""

    _requires_connect = True

    def __init__(self, log, broken=False):
        self.log, self.broken = log, broken
        super().__init__(name="store", tools=[self.read])

    def connect(self):
        if self.broken:
            raise ConnectionError("no such host")
        self.log.append("open")

    def close(self):
        self.log.append("close")

    def read(self, key: str) -> str:
        """Read."""
        self.log.append(key)
        return f"value of {key}"


class MCPTools(Toolkit):
    """A server's toolkit, by its shape."""

    def __init__(self, log, reachable=True, refresh=False):
        super().__init__(name="server", tools=[])
        self.log, self.reachable, self.refresh_connection = log, reachable, refresh
        self.initialized = False
        self.alive = True

    async def connect(self, force=False):
        self.log.append("reconnect" if force else "connect")
        await asyncio.sleep(0.01)
        self.initialized = self.reachable

    async def close(self):
        self.log.append("close")
        self.initialized = False

    async def is_alive(self):
        return self.alive

    async def build_tools(self):
        self.log.append("list")


def agent(*tools, **options):
    return Agent(model=OpenAIChat(id="gpt-5-mini"), tools=list(tools), telemetry=False, **options)


def reading(key):
    return {"tool_calls": [{"name": "read", "arguments": {"key": key}}]}


@four_ways
def test_a_connection_is_open_during_the_run_and_closed_after_it(way):
    log = []
    with ReplayServer([reading("k"), "Done."] * 2) as server, server.environment():
        worker = agent(Store(log))
        for _ in range(2):
            _, output = run_in(way, worker, "Read k.")
            assert output.content == "Done."
    assert log == ["open", "k", "close"] * 2


@four_ways
def test_a_connection_is_closed_after_a_run_that_failed(way):
    log = []
    with ReplayServer([{"status": 400, "error": "bad"}]) as server, server.environment():
        _, output = run_in(way, agent(Store(log)), "Read.")
        assert output.status == "ERROR"
    assert log == ["open", "close"]


@four_ways
def test_a_connection_that_fails_does_not_break_the_run(way, caplog):
    with ReplayServer(["Done."]) as server, server.environment():
        _, output = run_in(way, agent(Store([], broken=True)), "Read.")
        assert output.content == "Done."
    assert "no such host" in caplog.text


def test_a_connection_shared_by_runs_is_closed_after_the_last():
    log = []
    start = threading.Barrier(2)

    class Slow(Store):
        def read(self, key: str) -> str:
            """Read."""
            start.wait(60)
            return super().read(key)

    async def main():
        worker = agent(Slow(log))
        await asyncio.gather(worker.arun("Read."), worker.arun("Read."))

    script = [{"tool_calls": reading("k")["tool_calls"], "times": 2, "when": {"excludes": ["value of k"]}}]
    script.append({"content": "Done.", "times": 2, "when": {"contains": ["value of k"]}})
    with ReplayServer(script) as server, server.environment():
        asyncio.run(main())
    assert log == ["open", "k", "k", "close"]


def test_a_server_is_connected_for_async_runs_only():
    log = []
    with ReplayServer(["Done."] * 2) as server, server.environment():
        worker = agent(MCPTools(log))
        assert worker.run("Hi").content == "Done."
        assert log == []
        assert asyncio.run(worker.arun("Hi")).content == "Done."
        assert log == ["connect", "close"]


def test_a_server_that_is_connected_already_stays_connected():
    log = []
    server_tools = MCPTools(log)
    server_tools.initialized = True
    with ReplayServer(["Done."]) as server, server.environment():
        asyncio.run(agent(server_tools).arun("Hi"))
    assert log == []


@pytest.mark.parametrize(("alive", "done"), [(True, "list"), (False, "reconnect")])
def test_a_connection_is_refreshed_where_that_is_asked(alive, done):
    log = []
    server_tools = MCPTools(log, refresh=True)
    server_tools.initialized, server_tools.alive = True, alive
    with ReplayServer(["Done."]) as server, server.environment():
        asyncio.run(agent(server_tools).arun("Hi"))
    assert log == [done]


def test_a_server_that_cannot_be_reached_is_left_out():
    log = []
    with ReplayServer(["Done."]) as server, server.environment():
        output = asyncio.run(agent(MCPTools(log, reachable=False)).arun("Hi"))
        assert output.content == "Done."
    assert log == ["connect", "close"]
