"""Hooks around one tool call."""

import asyncio
import logging

import pytest
from tool_kit import WAYS, result_of

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
