"""Tools as runs use them: events, hooks, limits, steering, errors, results that are shown."""

import asyncio

import pytest
from agent_kit import agent, calls, chat, four_ways, model, named, ran
from pydantic import BaseModel

from wherry.db.in_memory import InMemoryDb
from wherry.exceptions import RetryAgentRun, StopAgentRun
from wherry.models.message import Message
from wherry.run.agent import CustomEvent, RunContentEvent
from wherry.tools import Toolkit, tool


class Boat(BaseModel):
    name: str


def tide(place: str) -> str:
    """Tide at a place."""
    return f"{place}: rising"


def broken(place: str) -> str:
    """Never works."""
    raise OSError("no gauge")


TWO = {"tool_calls": [{"name": "tide", "arguments": {"place": place}} for place in ("Acle", "Horning")]}


@four_ways
def test_a_tool_is_offered_called_and_answered(way):
    with model(calls("tide", place="Acle"), "Go now.") as server:
        events, output = ran(way, agent(tools=[tide]))
        (offered,) = server.requests[0].body["tools"]
        assert offered["function"]["name"] == "tide"
        assert server.requests[1].text("tool") == "Acle: rising"
    assert output.content == "Go now."
    (record,) = output.tools
    assert (record.tool_name, record.tool_args, record.result) == ("tide", {"place": "Acle"}, "Acle: rising")
    assert record.metrics.duration >= 0
    if events:
        names = [event.event for event in events]
        assert names.index("ToolCallStarted") < names.index("ToolCallCompleted")
        assert named(events, "ToolCallCompleted")[0].tool.result == "Acle: rising"


@four_ways
def test_two_calls_at_once_are_answered_in_order(way):
    with model(TWO, "Go now.") as server:
        _, output = ran(way, agent(tools=[tide]))
        answers = [text for role, text in server.requests[1].turns if role == "tool"]
    assert answers == ["Acle: rising", "Horning: rising"]
    assert [record.result for record in output.tools] == answers


def test_tools_side_by_side_are_concluded_when_all_have_ended_in_the_order_of_the_calls():
    ended, passed = [], asyncio.Event()

    async def slow(name: str) -> str:
        """Takes its time."""
        async with asyncio.timeout(60):
            await passed.wait()
        ended.append(name)
        return name

    async def quick(name: str) -> str:
        """Takes none."""
        ended.append(name)
        passed.set()
        return name

    two = {"tool_calls": [{"name": name, "arguments": {"name": name}} for name in ("slow", "quick")]}
    with model(two, "Both.") as server:
        events, output = ran("arun stream", agent(tools=[slow, quick]))
        told = [text for role, text in server.requests[1].turns if role == "tool"]
    assert ended == ["quick", "slow"]
    calls_told = [(event.event, event.tool.tool_name) for event in events if event.event.startswith("ToolCall")]
    assert calls_told == [
        *(("ToolCallStarted", name) for name in ("slow", "quick")),
        *(("ToolCallCompleted", name) for name in ("slow", "quick")),
    ]
    assert told == [record.result for record in output.tools] == ["slow", "quick"]


def test_what_has_run_stays_in_a_run_whose_time_is_up_meanwhile():
    async def done(name: str) -> str:
        """Is done at once."""
        return name

    async def never(name: str) -> str:
        """Is not."""
        await asyncio.sleep(60)
        return name

    both = {"tool_calls": [{"name": name, "arguments": {"name": name}} for name in ("never", "done")]}
    with model(both):
        _, output = ran("arun stream", agent(tools=[never, done], run_timeout=2.0))
    assert output.status == "ERROR"
    assert [(record.tool_name, record.result) for record in output.tools] == [("never", None), ("done", "done")]


@pytest.mark.parametrize("stream", ["", " stream"])
def test_a_tool_that_is_an_asynchronous_generator_needs_a_loop(stream):
    async def tides(place: str):
        """Tides at a place, one after the other."""
        yield f"{place}: rising"
        yield ", then falling"

    _, refused = ran(f"run{stream}", agent(tools=[tides]))  # before any model is asked
    assert refused.status == "ERROR"
    assert refused.content.startswith("Async tool 'tides' cannot be used in a synchronous run.")
    with model(calls("tides", place="Acle"), "Go now."):
        _, output = ran(f"arun{stream}", agent(tools=[tides]))
    assert output.tools[0].result == "Acle: rising, then falling"


def test_async_tools_run_side_by_side_on_a_loop():
    meeting = asyncio.Barrier(2)

    async def meet(who: str) -> str:
        """Wait for the other."""
        await meeting.wait()
        return f"{who} met"

    both = {"tool_calls": [{"name": "meet", "arguments": {"who": who}} for who in ("ann", "bob")]}
    with model(both, "Done."):
        _, output = ran("arun", agent(tools=[meet]))
    assert [record.result for record in output.tools] == ["ann met", "bob met"]


@four_ways
def test_a_tool_that_fails_is_told_to_the_model(way):
    with model(calls("broken", place="Acle"), "No tide known.") as server:
        events, output = ran(way, agent(tools=[broken]))
        assert "no gauge" in server.requests[1].text("tool")
    assert output.status == "COMPLETED"
    assert output.tools[0].tool_call_error
    if events:
        assert named(events, "ToolCallError")[0].error == output.tools[0].result


@four_ways
@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (calls("tides", place="Acle"), "does not exist"),
        ({"tool_calls": [{"name": "tide", "arguments": "{place"}]}, "not JSON"),
        ({"tool_calls": [{"name": "tide", "arguments": "[1]"}]}, "one JSON object"),
        (calls("tide"), "place"),
        (calls("tide", place={"no": "text"}), "place"),
    ],
    ids=["unknown", "broken", "list", "missing", "wrong"],
)
def test_calls_that_cannot_be_made_are_told_to_the_model(way, asked, told):
    with model(asked, "Sorry.") as server:
        _, output = ran(way, agent(tools=[tide]))
        assert told in server.requests[1].text("tool")
    assert output.content == "Sorry."


@four_ways
def test_the_number_of_calls_may_be_limited(way):
    with model(TWO, calls("tide", place="Wroxham"), "Enough.") as server:
        _, output = ran(way, agent(tools=[tide], tool_call_limit=1))
        answers = [text for role, text in server.requests[2].turns if role == "tool"]
    # As in Agno, on a loop the answers to calls beyond the limit come first.
    first = ["Acle: rising", "limit"] if way.startswith("run") else ["limit", "Acle: rising"]
    assert all(part in answer for part, answer in zip([*first, "limit"], answers, strict=True))
    assert [record.tool_args["place"] for record in output.tools] == ["Acle"]


@four_ways
@pytest.mark.parametrize("choice", ["none", "required", {"type": "function", "function": {"name": "tide"}}])
def test_the_choice_of_tools_is_passed_on(way, choice):
    with model("fine") as server:
        ran(way, agent(tools=[tide], tool_choice=choice))
        assert server.requests[0].body["tool_choice"] == choice


@four_ways
def test_a_tool_may_end_the_run(way):
    @tool(stop_after_tool_call=True)
    def book(boat: str) -> str:
        """Book a boat."""
        return f"{boat} booked"

    with model(calls("book", boat="Albion")) as server:
        _, output = ran(way, agent(tools=[book]))
        assert server.request_count == 1
    assert output.status == "COMPLETED"
    assert output.tools[0].result == "Albion booked"


@four_ways
def test_a_result_may_be_shown_to_the_user(way):
    @tool(show_result=True, stop_after_tool_call=True)
    def book(boat: str) -> str:
        """Book a boat."""
        return f"{boat} booked"

    with model(calls("book", boat="Albion")):
        events, output = ran(way, agent(tools=[book]))
    assert output.content == "Albion booked"
    if events:
        assert named(events, "RunContent")[-1].content == "Albion booked"


@four_ways
def test_what_a_generator_yields_is_shown_piece_by_piece(way):
    @tool(show_result=True)
    def recite():
        """Recite."""
        yield "one "
        yield 2

    with model(calls("recite"), "done"):
        events, output = ran(way, agent(tools=[recite]))
    assert output.content == "one 2done"
    assert output.tools[0].result == "one 2"
    if events:
        told = [event.event if event.event != "RunContent" else event.content for event in events]
        begun, ended = told.index("ToolCallStarted"), told.index("ToolCallCompleted")
        assert told[begun + 1 : ended] == ["one ", "2"]


OBJECTS = [(Boat(name="Albion"), '{"name":"Albion"}'), ({"boat": 1}, "{'boat': 1}")]


@four_ways
@pytest.mark.parametrize(("content", "text"), OBJECTS)
def test_objects_in_content_events_of_a_generator_are_shown_as_text(way, content, text):
    @tool(show_result=True)
    def recite(run_context):
        """Recite."""
        yield "one "
        yield RunContentEvent(content=content, run_id=run_context.run_id, session_id=run_context.session_id)

    with model(calls("recite"), "done"):
        _, output = ran(way, agent(tools=[recite]))
    assert (output.content, output.tools[0].result, output.status) == (f"one {text}done", f"one {text}", "COMPLETED")


@four_ways
def test_what_a_generator_showed_before_it_failed_stays_shown(way):
    @tool(show_result=True)
    def recite():
        """Recite."""
        yield "one "
        raise ValueError("forgot the rest")

    with model(calls("recite"), "done") as server:
        _, output = ran(way, agent(tools=[recite]))
        assert server.requests[1].body["messages"][-1]["content"] == "forgot the rest"
    assert output.content == "one done"


@four_ways
def test_a_tool_may_raise_to_stop_the_run(way):
    def stop() -> str:
        """Stop."""
        raise StopAgentRun("enough", agent_message="I stop here.", user_message=Message(role="user", content="Why?"))

    with model(calls("stop")):
        _, output = ran(way, agent(tools=[stop]))
    assert output.status == "COMPLETED"
    assert [message.content for message in output.messages if message.content][-2:] == ["Why?", "I stop here."]


@four_ways
def test_a_tool_may_raise_to_make_the_model_try_again(way):
    tried = []

    def fill(litres: int) -> str:
        """Fill the tank."""
        tried.append(litres)
        if litres < 10:
            raise RetryAgentRun("At least ten litres.", messages=[{"role": "user", "content": "More, please."}])
        return "full"

    with model(calls("fill", litres=1), calls("fill", litres=10), "Full.") as server:
        _, output = ran(way, agent(tools=[fill]))
        assert ("user", "More, please.") in server.requests[1].turns
    assert (tried, output.content) == ([1, 10], "Full.")


@four_ways
def test_tool_hooks_wrap_every_call(way):
    seen = []

    def watch(function_name, function_call, arguments):
        seen.append(("before", function_name, dict(arguments)))
        arguments["place"] = arguments["place"].upper()
        result = function_call(**arguments)
        seen.append(("after", result))
        return f"<{result}>"

    with model(calls("tide", place="Acle"), "Go."):
        _, output = ran(way, agent(tools=[tide], tool_hooks=[watch]))
    assert seen == [("before", "tide", {"place": "Acle"}), ("after", "ACLE: rising")]
    assert output.tools[0].result == "<ACLE: rising>"


@four_ways
def test_hooks_of_one_tool(way):
    seen = []

    @tool(pre_hook=lambda fc: seen.append(fc.arguments), post_hook=lambda fc: seen.append(fc.result))
    def depth(place: str) -> int:
        """Depth at a place."""
        return 3

    with model(calls("depth", place="Acle"), "Three."):
        ran(way, agent(tools=[depth]))
    assert seen == [{"place": "Acle"}, 3]


@four_ways
def test_a_cached_result_is_not_made_again(way, tmp_path):
    made = []

    @tool(cache_results=True, cache_dir=str(tmp_path))
    def depth(place: str) -> str:
        """Depth at a place."""
        made.append(place)
        return "3 m"

    with model(calls("depth", place="Acle"), calls("depth", place="Acle"), "Three."):
        _, output = ran(way, agent(tools=[depth]))
    assert made == ["Acle"]
    assert [record.result for record in output.tools] == ["3 m", "3 m"]


class Passing(CustomEvent):
    """A custom event of a user."""

    def __str__(self):
        return f"a boat passes (call {self.tool_call_id}), "


@four_ways
def test_events_that_a_tool_yields_are_passed_on(way):
    def watch(place: str):
        """Watch the river."""
        yield "one boat, "
        yield Passing(boat="Albion")
        yield "gone"

    with model(calls("watch", place="Acle"), "Gone."):
        events, output = ran(way, agent(tools=[watch]))
    # The event's text is the model's, too, as it was before anybody knew of which call it is.
    assert output.tools[0].result == "one boat, a boat passes (call None), gone"
    if events:
        (passing,) = [event for event in events if isinstance(event, Passing)]
        assert (passing.boat, passing.run_id) == ("Albion", output.run_id)


class Boats(Toolkit):
    def __init__(self):
        super().__init__(name="boats", tools=[self.count], instructions="Ask before you count.", add_instructions=True)

    def count(self) -> int:
        """Count the boats."""
        return 7


@four_ways
def test_a_toolkit_brings_its_functions_and_instructions(way):
    with model(calls("count"), "Seven.") as server:
        _, output = ran(way, agent(tools=[Boats()]))
        assert "Ask before you count." in server.requests[0].turns[0][1]
    assert output.tools[0].result == "7"


@four_ways
def test_what_a_tool_asks_for_by_name_is_given(way):
    def where(agent, run_context, images) -> str:
        """Where am I?"""
        run_context.session_state["asked"] = True
        return f"{agent.name} {run_context.user_id} {len(images or [])}"

    with model(calls("where"), "Here."):
        _, output = ran(way, agent(tools=[where], session_state={}), user_id="mary")
    assert output.tools[0].result == "Ada mary 0"
    assert output.session_state["asked"] is True


@four_ways
def test_tools_may_come_from_a_function(way):
    asked = []

    def tools_for(run_context):
        asked.append(run_context.user_id)
        return [tide]

    owner = agent(tools=tools_for)
    with model(calls("tide", place="Acle"), "Go.", "fine"):
        assert ran(way, owner, user_id="mary")[1].tools[0].result == "Acle: rising"
        ran(way, owner, user_id="mary")
    assert asked == ["mary"]
    with pytest.raises(RuntimeError, match="set_tools"):
        owner.add_tool(tide)


def test_tools_can_be_changed_between_runs():
    owner = agent()
    owner.add_tool(tide)
    with model("fine", "fine") as server:
        ran("run", owner)
        owner.set_tools([broken])
        ran("run", owner)
        offered = [[one["function"]["name"] for one in request.body["tools"]] for request in server.requests]
    assert offered == [["tide"], ["broken"]]


@four_ways
def test_tool_messages_need_not_be_stored(way):

    owner = agent(tools=[tide], db=InMemoryDb(), store_tool_messages=False)
    with model(calls("tide", place="Acle"), "Go."):
        _, output = ran(way, owner, session_id="s")
    (stored,) = owner.get_session("s").runs
    assert "tool" not in [message.role for message in stored.messages]
    assert output.content == "Go."


@four_ways
def test_long_results_are_shortened_for_the_model(way):
    from wherry.compression.manager import CompressionManager

    def read() -> str:
        """Read the log."""
        return "calm " * 100

    keeper = CompressionManager(compress_tool_results_limit=1, compress_tool_call_instructions="Shorten.")
    with model(
        calls("read"), {"content": "all calm", "when": {"role": "system", "contains": "Shorten."}}, "Calm."
    ) as server:
        owner = agent(tools=[read], compression_manager=keeper)  # a manager is enough, as in Agno
        events, output = ran(way, owner)
        assert server.requests[2].text("tool") == "all calm"
    assert (owner.compress_tool_results, keeper.model) == (True, owner.model)
    assert keeper.stats["tool_results_compressed"] == 1
    assert output.tools[0].result == "calm " * 100
    if events:
        assert named(events, "CompressionCompleted")[0].compressed_size == len("all calm")


@four_ways
def test_shortening_that_fails_leaves_the_result(way, caplog):
    def read() -> str:
        """Read the log."""
        return "calm " * 100

    from wherry.compression.manager import CompressionManager

    keeper = CompressionManager(compress_token_limit=10)
    refusal = {"status": 400, "error": "no", "when": {"role": "system", "contains": "Shorten the result"}}
    with model(calls("read"), refusal, "Calm.") as server:
        ran(way, agent(tools=[read], compress_tool_results=True, compression_manager=keeper))
        assert server.requests[2].text("tool") == "calm " * 100
    assert "could not be shortened" in caplog.text


@four_ways
def test_a_team_shortens_results_with_a_manager_and_its_own_model(way):
    from wherry.compression.manager import CompressionManager
    from wherry.team import Team

    def read() -> str:
        """Read the log."""
        return "calm " * 100

    keeper = CompressionManager(model="openai-chat:gpt-5-nano", compress_tool_results_limit=1)
    crew = Team(model=chat(), members=[agent(name="Mate")], tools=[read], compression_manager=keeper, telemetry=False)
    with model(calls("read"), "all calm", "Calm.") as server:
        ran(way, crew)
        assert [request.model for request in server.requests] == ["gpt-5-mini", "gpt-5-nano", "gpt-5-mini"]
        assert server.requests[2].text("tool") == "all calm"


@pytest.mark.parametrize("asked", [False, True])
def test_nothing_is_shortened_below_the_limit_or_when_switched_off(asked):
    from wherry.compression.manager import CompressionManager

    for keeper in (CompressionManager(), CompressionManager(compress_tool_results=False, compress_token_limit=1)):
        with model(calls("tide", place="Acle"), "Go.") as server:
            ran("run", agent(tools=[tide], compress_tool_results=asked, compression_manager=keeper))
            assert server.request_count == 2
        assert keeper.stats == {}


def test_the_limit_of_tokens_counts_what_is_sent_as_text():
    from wherry.compression.manager import CompressionManager

    call = {"id": "call_1", "type": "function", "function": {"name": "tide", "arguments": '{"place": "Acle"}'}}
    messages = [
        Message(role="user", content="x" * 40),  # 10 tokens
        Message(role="assistant", tool_calls=[call]),  # 17 characters: 4
        Message(role="tool", content="y" * 400, compressed_content="y" * 33, tool_call_id="call_1"),  # 33 + 1 + 6: 10
    ]
    tools = [{"type": "function", "function": {"name": "tide"}}]  # 54 characters of JSON: 13
    for most, given, due in ((24, None, True), (25, None, False), (37, tools, True), (38, tools, False)):
        keeper = CompressionManager(compress_token_limit=most)
        assert keeper.should_compress(messages, given, model=chat()) is due
        assert asyncio.run(keeper.ashould_compress(messages, given, model=chat())) is due
        assert not keeper.should_compress(messages, given)  # as in Agno, a model has to be named
