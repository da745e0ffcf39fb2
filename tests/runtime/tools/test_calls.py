"""What becomes of one tool call."""

import asyncio
import gc
import subprocess
import sys
import threading
from dataclasses import dataclass

import pytest
from tool_kit import WAYS, context, everything, result_of, tools_of

from wherry.core.errors import AsyncToolInSyncRun
from wherry.core.tools.calls import ToolScope, execute, parse_call
from wherry.core.waits import BLOCKING, LOOPING, drain
from wherry.exceptions import RetryAgentRun, RunCancelledException, StopAgentRun
from wherry.media import Image
from wherry.run.agent import CustomEvent, RunContentEvent
from wherry.tools import tool
from wherry.tools.function import Function, ToolResult

both_ways = pytest.mark.parametrize("way", WAYS)


def asked(arguments, name="add"):
    return {"id": "call-1", "type": "function", "function": {"name": name, "arguments": arguments}}


def add(a: int, b: float = 2.0) -> float:
    """Add two numbers."""
    return a + b


# --- reading a request ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "read"),
    [
        ('{"a": 1}', {"a": 1}),
        ("{'a': True, 'b': None}", {"a": True, "b": None}),
        ('{"a": "true", "b": " None ", "c": "False"}', {"a": True, "b": None, "c": False}),
        ('{"a": "trueish", "b": ["true"]}', {"a": "trueish", "b": ["true"]}),
        ("", None),
        ("[]", None),
        ({"a": 1}, {"a": 1}),
    ],
)
def test_arguments_are_read(arguments, read):
    call = parse_call(tools_of(add).functions, asked(arguments))
    assert call.error is None
    assert call.arguments == read
    assert call.call_id == "call-1"


@pytest.mark.parametrize("arguments", ["nonsense", "[1]", "3", '"text"', '{"a": 1', "{'a': open('x')}"])
def test_unreadable_arguments_are_told_to_the_model(arguments):
    call = parse_call(tools_of(add).functions, asked(arguments))
    assert call.arguments is None
    assert "JSON" in call.error


def test_an_unknown_tool_is_no_call():
    assert parse_call(tools_of(add).functions, asked("{}", name="subtract")) is None


# --- arguments -----------------------------------------------------------------------------------------------------


@both_ways
def test_arguments_are_coerced_and_defaults_stay(way):
    assert result_of(way, add, {"a": "3"}).text == "5.0"
    assert result_of(way, add, {"a": 3, "b": 1}).result == 4.0


@both_ways
def test_wrong_arguments_are_told_to_the_model(way):
    result = result_of(way, add, {"a": "x", "c": 1})
    assert not result.success
    assert result.text == result.error
    assert "unable to parse string as an integer" in result.text
    assert "Unexpected keyword argument" in result.text


@both_ways
def test_arguments_are_not_shared_with_the_tool(way):
    @tool
    def take(names: list[str], more: dict[str, int]) -> str:
        names.append("mine")
        more["mine"] = 1
        return "taken"

    tools = tools_of(take, way=way)
    call = parse_call(tools.functions, asked('{"names": ["a"], "more": {}}', name="take"))
    list(drain(execute(call, ToolScope(), BLOCKING)))
    assert call.arguments == {"names": ["a"], "more": {}}


def test_plain_arguments_need_no_pydantic():
    program = """
import sys
from wherry.core.tools.calls import *
from wherry.core.tools.resolve import named_tools
from wherry.core.waits import BLOCKING, drain
def add(a: int, b: float = 2.0, names: list[str] | None = None) -> float:
    '''Add two numbers.'''
    return a + b
tools = named_tools([add], blocking=True)
tools.wire()
call = parse_call(tools.functions, {"function": {"name": "add", "arguments": '{"a": 1, "b": 2, "names": ["x"]}'}})
result, = drain(execute(call, ToolScope(), BLOCKING))
assert result.text == "3.0", result
assert "pydantic" not in sys.modules
assert "docstring_parser" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


# --- injection -----------------------------------------------------------------------------------------------------


@both_ways
def test_the_run_is_injected_by_name_and_by_annotation(way):
    from wherry.run import RunContext

    def look(agent, run_context, team, fc, images, *, here: RunContext, maybe: RunContext | None = None):
        return [agent, run_context.user_id, team, fc.call_id, images, here is run_context, maybe is here]

    picture = Image(url="http://127.0.0.1/x.png")
    scope = ToolScope("the agent", "the team", context(), images=[picture])
    assert result_of(way, look, {}, scope).result == ["the agent", "ann", "the team", "call-1", [picture], True, True]


@both_ways
def test_the_model_cannot_choose_who_asks(way):
    def look(run_context, agent=None):
        return f"{run_context.user_id} {agent}"

    forged = {"run_context": {"user_id": "eve"}, "agent": "eve", "_agno_agent": "eve"}
    assert result_of(way, look, forged).text == "ann the agent"


@both_ways
def test_injected_by_annotation_keeps_its_default_when_nothing_is_there(way):
    from wherry.run import RunContext

    def look(here: RunContext = "nobody"):
        return str(here)

    assert result_of(way, look, {}, ToolScope()).text == "nobody"


# --- results -------------------------------------------------------------------------------------------------------


@both_ways
def test_results_are_told_as_text(way):
    for value, text in (({"a": 1}, "{'a': 1}"), (None, "None"), ("x", "x"), ([1], "[1]")):

        def give(value=value):
            return value

        result = result_of(way, give)
        assert (result.success, result.result, result.text) == (True, value, text)


@both_ways
def test_media_of_a_result_are_kept(way):
    picture = Image(url="http://127.0.0.1/x.png")

    def draw():
        return ToolResult(content="drawn", images=[picture])

    result = result_of(way, draw)
    assert (result.text, result.images, result.videos) == ("drawn", [picture], None)


@both_ways
def test_an_exception_is_told_and_the_run_goes_on(way):
    def fail():
        raise KeyError("missing")

    result = result_of(way, fail)
    assert (result.success, result.text, result.control) == (False, "'missing'", None)


@both_ways
@pytest.mark.parametrize("raised", [StopAgentRun("stop", user_message="said"), RetryAgentRun("again")])
def test_a_tool_may_steer_the_run(way, raised):
    def steer():
        raise raised

    result = result_of(way, steer)
    assert (result.success, result.text, result.control) == (False, str(raised), raised)


@both_ways
def test_cancelling_is_not_a_failure_of_the_tool(way):
    def cancel():
        raise RunCancelledException

    with pytest.raises(RunCancelledException):
        result_of(way, cancel)


# --- generators ----------------------------------------------------------------------------------------------------


@dataclass
class Progress(CustomEvent):
    done: int = 0


@both_ways
def test_a_generator_is_joined_and_its_events_pass(way):
    def work(n: int):
        yield "a"
        yield Progress(done=n)
        yield RunContentEvent(content="b")
        yield 3

    events, result = everything(way, work, {"n": 1})
    assert [type(event).__name__ for event in events] == ["Progress", "RunContentEvent"]
    assert events[0].done == 1
    assert events[0].tool_call_id == "call-1"
    assert result.success
    assert result.text.startswith("aProgress(")
    assert result.text.endswith("b3")


def test_an_async_generator_is_joined():
    async def work():
        yield "a"
        await asyncio.sleep(0)
        yield "b"

    assert result_of("looping", work).text == "ab"


@both_ways
def test_a_generator_that_fails_is_a_failed_call(way):
    def work():
        yield "a"
        raise ValueError("broken off")

    result = result_of(way, work)
    assert (result.success, result.text) == (False, "broken off")


@both_ways
def test_a_generator_may_steer(way):
    def work():
        yield "a"
        raise StopAgentRun("enough")

    result = result_of(way, work)
    assert (result.success, result.text) == (False, "enough")
    assert result.control.stop_execution


def test_a_generator_is_closed_when_nobody_reads_on():
    closed = []

    def work():
        try:
            yield Progress(done=1)
            yield Progress(done=2)
        finally:
            closed.append(True)

    tools = tools_of(work)
    events = drain(execute(parse_call(tools.functions, asked("{}", "work")), ToolScope(), BLOCKING))
    assert next(events).done == 1
    events.close()
    assert closed == [True]


# --- where a call runs ---------------------------------------------------------------------------------------------


def test_a_blocking_run_calls_in_its_own_thread():
    assert result_of("blocking", lambda_tool()).result == threading.get_ident()


def test_a_loop_calls_sync_tools_in_threads_and_async_ones_itself():
    assert result_of("looping", lambda_tool()).result != threading.get_ident()

    async def here():
        return threading.get_ident()

    assert result_of("looping", here).result == threading.get_ident()


def lambda_tool():
    def where():
        return threading.get_ident()

    return where


def test_a_sync_tool_does_not_hold_up_the_loop():
    beaten = threading.Event()

    def slow():
        return "slow" if beaten.wait(60) else "the loop stood still"

    async def main():
        tools = tools_of(slow, way="looping")
        beats = 0

        async def call():
            request = parse_call(tools.functions, asked("{}", "slow"))
            return [item async for item in execute(request, ToolScope(), LOOPING)]

        task = asyncio.create_task(call())
        while not task.done():
            beats += 1
            if beats == 5:
                beaten.set()
            await asyncio.sleep(0.01)
        return (await task)[0].text

    assert asyncio.run(main()) == "slow"


def test_an_async_tool_is_refused_in_a_blocking_run():
    async def later():
        return 1

    with pytest.raises(AsyncToolInSyncRun, match="later"):
        tools_of(later, way="blocking")

    function = tools_of(later, way="looping").functions["later"]
    request = parse_call({"later": function}, asked("{}", "later"))
    with pytest.raises(AsyncToolInSyncRun, match="later"):
        list(drain(execute(request, ToolScope(), BLOCKING)))


def test_a_function_that_returns_a_coroutine_fails_in_a_blocking_run():
    async def later():
        return 1

    def disguised():
        return later()

    result = result_of("blocking", disguised)
    assert not result.success
    assert "disguised" in result.text
    assert result_of("looping", disguised).result == 1


# --- timeouts ------------------------------------------------------------------------------------------------------


@both_ways
def test_a_slow_call_is_given_up(way):
    release, let_go = threading.Event(), []

    @tool(timeout=0.05)
    def slow():
        let_go.append(release.wait(60))
        return "late"

    result = result_of(way, slow) if way == "blocking" else _released(slow, release)
    release.set()
    assert False not in let_go
    assert not result.success
    assert "'slow'" in result.text
    assert "0.05 s" in result.text


def _released(slow, release):
    """On a loop: let the thread go before the loop waits for its threads at the end."""

    async def main():
        tools = tools_of(slow, way="looping")
        request = parse_call(tools.functions, asked("{}", "slow"))
        items = [item async for item in execute(request, ToolScope(), LOOPING)]
        release.set()
        return items[0]

    return asyncio.run(main())


def test_the_scope_sets_a_timeout_and_the_tool_its_own():
    async def slow():
        await asyncio.sleep(0.2)
        return "done"

    assert not result_of("looping", slow, {}, ToolScope(timeout=0.02)).success
    assert result_of("looping", tool(timeout=60)(slow), {}, ToolScope(timeout=0.02)).success


def test_a_generator_that_stalls_is_given_up():
    async def slow():
        yield "a"
        await asyncio.sleep(30)

    result = result_of("looping", slow, {}, ToolScope(timeout=0.05))
    assert not result.success
    assert "gave no result" in result.text


@both_ways
def test_a_timeout_of_the_tools_own_is_an_ordinary_failure(way):
    def fail():
        raise TimeoutError("the service is slow")

    assert result_of(way, fail, {}, ToolScope(timeout=10)).text == "the service is slow"


# --- what stays behind ---------------------------------------------------------------------------------------------


def test_nothing_keeps_a_runs_objects_alive():
    import weakref

    class Owner:
        pass

    def run_once():
        owner = Owner()

        def closure(a: int) -> str:
            """Look at the owner."""
            return f"{a} {owner is not None}"

        assert result_of("blocking", closure, {"a": 1}, ToolScope(agent=owner)).text == "1 True"
        assert result_of("blocking", Function(name="named", entrypoint=closure), {"a": "1"}).text == "1 True"
        return weakref.ref(owner)

    gone = run_once()
    gc.collect()
    assert gone() is None
