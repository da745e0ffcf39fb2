"""The links of the contract: from an answer with them, each leads to where it says, on the running server."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import pytest
import yaml
from api_desk import BASE, agent, client_of, service_in

from wherry.api import RuntimeService
from wherry.db.sqlite import SqliteDb
from wherry.testing import ReplayServer

CONTRACT = yaml.load(
    (Path(__file__).resolve().parents[3] / "contracts" / "runtime-openapi.yaml").read_text(), Loader=yaml.CSafeLoader
)
OPERATIONS = {
    operation["operationId"]: (method.upper(), path, operation)
    for path, item in CONTRACT["paths"].items()
    for method, operation in item.items()
    if method != "parameters"
}
NEW = {"id": "new", "model_ref": "openai:m", "memory_policy": {"persist": True}}
# What is sent; the other operations need no body.
BODIES = {
    "registerAgent": NEW,
    **{name: {"input": "Hi"} for name in ("runAgent", "runTeam", "runWorkflow", "continueRun")},
}
OWNERS = {"runAgent": "ada", "runTeam": "crew", "runWorkflow": "flow"}


def links_of(operation):
    """Links of an operation by the status of the answer that has them."""
    for status, answer in operation["responses"].items():
        if "$ref" in answer:
            answer = CONTRACT["components"]["responses"][answer["$ref"].rpartition("/")[2]]  # noqa: PLW2901 - the same
        for name, link in answer.get("links", {}).items():
            yield status, name, link


LINKS = [(source, *link) for source, (*_, operation) in OPERATIONS.items() for link in links_of(operation)]


@cache
def checked():
    """What holds answers against the contract; to import it takes every process that collects the tests a second."""
    import schemathesis

    return schemathesis.openapi.from_dict(CONTRACT)


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    with (
        ReplayServer([{"content": "ok", "times": "forever"}]) as model,
        model.environment(),
        client_of(service_in(tmp_path_factory.mktemp("links"))) as made,
    ):
        yield made


def ask(client, name, parameters):
    """The answer of an operation, as the contract has it; a parameter that is not in its path is one of the query."""
    method, path, _ = OPERATIONS[name]
    body = {"json": BODIES[name]} if name in BODIES else {}
    query = {key: value for key, value in parameters.items() if f"{{{key}}}" not in path}
    where = re.sub(r"\{(\w+)\}", lambda found: parameters[found[1]], path)
    answer = client.request(method, where, params=query, **body)
    checked()[path][method].validate_response(answer)
    return answer


def begun(client, source):
    """A good answer of the operation that has the links."""
    given = {"runtime": "wherry", "id": OWNERS.get(source, "ada")}
    if source in ("getRun", "continueRun", "listSessions", "getSession", "listTelemetryEvents"):
        told = ask(client, "runAgent", given).json()
        given["id"] = told["runId" if source in ("getRun", "continueRun") else "sessionId"]
    if source == "registerAgent":
        client.delete("/v1/runtime/wherry/agents/new")
    if source == "getAgent":
        ask(client, "registerAgent", {"runtime": "wherry"})
        given["id"] = "new"
    if source == "getTeam":
        given["id"] = "crew"
    if source == "getWorkflow":
        given["id"] = "flow"
    made = given["id"]
    given = {key: value for key, value in given.items() if f"{{{key}}}" in OPERATIONS[source][1]}
    # The first events of all may be those of a session that a test before has deleted.
    asked = {"sessionId": made} if source == "listTelemetryEvents" else {}
    return given, ask(client, source, {**given, **asked})


def resolved(given, answer, link):
    """The parameters of a link; a name may say whether it is one of the path."""
    found = {}
    for parameter, expression in link["parameters"].items():
        place, _, where = expression.partition("#/") if "#/" in expression else expression.rpartition(".")
        assert place in ("$response.body", "$request.path")
        value = answer.json() if place == "$response.body" else given
        for step in where.split("/"):
            value = value[int(step) if step.isdigit() else step]
        found[parameter.removeprefix("path.")] = value
    return found


@pytest.mark.parametrize(("source", "status", "name", "link"), LINKS, ids=[f"{s}-{n}-{c}" for s, c, n, _ in LINKS])
def test_a_link_leads_to_what_the_answer_is_about(client, source, status, name, link):
    given, answer = begun(client, source)
    if (source, status) == ("registerAgent", "200"):
        answer = ask(client, source, given)
    assert answer.status_code == int(status)
    found = resolved(given, answer, link)
    followed = ask(client, link["operationId"], found)
    # A workflow that is done has nothing to go on with; the run was found.
    done = (source, name) == ("runWorkflow", "continue")
    gone = name in ("forget", "delete")
    assert followed.status_code == (409 if done else 204 if gone else 200), followed.text
    if name in ("read", "cancel") and source != "listSessions":
        assert followed.json()["runId"] == found["id"]
    elif name == "continue" and not done:  # more input to a run that is done is a run of the same session
        assert followed.json()["sessionId"] == answer.json()["sessionId"]
    elif name in ("get", "session"):
        assert followed.json()["id"] == found["id"]
    elif name == "events":
        assert {one["run_id" if "runId" in found else "session_id"] for one in followed.json()["items"]} == {
            found.get("runId") or found["sessionId"]
        }


def test_a_deleted_session_takes_its_runs_with_it(client):
    for kind, name in (("agents", "ada"), ("teams", "crew"), ("workflows", "flow")):
        run = client.post(f"{BASE}/{kind}/{name}:run", json={"input": "Hi"}, headers={"idempotency-key": kind}).json()
        path, session = f"{BASE}/runs/{run['runId']}", f"{BASE}/sessions/{run['sessionId']}"
        assert client.delete(session).status_code == 204
        left = (
            client.get(path),
            client.get(path, headers={"accept": "text/event-stream"}),
            client.post(f"{path}:cancel"),
        )
        more = client.post(f"{path}:continue", json={"input": "More"})
        assert {one.status_code for one in (*left, more, client.get(session))} == {404}


def test_a_session_is_not_deleted_while_a_run_of_it_goes_on(tmp_path):
    begun, go = threading.Event(), threading.Event()

    def wait() -> str:
        """Wait."""
        begun.set()
        assert go.wait(60)
        return "done"

    db = SqliteDb(db_file=str(tmp_path / "s.db"))
    call = {"tool_calls": [{"name": "wait", "arguments": {}}]}
    script = [{"content": "ok", "times": 1}, call, {"content": "ok", "times": "forever"}]
    slow = agent("Slow", tools=[wait], db=db)
    with (
        ReplayServer(script) as model,
        model.environment(),
        client_of(RuntimeService([slow], db=db)) as client,
        ThreadPoolExecutor(1) as pool,
    ):
        client.post(f"{BASE}/agents/slow:run", json={"input": "Hi", "sessionId": "s"})
        asked = pool.submit(client.post, f"{BASE}/agents/slow:run", json={"input": "Wait", "sessionId": "s"})
        try:
            assert begun.wait(60)
            many = {"session_ids": ["other", "s"], "session_types": ["agent", "agent"]}
            client.post("/sessions", json={"session_id": "other"})
            refused = [
                client.delete(f"{BASE}/sessions/s"),
                client.delete("/sessions/s"),
                client.request("DELETE", "/sessions", json=many),
            ]
        finally:
            go.set()
        assert [(one.status_code, one.json()["code"]) for one in refused] == [(409, "conflict")] * 3
        assert all(asked.result(60).json()["runId"] in one.json()["detail"] for one in refused)
        assert client.get("/sessions/other").status_code == 200
        assert client.delete(f"{BASE}/sessions/s").status_code == 204
        assert client.get(f"{BASE}/sessions/s").status_code == 404


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_a_position_that_is_no_number_is_refused_however_the_run_is_asked_for(client, accept):
    run = client.post(f"{BASE}/agents/ada:run", json={"input": "Hi"}).json()["runId"]
    answer = client.get(f"{BASE}/runs/{run}", headers={"accept": accept, "last-event-id": ".]tju"})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


def test_there_are_links():
    bodiless = {"deleteAgent", "deleteSession", "cancelRun"}
    alone = {name for name, (_, path, _) in OPERATIONS.items() if "{id}" not in path and name != "registerAgent"}
    assert {source for source, *_ in LINKS} >= OPERATIONS.keys() - bodiless - alone
    targets = {link["operationId"] for *_, link in LINKS}
    assert targets >= {name for name, (_, path, _) in OPERATIONS.items() if "{id}" in path}
