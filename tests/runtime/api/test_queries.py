"""Query parameters that an operation of the contract does not take are refused: a misspelt filter must not show all."""

from pathlib import Path

import pytest
import yaml
from api_desk import BASE, service_in
from starlette.testclient import TestClient

from wherry.api import create_app
from wherry.api.queries import TAKEN

CONTRACT = Path(__file__).resolve().parents[3] / "contracts" / "runtime-openapi.yaml"


@pytest.fixture
def client(tmp_path, server):
    with TestClient(create_app(service_in(tmp_path))) as made:
        yield made


@pytest.mark.parametrize(
    ("method", "path", "field", "says"),
    [
        ("GET", f"{BASE}/telemetry/events?limit=5&session_id=s1", "session_id", "it takes agentId, cursor, eventType"),
        ("GET", f"{BASE}/sessions?limit=5&offset=10", "offset", "it takes limit"),
        ("GET", f"{BASE}/telemetry/events?runId=a&sessionId=s1&runId=b", "runId", "is given 2 times"),
        ("GET", f"{BASE}/agents?limit=5", "limit", "it takes none"),
        ("GET", f"{BASE}/sessions/telemetry?limit=5", "limit", "it takes none"),
        ("POST", f"{BASE}/agents/ada:run?stream=true", "stream", "it takes none"),
        ("DELETE", f"{BASE}/sessions/s1?force", "force", "it takes none"),
    ],
)
def test_what_an_operation_does_not_take_is_refused(client, server, method, path, field, says):
    answer = client.request(method, path, **({"json": {"input": "Hi"}} if method == "POST" else {}))
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (400, "bad_request", field)
    assert says in answer.json()["detail"]
    assert server.requests == []


def test_agentos_paths_and_those_of_the_server_ignore_what_they_do_not_know(client):
    assert [client.get(f"{path}?x=1").status_code for path in ("/agents", "/readyz", "/metrics")] == [200] * 3


def test_what_is_taken_is_what_the_contract_has():
    contract = yaml.load(CONTRACT.read_text(), Loader=yaml.CSafeLoader)
    shared, found = contract["components"]["parameters"], {}
    for path, item in contract["paths"].items():
        for operation in item.values():
            given = operation.get("parameters", ()) if isinstance(operation, dict) else ()
            named = [shared[one["$ref"].rpartition("/")[2]] if "$ref" in one else one for one in given]
            names = {one["name"] for one in named if one["in"] == "query"}
            if names:
                found[path.removeprefix("/v1/runtime/{runtime}")] = names
    assert found == {path: set(names) for path, names in TAKEN.items()}
