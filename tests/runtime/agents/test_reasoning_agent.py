"""An agent of one's own that thinks before the run: `reasoning_agent`."""

import pytest
from agent_kit import agent, calls, chat, four_ways, model, named, ran, system_text
from continue_ways import continued_in
from pydantic import BaseModel

from wherry.agent import Agent
from wherry.db.in_memory import InMemoryDb
from wherry.models.anthropic import Claude
from wherry.models.deepseek import DeepSeek
from wherry.models.message import Message
from wherry.reasoning.helpers import get_reasoning_agent
from wherry.reasoning.step import ReasoningSteps
from wherry.team import Team
from wherry.tools import tool

THOUGHT = {"content": "The Bure is calm.", "reasoning": "Hm.", "when": {"model": "o4-mini"}}

WORDS = {"content": "The Bure is calm.", "when": {"model": "o4-mini"}}


def tide(place: str) -> str:
    """Tell the tide."""
    return f"{place}: rising"


def thinker(**options):
    """Somebody to think."""
    return Agent(**{"name": "Sage", "model": chat("o4-mini"), "instructions": "Think of the tide.", **options})


def pilot(**options):
    """Somebody who has thinking done before the answer."""
    return agent(**{"reasoning_model": chat("o3"), "reasoning_agent": thinker(), **options})


@four_ways
def test_a_model_that_thinks_itself_has_the_last_thought(way):
    """Its thoughts are those of the run, not the ones from before: of a reasoning model, or before a pause."""
    book = tool(requires_confirmation=True)(tide)
    one = agent(reasoning_model=chat("o4-mini"), tools=[book], db=InMemoryDb())
    before = {"content": "Hm. ", "reasoning": "I book.", **calls("tide", place="Acle")}
    with model(WORDS, before, {"content": "Done.", "reasoning": "Booked."}):
        _, output = ran(way, one)
        assert output.reasoning_content == "I book."
        output.requirements[0].confirm()
        _, output = continued_in(way, one, output)
    assert output.reasoning_content == "Booked."


@four_ways
def test_a_teams_whole_run_has_its_own_thoughts_behind_those_from_before(way):
    with model(WORDS, {**calls("tide", place="Acle"), "reasoning": "First."}, {"content": "Go.", "reasoning": "Then."}):
        _, output = ran(way, Team(members=[], model=chat(), reasoning_model=chat("o4-mini"), tools=[tide]))
    told = "First.Then." if "stream" in way else f"Result: <thinking>\n{WORDS['content']}\n</thinking>\n\nThen."
    assert output.reasoning_content == told


@four_ways
def test_a_model_that_stands_in_leaves_a_whole_run_the_thoughts_from_before(way):
    out = {"status": 500, "error": "out"}
    with model(WORDS, out, "Go."):
        _, output = ran(way, agent(reasoning_model=chat("o4-mini"), fallback_models=[chat("gpt-5-nano")]))
    assert output.content == "Go."
    kept = None if "stream" in way else f"Result: <thinking>\n{WORDS['content']}\n</thinking>\n\n"
    assert output.reasoning_content == kept


def test_the_options_hold_the_agent_and_a_copy_has_its_own():
    sage = thinker()
    for owner in (agent(reasoning_agent=sage), Team(members=[], reasoning_agent=sage)):
        assert owner.reasoning_agent is sage
        copied = owner.deep_copy().reasoning_agent
        assert copied is not sage
        assert copied.name == "Sage"
        assert "reasoning_agent" not in owner.to_dict()
    assert agent().reasoning_agent is None


@four_ways
@pytest.mark.parametrize("kind", ["agent", "team"])
def test_the_agent_thinks_with_its_own_model_and_tools(way, kind):
    sage = thinker(tools=[tide])
    owner = pilot(reasoning_agent=sage)
    if kind == "team":
        owner = Team(members=[Agent(name="Mate")], model=chat(), reasoning_model=chat("o3"), reasoning_agent=sage)
    first = {**calls("tide", place="Acle"), "when": {"model": "o4-mini"}}
    with model(first, WORDS, "Take the Bure.") as server:
        events, output = ran(way, owner)
        asked, _, last = server.requests
        assert "Think of the tide." in system_text(server, 0)
        assert asked.body["tools"][0]["function"]["name"] == "tide"
        assert last.body["model"] == "gpt-5-mini"
        assert last.turns[-1] == ("assistant", "<thinking>\nThe Bure is calm.\n</thinking>")
    assert output.content == "Take the Bure."
    assert output.reasoning_content == "Result: <thinking>\nThe Bure is calm.\n</thinking>\n\n"
    assert {"model", "reasoning_model"} == set(output.metrics.details)
    if events:
        prefix = "Team" * (kind == "team")
        assert "".join(one.reasoning_content for one in named(events, f"{prefix}ReasoningContentDelta")) == (
            "The Bure is calm."
        )
        (ended,) = named(events, f"{prefix}ReasoningCompleted")
        assert isinstance(ended.content, ReasoningSteps)
        assert {one.run_id for one in events} == {output.run_id}


@four_ways
def test_the_kind_of_the_reasoning_model_says_where_the_thoughts_stand(way):
    with model(THOUGHT, "Take the Bure."):
        _, output = ran(way, pilot(reasoning_model=DeepSeek(id="deepseek-reasoner", api_key="k")))
    assert output.reasoning_messages[0].reasoning_content == "Hm."


@pytest.mark.parametrize("way", ["run", "arun"])
@pytest.mark.parametrize("claude", [False, True])
def test_of_several_thoughts_the_first_counts_and_with_claude_the_last(way, claude):
    thinks = DeepSeek(id="deepseek-reasoner", api_key="k")
    if claude:
        thinks = Claude(id="claude-sonnet-4-5", api_key="k", thinking={"type": "enabled", "budget_tokens": 1024})
    replies = [{**calls("tide", place="Acle"), "reasoning": "First."}, {"content": "Calm.", "reasoning": "Second."}]
    with model(*({**reply, "when": {"model": "o4-mini"}} for reply in replies), "Take the Bure."):
        _, output = ran(way, pilot(reasoning_model=thinks, reasoning_agent=thinker(tools=[tide])))
    assert [one.reasoning_content for one in output.reasoning_messages] == ["Second." if claude else "First."]


@four_ways
@pytest.mark.parametrize("thinks", [None, "gpt-4o"])
def test_nobody_thinks_without_a_model_that_does(way, thinks):
    with model("Take the Bure."):
        _, output = ran(way, pilot(reasoning_model=chat(thinks) if thinks else None))
    assert output.reasoning_content is None


class Depth(BaseModel):
    metres: int


@four_ways
@pytest.mark.parametrize(
    ("options", "reply", "said"),
    [({}, {"status": 500, "error": "out"}, "failed"), ({"output_schema": Depth}, {"content": {"metres": 2}}, "text")],
)
def test_an_agent_that_cannot_think_is_left_out(way, options, reply, said, caplog):
    with model({**reply, "when": {"model": "o4-mini"}}, "Take the Bure."):
        _, output = ran(way, pilot(reasoning_agent=thinker(**options)))
    assert output.content == "Take the Bure."
    assert output.reasoning_content is None
    assert said in caplog.text


MORE = Message(role="user", content="And the tide?")


class Own(Agent):
    """An agent that runs in a way of its own."""

    def run(self, input=None, **given):
        return super().run([*input, MORE], **given)

    def arun(self, input=None, **given):
        return super().arun([*input, MORE], **given)


@four_ways
def test_an_agent_that_runs_in_its_own_way_thinks_in_that_way(way):
    with model(THOUGHT, "Take the Bure.") as server:
        events, output = ran(way, pilot(reasoning_agent=Own(name="Own", model=chat("o4-mini"))))
        assert "And the tide?" in server.requests[0].text("user")
    thought = "Hm.The Bure is calm." if "stream" in way else "The Bure is calm."
    assert output.reasoning_content == f"Result: <thinking>\n{thought}\n</thinking>\n\n"
    if events:
        assert [one.reasoning_content for one in named(events, "ReasoningContentDelta")][:2] == ["Hm.", "The "]


def test_the_agent_of_a_reasoning_model_can_be_made():
    made = get_reasoning_agent(chat("o3"), debug_level=2)
    assert (made.model.id, made.telemetry, made.debug_level, made.session_state) == ("o3", False, 2, None)
