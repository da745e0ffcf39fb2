"""Objects that run like agents and are none of Wherry's: as a member of a team, and in a step."""

import asyncio
from copy import deepcopy
from types import SimpleNamespace

import pytest
from api_desk import agent
from pydantic import BaseModel
from team_kit import delegate

from wherry.core.agent.outside import runnable
from wherry.models.openai import OpenAIChat
from wherry.run.agent import RunOutput
from wherry.run.cancel import cancel_run, get_cancellation_manager
from wherry.team import Team
from wherry.testing import ReplayServer
from wherry.workflow import Step, Workflow


@pytest.fixture(scope="module")
def desk():
    """The model that is asked; `desk.says(...)` is what it says next."""
    with ReplayServer([]) as model, model.environment():
        yield SimpleNamespace(says=model.add)


async def all_of(events):
    return [event async for event in events]


class Parrot:
    """An object that runs like an agent and is none."""

    id, name = "ada", "Parrot"

    def __init__(self, with_output):
        self.with_output = with_output

    def said(self, input, given):
        return RunOutput(run_id=given["run_id"], content=f"{input}!", agent_id=self.id)

    def run(self, input, *, stream=False, **given):
        return iter([self.said(input, given)]) if stream else self.said(input, given)

    def arun(self, input, *, stream=False, **given):
        return self.pieces(input, given) if stream else self.answer(input, given)

    async def answer(self, input, given):
        return self.said(input, given)

    async def pieces(self, input, given):
        from wherry.run.agent import RunCompletedEvent, RunContentEvent

        assert given["yield_run_output"] is True
        yield "a text is passed over"
        yield RunContentEvent(run_id=given["run_id"], content=f"{input}!")
        yield RunCompletedEvent(run_id=given["run_id"], content=f"{input}!")
        if self.with_output:
            yield self.said(input, given)


WAYS = ["run", "stream", "arun", "astream"]


def outcome_of(owner, way, text):
    given = {"stream": True, "stream_events": True, "yield_run_output": True} if way.endswith("stream") else {}
    if way in ("run", "stream"):
        return list(owner.run(text, **given))[-1] if given else owner.run(text)
    return asyncio.run(all_of(owner.arun(text, **given)))[-1] if given else asyncio.run(owner.arun(text))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("with_output", [True, False])
def test_any_object_that_runs_like_an_agent_is_a_member_and_does_a_step(desk, way, with_output):
    from wherry.agent.protocol import AgentProtocol

    parrot = Parrot(with_output)
    assert isinstance(parrot, AgentProtocol)
    assert isinstance(agent(), AgentProtocol)
    assert not isinstance(object(), AgentProtocol)
    desk.says(delegate("parrot", "Greet"), "The parrot spoke")
    team = outcome_of(Team(name="Lead", model=OpenAIChat(id="m"), members=[parrot]), way, "Ask")
    member = team.member_responses[0]
    assert (team.content, member.content) == ("The parrot spoke", "Greet!")
    # What the object did not say itself: it is placed as an agent of the team's, not run as a subclass of Agent is.
    assert (member.agent_name, member.session_id) == ("Parrot", team.session_id)
    flow = outcome_of(Workflow(name="W", steps=[Step(name="s", agent=parrot)]), way, "Ask")
    assert (flow.content, flow.step_results[0].executor_name) == ("Ask!", "Parrot")
    run = flow.step_executor_runs[0]
    assert (run.agent_name, run.session_id, run.workflow_step_id) == (
        "Parrot",
        flow.session_id,
        flow.step_results[0].step_id,
    )


class Far(Parrot):
    """Runs under an id of its own, and notes what it was told to be like."""

    name = "FarOff"
    output_schema, knowledge, knowledge_filters = None, None, None
    send_media_to_model, enable_agentic_knowledge_filters = True, False

    def said(self, input, given):
        self.told = (self.send_media_to_model, self.output_schema, self.enable_agentic_knowledge_filters)
        return RunOutput(run_id="theirs", content='{"port": "Hull"}', agent_id=self.id)

    def run(self, input, *, stream=False, **given):
        from wherry.run.agent import RunContentEvent

        return iter([RunContentEvent(run_id="theirs", content=input)]) if stream else self.said(input, given)

    async def pieces(self, input, given):
        for event in self.run(input, stream=True):
            yield event


@pytest.mark.parametrize("way", ["stream", "astream"])
def test_a_cancelled_stream_leaves_no_mark_under_the_id_that_the_object_gave(desk, way):
    desk.says(delegate("far-off", "Greet"))
    team = Team(name="Lead", model=OpenAIChat(id="m"), members=[Far(with_output=False)])
    seen = []

    def see(event):
        seen.append(event.event)
        if event.event == "RunContent":
            cancel_run("ours")

    async def follow():
        async for event in team.arun("Go", run_id="ours", stream=True, stream_events=True):
            see(event)

    if way == "astream":
        asyncio.run(follow())
    else:
        for event in team.run("Go", run_id="ours", stream=True, stream_events=True):
            see(event)
    assert {"RunContent", "TeamRunCancelled"} <= set(seen)
    assert not {"ours", "theirs"} & get_cancellation_manager().get_active_runs().keys()


@pytest.mark.parametrize("way", ["run", "arun"])
def test_what_a_team_settles_for_its_member_is_the_objects(desk, way):
    class Place(BaseModel):
        port: str

    desk.says(delegate("far-off", "Greet"))
    far, options = Far(with_output=True), {"send_media_to_model": False, "enable_agentic_knowledge_filters": True}
    lead = Team(name="Lead", model=OpenAIChat(id="m"), members=[far], respond_directly=True, **options)
    lead.output_schema = Place
    assert outcome_of(lead, way, "Go").content == Place(port="Hull")
    assert far.told == (False, Place, True)


def test_what_only_runs_by_arun_can_be_copied():
    class Desk:
        name = "Desk"

        async def arun(self, text, **options):
            return text

    copied = deepcopy(runnable(Desk()))
    assert copied.name == "Desk"
