"""Who may ask for what: every route of the server with no token and one of each scope."""

import re

import pytest
from api_desk import BASE, client_of, service_in
from fastapi import FastAPI
from starlette.testclient import TestClient

from wherry.api import Settings
from wherry.api.app import ROUTES
from wherry.api.os_app import application_of
from wherry.api.service import KINDS
from wherry.os import AgentOS

# Open to everybody: probes, the contract and its page, and what tells no more than how to begin.
OPEN = {"/", "/info", "/health", "/healthz", "/readyz", "/metrics", "/openapi.yaml", "/openapi.json"} | {
    "/api", "/docs", "/api-page.js", "/api-page.css",
}  # fmt: skip
ADMIN = {("POST", f"{BASE}/agents"), ("DELETE", f"{BASE}/agents/x"), ("POST", f"{BASE}/benchmarks")} | {
    ("POST", f"{BASE}/parity-tests:run"),
    ("GET", "/approvals"),
    ("GET", "/approvals/count"),
    ("POST", "/approvals/x/resolve"),
    ("DELETE", "/approvals/x"),
    ("POST", "/knowledge/content"),
    ("DELETE", "/knowledge/content"),
    ("PATCH", "/knowledge/content/x"),
    ("DELETE", "/knowledge/content/x"),
    ("GET", "/eval-runs"),
    ("DELETE", "/eval-runs"),
    ("GET", "/eval-runs/x"),
    ("PATCH", "/eval-runs/x"),
    ("POST", "/learnings"),
    ("GET", "/learnings/x"),
    ("PATCH", "/learnings/x"),
    ("DELETE", "/learnings/x"),
    ("DELETE", "/learnings/users/x"),
}
# Asks for much by POST, and changes nothing.
READS = re.compile(r"/traces/search|/knowledge/search|/runs/x/resume")
TOKENS = {"reader": frozenset({"read"}), "worker": frozenset({"run"}), "boss": frozenset({"admin"})}


def asked():
    """Method and path of every route, for each kind of owners."""
    for method, path, _ in ROUTES:
        for kind in KINDS if "{kind" in path else ("",):
            whole = path.replace("{runtime}", "wherry").replace("{kind:owners}", kind)
            yield method, re.sub(r"\{[^}]+\}", "x", whole)


def scope_of(method, path):
    """The scope that a route needs, or None."""
    if path in OPEN:
        return None
    if (method, path) in ADMIN:
        return "admin"
    return "read" if method == "GET" or READS.search(path) else "run"


@pytest.fixture(scope="module", params=["alone", "in FastAPI"])
def client(request, tmp_path_factory):
    service, settings = service_in(tmp_path_factory.mktemp("desk")), Settings(tokens=TOKENS)
    if request.param == "alone":
        with client_of(service, settings) as made:
            yield made
    else:
        app = application_of(AgentOS(base_app=FastAPI()), service, settings)
        with TestClient(app, raise_server_exceptions=False) as made:
            yield made


def test_no_route_is_open_that_should_not_be(client):
    refused = {}
    for method, path in asked():
        answer = client.request(method, path)
        refused[method, path] = answer.status_code == 401
        if answer.status_code == 401:
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.headers["www-authenticate"] == "Bearer"
    # In an application of the user everything is closed that AgentOS closes, Prometheus' metrics, too.
    closed = {("GET", "/metrics")} if isinstance(client.app, FastAPI) else set()
    assert refused == {asking: scope_of(*asking) is not None or asking in closed for asking in refused}


@pytest.mark.parametrize("header", ["Bearer guess", "Bearer", "Basic boss", "boss", "Bearer boss boss", "Bearer boss,"])
def test_what_is_no_token_opens_nothing(client, header):
    answer = client.get(f"{BASE}/agents", headers={"authorization": header})
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")


def test_each_scope_opens_its_own(client):
    missed = []
    for method, path in asked():
        needed = scope_of(method, path)
        if needed is None:
            continue
        for token, scopes in TOKENS.items():
            given = {"memory": "x", "user_id": "u", "memory_ids": ["x"]} if "memor" in path else None
            if path.startswith("/learnings") and method in ("POST", "PATCH"):
                given = {"learning_type": "user_profile", "content": {}, "user_id": "u"}
            elif path.startswith("/eval-runs"):
                given = {"name": "x", "eval_run_ids": ["x"]}
            named = "memor" in path or path.startswith("/metrics/") or path in ("/learnings", "/learnings/users")
            where = f"{path}?user_id=u" if named else path
            answer = client.request(method, where, json=given, headers={"authorization": f"Bearer {token}"})
            allowed = needed in scopes or token == "boss"
            if (answer.status_code == 403) is allowed:
                missed.append((method, path, token, answer.status_code))
    assert missed == []
