"""Every status that the contract documents is produced, with a body as the contract describes it."""

import socket
import threading

import pytest
import yaml
from api_desk import BASE, LAUNCH, client_of, confirmed, service_in
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from wherry.api import Settings
from wherry.api.remote import RemoteRuntime
from wherry.api.system import contract

CONTRACT = yaml.load(contract(), Loader=yaml.CSafeLoader)
REGISTRY = Registry().with_resource("contract", DRAFT202012.create_resource(CONTRACT))
OPERATIONS = {
    about["operationId"]: (method.upper(), path, about)
    for path, methods in CONTRACT["paths"].items()
    for method, about in methods.items()
    if method != "parameters"
}
DOCUMENTED = {
    (name, int(status))
    for name, (_, _, about) in OPERATIONS.items()
    for status in about["responses"]
    if status.isdigit()
}
HERE = {one for one in DOCUMENTED if one[1] != 502}
RUNS = {"runAgent": "ada", "runTeam": "crew", "runWorkflow": "flow"}
GUEST = {"id": "guest", "model_ref": "openai:m"}


def resolved(part):
    while "$ref" in part:
        found = CONTRACT
        for key in part["$ref"].removeprefix("#/").split("/"):
            found = found[key]
        part = found
    return part


def in_contract(part):
    """A schema whose references point into the contract from outside."""
    if isinstance(part, dict):
        return {k: f"contract{v}" if k == "$ref" else in_contract(v) for k, v in part.items()}
    return [in_contract(item) for item in part] if isinstance(part, list) else part


class Desk:
    """A client that calls operations by their ids, and checks what is documented about the answer."""

    def __init__(self, server, service, settings, *, runtime="wherry", **given):
        self.server, self.client, self.runtime = server, client_of(service, settings, **given), runtime

    def __call__(self, operation, identity="none", **given):
        method, path, about = OPERATIONS[operation]
        address = path.replace("{runtime}", self.runtime).replace("{id}", identity)
        answer = self.client.request(method, address, **given)
        documented = resolved(about["responses"][str(answer.status_code)])
        kind = answer.headers.get("content-type", "").partition(";")[0]
        if "content" in documented:
            schema = in_contract(documented["content"][kind]["schema"])
            body = answer.json() if kind.endswith("json") else answer.text
            Draft202012Validator(schema, registry=REGISTRY).validate(body)
        return answer.status_code

    def run(self, *replies, agent="ada", **body):
        """The id of a run."""
        self.server.add(*replies)
        answer = self.client.post(f"{BASE}/agents/{agent}:run", json={"input": "Hi", **body})
        return answer.json()

    def paused(self):
        """A run that waits for a yes, and the yes."""
        run = self.run(LAUNCH, agent="asker")
        return run["runId"], {"requirements": confirmed(run["requirements"])}


SMALL, FULL, SHORT = Settings(largest_body=20), Settings(concurrent_runs=0, waiting_runs=0), Settings(run_seconds=0.05)


def at_rest(desk, operation):
    """Statuses of the operations that run nothing."""
    calls = {
        ("getAgent", 200): ("ada", {}),
        ("getTeam", 200): ("crew", {}),
        ("getWorkflow", 200): ("flow", {}),
        ("listSessions", 400): ("none", {"params": {"limit": "x"}}),
        ("listTelemetryEvents", 400): ("none", {"params": {"cursor": "x"}}),
        ("runParityTests", 202): ("none", {"json": {}}),
        ("startBenchmarks", 202): ("none", {"json": {}}),
        ("registerAgent", 201): ("none", {"json": GUEST}),
        ("registerAgent", 422): ("none", {"json": {"id": "x"}}),
    }
    identity, given = calls.get(operation, ("none", {}))
    return desk(operation[0], identity, **given)


def registered_twice(desk, operation):
    desk("registerAgent", json=GUEST)
    return desk("registerAgent", json={**GUEST, "name": "other"} if operation[1] == 409 else GUEST)


def deleted(desk, operation):
    desk("registerAgent", json=GUEST)
    return desk("deleteAgent", "guest")


def of_a_session(desk, operation):
    desk.run("Hi", sessionId="s1")
    return desk(operation[0], "s1")


def of_a_session_in_use(desk, operation):
    run = desk.run("Hi", sessionId="s1")["runId"]
    done = desk.client.app.state.server.runs.jobs[run].done
    done.clear()
    answer = desk(operation[0], "s1")
    done.set()  # or the server's end asks it to stop, and what was asked stays for the tests that follow
    return answer


def not_ready(desk, operation):
    desk.client.app.state.server.runs.stopping = True
    return desk("ready")


def of_a_run(desk, operation):
    run = desk.run("Hi")["runId"]
    headers = {"accept": "text/event-stream", "last-event-id": "x"} if operation[1] == 400 else {}
    return desk(operation[0], run, headers=headers)


def of_a_run_elsewhere(desk, operation):
    """A run that is stored as going on, and not here: its process died, or another one runs it."""
    run = desk.run("Hi")["runId"]
    here = desk.client.app.state.server
    (store,) = here.services["wherry"].stores()
    stored = store.get_run(run_id=run)
    stored.status = "RUNNING"
    store.upsert_run(stored, session_id=stored.session_id)
    here.runs.jobs.clear()
    headers = {"accept": "text/event-stream"} if operation[0] == "getRun" else {}
    return desk(operation[0], run, headers=headers)


def of_a_run_that_goes_on(desk, operation):
    cancelled = threading.Event()
    desk.server.add(lambda _: "late" if cancelled.wait(60) else "nobody cancelled")
    job = desk.client.portal.call(begun, desk.client.app)
    answer = desk("cancelRun", job.run_id)
    cancelled.set()
    return answer


async def begun(app):
    from wherry.core.waits import LOOPING

    server = app.state.server
    owner = server.services["wherry"].owners["agents"]["ada"]
    return server.runs.start("agent", owner, owner.make_run("Hi", LOOPING, {}), "")


def started(desk, operation):
    """Statuses of the operations that run something."""
    name, status = operation
    identity = RUNS[name]
    desk.server.add({"content": "Hi", "think": 60 if status == 504 else 0})
    brought = [{**GUEST, "id": "ada", "name": "other"}]
    given = {
        400: {"content": b"{bad"},
        409: {"json": {"agents": brought}},
        413: {"json": {"input": "x" * 50}},
        415: {"data": {"input": "x"}},
        422: {"json": {"agents": [{"id": "x"}]}},
    }.get(status, {"json": {"input": "Hi"}})
    return desk(name, "none" if status == 404 else identity, **given)


def continued(desk, operation):
    status = operation[1]
    run, yes = ("none", {}) if status in (404, 413) else desk.paused()
    desk.server.add({"content": "It floats", "think": 60 if status == 504 else 0})
    settings = desk.client.app.state.server.runs
    if status == 409:
        desk.client.app.state.server.services["wherry"].owners["agents"].clear()
        settings.jobs.clear()
    if status in (429, 504):
        settings.settings = FULL if status == 429 else SHORT
    given = {
        400: {"json": {"requirements": [5]}},
        413: {"json": {"input": "x" * 50}},
        415: {"data": {"input": "x"}},
    }.get(status, {"json": yes})
    return desk("continueRun", run, **given)


WAYS = {
    ("registerAgent", 200): registered_twice,
    ("registerAgent", 409): registered_twice,
    ("deleteAgent", 204): deleted,
    ("getSession", 200): of_a_session,
    ("deleteSession", 204): of_a_session,
    ("deleteSession", 409): of_a_session_in_use,
    ("getRun", 200): of_a_run,
    ("getRun", 400): of_a_run,
    ("getRun", 409): of_a_run_elsewhere,
    ("cancelRun", 200): of_a_run,
    ("cancelRun", 202): of_a_run_that_goes_on,
    ("cancelRun", 409): of_a_run_elsewhere,
    ("ready", 503): not_ready,
}
SETTINGS = {413: SMALL, 429: FULL, 504: SHORT}


@pytest.mark.parametrize("operation", sorted(HERE), ids=lambda operation: f"{operation[0]}-{operation[1]}")
def test_a_documented_status_is_produced(server, tmp_path, operation):
    name, status = operation
    jobs = {"benchmarks": dict, "parity-tests": dict} if status == 202 else {}
    settings = SETTINGS.get(status) if name != "continueRun" or status == 413 else None
    desk = Desk(server, service_in(tmp_path), settings, jobs=jobs)
    way = started if name in RUNS else continued if name == "continueRun" else WAYS.get(operation, at_rest)
    with desk.client:
        assert way(desk, operation) == status


@pytest.fixture(scope="module")
def cut_off(tmp_path_factory):
    """A server whose other runtime does not answer."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
        service = service_in(tmp_path_factory.mktemp("cut-off"))
        desk = Desk(None, service, None, runtime="old", remotes={"old": RemoteRuntime(address)})
        with desk.client:
            yield desk


def test_every_operation_of_another_runtime_says_when_it_does_not_answer(cut_off):
    below = {name for name, (_, path, _) in OPERATIONS.items() if "{runtime}" in path}
    assert below == {name for name, status in DOCUMENTED if status == 502}
    assert {name: cut_off(name) for name in below} == dict.fromkeys(below, 502)
