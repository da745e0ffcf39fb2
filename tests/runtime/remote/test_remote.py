"""Remote agents, teams and workflows against a running server: by themselves, as a member, and in a step."""

import asyncio
import sys
from datetime import date
from types import SimpleNamespace

import pytest
from api_desk import LAUNCH, client_of, listening, service_in
from team_kit import delegate

from wherry.agent import RemoteAgent
from wherry.client import AgentOSClient
from wherry.client.refusals import RemoteCallRefused, refusal
from wherry.core.errors import ConfigurationError, NotMigratedError
from wherry.db.base import SessionType
from wherry.exceptions import RemoteServerUnavailableError
from wherry.models.openai import OpenAIChat
from wherry.run.agent import RunOutput, run_output_event_from_dict
from wherry.run.cancel import cancel_run
from wherry.run.team import TeamRunOutput
from wherry.team import RemoteTeam, Team
from wherry.testing import ReplayServer
from wherry.workflow import RemoteWorkflow, Step, Workflow

TASK = delegate("ada", "Greet")


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A server, and the model that it and the caller ask; `desk.says(...)` is what the model says next."""
    with ReplayServer([]) as model, model.environment():
        service = service_in(tmp_path_factory.mktemp("desk"))
        with listening(client_of(service).app) as address:
            yield SimpleNamespace(address=address, says=model.add, model=model)


async def all_of(events):
    return [event async for event in events]


def unblocked(remote):
    """A remote agent whose description is never asked for while the loop waits for it."""

    def blocked(*_):
        raise AssertionError("the loop was blocked")

    remote.agentos_client.get_agent = blocked
    return remote


def names(events):
    return [event.event for event in events]


def test_a_remote_agent_tells_who_it_is_and_asks_the_server_once(desk):
    remote = RemoteAgent(f"{desk.address}/", "asker")
    assert (remote.id, remote.name, remote.base_url) == ("asker", "Asker", desk.address)
    assert remote.model is None
    remote.base_url = remote.agentos_client.base_url = "http://127.0.0.1:9"
    assert remote.name == "Asker"
    remote.config_ttl = 0
    with pytest.raises(RemoteServerUnavailableError):
        remote.name  # noqa: B018 - asking is the point


def test_a_run_whole_and_streamed(desk):
    remote = RemoteAgent(desk.address, "ada")
    desk.says("Hello", "one two")
    output = asyncio.run(remote.arun("Hi", session_id="r1", user_id="u1", metadata={"a": 1}))
    assert isinstance(output, RunOutput)
    assert (output.content, output.session_id, output.user_id, output.metadata) == ("Hello", "r1", "u1", {"a": 1})
    events = asyncio.run(all_of(remote.arun("Hi", stream=True, stream_events=True)))
    assert (events[0].event, events[-1].event, events[-1].content) == ("RunStarted", "RunCompleted", "one two")


@pytest.mark.parametrize("stream", [False, True])
def test_a_run_goes_on_after_an_answer_and_can_be_cancelled(desk, stream):
    remote = RemoteAgent(desk.address, "asker")
    desk.says(LAUNCH, "It floats")

    async def talk():
        paused = await remote.arun("Go")
        assert paused.is_paused
        paused.requirements[0].confirm()
        go_on = {"run_id": paused.run_id, "requirements": paused.requirements, "session_id": paused.session_id}
        done = remote.acontinue_run(**go_on, stream=stream)
        done = (await all_of(done))[-1] if stream else await done
        return done, await remote.acancel_run(done.run_id)

    done, asked = asyncio.run(talk())
    assert (done.content, asked) == ("It floats", True)


@pytest.mark.parametrize("stream", [False, True])
def test_teams_and_workflows(desk, stream):
    team, workflow = RemoteTeam(desk.address, "crew"), RemoteWorkflow(desk.address, "flow")
    assert (team.name, workflow.name) == ("Crew", "Flow")
    desk.says("We did", "It ran")

    async def talk():
        told = []
        for one in (team, workflow):
            run = one.arun(input="Hi", stream=stream)
            told.append((await all_of(run))[-1].content if stream else (await run).content)
        return told

    assert asyncio.run(talk()) == ["We did", "It ran"]


def test_a_workflow_goes_on_after_an_answer(desk):
    workflow = RemoteWorkflow(desk.address, "gated")
    desk.says("It ran")

    async def talk():
        paused = await workflow.arun("Hi")
        assert paused.is_paused
        paused.step_requirements[0].confirm()
        return await workflow.acontinue_run(paused)

    assert asyncio.run(talk()).content == "It ran"
    with pytest.raises(ValueError, match="run_id"):
        asyncio.run(workflow.acontinue_run())


@pytest.mark.parametrize("stream", [False, True])
def test_a_remote_agent_is_a_member_of_a_team(desk, stream):
    team = Team(name="Lead", model=OpenAIChat(id="m"), members=[unblocked(RemoteAgent(desk.address, "ada"))])
    desk.says(TASK, "Good day", "Ada says good day")
    run = team.arun("Greet me", **({"stream": True, "stream_events": True, "yield_run_output": True} if stream else {}))
    if stream:
        *events, output = asyncio.run(all_of(run))
        assert "RunCompleted" in names(events)
        assert {one.parent_run_id for one in events if one.event == "RunContent"} == {output.run_id}
    else:
        output = asyncio.run(run)
    assert isinstance(output, TeamRunOutput)
    assert (output.content, output.tools[0].result) == ("Ada says good day", "Good day")
    member = output.member_responses[0]
    assert (member.content, member.agent_id, member.parent_run_id) == ("Good day", "ada", output.run_id)
    assert output.tools[0].child_run_id in (None, member.run_id)


@pytest.mark.parametrize("stream", [False, True])
def test_a_remote_agent_does_a_step(desk, stream):
    remote, sent = unblocked(RemoteAgent(desk.address, "ada")), []
    ask = remote.arun
    remote.arun = lambda *asked, **given: sent.append(given) or ask(*asked, **given)
    flow = Workflow(name="W", steps=[Step(name="ask", agent=remote)])
    desk.says("Good day")
    run = flow.arun("Greet", **({"stream": True, "stream_events": True, "yield_run_output": True} if stream else {}))
    output = asyncio.run(all_of(run))[-1] if stream else asyncio.run(run)
    step = output.step_results[0]
    assert (output.content, step.content, step.executor_name, step.success) == ("Good day", "Good day", "Ada", True)
    assert not {"run_context", "background_tasks", "yield_run_output"} & sent[0].keys(), "objects of this process"


@pytest.mark.parametrize("stream", [False, True])
def test_a_blocking_run_says_that_it_cannot_wait_for_a_remote_agent(desk, stream):
    flow = Workflow(name="W", steps=[Step(name="ask", agent=RemoteAgent(desk.address, "ada"), max_retries=0)])
    with pytest.raises(ConfigurationError, match="arun"):
        list(flow.run("Greet", stream=True)) if stream else flow.run("Greet")


@pytest.mark.parametrize("kind", ["team", "workflow"])
def test_a_cancelled_stream_cancels_the_run_on_the_server(desk, kind):
    remote = RemoteAgent(desk.address, "ada")
    owner = Workflow(name="W", steps=[Step(name="ask", agent=remote)])
    if kind == "team":
        owner = Team(name="Lead", model=OpenAIChat(id="m"), members=[remote])
        desk.says(TASK)
    desk.says("one two three four")
    told = []

    async def spy(run_id, auth_token=None):
        told.append(run_id)
        return True

    remote.acancel_run = spy

    async def talk():
        seen = []
        async for event in owner.arun("Greet me", stream=True, stream_events=True):
            seen.append(event)
            if event.event == "RunContent":
                cancel_run(seen[0].run_id)
        return seen

    events = asyncio.run(talk())
    assert {"TeamRunCancelled", "WorkflowCancelled"} & set(names(events))
    assert told == [next(one.run_id for one in events if one.event == "RunStarted")]


def test_what_wherrys_own_server_answers(desk):
    client = AgentOSClient(desk.address)
    desk.says("Hello")

    async def talk():
        run = await client.run_agent("ada", "Hi", session_id="listed", user_id="u")
        memory = await client.create_memory("likes tea", "u")
        listed = await client.get_sessions(session_type=SessionType.AGENT, limit=100)
        memories, traces = await client.list_memories(user_id="u"), await client.get_traces(run_id=run.run_id)
        assert (await client.list_eval_runs()).data == []
        with pytest.raises(RemoteCallRefused, match="503"):
            await client.list_knowledge_content()
        with pytest.raises(RemoteCallRefused, match="405"):
            await client.run_eval("accuracy", "Hi", agent_id="ada")
        assert (await client.get_session("listed")).user_id == "u"
        return listed, memory, memories, traces

    listed, memory, memories, traces = asyncio.run(talk())
    assert [(one.session_id, one.user_id) for one in listed.data if one.session_id == "listed"] == [("listed", "u")]
    assert memory.memory_id in [one.memory_id for one in memories.data]
    assert (traces.meta.page, traces.data) == (1, [])


def test_an_event_that_cannot_be_read_is_left_out():
    client = AgentOSClient("http://127.0.0.1:9")

    async def lines():
        for line in ("{", '{"event": "Unheard"}', "[]", '{"event": "RunContent", "content": "x"}'):
            yield f"data: {line}"
        yield ": a comment"

    events = asyncio.run(all_of(client._parse_sse_events(lines(), run_output_event_from_dict)))
    assert [(one.event, one.content) for one in events] == [("RunContent", "x")]


def test_refusals_and_lost_connections_have_names(desk):
    client = AgentOSClient(desk.address)
    with pytest.raises(Exception, match="404") as refused:
        client.get_agent("nobody")
    assert (refused.value.status_code, refused.value.response.status_code) == (404, 404)
    httpx = sys.modules.get("httpx")
    if httpx is not None:
        assert isinstance(refused.value, httpx.HTTPStatusError)
    lost = RemoteAgent("http://127.0.0.1:9", "x")
    with pytest.raises(RemoteServerUnavailableError) as gone:
        asyncio.run(lost.arun("Hi"))
    assert gone.value.base_url == "http://127.0.0.1:9"
    assert asyncio.run(lost.acancel_run("r")) is False


@pytest.mark.parametrize("kind", [RemoteAgent, RemoteTeam, RemoteWorkflow])
@pytest.mark.parametrize("stream", [False, True])
def test_what_is_no_json_is_named_before_anything_is_sent(kind, stream):
    remote, odd = kind("http://127.0.0.1:9", "x"), {"key": "sk-secret", "since": date(2026, 3, 1)}
    for given in ({"session_state": odd}, {"dependencies": odd}, {"input": odd}):

        async def talk(given=given):
            run = remote.arun(**{"input": "Hi", **given}, stream=stream)
            return await all_of(run) if stream else await run

        with pytest.raises(TypeError, match="date is not JSON serializable") as told:
            asyncio.run(talk())
        assert next(iter(given)) in str(told.value)
        assert "secret" not in str(told.value)


def test_protocols():
    with pytest.raises(NotMigratedError):
        RemoteAgent("http://127.0.0.1:9", "x", protocol="a2a")
    with pytest.raises(ValueError, match="Invalid protocol"):
        RemoteTeam("http://127.0.0.1:9", "x", protocol="smoke")


def test_a_refusal_is_httpxs_too_where_httpx_is_loaded():
    import httpx

    error = refusal("GET", "http://127.0.0.1:1/config", 404, b'{"detail": "lost"}')
    assert isinstance(error, httpx.HTTPStatusError)
    assert isinstance(error, RemoteCallRefused)
    assert (error.status_code, error.response.json(), str(error.request.url)) == (
        404,
        {"detail": "lost"},
        "http://127.0.0.1:1/config",
    )
    assert "answered GET with status 404" in str(error)


def test_an_id_leads_to_no_other_endpoint_and_an_address_shows_no_password(desk):
    client = AgentOSClient(desk.address.replace("//", "//ann:secret@"))
    for wrong in ("", ".", ".."):
        with pytest.raises(ConfigurationError, match="is no id"):
            client.get_agent(wrong)
    for away in ("../sessions", "pilot/../../sessions", "pilot?x=1", "pilot#x", "a b/c"):
        with pytest.raises(RemoteCallRefused) as refused:
            client.get_agent(away)
        assert refused.value.status_code == 404
        assert "secret" not in str(refused.value)
    nowhere = AgentOSClient("http://ann:secret@127.0.0.1:1", timeout=2)
    with pytest.raises(RemoteServerUnavailableError) as lost:
        nowhere.get_agent("pilot")
    assert "secret" not in str(lost.value)
