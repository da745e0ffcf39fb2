"""Tools of MCP servers: real servers over stdio and HTTP, the official SDK in between."""

import asyncio
import logging
import shlex
import socket
import subprocess
import sys
from contextlib import contextmanager, nullcontext
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from tool_kit import context

from wherry.agent import Agent
from wherry.core.errors import ConfigurationError
from wherry.core.tools.calls import CallResult, ToolScope, execute, parse_call
from wherry.core.tools.resolve import named_tools
from wherry.core.waits import LOOPING
from wherry.models.openai import OpenAIChat
from wherry.testing import ReplayServer
from wherry.tools.mcp import MCPTools, SSEClientParams, StreamableHTTPClientParams

SERVER = Path(__file__).parents[2] / "mcp_server.py"
STDIO = f"{sys.executable} {SERVER}"
NAMES = ["add", "echo", "fail", "draw", "structured", "environment", "header", "leave", "slow"]


@pytest.fixture(scope="module")
def served(mcp_servers):
    """What gives a server over ``http`` (streamable) or ``sse`` that answers, and its port.

    Its socket listens from the beginning: nobody else gets the port meanwhile, and the first question waits. It is the
    server's standard input, for a fork is handed no other descriptor.
    """
    from mcp.client.stdio import get_default_environment

    @contextmanager
    def serve(kind, port=0):
        with socket.create_server(("127.0.0.1", port)) as listener:
            port = listener.getsockname()[1]
            process = subprocess.Popen(
                mcp_servers.command(SERVER, kind, "0"),
                stdin=listener,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=get_default_environment(),
            )
        try:
            with pytest.raises(HTTPError, match="404") as ready:
                urlopen(f"http://127.0.0.1:{port}/", timeout=60)
            ready.value.close()
            yield port
        finally:
            process.terminate()
            process.wait(60)

    return serve


@pytest.fixture(scope="module")
def address(served):
    """A server over streamable HTTP."""
    with served("http") as port:
        yield f"http://127.0.0.1:{port}/mcp"


@pytest.fixture(scope="module")
def stdio(mcp_servers):
    """The command of a server over stdio that starts faster than `STDIO`."""
    return shlex.join(mcp_servers.command(SERVER))


async def call(kit, tool, arguments=None, scope=None):
    tools = named_tools([kit], blocking=False)
    request = parse_call(tools.functions, {"id": "1", "function": {"name": tool, "arguments": arguments or {}}})
    (result,) = [item async for item in execute(request, scope or ToolScope(run_context=context()), LOOPING)]
    assert isinstance(result, CallResult)
    return result


@pytest.mark.parametrize("kind", ["stdio", "http"])
@pytest.mark.parametrize("mode", ["legacy", "auto"])
def test_the_tools_of_a_server_are_offered_and_called(stdio, address, kind, mode):
    async def main():
        kit = MCPTools(**({"command": stdio} if kind == "stdio" else {"url": address}), timeout_seconds=60)
        kit.protocol_mode = mode
        async with kit:
            assert kit.initialized
            assert await kit.is_alive()
            assert list(kit.functions) == NAMES
            (add, *_) = named_tools([kit], blocking=False).wire()
            assert add["function"]["name"] == "add"
            assert add["function"]["description"] == "Add two numbers."
            assert add["function"]["parameters"]["required"] == ["a"]
            assert "additionalProperties" not in add["function"]["parameters"]
            assert (await call(kit, "add", {"a": 2})).text == "3"
            assert (await call(kit, "add", {"a": 2, "b": 3})).text == "5"
        assert not kit.initialized
        assert not await kit.is_alive()

    asyncio.run(main())


def test_an_agent_uses_a_server_that_nobody_connected(address):
    script = [{"tool_calls": [{"name": "add", "arguments": {"a": 40, "b": 2}}]}, "It is 42."] * 2
    with ReplayServer(script) as server, server.environment():
        kit = MCPTools(url=address)
        agent = Agent(model=OpenAIChat(id="gpt-5-mini"), tools=[kit], telemetry=False)
        for _ in range(2):  # each on a loop of its own
            output = asyncio.run(agent.arun("40 + 2?"))
            assert output.content == "It is 42."
            assert output.tools[0].result == "42"


def test_a_synchronous_run_goes_without_and_says_so(address, caplog):
    with ReplayServer(["Hello."]) as server, server.environment():
        agent = Agent(model=OpenAIChat(id="gpt-5-mini"), tools=[MCPTools(url=address)], telemetry=False)
        assert agent.run("Hi").content == "Hello."
        assert not server.requests[0].tool_names
    assert "not connected" in caplog.text


def test_names_of_the_framework_are_ordinary_arguments(stdio):
    async def main():
        async with MCPTools(stdio, timeout_seconds=60) as kit:
            given = {"tool_name": "t", "agent": "a", "run_context": "r"}
            assert (await call(kit, "echo", given)).text == "t a r"

    asyncio.run(main())


def test_failures_are_told_to_the_model(address):
    async def main():
        async with MCPTools(url=address) as kit:
            failed = await call(kit, "fail")
            assert failed.success
            assert "'fail' failed" in failed.text
            assert "TextContent" not in failed.text, "the server's words, not its objects"
            assert "'add' failed" in (await call(kit, "add", {"a": "x"})).text
        async with MCPTools(url=address, timeout_seconds=3) as kit:
            assert "could not be called" in (await call(kit, "slow", {"seconds": 60})).text

    asyncio.run(main())


def test_media_and_data_of_an_answer_are_kept(stdio):
    async def main():
        async with MCPTools(stdio, timeout_seconds=60) as kit:
            drawn = await call(kit, "draw")
            assert [image.mime_type for image in drawn.images] == ["image/png", "image/png"]
            assert drawn.images[0].content.startswith(b"\x89PNG")
            assert [(sound.format, sound.content) for sound in drawn.audios] == [("wav", b"RIFF")]
            assert "could not be decoded" in drawn.text
            assert drawn.text.endswith("{not json")
            data = await call(kit, "structured")
            assert data.text == '{"a": 1, "b": 2}'
            assert data.result.metadata == {"meta": {"cost": 3}, "structured_content": {"b": 2, "a": 1}}

    asyncio.run(main())


def test_tools_are_chosen_named_and_flagged(stdio):
    async def main():
        kit = MCPTools(
            stdio,
            include_tools=["add", "echo"],
            tool_name_prefix="far",
            requires_confirmation_tools=["add"],
            stop_after_tool_call_tools=["echo"],
        )
        async with kit:
            assert list(kit.functions) == ["far_add", "far_echo"]
            assert kit.functions["far_add"].requires_confirmation
            assert kit.functions["far_echo"].show_result
            assert (await call(kit, "far_add", {"a": 1})).text == "2"
        async with MCPTools(stdio, exclude_tools=NAMES[1:], timeout_seconds=60) as kit:
            assert list(kit.functions) == ["add"]
        with pytest.raises(ConfigurationError, match="nonsense"):
            async with MCPTools(stdio, include_tools=["nonsense"], timeout_seconds=60):
                pass

    asyncio.run(main())


def test_the_command_gets_its_environment(monkeypatch):
    monkeypatch.setenv("NOT_PASSED_ON", "secret")

    async def main():
        async with MCPTools(STDIO, env={"COLOUR": "red"}, timeout_seconds=60) as kit:
            assert (await call(kit, "environment", {"name": "COLOUR"})).text == "red"
            assert (await call(kit, "environment", {"name": "NOT_PASSED_ON"})).text == "not set"

    asyncio.run(main())


def test_headers_reach_the_server_and_each_run_has_its_own(address):
    seen = []

    def provider(run_context, agent):
        seen.append((run_context.run_id if run_context else None, agent))
        return {"x-user": run_context.user_id if run_context else "nobody"}

    async def main():
        kit = MCPTools(url=address, headers={"x-static": "always"}, header_provider=provider)
        async with kit:
            one, two = (
                ToolScope("the agent", None, context(run_id=run, user_id=user))
                for run, user in (("1", "ann"), ("2", "bob"))
            )
            for scope, user in ((one, "ann"), (two, "bob"), (one, "ann")):
                assert (await call(kit, "header", {"name": "x-user"}, scope)).text == user
            assert (await call(kit, "header", {"name": "x-static"}, one)).text == "always"
            together = await asyncio.gather(*(call(kit, "header", {"name": "x-user"}, one) for _ in range(4)))
            assert {result.text for result in together} == {"ann"}
            assert [run for run, _ in seen] == [None, "1", "2"]
            kit.refresh_connection = True
            assert (
                await call(kit, "header", {"name": "x-user"}, ToolScope(run_context=context(run_id="3")))
            ).text == "ann"
        assert kit._of_runs == {}

    asyncio.run(main())


def test_sessions_of_runs_can_be_had_by_hand(address):
    async def told(session):
        return (await session.call_tool("header", {"name": "x-user"})).content[0].text

    async def main():
        run = context(run_id="1", user_id="ann")
        kit = MCPTools(url=address, header_provider=lambda run_context: {"x-user": getattr(run_context, "user_id", "")})
        with pytest.raises(ValueError, match="not connected"):
            await kit.initialize()
        with pytest.raises(ValueError, match="not connected"):
            await kit.get_session_for_run()
        async with kit:
            await kit.initialize()  # a second time does nothing
            own = await kit.get_session_for_run(run)
            assert own is await kit.get_session_for_run(run) is not kit.session
            assert await kit.get_session_for_run() is kit.session
            assert await told(own) == "ann"
            await kit.cleanup_run_session("1")
            await kit.cleanup_run_session("unknown")
            assert await kit.get_session_for_run(run) is not own
            assert not kit.should_use_temporary_run_session(run)
            async with kit.get_temporary_session_for_run(run) as session:
                assert session is kit.session
            kit.refresh_connection = True
            assert kit.should_use_temporary_run_session(run)
            assert not kit.should_use_temporary_run_session()
            async with kit.get_temporary_session_for_run(run) as session:
                assert session is not kit.session
                assert await told(session) == "ann"

    asyncio.run(main())


@pytest.mark.parametrize(
    "provider", [lambda context: {"x-user": context.user_id if context else "-"}, lambda: {"x-user": "ann"}]
)
def test_a_provider_may_take_one_value_or_none(address, provider):
    async def main():
        async with MCPTools(url=address, header_provider=provider) as kit:
            assert (await call(kit, "header", {"name": "x-user"})).text == "ann"

    asyncio.run(main())


def test_a_provider_that_fails_costs_only_its_headers(address, caplog):
    def broken():
        raise ValueError("no token")

    async def main():
        async with MCPTools(url=address, headers={"x-static": "s"}, header_provider=broken) as kit:
            assert (await call(kit, "header", {"name": "x-static"})).text == "s"

    asyncio.run(main())
    assert "no token" in caplog.text


def test_a_session_of_ones_own_is_used_and_left_open(address):
    from mcp import ClientSession
    from mcp.client.streamable_http import streamable_http_client

    async def main():
        async with streamable_http_client(address) as streams, ClientSession(*streams) as session:
            kit = MCPTools(session=session)
            async with kit:
                assert (await call(kit, "add", {"a": 1})).text == "2"
            assert (await session.list_tools()).tools

    asyncio.run(main())


def test_a_toolkit_can_be_closed_in_another_task_and_opened_again(address):
    async def main():
        kit = MCPTools(url=address)
        await asyncio.create_task(kit.connect())
        assert (await call(kit, "add", {"a": 1})).text == "2"
        await asyncio.create_task(kit.close())
        assert not kit.initialized
        await kit.connect()
        await kit.connect(force=True)
        assert (await call(kit, "add", {"a": 1})).text == "2"
        await kit.close()

    asyncio.run(main())


@pytest.mark.parametrize("kind", ["http", "sse", "stdio"])
def test_a_connection_whose_server_ended_is_made_again_on_request(kind, served, stdio):
    """In an agent's runs: the server ends in a call, comes back, and the next run finds it."""
    serving = nullcontext if kind == "stdio" else lambda port: served(kind, port)
    script = [
        {"tool_calls": [{"name": name, "arguments": given}]} for name, given in (("leave", {}), ("add", {"a": 1}))
    ]

    async def main():
        results = []
        with serving(0) as port:
            if kind == "stdio":
                kit = MCPTools(stdio, refresh_connection=True, timeout_seconds=60)
            else:
                transport, path = ("sse", "sse") if kind == "sse" else ("streamable-http", "mcp")
                url = f"http://127.0.0.1:{port}/{path}"
                kit = MCPTools(url=url, transport=transport, refresh_connection=True, timeout_seconds=60)
            agent = Agent(model=OpenAIChat(id="gpt-5-mini"), tools=[kit], telemetry=False)
            await kit.connect()
            results.append((await agent.arun("Leave.")).tools[0].result)
        with serving(port):
            results.append((await agent.arun("1 + 1?")).tools[0].result)
            await kit.close()
        return results

    with ReplayServer([script[0], "Gone.", script[1], "Two."]) as server, server.environment():
        first, second = asyncio.run(main())
    assert "'leave' could not be called" in first
    assert second == "2"


def test_a_server_that_is_not_there_leaves_no_tools(caplog):
    async def main():
        kit = MCPTools(url="http://127.0.0.1:1/mcp", timeout_seconds=2)
        with caplog.at_level(logging.ERROR):
            await kit.connect()
        assert not kit.initialized
        assert kit.functions == {}
        with pytest.raises(Exception, match=r"\w"):
            async with kit:
                pass

    asyncio.run(main())
    assert "could not connect" in caplog.text


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"url": "https://user:secret@mcp.example.org/a/b?token=secret#x"}, "mcp_mcp_example_org_a_b"),
        ({"command": "python -m some.server"}, "mcp_python_m_some_server"),
        ({"server_params": StreamableHTTPClientParams(url="http://h:1/mcp")}, "mcp_h_1_mcp"),
        ({"url": "http://" + "x" * 100}, "mcp_" + "x" * 60),
        ({"session": object()}, "MCPTools"),
        ({"url": "http://h", "name": "mine"}, "mine"),
    ],
)
def test_a_toolkit_is_named_after_its_server_without_secrets(options, name):
    assert MCPTools(**options).name == name


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "no server"),
        ({"transport": "sse"}, "no server"),
        ({"transport": "http", "url": "http://h"}, "no transport 'http'"),
        ({"command": "python x; rm y"}, ";"),
        ({"command": ""}, "empty"),
        ({"command": "no-such-program-here"}, "no program"),
        ({"command": "python", "headers": {"a": "b"}}, "headers"),
        ({"command": "python", "header_provider": dict}, "header_provider"),
        ({"transport": "sse", "server_params": StreamableHTTPClientParams(url="http://h")}, "SSEClientParams"),
        ({"transport": "streamable-http", "server_params": SSEClientParams(url="http://h")}, "StreamableHTTP"),
    ],
)
def test_what_does_not_fit_together_is_refused(options, words):
    with pytest.raises(ConfigurationError, match=words):
        MCPTools(**options)


def test_transports_follow_from_what_is_given(caplog):
    assert MCPTools(url="http://h").transport == "streamable-http"
    assert MCPTools(url="http://h", transport="stdio").transport == "streamable-http"
    assert "streamable-http" in caplog.text
    assert MCPTools(url="http://h", transport="sse").transport == "sse"
    assert MCPTools(server_params=SSEClientParams(url="http://h")).transport == "sse"
    assert MCPTools("python").transport == "stdio"
    assert MCPTools("python").server_params.command == "python"
