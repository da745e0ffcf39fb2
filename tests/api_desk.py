"""A server with one of each kind, for tests of the HTTP API: in process, or listening on loopback."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request

import uvicorn
from starlette.testclient import TestClient

from wherry.agent import Agent
from wherry.api import RuntimeService, create_app
from wherry.api.heads import limited_protocol
from wherry.db.sqlite import SqliteDb
from wherry.models.openai import OpenAIChat
from wherry.team import Team
from wherry.telemetry import Recorder, TelemetryStore
from wherry.tools import tool
from wherry.workflow import HumanReview, Step, Workflow

COMMAND = "import sys; from wherry_portal.cli import main; sys.exit(main())"
MANIFEST = "{id: ada, model_ref: 'openai:m', memory_policy: {persist: true}}"
BASE = "/v1/runtime/wherry"


def agent(name="Ada", **given):
    return Agent(name=name, model=OpenAIChat(id="m"), **given)


@tool(requires_confirmation=True)
def launch(place: str) -> str:
    """Launch a boat."""
    return f"launched at {place}"


LAUNCH = {"tool_calls": [{"name": "launch", "arguments": {"place": "pier"}}]}


def service_on(db, telemetry=None):
    """Agents `ada` and `asker`, team `crew`, workflows `flow` and `gated`."""
    gate = Step(name="Gate", agent=agent("Keeper"), human_review=HumanReview(requires_confirmation=True))
    return RuntimeService(
        [agent(db=db), agent("Asker", tools=[launch], db=db)],
        [Team(name="Crew", model=OpenAIChat(id="m"), members=[agent("Mate")], db=db)],
        [Workflow(name="Flow", steps=[agent("Stepper")], db=db), Workflow(name="Gated", steps=[gate], db=db)],
        telemetry=telemetry,
        db=db,
    )


def service_in(folder):
    """The same on SQLite files in a folder, recording."""
    return service_on(SqliteDb(db_file=str(folder / "s.db")), TelemetryStore(str(folder / "t.db")))


def client_of(service, settings=None, **given):
    """A client of an application made of a service."""
    if service.telemetry is not None:
        given.setdefault("recorder", Recorder(service.telemetry))
    return TestClient(create_app(service, settings, **given), raise_server_exceptions=False)


@contextlib.contextmanager
def listening(app, sending=None, keep_alive=5, **limits):
    """The application on a port of loopback, in a thread, with the protocol of `wherry serve`; yields its address.

    `sending` is how many bytes the system is to hold for each client, `keep_alive` how many seconds it waits for
    another request.
    """
    with socket.socket() as listener:
        if sending is not None:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, sending)  # connections inherit it
        listener.bind(("127.0.0.1", 0))
        protocol = limited_protocol(**limits)
        config = uvicorn.Config(app, log_level="error", http=protocol, ws="none", timeout_keep_alive=keep_alive)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            assert thread.is_alive(), "the server ended before it listened: see what it has logged"
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(60)


def confirmed(requirements):
    """Open requirements, answered with yes."""
    for one in requirements:
        one["confirmation"] = True
        if one.get("tool_execution"):
            one["tool_execution"]["confirmed"] = True
        else:
            one["confirmed"] = True
    return requirements


@contextlib.contextmanager
def serving(folder, model, *words):
    """A server in a process of its own; yields it and its address."""
    (folder / "desk.yaml").write_text(MANIFEST)
    environment = {k: v for k, v in os.environ.items() if k != "WHERRY_API_TOKENS"}
    environment |= {"OPENAI_API_KEY": "none", "OPENAI_BASE_URL": model.base_url}
    command = [sys.executable, "-c", COMMAND, "serve", "desk.yaml", "--port", "0", *words]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, cwd=folder, env=environment) as child:
        try:
            line = child.stdout.readline()
            assert line.startswith("Wherry API: http://127.0.0.1:"), line + child.stderr.read()
            yield child, line.split()[2]
            if child.poll() is None:
                child.send_signal(signal.SIGINT)
                assert child.wait(60) == 0
        finally:
            child.kill()


def ask(address, path, body=None):
    """The JSON that a server answers."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{address}{path}", data, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)
