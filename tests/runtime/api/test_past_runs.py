"""What a server keeps of a run that is over: what is told of it, and no second copy of its conversation."""

import base64
import gc
import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from api_desk import BASE, agent, client_of, service_in

from wherry.api import RuntimeService, Settings
from wherry.api.runs import PastRun
from wherry.core.run import Run
from wherry.media import Image
from wherry.models.openai import OpenAIChat
from wherry.session.agent import AgentSession
from wherry.team import Team
from wherry.tools.function import ToolResult
from wherry.workflow import Step, StepOutput, Workflow


def test_a_run_that_is_over_is_told_with_its_session_and_holds_no_more():
    session = AgentSession(session_id="s", user_id="ada", session_data={"session_state": {"count": 1}}, runs=[])
    run = SimpleNamespace(output="output", session=session, stream=True, messages=["long"])
    past = PastRun.of(run)
    assert (past.output, past.stream) == ("output", True)
    assert (past.session.session_id, past.session.user_id) == ("s", "ada")
    assert past.session.session_data == {"session_state": {"count": 1}}
    assert past.session is not session
    assert PastRun.of(SimpleNamespace(output="output", session=None, stream=False)).session is None


def alive(kind):
    gc.collect()
    return sum(isinstance(one, kind) for one in gc.get_objects())


@pytest.mark.parametrize("stream", [False, True])
def test_of_a_run_itself_nothing_is_left(server, tmp_path, stream):
    server.add({"content": "ok", "times": "forever"})
    with client_of(service_in(tmp_path)) as client:
        before = alive(Run), alive(AgentSession)
        for number in range(3):
            body = {"input": "Hi", "sessionId": f"s{number}", "stream": stream}
            assert client.post(f"{BASE}/agents/ada:run", json=body).status_code == 200
        assert (alive(Run), alive(AgentSession)) == before
        jobs = list(client.app.state.server.runs.jobs.values())
        assert [job.run.session.session_id for job in jobs] == ["s0", "s1", "s2"]
        told = client.get(f"{BASE}/runs/{jobs[0].run_id}").json()
        assert (told["content"], told["session"]["id"]) == ("ok", "s0")


LONG = "x" * 400_000
IMAGE = {"content": base64.b64encode(b"y" * 400_000).decode(), "mime_type": "image/png"}
TOLD = {"role": "user", "content": "See", "images": [IMAGE]}
GIVE = {"tool_calls": [{"name": "delegate_task_to_member", "arguments": {"member_id": "mate", "task": LONG}}]}


def paint() -> ToolResult:
    """Paint."""
    return ToolResult(content="painted", images=[Image(content=b"z" * 400_000, mime_type="image/png")])


def forgetful(**limits):
    """A client of an agent, a team and a workflow without a database, on a server that keeps little of them."""
    model = OpenAIChat(id="m")
    crew = Team(name="Crew", model=model, members=[agent("Mate")], store_member_responses=True)
    flow = Workflow(name="Flow", steps=[Step(name="one", agent=agent("Stepper"))])
    said = Workflow(name="Said", steps=[Step(name="say", executor=lambda step_input: StepOutput(content=LONG))])
    painter = agent("Painter", tools=[paint], send_media_to_model=False)
    return client_of(RuntimeService([agent("Ada"), painter], [crew], [flow, said]), Settings(**limits))


def known(client, run):
    return client.get(f"{BASE}/runs/{run['runId']}").status_code == 200


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("owner", "given", "script"),
    [
        ("agents/ada", LONG, ["ok"]),
        ("agents/ada", [TOLD], ["ok"]),
        ("agents/ada", "Hi", [LONG]),
        ("agents/painter", "Hi", [{"tool_calls": [{"name": "paint", "arguments": {}}]}, "ok"]),
        ("teams/crew", "Hi", [GIVE, "ok", "ok"]),
        ("workflows/flow", LONG, ["ok"]),
        ("workflows/said", "Hi", []),
    ],
)
def test_long_runs_are_forgotten_before_they_are_many(server, owner, given, script, stream):
    with forgetful(kept_bytes=1_000_000) as client:
        server.add("ok")
        runs = [client.post(f"{BASE}/agents/ada:run", json={"input": "short"}).json()]
        for _ in range(3):
            server.add(*script)
            answer = client.post(f"{BASE}/{owner}:run", json={"input": given, "stream": stream})
            assert answer.status_code == 200
            runs.append({"runId": answer.headers["x-run-id"]} if stream else answer.json())
        assert not known(client, runs[0])
        assert not known(client, runs[1])
        assert known(client, runs[3])


def test_one_run_is_kept_however_long(server):
    server.add({"content": "ok", "times": "forever"})
    with forgetful(kept_bytes=1) as client:
        first, last = (client.post(f"{BASE}/agents/ada:run", json={"input": LONG}).json() for _ in range(2))
        assert (known(client, first), known(client, last)) == (False, True)


def test_a_run_that_goes_on_keeps_no_others(server):
    begun, go = threading.Event(), threading.Event()

    def wait() -> str:
        """Wait."""
        begun.set()
        assert go.wait(60)
        return "done"

    server.add({"tool_calls": [{"name": "wait", "arguments": {}}]}, {"content": "ok", "times": "forever"})
    service = RuntimeService([agent("Slow", tools=[wait]), agent("Ada")])
    with client_of(service, Settings(kept_runs=1)) as client, ThreadPoolExecutor(1) as pool:
        slow = pool.submit(client.post, f"{BASE}/agents/slow:run", json={"input": "Hi"})
        try:
            assert begun.wait(60)
            runs = [client.post(f"{BASE}/agents/ada:run", json={"input": "Hi"}).json() for _ in range(3)]
            assert [known(client, run) for run in runs] == [False, False, True]
        finally:
            go.set()
        assert known(client, slow.result(60).json())
