"""Sources behind a tool of an agent: answered by themselves or by an inner agent, over a backend or an MCP server."""

import asyncio
import json
import shlex
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from agent_kit import agent, calls, chat, model, named, ran

from wherry.context import Answer, ContextBackend, ContextMode, ContextProvider, Document, Status
from wherry.context.mcp import MCPContextProvider
from wherry.context.provider import answer_from_run, serialize_answer
from wherry.context.web import WebContextProvider
from wherry.run import RunContext
from wherry.run.agent import RunErrorEvent, RunOutput
from wherry.tools.mcp import MCPTools

SERVER = Path(__file__).parents[2] / "mcp_server.py"
async_ways = pytest.mark.parametrize("way", ["arun", "arun stream"])


class Almanac(ContextProvider):
    """Answers by itself; what it is told lies in `told`."""

    told = ""

    def status(self):
        return Status(ok=True)

    async def astatus(self):
        return self.status()

    def query(self, question, *, run_context=None):
        return Answer(text="Shallow.")

    async def aquery(self, question, *, run_context=None):
        if "river" not in question:
            raise LookupError("no such page")
        return Answer(results=[Document(id="ant", name="Ant")], text=f"Shallow for {run_context.user_id}.")

    async def aupdate(self, instruction, *, run_context=None):
        self.told = instruction
        return Answer()

    def _default_tools(self):
        return self._read_write_tools()


class Shelf(ContextBackend):
    """A backend with one tool; notes when it is set up and closed, and for whom the tool is called."""

    def __init__(self):
        self.seen = []

    def status(self):
        return Status(ok=True, detail="open")

    async def astatus(self):
        return self.status()

    async def asetup(self):
        self.seen.append("setup")

    async def aclose(self):
        self.seen.append("close")

    def get_tools(self):
        def look(words: str, run_context: RunContext) -> str:
            """Search."""
            told = (run_context.user_id, run_context.session_id, run_context.metadata, run_context.dependencies)
            self.seen.append(told)
            return f"a page on {words}"

        return [look]


class Slow(Almanac):
    """Answers after what it waits for, which nobody sets."""

    closed = False

    async def aquery(self, question, *, run_context=None):
        try:
            await asyncio.Event().wait()
        finally:
            self.closed = True


def result_of(output):
    (told,) = [one.result for one in output.tools]
    return told


def drained(tool, *words, **options):
    """What a tool of a provider yields when it is called by hand."""

    async def main():
        return [piece async for piece in await tool.entrypoint(*words, **options)]

    return asyncio.run(main())


@async_ways
def test_a_source_answers_by_its_own_and_knows_for_whom(way):
    with model(calls("query_al_manac", question="Which river?"), "The Ant.") as server:
        _, output = ran(way, agent(tools=Almanac("Al-manac!").get_tools()), user_id="u-1")
        names = [one["function"]["name"] for one in server.requests[0].body["tools"]]
        schema = server.requests[0].body["tools"][0]["function"]["parameters"]
    assert names == ["query_al_manac", "update_al_manac"]
    assert list(schema["properties"]) == ["question"]
    told = json.loads(result_of(output))
    assert told["text"] == "Shallow for u-1."
    assert told["results"] == [{"id": "ant", "name": "Ant", "uri": None, "source": None, "snippet": None}]
    assert output.content == "The Ant."


@async_ways
def test_a_source_is_changed_and_what_it_raises_is_told(way):
    source = Almanac("x")
    with model(calls("update_x", instruction="The Ant is low."), calls("query_x", question="The moon?"), "So."):
        _, output = ran(way, agent(tools=source.get_tools()))
    assert source.told == "The Ant is low."
    assert [json.loads(one.result) for one in output.tools] == [{}, {"error": "LookupError: no such page"}]


@pytest.mark.parametrize("way", ["run", "run stream"])
def test_a_run_that_is_not_async_ends_with_the_tool_that_has_to_be_awaited(way):
    events, output = ran(way, agent(tools=Almanac("x").get_tools()))
    assert output.status == "ERROR"
    assert "query_x" in output.content
    assert not events or isinstance(events[-1], RunErrorEvent)


def test_a_source_that_can_only_be_read_says_so():
    class Book(Almanac):
        aupdate = ContextProvider.aupdate

    (told,) = drained(Book("x", name="The Book")._update_tool(), "Write.")
    assert json.loads(told) == {"error": "The Book is read-only"}
    with pytest.raises(NotImplementedError, match="Book is read-only"):
        Book("x").update("Write.")


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({}, ["query_x", "update_x"]),
        ({"write": False}, ["query_x"]),
        ({"read": False, "update_tool_name": "note"}, ["note"]),
        ({"mode": ContextMode.agent}, ["query_x"]),
        ({"mode": ContextMode.tools, "query_tool_name": "ask"}, ["ask"]),
    ],
)
def test_the_mode_and_the_directions_say_which_tools_there_are(options, names):
    assert [tool.name for tool in Almanac("x", **options).get_tools()] == names


def test_what_makes_no_sense_is_refused():
    with pytest.raises(ValueError, match="at least one of `read` or `write`"):
        Almanac("x", read=False, write=False)
    with pytest.raises(ValueError, match=r"query_timeout=-1\): query_timeout must be positive"):
        Almanac("x", query_timeout=-1)
    with pytest.raises(ValueError, match=r"query_timeout=0\)"):
        Almanac("x", query_timeout=0)


def test_a_source_that_takes_too_long_is_left_with_an_error():
    source = Slow("x", name="The Sea", query_timeout=0.05)
    (told,) = drained(source._query_tool(), "Which river?")
    assert json.loads(told) == {"error": "The Sea did not answer within 0.05 s"}
    assert source.closed


class Talking(Almanac):
    """Hands out an inner agent that is none of Wherry's: it tells so many events, a moment apart."""

    def __init__(self, *events, **options):
        super().__init__("x", **options)
        self.events = events

    async def _aget_query_agent(self, run_context):
        return self

    async def arun(self, question, **given):
        for event in self.events:
            await asyncio.sleep(0.01)
            yield event


def test_the_time_of_a_question_is_that_of_all_its_events():
    told = drained(Talking(*[SimpleNamespace()] * 300, query_timeout=0.2)._query_tool(), "Which river?")
    assert len(told) < 300
    assert json.loads(told[-1]) == {"error": "x did not answer within 0.2 s"}


def test_an_event_from_further_inside_keeps_its_own_parent():
    events = SimpleNamespace(parent_run_id="inner"), SimpleNamespace(parent_run_id=None)
    told = drained(Talking(*events)._query_tool(), "Tides?", run_context=RunContext(run_id="r", session_id="s"))
    assert [event.parent_run_id for event in told] == ["inner", "r"]


def test_what_is_empty_is_not_told():
    assert answer_from_run(RunOutput(content="")) == Answer()
    assert serialize_answer(Answer(text="")) == {"text": ""}
    assert serialize_answer(Answer()) == {}

    class Silent(Almanac):
        async def aquery(self, question, *, run_context=None):
            return None

    assert drained(Silent("x")._query_tool(), "Which river?") == ["{}"]


def test_a_question_that_nothing_answers_is_no_refused_change():
    class Blank(Almanac):
        async def aquery(self, question, *, run_context=None):
            raise NotImplementedError("later")

    (told,) = drained(Blank("!?")._query_tool(), "Which river?")
    assert json.loads(told) == {"error": "NotImplementedError: later"}
    assert Blank("!?").query_tool_name == "query_context"


def test_a_source_within_its_time_answers_and_a_time_limit_of_its_own_is_no_other():
    class Hasty(Almanac):
        async def aquery(self, question, *, run_context=None):
            raise TimeoutError("the library is closed")

    (told,) = drained(Hasty("x", query_timeout=60)._query_tool(), "Which river?")
    assert json.loads(told) == {"error": "TimeoutError: the library is closed"}
    (told,) = drained(
        Almanac("x", query_timeout=60)._query_tool(),
        "Which river?",
        run_context=RunContext(run_id="r", session_id="s", user_id="u-2"),
    )
    assert json.loads(told)["text"] == "Shallow for u-2."


@async_ways
def test_an_inner_agent_is_heard_while_it_works(way):
    shelf, given = Shelf(), {"user_id": "u-1", "metadata": {"trip": 1}, "dependencies": {"boat": "Ant"}}
    web = WebContextProvider(shelf, model=chat("gpt-5-nano"), instructions="Look it up.")
    script = [calls("query_web", question="Tides?"), calls("look", words="tides"), "At nine.", "High water at nine."]
    with model(*script) as server:
        events, output = ran(way, agent(tools=web.get_tools()), session_id="s-1", **given)
        assert [request.body["model"] for request in server.requests] == ["gpt-5-mini", "gpt-5-nano"] * 1 + [
            "gpt-5-nano",
            "gpt-5-mini",
        ]
        assert "Look it up." in server.requests[1].turns[0][1]
    assert result_of(output) == "At nine."
    assert shelf.seen == [("u-1", "s-1", {"trip": 1}, {"boat": "Ant"})]
    if events:
        inner = [event for event in events if event.run_id != output.run_id]
        assert {event.parent_run_id for event in inner} == {output.run_id}
        assert {(event.session_id, event.agent_id, event.agent_name) for event in inner} == {("s-1", "web", "Web")}
        assert named(inner, "ToolCallCompleted")[0].tool.result == "a page on tides"


@async_ways
def test_an_inner_agent_may_work_unheard(way):
    web = WebContextProvider(Shelf(), model=chat("gpt-5-nano"), stream_sub_agent_events=False)
    with model(calls("query_web", question="Tides?"), "At nine.", "High water at nine."):
        events, output = ran(way, agent(tools=web.get_tools()))
    assert json.loads(result_of(output)) == {"text": "At nine."}
    assert {event.run_id for event in events} <= {output.run_id}


def test_an_inner_agent_is_asked_without_another():
    web = WebContextProvider(Shelf(), model=chat())
    with model("At nine.", "At ten."):
        assert web.query("Tides?").text == "At nine."
        assert asyncio.run(web.aquery("Tides?")).text == "At ten."
    made = web._agent
    assert made.markdown
    assert web._inner() is made
    asyncio.run(web.aclose())
    assert web._inner() is not made


def test_the_backend_of_a_source_is_set_up_closed_and_can_serve_its_tools_itself():
    shelf = Shelf()
    web = WebContextProvider(shelf, mode=ContextMode.tools)
    assert web.status() == asyncio.run(web.astatus()) == Status(ok=True, detail="open")
    asyncio.run(web.asetup())
    asyncio.run(web.aclose())
    assert shelf.seen == ["setup", "close"]
    assert [tool.__name__ for tool in web.get_tools()] == ["look"]
    assert "search first" in web.instructions()
    assert "`query_web(question)`" in WebContextProvider(shelf).instructions()
    with pytest.raises(NotImplementedError, match="Shelf reads no pages"):
        shelf.fetch_many(["http://127.0.0.1/"])
    with pytest.raises(NotImplementedError, match="Shelf reads no pages"):
        asyncio.run(shelf.afetch_many(["http://127.0.0.1/"]))


def test_what_a_source_tells_of_itself_depends_on_its_mode():
    assert Almanac("x").instructions() == "`x`: ask this source by `query_x(question)`."
    assert "its own tools" in Almanac("x", mode=ContextMode.tools).instructions()


def at(**options):
    return MCPContextProvider("Tide Table", transport="stdio", command=sys.executable, args=[str(SERVER)], **options)


def test_an_mcp_server_is_asked_in_words_and_its_tools_are_described_to_the_inner_agent():
    async def main():
        source = at(model=chat("gpt-5-nano"), timeout_seconds=60)
        assert source.status().detail == "mcp: Tide Table (not connected yet)"
        await source.asetup()
        try:
            assert source.status() == await source.astatus() == Status(ok=True, detail="mcp: Tide Table (9 tools)")
            asking = agent(tools=source.get_tools(), instructions=source.instructions())
            output = await asking.arun("40 + 2?")
            return output, await source.aquery("And now?")
        finally:
            await source.aclose()

    script = [calls("query_mcp_tide_table", question="40 + 2?"), calls("add", a=40, b=2), "42.", "It is 42.", "Still."]
    with model(*script) as server:
        output, answer = asyncio.run(main())
        told = server.requests[1].turns[0][1]
    assert "the MCP server `Tide Table`" in told
    assert "- `add`(a: integer, b: integer?): Add two numbers." in told
    assert result_of(output) == "42."
    assert answer.text == "Still."


def test_an_mcp_server_that_cannot_be_reached_is_a_status_a_warning_and_an_error_of_the_tool(caplog):
    source = MCPContextProvider("gone", transport="stdio", command=str(SERVER.with_name("nobody")), timeout_seconds=60)
    asyncio.run(source.asetup())
    assert "MCPContextProvider[mcp_gone] could not connect" in caplog.text
    assert not asyncio.run(source.astatus()).ok
    (told,) = drained(source._query_tool(), "Anybody?")
    assert "error" in json.loads(told)
    asyncio.run(source.aclose())
    with pytest.raises(NotImplementedError, match="aquery"):
        source.query("Anybody?")


def test_an_mcp_server_that_tells_no_tools_is_not_left_running(mcp_servers):
    class Mute(MCPTools):
        async def build_tools(self):
            self.was_open = self._connection.usable()
            raise OSError("no list")

    class Source(MCPContextProvider):
        def _build_tools_instance(self):
            self.kit = Mute(command=shlex.join(mcp_servers.command(SERVER)), timeout_seconds=60)
            return self.kit

    async def main():
        source = Source("mute", transport="stdio", command="-")
        assert "no list" in (await source.astatus()).detail
        kit = source.kit
        assert "no list" in (await source.astatus()).detail
        assert source.kit is not kit
        return kit

    kit = asyncio.run(main())
    assert kit.was_open
    assert kit.session is None


def test_an_mcp_server_that_does_not_answer_is_not_waited_for(caplog):
    class Source(MCPContextProvider):
        async def _ensure_session(self):
            await asyncio.Event().wait()

    asyncio.run(Source("mute", transport="stdio", command="-", timeout_seconds=0.05).asetup())
    assert "MCPContextProvider[mcp_mute] could not connect" in caplog.text


def test_the_toolkit_of_an_mcp_server_is_what_its_options_say():
    (kit,) = at(mode=ContextMode.tools, env={"TIDE": "low"}, mcp_kwargs={"include_tools": ["add"]}).get_tools()
    assert (kit.include_tools, kit.timeout_seconds) == (["add"], 30)
    assert kit.server_params.env["TIDE"] == "low"
    for transport in ("sse", "streamable-http"):
        source = MCPContextProvider("t", transport=transport, url="http://127.0.0.1:1/", headers={"X-Tide": "low"})
        assert source.get_tools()[0].name == "query_mcp_t"
        source.mode = ContextMode.tools
        (kit,) = source.get_tools()
        assert source.get_tools() == [kit]
        assert kit.server_params.headers == {"X-Tide": "low"}
        assert "the server's tools" in source.instructions()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"transport": "stdio"}, "requires `command`"),
        ({"transport": "sse"}, "requires `url`"),
        ({"transport": "streamable-http"}, "requires `url`"),
        ({"transport": "pigeon"}, "'pigeon' is unknown"),
    ],
)
def test_an_mcp_server_without_an_address_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        MCPContextProvider("t", **options)
