"""A server with one of each kind, for tests of the HTTP API: in process, or listening on loopback."""

import contextlib
import socket
import threading
import time

import uvicorn
from starlette.testclient import TestClient

from wherry.agent import Agent
from wherry.api import RuntimeService, create_app
from wherry.db.sqlite import SqliteDb
from wherry.models.openai import OpenAIChat
from wherry.team import Team
from wherry.telemetry import Recorder, TelemetryStore
from wherry.tools import tool
from wherry.workflow import HumanReview, Step, Workflow

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
def listening(app):
    """The application on a port of loopback, in a thread; yields its address."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(20)


def confirmed(requirements):
    """Open requirements, answered with yes."""
    for one in requirements:
        one["confirmation"] = True
        if one.get("tool_execution"):
            one["tool_execution"]["confirmed"] = True
        else:
            one["confirmed"] = True
    return requirements
