"""What a server keeps of a run that is over: what is told of it, and no second copy of its conversation."""

import gc
from types import SimpleNamespace

import pytest
from api_desk import BASE, client_of, service_in

from wherry.api.runs import PastRun
from wherry.core.run import Run
from wherry.session.agent import AgentSession


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
