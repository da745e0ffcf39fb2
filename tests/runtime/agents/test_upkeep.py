"""What agents do beside runs: telling and forgetting tools, dictionaries, and options that are not migrated."""

import asyncio
import inspect
import json
from types import SimpleNamespace

import pytest
from agent_kit import agent, four_ways, model, ran
from pydantic import BaseModel

from wherry.agent import Agent
from wherry.core.errors import NotMigratedError
from wherry.exceptions import InputCheckError, MediaStagingError
from wherry.media import Image
from wherry.models.message import Message
from wherry.models.openai import OpenAIChat
from wherry.registry import Registry
from wherry.run import RunContext
from wherry.run.agent import RunOutput
from wherry.session import AgentSession
from wherry.team import Team
from wherry.tools import Toolkit


def tide(place: str) -> str:
    """Tide at a place."""
    return f"{place}: rising"


class Trip(BaseModel):
    river: str


def told(owner, way):
    session = AgentSession(session_id="s")
    given = (RunOutput(run_id="r"), RunContext(run_id="r", session_id="s"), session)
    return owner.get_tools(*given) if way == "get_tools" else asyncio.run(owner.aget_tools(*given))


@pytest.mark.parametrize("way", ["get_tools", "aget_tools"])
def test_the_tools_of_a_run_are_told(way):
    kit = Toolkit(name="kit", tools=[tide])
    tools = told(agent(tools=[kit, tide], read_chat_history=True), way)
    assert tools[:2] == [kit, tide]
    assert [tool.__name__ for tool in tools[2:]] == ["get_chat_history"]


class Closing(Toolkit):
    def __init__(self, how="close"):
        super().__init__(name="closing", tools=[tide])
        self.closed = []
        setattr(self, how, self.end)

    def end(self):
        self.closed.append(1)


@four_ways
@pytest.mark.parametrize("kind", [None, "tools", "members"])
def test_callables_are_asked_again_once_forgotten(way, kind):
    made = []

    def tools(agent):
        made.append(Closing())
        return [made[-1]]

    owner = agent(tools=tools, user_id="u")
    with model("one", "two", "three"):
        ran(way, owner)
        ran(way, owner)
        assert len(made) == 1
        if way.startswith("arun"):
            asyncio.run(owner.aclear_callable_cache(kind, close=True))
        else:
            owner.clear_callable_cache(kind, close=True)
        ran(way, owner)
    assert len(made) == (1 if kind == "members" else 2)
    assert made[0].closed == ([] if kind == "members" else [1])


def test_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="'tool'"):
        agent().clear_callable_cache("tool")


def test_what_can_only_be_awaited_is_told_by_the_blocking_form(caplog):
    kit = Closing()

    async def close():
        kit.closed.append(2)

    kit.close = close
    owner = agent(tools=lambda: [kit], user_id="u")
    with model("fine"):
        owner.run("Hi")
    owner.clear_callable_cache(close=True)
    assert kit.closed == []
    assert "aclear_callable_cache" in caplog.text


def test_a_dictionary_makes_the_same_agent_again():
    owner = Agent(
        name="Ada",
        model=OpenAIChat(id="gpt-5-mini"),
        instructions=["Be brief."],
        tools=[tide],
        output_schema=Trip,
        pre_hooks=[tide],
        markdown=True,
        session_state={"a": 1},
        fallback_models=[OpenAIChat(id="other")],
    )
    data = owner.to_dict() | {"pre_hooks": ["tide"], "fallback_models": [owner.fallback_config.on_error[0].to_dict()]}
    again = Agent.from_dict(data, registry=SimpleNamespace(tools=[tide], functions=[tide], schemas=[Trip]))
    assert {**again.to_dict(), "tools": None} == {**owner.to_dict(), "tools": None}
    assert [tool["name"] for tool in again.to_dict()["tools"]] == ["tide"]
    assert ([tool.entrypoint for tool in again.tools], again.output_schema, again.pre_hooks) == ([tide], Trip, [tide])
    assert (type(again.model), again.model.id) == (OpenAIChat, "gpt-5-mini")
    assert [model.id for model in again.fallback_config.on_error] == ["other"]


def test_tools_of_toolkits_are_found_by_name():
    kit = Toolkit(name="kit", tools=[tide])
    found = Agent.from_dict({"tools": ["tide", {"type": "web_search"}]}, registry=SimpleNamespace(tools=[kit]))
    assert found.tools == [kit.functions["tide"], {"type": "web_search"}]


def test_unknown_names_are_left_out_or_refused(caplog):
    assert Agent.from_dict({"tools": [{"name": "tide"}], "output_schema": "Trip"}).tools == []
    assert "'tide'" in caplog.text
    assert "'Trip'" in caplog.text
    with pytest.raises(ValueError, match="'tide'"):
        Agent.from_dict({"tools": ["tide"]}, strict=True)


def test_teams_come_back_with_their_members():
    crew = Team(name="Crew", members=[agent(model="openai:gpt-5-mini"), Team(name="Boat", members=[agent(name="Bob")])])
    crew.members[0].id, crew.members[1].id = "ada", "boat"
    described = json.loads(json.dumps(crew.to_dict()))
    again = Team.from_dict(described, registry=Registry(agents=crew.members[:1], teams=crew.members[1:]), strict=True)
    assert [type(member) for member in again.members] == [Agent, Team]
    assert again.members[1].members[0].to_dict() == agent(name="Bob").to_dict()
    assert again.members[0] is not crew.members[0]
    assert described["mode"] == again.to_dict()["mode"] == "coordinate"
    # Members may also be described where they stand.
    described["members"] = [member.to_dict() for member in crew.members[:1]]
    assert Team.from_dict(described).members[0].to_dict() == crew.members[0].to_dict()


def test_stores_flags_may_be_applied_by_hand():
    output = RunOutput(
        run_id="r",
        images=[Image(url="http://127.0.0.1/a.png")],
        messages=[Message(role="user", content="old", from_history=True), Message(role="tool", tool_call_id="1")],
    )
    picture = [Image(url="http://127.0.0.1/a.png")]
    output.additional_input = [Message(role="user", content="given", images=picture)]
    output.reasoning_messages = [Message(role="user", content="thought", images=picture)]
    agent(store_media=False, store_tool_messages=False).scrub_run_output_for_storage(output)
    assert (output.images, output.messages) == (None, [])
    assert output.additional_input[0].images is output.reasoning_messages[0].images is None


@four_ways
def test_the_cached_session_is_at_hand(way):
    owner = agent(cache_session=True)
    assert owner.cached_session is None
    with model("fine"):
        ran(way, owner, session_id="s")
    assert owner.cached_session.session_id == "s"


def test_an_answer_cannot_be_written_to_another_folder(tmp_path):
    owner = agent(save_response_to_file=f"{tmp_path}/in/{{message}}-{{user_id}}.md")
    with model("fine"):
        owner.run("../../etc/passwd", user_id="..\\x")
    assert [path.name for path in (tmp_path / "in").iterdir()] == ["____etc_passwd-__x.md"]
    owner.save_run_response_to_file(RunOutput(run_id="r", content="by hand"), input="note")
    assert (tmp_path / "in" / "note-.md").read_text() == "by hand"


# --- what is not migrated ------------------------------------------------------------------------------------------


def test_every_option_of_agno_is_here_or_refused():
    import agno.agent
    import agno.team

    for theirs, ours in [(agno.agent.Agent, Agent), (agno.team.Team, Team)]:
        for name, parameter in inspect.signature(theirs).parameters.items():
            if name not in ours._fields:
                owner = ours()
                assert getattr(owner, name) == parameter.default
                setattr(owner, name, None)
                with pytest.raises(NotMigratedError, match=rf"\.{name} = "):
                    setattr(owner, name, object())


def test_errors_of_staging_are_caught_as_input_errors():
    error = MediaStagingError("a link")
    assert isinstance(error, InputCheckError)
    assert isinstance(error, ValueError)
    assert error.error_id == "input_not_allowed"
