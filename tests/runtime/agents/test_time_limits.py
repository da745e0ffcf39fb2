"""`run_timeout` and `tool_timeout`: wherever a run waits, it ends on time, in the four ways."""

import asyncio
import threading
import time
from contextlib import contextmanager

import pytest
from agent_kit import agent, calls, four_ways, model, named, ran, streamed_ways
from agent_ways import run_in

from wherry.db.in_memory import InMemoryDb
from wherry.team import Team
from wherry.tools import tool
from wherry.workflow import Step, Workflow

LONG = 60.0
LATE = "The run took more than its 1 s."
ahead = pytest.mark.parametrize("way", ["arun", "arun stream"])


@contextmanager
def on_time(most=30.0):
    """What happens inside takes far less than what it waits for."""
    begun = time.monotonic()
    yield
    assert time.monotonic() - begun < most


@pytest.fixture(scope="module", autouse=True)
def _warm():
    """What only a process's first runs wait for, the imports of both clients, may take longer than a run may here."""
    for way in ("run", "arun"):
        with model("ready"):
            ran(way, agent())


@pytest.fixture
def tide():
    """An event that nobody sets while a test runs; threads that wait for it end with the test."""
    event = threading.Event()
    yield event
    event.set()


def waiting_tool(tide):
    def wait_for_tide() -> str:
        """Wait for high water."""
        tide.wait(LONG)
        return "high water"

    return wait_for_tide


def reading_tool(tide):
    def read_gauge():
        """Read the gauge, again and again."""
        yield "low"
        tide.wait(LONG)
        yield "high"

    return read_gauge


async def sleep_until_tide() -> str:
    """Sleep until high water."""
    await asyncio.sleep(LONG)
    return "high water"


async def dream_of_tide():
    """Tell of the water, word by word."""
    yield "low"
    await asyncio.sleep(LONG)
    yield "high"


def late(events, output):
    assert (output.status, output.content) == ("ERROR", LATE)
    if events:
        assert events[-1].event.endswith("RunError")
        assert (events[-1].content, events[-1].error_type) == (LATE, "TimeoutError")


# --- a whole run ---------------------------------------------------------------------------------------------------


@four_ways
@pytest.mark.parametrize("make", [waiting_tool, reading_tool])
def test_a_run_ends_on_time_although_a_function_blocks(way, make, tide):
    with model(calls(make(tide).__name__)), on_time():
        late(*ran_on(way, agent(tools=[make(tide)], run_timeout=1.0)))


def ran_on(way, owner, **options):
    """A run that breaks off inside a call leaves its stream open there, so its order is not checked."""
    return run_in(way, owner, "Which way?", **options)


@ahead
@pytest.mark.parametrize("slow", [sleep_until_tide, dream_of_tide])
def test_a_run_ends_on_time_although_an_async_tool_sleeps(way, slow):
    with model(calls(slow.__name__)), on_time():
        late(*ran_on(way, agent(tools=[slow], run_timeout=1.0)))


@ahead
def test_an_async_tool_is_cancelled_when_the_time_is_up(way):
    ended = []

    async def hold_the_line() -> str:
        """Hold."""
        try:
            await asyncio.sleep(LONG)
        finally:
            ended.append("let go")
        return "held"

    with model(calls("hold_the_line")), on_time():
        late(*ran_on(way, agent(tools=[hold_the_line], run_timeout=1.0)))
        assert ended == ["let go"]


@four_ways
def test_parallel_calls_end_with_the_run(way, tide):
    wait = waiting_tool(tide)
    both = {"tool_calls": [{"name": "wait_for_tide", "arguments": {}}, {"name": "tell_time", "arguments": {}}]}

    def tell_time() -> str:
        """Tell the time."""
        return "noon"

    with model(both), on_time():
        late(*ran_on(way, agent(tools=[tell_time, wait], run_timeout=1.0)))


@four_ways
def test_a_tools_shorter_limit_counts_first_and_its_longer_one_never(way, tide):
    slow = waiting_tool(tide)
    with model(calls("wait_for_tide"), "I gave up."), on_time():
        _, output = ran(way, agent(tools=[tool(timeout=0.1)(slow)], run_timeout=15))
        assert (output.content, output.tools[0].tool_call_error) == ("I gave up.", True)
    with model(calls("wait_for_tide")), on_time():
        late(*ran_on(way, agent(tools=[tool(timeout=15)(slow)], run_timeout=1.0)))


@four_ways
def test_a_tool_that_times_out_by_itself_is_told_to_the_model(way):
    def call_lighthouse() -> str:
        """Call."""
        raise TimeoutError("the keeper sleeps")

    with model(calls("call_lighthouse"), "Later, then."):
        _, output = ran(way, agent(tools=[call_lighthouse], run_timeout=30, tool_timeout=20))
    assert (output.content, output.tools[0].result) == ("Later, then.", "the keeper sleeps")


@four_ways
def test_middleware_and_hooks_end_with_the_run(way, tide):
    def slowly(function_name, function, arguments):
        tide.wait(LONG)
        return function(**arguments)

    def quick() -> str:
        """Quick."""
        return "done"

    async def asleep(function_name, function, arguments):
        await asyncio.sleep(LONG)
        return await function(**arguments)

    hook = asleep if way.startswith("a") else slowly
    with model(calls("quick")), on_time():
        late(*ran_on(way, agent(tools=[quick], tool_hooks=[hook], run_timeout=1.0)))


@streamed_ways
def test_a_reply_that_stalls_ends_with_the_run(way):
    reply = {"content": "one two three four five six seven eight", "tokens_per_second": 2}
    with model(reply), on_time():
        events, output = ran_on(way, agent(run_timeout=3.0))
    assert output.status == "ERROR"
    assert events[-1].event == "RunError"
    assert events[-1].content == "The run took more than its 3 s."
    assert "one" in output.content  # what was said before stays


@four_ways
def test_a_run_that_is_out_of_time_is_not_tried_again(way, tide):
    with model(calls("wait_for_tide")) as server, on_time():
        owner = agent(tools=[waiting_tool(tide)], run_timeout=1.0, retries=3, delay_between_retries=5)
        late(*ran_on(way, owner))
        assert server.request_count == 1


@four_ways
def test_waiting_for_a_retry_counts(way):
    with model({"status": 500, "error": "out"}), on_time():
        late(*ran_on(way, agent(run_timeout=1.0, retries=2, delay_between_retries=15)))


@four_ways
def test_a_run_that_ran_out_of_time_is_stored(way, tide):
    owner = agent(tools=[waiting_tool(tide)], run_timeout=1.0, db=InMemoryDb())
    with model(calls("wait_for_tide")), on_time():
        late(*ran_on(way, owner, session_id="s"))
    stored = owner.get_session("s").runs
    assert [run.status for run in stored] == ["ERROR"]


@four_ways
def test_dependencies_and_instructions_that_take_too_long_end_the_run(way, tide):
    def weather():
        tide.wait(LONG)
        return "calm"

    async def forecast():
        await asyncio.sleep(LONG)
        return "calm"

    slow = forecast if way.startswith("a") else weather
    with model(), on_time():
        late(*ran_on(way, agent(dependencies={"weather": slow}, run_timeout=1.0)))
    with model(), on_time():
        late(*ran_on(way, agent(instructions=slow, run_timeout=1.0)))


@four_ways
def test_a_run_that_is_quick_enough_notices_nothing(way, tide):
    tide.set()
    owner = agent(tools=[waiting_tool(tide), reading_tool(tide)], run_timeout=30, db=InMemoryDb())
    with model(calls("wait_for_tide"), calls("read_gauge"), "High."):
        events, output = ran(way, owner)
    assert (output.status, output.content) == ("COMPLETED", "High.")
    assert [one.result for one in output.tools] == ["high water", "lowhigh"]
    if events:
        assert len(named(events, "ToolCallCompleted")) == 2


@four_ways
def test_a_continued_run_has_its_own_time(way, tide):
    from continue_ways import continued_in

    owner = agent(tools=[tool(requires_confirmation=True)(waiting_tool(tide))], run_timeout=1.0)
    with model(calls("wait_for_tide")):
        _, paused = ran_on(way, owner)
    time.sleep(1.1)  # a person may take longer than a run
    paused.tools[0].confirmed = True
    with model(), on_time():
        late(*continued_in(way, owner, paused))


# --- teams and workflows -------------------------------------------------------------------------------------------


def handed(member, **more):
    return calls("delegate_task_to_member", member_id=member, task="Ask the sea.", **more)


@four_ways
def test_a_teams_time_ends_its_members(way, tide):
    member = agent(name="Ada", id="ada", tools=[waiting_tool(tide)])
    owner = Team(members=[member], model=agent().model, telemetry=False, run_timeout=1.0, store_member_responses=True)
    with model(handed("ada"), calls("wait_for_tide")), on_time():
        events, output = ran_on(way, owner)
    late(events, output)
    if not way.endswith("stream"):  # a stream hands over no output of a member that failed, as in Agno
        assert [(one.status, one.content) for one in output.member_responses] == [("ERROR", LATE)]
    elif events:
        assert {event.content for event in events if event.event == "RunError"} == {LATE}


@four_ways
def test_a_members_own_time_is_told_to_the_leader(way, tide):
    member = agent(name="Ada", id="ada", tools=[waiting_tool(tide)], run_timeout=1.0)
    owner = Team(members=[member], model=agent().model, telemetry=False)
    with model(handed("ada"), calls("wait_for_tide"), "She did not come back."), on_time():
        _, output = ran_on(way, owner)
    assert (output.status, output.content) == ("COMPLETED", "She did not come back.")
    if not way.endswith("stream"):
        assert [(one.status, one.content) for one in output.member_responses] == [("ERROR", LATE)]


@four_ways
def test_an_agents_time_counts_within_a_workflow(way, tide):
    slow = agent(name="Ada", tools=[waiting_tool(tide)], run_timeout=1.0)
    flow = Workflow(name="flow", steps=[Step(name="ask", agent=slow, max_retries=0, skip_on_failure=True)])
    with model(calls("wait_for_tide")), on_time():
        _, output = ran_on(way, flow)
    [result] = output.step_results
    skipped = way.endswith("stream")
    assert (output.status, result.success) == ("COMPLETED", False)
    assert result.error == (f"Step 'ask' executor (agent) failed: {LATE}" if skipped else LATE)
    assert output.content == ("Step ask failed but skipped" if skipped else LATE)
