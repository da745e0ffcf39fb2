"""Hooks around one tool call."""

import asyncio
import logging

import pytest
from tool_kit import WAYS, context, result_of, tools_of

from wherry.core.errors import AsyncToolInSyncRun
from wherry.core.tools.calls import ToolScope, execute, parse_call
from wherry.core.waits import LOOPING
from wherry.exceptions import StopAgentRun
from wherry.tools import tool

both_ways = pytest.mark.parametrize("way", WAYS)


@both_ways
def test_middleware_wraps_the_call_outermost_first(way):
    seen = []

    def outer(function_name, function_call, arguments, run_context):
        seen.append(("outer", function_name, run_context.user_id))
        return f"<{function_call(**arguments)}>"

    def inner(name, func, args, agent):
        seen.append(("inner", name, agent))
        return f"[{func(**args)}]"

    @tool(tool_hooks=[outer, inner])
    def greet(name: str) -> str:
        """Greet."""
        return f"hello {name}"

    assert result_of(way, greet, {"name": "Ann"}).text == "<[hello Ann]>"
    assert seen == [("outer", "greet", "ann"), ("inner", "greet", "the agent")]


@both_ways
def test_middleware_may_answer_itself(way):
    def guard(arguments):
        return f"refused {arguments}"

    @tool(tool_hooks=[guard])
    def work(n: int):
        """Work."""
        raise AssertionError("not reached")

    assert result_of(way, work, {"n": 1}).text == "refused {'n': 1}"


@both_ways
def test_middleware_that_steers_or_fails(way):
    def stop(function_call):
        raise StopAgentRun("no further")

    def fail(function_call):
        raise ValueError("broken")

    @tool(tool_hooks=[stop])
    def work():
        """Work."""

    assert result_of(way, work).control.stop_execution
    result = result_of(way, work, tool_hooks=[fail])
    assert (result.success, result.text, result.control) == (False, "broken", None)


@pytest.mark.parametrize("name", ["function", "func", "function_call"])
def test_async_middleware_names_the_next_step_as_it_likes(name):
    namespace = {}
    exec(f"async def hook({name}, arguments):\n    return f'<{{await {name}(**arguments)}}>'", namespace)  # noqa: S102 - the names of the parameters are what is tested

    def work(n: int):
        """Work."""
        return n

    assert result_of("looping", work, {"n": 2}, tool_hooks=[namespace["hook"]]).text == "<2>"


def test_async_middleware_awaits_sync_and_async_tools():
    async def hook(function_call, arguments):
        await asyncio.sleep(0)
        return f"<{await function_call(**arguments)}>"

    def sync(n: int):
        """Sync."""
        return n

    async def later(n: int):
        """Later."""
        return n

    for function in (sync, later):
        assert result_of("looping", function, {"n": "1"}, tool_hooks=[hook, hook]).text == "<<1>>"


def test_async_middleware_is_left_out_of_blocking_runs(caplog):
    async def hook(function_call, arguments):
        raise AssertionError("not reached")

    def sync(n: int):
        """Sync."""
        return n

    with caplog.at_level(logging.WARNING):
        assert result_of("blocking", sync, {"n": 1}, tool_hooks=[hook]).text == "1"
    assert "'hook'" in caplog.text


@both_ways
def test_hooks_see_the_call_before_and_after(way):
    seen = []

    def before(fc, agent):
        seen.append(("before", fc.function.name, fc.arguments, agent))

    def after(fc, run_context):
        seen.append(("after", fc.result, fc.error, run_context.user_id))

    @tool(pre_hook=before, post_hook=after)
    def divide(n: int):
        """Divide."""
        return 10 // n

    assert result_of(way, divide, {"n": 5}).text == "2"
    assert not result_of(way, divide, {"n": 0}).success
    assert [entry[0] for entry in seen] == ["before", "after", "before", "after"]
    assert seen[1] == ("after", 2, None, "ann")
    assert "zero" in seen[3][2]


@both_ways
@pytest.mark.parametrize("place", ["pre_hook", "post_hook"])
def test_a_hook_may_steer_but_its_failure_is_only_logged(way, place, caplog):
    def stop():
        raise StopAgentRun("stop")

    def fail():
        raise ValueError("broken hook")

    def work():
        """Work."""
        return "worked"

    stopped = result_of(way, tool(**{place: stop})(work))
    assert (stopped.success, stopped.text) == (False, "stop")
    assert stopped.control.stop_execution
    assert result_of(way, tool(**{place: fail})(work)).text == "worked"
    assert "broken hook" in caplog.text


def test_async_hooks_before_and_after():
    seen = []

    async def before(fc):
        await asyncio.sleep(0)
        seen.append("before")

    async def after(fc):
        seen.append(fc.result)

    @tool(pre_hook=before, post_hook=after)
    def work():
        """Work."""
        return "worked"

    assert result_of("looping", work).text == "worked"
    assert seen == ["before", "worked"]
    assert result_of("blocking", work).text == "worked"
    assert seen == ["before", "worked"]


@both_ways
@pytest.mark.parametrize("place", ["pre_hook", "post_hook", "tool_hooks"])
def test_hooks_see_the_messages_but_cannot_empty_the_conversation(way, place):
    seen = []

    def spoil(run_context, function_call=None):
        seen.append(list(run_context.messages))
        run_context.messages.clear()
        return function_call() if function_call else None

    def work():
        """Work."""
        return "worked"

    conversation = ["one", "two"]
    given = context(messages=conversation)
    made = tool(**{place: [spoil] if place == "tool_hooks" else spoil})(work)
    assert result_of(way, made, {}, ToolScope(run_context=given)).text == "worked"
    assert seen == [["one", "two"]]
    assert given.messages is conversation
    assert conversation == ["one", "two"]


def test_hooks_of_calls_side_by_side_leave_the_conversation_alone():
    conversation = ["one"]
    given = context(messages=conversation)

    async def slow(run_context, function_call, arguments):
        run_context.messages.append("hook")
        await asyncio.sleep(arguments["n"] / 1000)
        return await function_call(**arguments)

    async def work(n: int) -> str:
        """Work."""
        return str(n)

    async def main():
        tools = tools_of(work, way="looping", tool_hooks=[slow])

        async def call(n):
            request = {"id": str(n), "function": {"name": "work", "arguments": {"n": n}}}
            items = execute(parse_call(tools.functions, request), ToolScope(run_context=given), LOOPING)
            (result,) = [item async for item in items]
            return result.text

        return await asyncio.gather(*map(call, (30, 1, 20)))

    assert asyncio.run(main()) == ["30", "1", "20"]
    assert given.messages is conversation
    assert conversation == ["one"]


def test_a_decorated_async_generator_is_awaited_first_as_in_agno():
    @tool
    async def count(n: int):
        """Count."""
        for k in range(n):
            yield str(k)

    assert result_of("looping", count, {"n": "3"}).text == "012"

    async def main():
        return [item async for item in await count.entrypoint(2)]

    assert asyncio.run(main()) == ["0", "1"]
    with pytest.raises(AsyncToolInSyncRun):
        tools_of(count)
