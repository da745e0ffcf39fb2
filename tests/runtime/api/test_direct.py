"""The short way to the run endpoints answers as the table of routes does."""

import asyncio
import json
import socket
import time
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest
from api_desk import BASE, client_of, listening, service_in
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from wherry.api import Settings
from wherry.api.direct import Direct
from wherry.os import AgentOS


@pytest.fixture
def client(tmp_path):
    """A client of the whole application."""
    with client_of(service_in(tmp_path)) as made:
        yield made


@pytest.fixture
def short(monkeypatch):
    """The paths that went the short way."""
    seen = []
    ask = Direct.__call__

    async def noted(self, scope, receive, send):
        async def table(*given):
            seen.append(("table", scope["path"]))
            await app(*given)

        app, self.app = self.app, table
        try:
            await ask(self, scope, receive, send)
        finally:
            self.app = app

    monkeypatch.setattr(Direct, "__call__", noted)
    return seen


@pytest.mark.parametrize(
    ("method", "path", "status", "table"),
    [
        ("POST", f"{BASE}/agents/ada:run", 200, False),
        ("POST", f"{BASE}/teams/crew:run", 200, False),
        ("POST", f"{BASE}/workflows/flow:run", 200, False),
        ("POST", "/agents/ada/runs", 200, False),
        ("POST", f"{BASE}/agents/nobody:run", 404, False),
        ("POST", "/v1/runtime/other/agents/ada:run", 404, False),
        ("POST", "/agents/nobody/runs", 404, False),
        ("POST", f"{BASE}/agents/a:b:run", 404, True),
        ("POST", f"{BASE}/boats/ada:run", 404, True),
        ("POST", "/agents/ada/more/runs", 404, True),
        ("POST", "//agents/ada/runs", 404, True),
        ("PUT", f"{BASE}/agents/ada:run", 405, True),
        ("GET", f"{BASE}/agents/ada:run", 405, True),
        ("GET", "/agents/ada/runs?session_id=none", 404, True),
    ],
)
def test_each_request_finds_its_endpoint(server, client, short, method, path, status, table):
    server.add({"content": "Hello.", "times": "forever"})
    given = {"message": "Hi", "stream": False} if path.endswith("/runs") else {"input": "Hi"}
    answer = client.request(method, path, json=given if method != "GET" else None)
    assert answer.status_code == status, answer.text
    assert bool(short) is table
    if status == 405:
        assert "POST" in answer.headers["allow"]
    if status == 200:
        assert answer.json()["content"] == "Hello."
        assert answer.headers["content-type"] == "application/json"
        assert int(answer.headers["content-length"]) == len(answer.content)


def test_an_application_below_another_one_answers_too(server, tmp_path):
    server.add("Hello.", "Again.")
    inner = client_of(service_in(tmp_path)).app
    client = TestClient(Starlette(routes=[Mount("/desk", inner)]))
    told = client.post(f"/desk{BASE}/agents/ada:run", json={"input": "Hi"})
    assert (told.status_code, told.json()["content"]) == (200, "Hello.")
    told = client.post("/desk/agents/ada/runs", data={"message": "Hi", "stream": "false"}, files={})
    assert (told.status_code, told.json()["content"]) == (200, "Again.")


@pytest.mark.parametrize("entered", [True, False])
def test_an_application_below_another_one_stops_where_its_lifespan_is_entered(entered):
    inner = AgentOS().get_app()

    @asynccontextmanager
    async def life(outer):
        async with inner.router.lifespan_context(inner):
            yield

    client = TestClient(Starlette(routes=[Mount("/desk", inner)], lifespan=life if entered else None))
    with client:
        assert client.get("/desk/readyz").json()["status"] == "ready"
    # Starlette enters none of what is mounted.
    assert client.get("/desk/readyz").json()["status"] == ("stopping" if entered else "ready")


@pytest.mark.parametrize("path", [f"{BASE}/agents/ada:run", "/agents/ada/runs"])
def test_a_body_that_comes_in_pieces_is_read_whole(server, tmp_path, path):
    server.add("Hello.")
    app = client_of(service_in(tmp_path), Settings(body_seconds=60)).app
    body = json.dumps({"message": "Hi", "stream": False} if path.endswith("/runs") else {"input": "Hi"}).encode()
    with listening(app) as address:
        place = urlsplit(address)
        with socket.create_connection((place.hostname, place.port), timeout=60) as connection:
            head = f"POST {path} HTTP/1.1\r\nhost: {place.netloc}\r\nconnection: close\r\n"
            connection.sendall(f"{head}content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n".encode())
            for number in range(0, len(body), 8):
                time.sleep(0.05)
                connection.sendall(body[number : number + 8])
            answer = b""
            while piece := connection.recv(65536):
                answer += piece
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"Hello." in answer


@pytest.mark.parametrize("path", [f"{BASE}/agents/ada:run", "/agents/ada/runs"])
def test_a_body_that_never_comes_is_given_up_as_any_wait_is(tmp_path, path):
    """Whatever hands the body on, a middleware for example, cleans up in its own time."""
    app = client_of(service_in(tmp_path), Settings(body_seconds=0.1)).app
    said = []

    async def receive():
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.sleep(0.01)
            said.append("cleaned up")
            raise

    async def send(message):
        said.append(message.get("status"))

    headers = [(b"host", b"127.0.0.1"), (b"content-type", b"application/json"), (b"content-length", b"20")]
    scope = {"type": "http", "method": "POST", "path": path, "query_string": b"", "headers": headers}
    asyncio.run(app({**scope, "raw_path": path.encode(), "http_version": "1.1", "scheme": "http"}, receive, send))
    assert said[:2] == ["cleaned up", 408]
