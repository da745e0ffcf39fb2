"""The links of the contract: from an answer with them, each leads to where it says, on the running server."""

import re
from pathlib import Path

import pytest
import yaml
from api_desk import client_of, service_in

from wherry.testing import ReplayServer

CONTRACT = yaml.safe_load((Path(__file__).resolve().parents[3] / "contracts" / "runtime-openapi.yaml").read_text())
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


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    with (
        ReplayServer([{"content": "ok", "times": "forever"}]) as model,
        model.environment(),
        client_of(service_in(tmp_path_factory.mktemp("links"))) as made,
    ):
        yield made


def ask(client, name, parameters):
    """The answer of an operation."""
    method, path, _ = OPERATIONS[name]
    body = {"json": BODIES[name]} if name in BODIES else {}
    return client.request(method, re.sub(r"\{(\w+)\}", lambda found: parameters[found[1]], path), **body)


def begun(client, source):
    """A good answer of the operation that has the links."""
    given = {"runtime": "wherry", "id": OWNERS.get(source, "ada")}
    if source in ("getRun", "continueRun"):
        given["id"] = ask(client, "runAgent", given).json()["runId"]
    if source == "registerAgent":
        client.delete("/v1/runtime/wherry/agents/new")
    return given, ask(client, source, given)


@pytest.mark.parametrize(("source", "status", "name", "link"), LINKS, ids=[f"{one[0]}-{one[2]}" for one in LINKS])
def test_a_link_leads_to_what_the_answer_is_about(client, source, status, name, link):
    given, answer = begun(client, source)
    assert answer.status_code == int(status)
    found = {}
    for parameter, expression in link["parameters"].items():
        place, _, where = expression.partition("#/") if "#/" in expression else expression.rpartition(".")
        assert place in ("$response.body", "$request.path")
        found[parameter] = answer.json()[where] if place == "$response.body" else given[where]
    followed = ask(client, link["operationId"], found)
    # A workflow that is done has nothing to go on with; the run was found.
    done = (source, name) == ("runWorkflow", "continue")
    assert followed.status_code == (409 if done else 204 if name == "forget" else 200), followed.text
    if name in ("read", "cancel"):
        assert followed.json()["runId"] == found["id"]
    elif name == "continue" and not done:  # more input to a run that is done is a run of the same session
        assert followed.json()["sessionId"] == answer.json()["sessionId"]
    elif name in ("get", "session"):
        assert followed.json()["id"] == found["id"]


def test_there_are_links():
    assert {source for source, *_ in LINKS} >= {"registerAgent", "runAgent", "runTeam", "runWorkflow", "getRun"}
