"""Errors of the runtime as problem documents, each with the status that tells a client what to do."""

import pytest
from api_desk import BASE, agent, client_of

from wherry.agent import Agent
from wherry.api import RuntimeService
from wherry.api.problems import TITLES, problem_of
from wherry.core.errors import (
    AgnoError,
    ConfigurationError,
    NotMigratedError,
    RunNotContinuableError,
    RunNotFoundError,
    StoreError,
)


@pytest.mark.parametrize(
    ("error", "code", "status"),
    [
        (RunNotFoundError("no run"), "not_found", 404),
        (RunNotContinuableError("it was cancelled"), "conflict", 409),
        (StoreError("it is away"), "store", 503),
        (ConfigurationError("both cannot be"), "configuration", 422),
        (AgnoError("the provider failed"), "internal", 500),
        (ValueError("too many"), "bad_request", 400),
        (KeyError("lost"), "internal", 500),
    ],
)
def test_each_error_has_its_status(error, code, status):
    problem = problem_of(error)
    assert (problem.code, TITLES[problem.code][0]) == (code, status)
    assert problem.response("/here").status_code == status


def test_what_is_not_migrated_names_feature_fallback_and_page():
    problem = problem_of(NotMigratedError("os.mcp", what="AgentOS(mcp)", fallback="a gateway"))
    assert (problem.code, problem.more["feature"], problem.more["fallback"]) == ("not_migrated", "os.mcp", "a gateway")
    assert problem.more["page"].endswith("/features/os.mcp/")


def test_a_hint_is_told_too():
    assert problem_of(ConfigurationError("no", hint="Try that.")).more == {"hint": "Try that."}


def test_a_fault_of_the_server_is_answered_briefly_and_logged_wholly(caplog):
    class Broken:
        def get_sessions(self, **_):
            raise RuntimeError("the pipes burst")

    with client_of(RuntimeService(db=Broken())) as client:
        answer = client.get(f"{BASE}/sessions")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "Traceback" not in answer.text
    assert "Traceback" in caplog.text


@pytest.mark.parametrize("path", [f"{BASE}/agents/ada:run", "/agents/ada/runs"])
@pytest.mark.parametrize("stream", [False, True])
def test_a_fault_in_a_run_is_logged_once_streamed_or_not(caplog, monkeypatch, path, stream):
    async def broken(_self, _run):
        raise KeyError("lost")
        yield

    monkeypatch.setattr(Agent, "events", broken)
    with client_of(RuntimeService([agent()])) as client:
        told = client.post(path, json={"input" if path.startswith(BASE) else "message": "Hi", "stream": stream})
    assert "lost" in told.text
    assert [record.exc_info[0] for record in caplog.records if record.exc_info] == [KeyError]
