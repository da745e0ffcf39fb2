"""What providers refuse, break off or garble, on every wire: the error beside Agno's, and what a run makes of it."""

import logging
import socket

import pytest
from agent_ways import WAYS, run_in
from model_wires import MODES

from wherry.agent import Agent
from wherry.db.in_memory import InMemoryDb
from wherry.models.anthropic import Claude
from wherry.models.google import Gemini
from wherry.models.openai import OpenAIChat, OpenAIResponses
from wherry.testing import ReplayServer

STATUSES = (400, 401, 403, 404, 408, 409, 413, 422, 429, 500, 502, 503, 504)
REFUSALS = [{"status": status, "error": {"error": {"message": f"refused with {status}"}}} for status in STATUSES]
REFUSALS.append({"status": 429, "error": {"error": {"message": "wait"}}, "headers": {"retry-after": "1"}})
REFUSALS.append({"status": 503, "raw": "<html>gateway</html>", "content_type": "text/html"})
GARBLED = [{"raw": "{oops", "content_type": "application/json"}]
USER = {"role": "user", "content": "hi"}
OPENAI = {"id": "gpt-5-mini", "api_key": "k", "max_retries": 0}
WIRES = {
    "openai.OpenAIChat": OPENAI,
    "openai.OpenAIResponses": OPENAI,
    "anthropic.Claude": {"id": "claude-sonnet-4-5", "api_key": "k", "client_params": {"max_retries": 0}},
}


def asked(model, kwargs, mode, replies):
    return [{"messages": [USER], "model": model, "kwargs": kwargs, "mode": mode} for _ in replies]


@pytest.mark.parity
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("model", WIRES)
def test_a_refusal_is_the_same_error_as_agnos(model, mode, compare):
    assert compare(asked(model, WIRES[model], mode, REFUSALS), REFUSALS) == []


@pytest.mark.parity
@pytest.mark.parametrize("mode", MODES)
def test_a_refusal_of_gemini_is_the_same_error_as_agnos(mode, compare):
    """In async calls Agno tells the address of a method where the words of the service belong."""
    cases = asked("google.Gemini", {"id": "gemini-2.5-flash", "api_key": "k"}, mode, REFUSALS)
    assert compare(cases, REFUSALS, masked=('.text: agno "<bound method',)) == []


@pytest.mark.parity
@pytest.mark.parametrize("model", WIRES)
@pytest.mark.parametrize("mode", ["invoke", "ainvoke"])
def test_a_garbled_answer_is_the_same_error_as_agnos(model, mode, compare):
    """In other words: ours tell what came."""
    masked = ("wherry \"The reply is not JSON: '{oops'",)
    assert compare(asked(model, WIRES[model], mode, GARBLED), GARBLED, masked) == []


@pytest.mark.parity
@pytest.mark.parametrize("model", WIRES)
@pytest.mark.parametrize("mode", ["invoke_stream", "ainvoke_stream"])
def test_a_stream_that_breaks_off_is_the_same_error_as_agnos(model, mode, compare):
    cut = [{"content": "One two three four five.", "cut_after": 2}]
    assert compare(asked(model, WIRES[model], mode, cut), cut, masked=(".text: agno",)) == []


@pytest.mark.parity
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("model", WIRES)
def test_a_service_that_is_late_is_the_same_error_as_agnos(model, mode, compare):
    """Before its first byte and, in a stream, after its first words; Anthropic's client has words of its own."""
    late = [{"content": "One two three.", "think": 60}]
    if mode.endswith("stream"):
        late.append({"content": "One two three.", "timing": [0.0, 60.0, 0.0]})
    kwargs = {**WIRES[model], "timeout": 0.3}
    masked = ("Claude." + mode + ".text: agno",)
    assert compare(asked(model, kwargs, mode, late), late, masked) == []


# --- what a run makes of it ----------------------------------------------------------------------------------------

KEY = "sk-very-secret-0123456789"
MODELS = {
    "chat": lambda **more: OpenAIChat(id="gpt-5-mini", api_key=KEY, max_retries=0, **more),
    "responses": lambda **more: OpenAIResponses(id="gpt-5-mini", api_key=KEY, max_retries=0, **more),
    "claude": lambda **more: Claude(id="claude-sonnet-4-5", api_key=KEY, client_params={"max_retries": 0}, **more),
    "gemini": lambda **more: Gemini(id="gemini-2.5-flash", api_key=KEY, **more),
}
each_model = pytest.mark.parametrize("kind", MODELS)
each_way = pytest.mark.parametrize("way", WAYS)


def failed(way, kind, caplog, **more):
    """The words of a run that fails: of its output, its error event and what is stored, which have to be the same."""
    db = InMemoryDb()
    with caplog.at_level(logging.DEBUG):
        owner = Agent(model=MODELS[kind](**more), db=db, telemetry=False)
        events, output = run_in(way, owner, "Which way?", session_id="s")
    stored = owner.get_session("s").runs[0]
    assert (output.status, stored.status) == ("ERROR", "ERROR")
    told = [event for event in events if event.event == "RunError"]
    if way.endswith("stream"):
        assert [event.content for event in told] == [events[-1].content]
    words = told[0].content if told else output.content
    everything = f"{events} {output} {stored.to_dict()} {caplog.text}"
    assert KEY not in everything
    return words


@each_way
@each_model
def test_a_refused_run_tells_why_and_never_its_key(kind, way, caplog):
    for status in STATUSES:
        with ReplayServer([{"status": status, "error": f"refused with {status}"}]) as server, server.environment():
            assert f"refused with {status}" in failed(way, kind, caplog)


@each_way
@each_model
def test_a_service_that_is_not_there_ends_the_run(kind, way, caplog, monkeypatch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nowhere = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with ReplayServer([]) as server, server.environment():
            for name, address in server.env().items():
                monkeypatch.setenv(name, address.replace(server.url, nowhere))
            assert "onnect" in failed(way, kind, caplog)


@pytest.mark.parametrize("way", [way for way in WAYS if way.endswith("stream")])
@each_model
def test_a_service_that_breaks_off_ends_the_run(kind, way, caplog):
    with ReplayServer([{"content": "One two three four five.", "cut_after": 1}]) as server, server.environment():
        assert failed(way, kind, caplog)


@each_way
@each_model
def test_a_service_that_does_not_answer_in_time_ends_the_run(kind, way, caplog):
    with ReplayServer([{"content": "One.", "think": 60}]) as server, server.environment():
        assert "timed out" in failed(way, kind, caplog, timeout=0.2)


@pytest.mark.parametrize("way", [way for way in WAYS if way.endswith("stream")])
@each_model
def test_a_service_that_falls_silent_in_a_stream_ends_the_run(kind, way, caplog):
    stalled = {"content": "One two three.", "timing": [0.0, 60.0, 0.0]}
    with ReplayServer([stalled]) as server, server.environment():
        assert "timed out" in failed(way, kind, caplog, timeout=0.2)


@each_way
def test_a_service_that_takes_no_connection_ends_the_run(way, caplog, monkeypatch):
    """Its queue is full, so that the system answers nothing: neither yes nor no."""
    with socket.socket() as deaf, socket.socket() as first, socket.socket() as second:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        for waiting in (first, second):
            waiting.setblocking(False)
            waiting.connect_ex(deaf.getsockname())
        monkeypatch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{deaf.getsockname()[1]}/v1")
        assert "timed out" in failed(way, "chat", caplog, timeout=0.2)
