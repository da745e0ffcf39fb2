"""A planted secret never comes out: not in events, errors, logs or pages of the server, wherever it was put."""

import logging

import pytest
from api_desk import BASE, client_of, service_in
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

SECRET = "blue-horse-of-Wroxham"
PLACES = st.sampled_from(
    ["input", "answer", "sessionState", "metadata", "dependencies", "id", "path", "query", "error"]
)
AROUND = st.text(st.characters(codec="ascii", categories=["L", "N", "P"]), max_size=12)


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A recording server whose environment holds the secret."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HARBOUR_API_KEY", SECRET)
        with client_of(service_in(tmp_path_factory.mktemp("desk"))) as client:
            yield client


def send(desk, server, place, text):
    """A request with the text somewhere; what the server's error page said, if it said one."""
    body = {"input": "Hi", "sessionId": "s1"}
    if place in ("sessionState", "metadata", "dependencies"):
        body[place] = {"note": [text]}
    elif place == "input":
        body[place] = text
    server.add({"status": 400, "error": text} if place == "error" else text if place == "answer" else "well")
    if place == "path":
        return desk.get(f"{BASE}/sessions/{SECRET}").text
    if place == "query":
        return desk.get(f"{BASE}/telemetry/events", params={"limit": text}).text
    if place == "id":
        return desk.post(f"{BASE}/agents", json={"id": text, "model_ref": text}).text
    desk.post(f"{BASE}/agents/ada:run", json=body)  # the run's own answer is the caller's
    return ""


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=PLACES, before=AROUND, after=AROUND)
def test_it_never_comes_out(desk, server, caplog, place, before, after):
    with caplog.at_level(logging.DEBUG, "wherry"):
        page = send(desk, server, place, f"{before}{SECRET}{after}")
    assert SECRET not in page
    assert SECRET not in desk.get(f"{BASE}/telemetry/events", params={"limit": 1000}).text
    assert SECRET not in desk.get(f"{BASE}/telemetry/metrics").text + desk.get("/metrics").text
    assert SECRET not in caplog.text
    caplog.clear()
