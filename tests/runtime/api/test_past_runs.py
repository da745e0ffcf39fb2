"""What a server keeps of a run that is over: what is told of it, and no second copy of its conversation."""

from types import SimpleNamespace

from wherry.api.runs import PastRun
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
