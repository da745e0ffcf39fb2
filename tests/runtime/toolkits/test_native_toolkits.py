"""The toolkits that come with Wherry, as agents use them and against local servers."""

import json
from types import SimpleNamespace

import pytest
from agent_ways import WAYS, run_in
from hypothesis import given
from hypothesis import strategies as st
from local_site import site
from tool_kit import context, result_of

from wherry.agent import Agent
from wherry.core.errors import ConfigurationError
from wherry.core.tools.calls import ToolScope
from wherry.models.openai import OpenAIChat
from wherry.testing import ReplayServer
from wherry.tools.calculator import CalculatorTools
from wherry.tools.duckduckgo import DuckDuckGoTools
from wherry.tools.hackernews import HackerNewsTools
from wherry.tools.reasoning import ReasoningTools
from wherry.tools.user_control_flow import UserControlFlowTools
from wherry.tools.user_feedback import UserFeedbackTools
from wherry.tools.websearch import WebSearchTools

four_ways = pytest.mark.parametrize("way", WAYS)


def call(kit, tool, arguments=None, scope=None):
    return result_of("blocking", kit.functions[tool], arguments, scope).text


def agent(*tools, **options):
    return Agent(model=OpenAIChat(id="gpt-5-mini"), tools=list(tools), telemetry=False, **options)


def calls(name, **arguments):
    return {"tool_calls": [{"name": name, "arguments": arguments}]}


# --- calculator ----------------------------------------------------------------------------------------------------


@four_ways
def test_an_agent_calculates(way):
    with ReplayServer([calls("multiply", a=6, b=7), "It is 42."]) as server, server.environment():
        _, output = run_in(way, agent(CalculatorTools()), "6 times 7?")
        assert output.content == "It is 42."
        assert output.tools[0].result == '{"operation": "multiplication", "result": 42.0}'
        assert server.requests[1].text("tool") == output.tools[0].result


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("divide", {"a": 1, "b": 0}),
        ("exponentiate", {"a": 10, "b": 400}),
        ("exponentiate", {"a": -8, "b": 0.5}),
        ("factorial", {"n": -1}),
        ("factorial", {"n": 10**12}),
        ("factorial", {"n": 10**400}),
        ("square_root", {"n": -4}),
    ],
)
def test_what_has_no_result_is_said_so(tool, arguments):
    answer = json.loads(call(CalculatorTools(), tool, arguments))
    assert answer["error"]
    assert "result" not in answer


@given(st.integers(-5, 3000))
def test_primes_are_told_from_the_others(n):
    divided = n > 1 and all(n % k for k in range(2, int(n**0.5) + 1))
    assert json.loads(CalculatorTools().is_prime(n))["result"] is divided


@pytest.mark.parametrize(
    ("n", "prime"),
    [(2**61 - 1, True), ((2**31 - 1) * (2**61 - 1), False), (3215031751, False), (3825123056546413051, False)],
)
def test_large_primes_take_no_time(n, prime):
    assert json.loads(CalculatorTools().is_prime(n))["result"] is prime


# --- reasoning -----------------------------------------------------------------------------------------------------


@four_ways
def test_thoughts_are_kept_in_the_runs_state(way):
    script = [
        calls("think", title="Plan", thought="Two steps.", action="Go"),
        calls("analyze", title="Check", result="r", analysis="Fine.", next_action="final_answer"),
        "Done.",
    ]
    with ReplayServer(script) as server, server.environment():
        _, output = run_in(way, agent(ReasoningTools(add_instructions=True)), "Think.")
        assert output.content == "Done."
        told = server.requests[2].turns[-1][1]
        assert told.startswith("Step 1:\nTitle: Plan\nReasoning: Two steps.\nAction: Go\nConfidence: 0.8\n\nStep 2:")
        assert "`think` comes first" in server.requests[0].text("system")
        assert [step.title for step in output.reasoning_steps] == ["Plan", "Check"]


def test_the_steps_of_two_runs_stay_apart():
    kit = ReasoningTools()
    state = {}
    for run_id in ("one", "two"):
        scope = ToolScope(run_context=context(run_id=run_id, session_state=state))
        assert call(kit, "think", {"title": run_id, "thought": "t"}, scope).count("Step") == 1
    assert {run_id: len(steps) for run_id, steps in state["reasoning_steps"].items()} == {"one": 1, "two": 1}


def test_instructions_of_reasoning_can_be_chosen():
    assert ReasoningTools.FEW_SHOT_EXAMPLES not in ReasoningTools().instructions
    assert ReasoningTools.FEW_SHOT_EXAMPLES in ReasoningTools(add_few_shot=True).instructions
    assert "mine" in ReasoningTools(add_few_shot=True, few_shot_examples="mine").instructions
    assert ReasoningTools(instructions="all mine").instructions == "all mine"
    assert list(ReasoningTools(enable_think=False).functions) == ["analyze"]


# --- hacker news ---------------------------------------------------------------------------------------------------

NEWS = {
    "/topstories.json": "[3, 1, 2]",
    "/item/1.json": '{"id": 1, "title": "One", "by": "ann"}',
    "/item/2.json": "null",
    "/item/3.json": '{"id": 3, "title": "Three"}',
    "/user/ann.json": '{"id": "ann", "karma": 5, "submitted": [1, 2], "about": "hi"}',
    "/user/nobody.json": "null",
    "/user/a%20b.json": '{"id": "a b"}',
}


def test_stories_come_in_their_order():
    with site(NEWS) as (address, _):
        kit = HackerNewsTools(address=address)
        stories = json.loads(call(kit, "get_top_hackernews_stories", {"num_stories": 5}))
        assert [(story["title"], story["username"]) for story in stories] == [("Three", "unknown"), ("One", "ann")]
        assert len(json.loads(call(kit, "get_top_hackernews_stories", {"num_stories": 1}))) == 1
        for none in (0, -1):
            assert call(kit, "get_top_hackernews_stories", {"num_stories": none}) == "[]"


def test_users_are_found_or_not():
    with site(NEWS) as (address, asked):
        kit = HackerNewsTools(address=address)
        assert json.loads(call(kit, "get_user_details", {"username": "ann"})) == {
            "id": "ann",
            "karma": 5,
            "about": "hi",
            "total_items_submitted": 2,
        }
        assert "no user 'nobody'" in call(kit, "get_user_details", {"username": "nobody"})
        assert json.loads(call(kit, "get_user_details", {"username": "a b"}))["id"] == "a b"
        assert asked[-1][1] == "/user/a%20b.json"


def test_a_service_that_fails_is_told_to_the_model():
    with site({"/topstories.json": (404, "gone")}) as (address, _):
        assert "404" in call(HackerNewsTools(address=address), "get_top_hackernews_stories")
    assert "could not be read" in call(
        HackerNewsTools(address="http://127.0.0.1:1"), "get_user_details", {"username": "a"}
    )


# --- web search ----------------------------------------------------------------------------------------------------

PAGE = """<html><body><div class="result body"><h2><a href="x">A boat</a></h2>
<a href="http://127.0.0.1/boat">carries people across</a></div></body></html>"""
NEWSPAGE = """<html><body><div class="newsitem" data-title="Ferry opens" url="http://127.0.0.1/ferry"
data-author="Post"><div class="snippet">A ferry.</div><span aria-label="01.02.2026"></span></div></body></html>"""


@pytest.fixture
def engines(monkeypatch):
    """The engines of ddgs, pointed at a local site."""
    from ddgs.engines.bing_news import BingNews
    from ddgs.engines.duckduckgo import Duckduckgo

    with site({"/html": PAGE, "/news": NEWSPAGE}) as (address, asked):
        monkeypatch.setattr(Duckduckgo, "search_url", f"{address}/html")
        monkeypatch.setattr(BingNews, "search_url", f"{address}/news")
        yield SimpleNamespace(asked=asked)


def test_pages_are_searched(engines):
    kit = DuckDuckGoTools(modifier="site:example.org", region="uk-en", timelimit="w", timeout=5)
    found = json.loads(call(kit, "web_search", {"query": "boat", "max_results": 3}))
    assert found[0]["href"] == "http://127.0.0.1/boat"
    assert found[0]["title"] == "A boat"
    method, _, form = engines.asked[0]
    assert (method, form["q"], form["l"], form["df"]) == ("POST", "site:example.org boat", "uk-en", "w")


def test_news_are_searched(engines):
    kit = WebSearchTools(backend="bing", modifier="not for news", timeout=5)
    found = json.loads(call(kit, "search_news", {"query": "ferry"}))
    assert found[0]["url"] == "http://127.0.0.1/ferry"
    assert engines.asked[0][2]["q"] == "ferry"


def test_a_fixed_number_of_results_is_that_whatever_the_model_asks_for(monkeypatch):
    asked = []

    class Engine:
        def __init__(self, **_):
            pass

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def text(self, *, query, max_results, backend):
            asked.append((query, max_results, backend))
            return []

    monkeypatch.setattr("wherry.tools.websearch.DDGS", Engine, raising=False)
    call(WebSearchTools(fixed_max_results=2), "web_search", {"query": "boat", "max_results": 7})
    call(WebSearchTools(backend="bing"), "web_search", {"query": "boat", "max_results": 7})
    assert asked == [("boat", 2, "auto"), ("boat", 7, "bing")]


def test_a_search_without_results_is_a_failed_call():
    kit = WebSearchTools(backend="duckduckgo", proxy="http://127.0.0.1:1", timeout=1)
    assert not result_of("blocking", kit.functions["web_search"], {"query": "x"}).success


def test_an_unknown_time_limit_is_refused():
    with pytest.raises(ConfigurationError, match="fortnight"):
        WebSearchTools(timelimit="fortnight")


# --- asking the user -----------------------------------------------------------------------------------------------


@four_ways
def test_a_run_waits_for_values_from_the_user(way):
    field = {"field_name": "size", "field_type": "int", "field_description": "Size of the boat"}
    with ReplayServer([calls("get_user_input", user_input_fields=[field])]) as server, server.environment():
        _, output = run_in(way, agent(UserControlFlowTools()), "Build a boat.")
        assert output.status == "PAUSED"
        (asked,) = output.requirements[0].user_input_schema
        assert (asked.name, asked.field_type, asked.description) == ("size", int, "Size of the boat")
        assert "call `get_user_input`" in server.requests[0].text("system")


@four_ways
def test_a_run_waits_for_a_choice_of_the_user(way):
    question = {"question": "Which?", "header": "Boat", "options": [{"label": "Red"}, {"label": "Blue"}]}
    with ReplayServer([calls("ask_user", questions=[question])]) as server, server.environment():
        _, output = run_in(way, agent(UserFeedbackTools()), "Build a boat.")
        assert output.status == "PAUSED"
        (asked,) = output.requirements[0].user_feedback_schema
        assert [option.label for option in asked.options] == ["Red", "Blue"]
        assert not asked.multi_select


def test_what_cannot_be_divided_is_said_so():
    for a, b in ((10**400, 1), ("2", "3"), (None, 1)):
        answer = json.loads(CalculatorTools().divide(a, b))
        assert answer["error"]
        assert answer["operation"] == "division"
