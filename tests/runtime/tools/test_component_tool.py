"""`as_tool` marks a component for a server that publishes tools; it is no tool of another agent."""

import pytest
from agent_ways import WAYS, run_in

from wherry.agent import Agent
from wherry.models.openai import OpenAIChat
from wherry.team import Team
from wherry.testing import ReplayServer
from wherry.tools.component import ComponentTool
from wherry.workflow import Workflow

COMPONENTS = [
    Agent(id="ada", telemetry=False),
    Team(id="crew", members=[], telemetry=False),
    Workflow(id="tour", name="tour", steps=[], telemetry=False),
]


@pytest.mark.parametrize("component", COMPONENTS, ids=lambda component: component.id)
def test_the_marker_holds_the_component_and_what_it_is_called(component):
    hints = {"readOnlyHint": True, "openWorldHint": None, "title": "Ask"}
    marker = component.as_tool(name="ask", description="Asks.", title="Ask!", annotations=hints)
    assert marker == ComponentTool(component, "ask", "Asks.", "Ask!", hints)
    hints["readOnlyHint"] = "later changes do not reach it"
    assert marker.annotations["readOnlyHint"] is True
    with pytest.raises(AttributeError):
        marker.name = "other"
    assert component.as_tool() == ComponentTool(component, None, None, None, None)


@pytest.mark.parametrize(
    ("hints", "error"),
    [
        ({"readonlyHint": True}, "readOnlyHint"),
        ({"readOnlyHint": "yes"}, "bool"),
        ({"title": 1}, "str"),
        (["readOnlyHint"], "dict"),
    ],
)
def test_a_hint_that_mcp_does_not_know_is_refused(hints, error):
    with pytest.raises((TypeError, ValueError), match=error):
        Agent(id="ada").as_tool(annotations=hints)


@pytest.mark.parametrize("owner", [Agent, lambda **given: Team(members=[], **given)], ids=["agent", "team"])
@pytest.mark.parametrize(
    "hand_over",
    [
        lambda owner, marker: owner(tools=[marker]),
        lambda owner, marker: owner().add_tool(marker),
        lambda owner, marker: owner().set_tools([marker]),
    ],
    ids=["at construction", "added", "set"],
)
def test_agents_and_teams_refuse_it_among_their_tools_and_show_no_key(owner, hand_over):
    marker = Agent(id="ada", model=OpenAIChat(id="gpt-5-mini", api_key="sk-secret")).as_tool()
    with pytest.raises(ValueError, match="'ada'") as refusal:
        hand_over(owner, marker)
    assert "sk-secret" not in str(refusal.value)


@pytest.mark.parametrize("way", WAYS)
def test_a_function_that_calls_run_does_what_the_fallback_says(way):
    with ReplayServer(
        [
            {"tool_calls": [{"name": "ask_ada", "arguments": {"question": "Depth?"}}]},
            "Four metres.",
            "It is four metres.",
        ]
    ) as server:
        model = OpenAIChat(id="gpt-5-mini", api_key="k", base_url=server.base_url)
        ada = Agent(id="ada", model=model, telemetry=False)

        def ask_ada(question: str) -> str:
            """Ask Ada."""
            return ada.run(question).content

        _, output = run_in(way, Agent(model=model, tools=[ask_ada], telemetry=False), "How deep is it?")
    assert output.content == "It is four metres."
    assert [tool.result for tool in output.tools] == ["Four metres."]
