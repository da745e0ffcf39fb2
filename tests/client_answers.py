"""What an AgentOS of Agno's answers, and what an `AgentOSClient`, Agno's or Wherry's, reads in it.

`python client_answers.py` writes `runtime/remote/recorded_answers.json`, with Agno's server, client and remote classes.
"""

import asyncio
import json
import os
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

RECORDED = Path(__file__).parent / "runtime" / "remote" / "recorded_answers.json"


def calls(session_type, group_by):
    """Method and arguments; `r` as an id of a run is the newest one's."""
    for kind, name in (("agent", "ada"), ("team", "crew"), ("workflow", "flow")):
        which, session = {"session_type": session_type(kind)}, f"s-{kind}"
        yield from [
            (f"aget_{kind}", (name,), {}),
            (f"run_{kind}", (name, "Hi"), {"session_id": session, "user_id": "u"}),
            ("get_sessions", (), which),
            ("get_session", (session,), {}),
            ("get_session_runs", (session,), which),
            ("get_session_run", (session, "r"), which),
            ("aget_session_run_previews", (session,), which),
            ("rename_session", (session, "New"), which),
            ("update_session", (session,), {**which, "session_state": {"a": 1}}),
        ]
    yield from [
        ("create_session", (), {"session_id": "mine", "agent_id": "ada"}),
        ("create_memory", ("likes tea", "u"), {"topics": ["drinks"]}),
        ("list_memories", (), {}),
        ("get_memory_topics", (), {}),
        ("get_user_memory_stats", (), {}),
        ("get_traces", (), {}),
        ("get_trace_session_stats", (), {}),
        ("search_traces", (), {}),
        ("search_traces", (), {"group_by": group_by("session")}),
        ("refresh_metrics", (), {}),
        ("refresh_metrics", (), {"background": True}),
        ("get_metrics", (), {}),
        ("get_metrics_refresh_status", (), {}),
        ("list_eval_runs", (), {}),
        ("aget_config", (), {}),
    ]


def plain(told):
    """What was read, as JSON."""
    if isinstance(told, list):
        return [plain(one) for one in told]
    return told.model_dump(mode="json") if hasattr(told, "model_dump") else told


async def read_by(client, session_type, group_by):
    """The name of each call, and what the client reads in its answer; of a run its words."""
    run_id, found = "", []
    for name, placed, given in calls(session_type, group_by):
        told = await getattr(client, name)(*(run_id if one == "r" else one for one in placed), **given)
        if name.startswith("run_"):
            run_id = told.run_id
            told = [type(told).__name__, told.run_id, told.content]
        found.append([name, plain(told)])
    return found


def seen_of(remotes):
    """What remote classes tell of the other side."""
    told = []
    for one in remotes:
        db = one.db
        tables = {name: value for name, value in vars(db).items() if name != "client"}
        told.append([type(one).__name__, one.name, one.description, getattr(one, "role", None), tables])
    return told


class Replaying(BaseHTTPRequestHandler):
    """Gives the recorded answers, one after another by their paths."""

    protocol_version = "HTTP/1.1"
    wbufsize = 65536

    def answer(self):
        self.rfile.read(int(self.headers.get("content-length") or 0))
        where = [self.command, self.path.partition("?")[0]]
        number = next(at for at, one in enumerate(self.server.answers) if one[:2] == where)
        kept = self.server.answers[number]
        if len([one for one in self.server.answers if one[:2] == where]) > 1:
            del self.server.answers[number]
        body = json.dumps(kept[2]).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PATCH = answer  # noqa: N815 - the names are the library's

    def log_message(self, *_):
        """Say nothing."""


def replayed(answers, ask):
    """What `ask` makes of the address of a server that gives the answers."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Replaying)
    server.answers = list(answers)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        return ask(f"http://127.0.0.1:{server.server_address[1]}")
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


class Taping:
    """An ASGI application whose JSON answers are kept."""

    def __init__(self, app):
        self.app, self.tape = app, []

    async def __call__(self, scope, receive, send):
        body = b""

        async def taped(message):
            nonlocal body
            body += message.get("body", b"")
            if message["type"] == "http.response.body" and not message.get("more_body"):
                self.tape.append([scope["method"], scope["path"], json.loads(body)])
            await send(message)

        await self.app(scope, receive, taped if scope["type"] == "http" else send)


def without_prose(value):
    """The same without what Agno tells models: those texts are Agno's own, and nothing here depends on them."""
    if isinstance(value, list):
        return [without_prose(one) for one in value]
    if not isinstance(value, dict):
        return value
    told = {name: without_prose(one) for name, one in value.items()}
    prose = [name for name in ("content", "description") if isinstance(told.get(name), str) and len(told[name]) > 60]
    return told | dict.fromkeys(prose, "...")


def record():
    """Ask the real Agno and write down its answers and readings."""
    os.environ["AGNO_TELEMETRY"] = "false"
    sys.path.insert(0, str(Path(__file__).parent))
    from agno.agent import Agent, RemoteAgent
    from agno.client import AgentOSClient
    from agno.db.base import SessionType
    from agno.db.sqlite import SqliteDb
    from agno.models.openai import OpenAIChat
    from agno.os import AgentOS
    from agno.os.routers.traces.schemas import TraceSearchGroupBy
    from agno.team import RemoteTeam, Team
    from agno.workflow import RemoteWorkflow, Step, Workflow
    from api_desk import listening

    from wherry.testing import ReplayServer

    def launch(place: str) -> str:
        """Launch a boat."""
        return place

    with ReplayServer(["Hello", "We did", "It ran"]) as model, model.environment(), tempfile.TemporaryDirectory() as at:
        asked, db = OpenAIChat(id="m"), SqliteDb(db_file=f"{at}/a.db", id="main")
        ada = Agent(name="Ada", id="ada", role="pilot", description="flies", model=asked, db=db, tools=[launch])
        crew = Team(name="Crew", id="crew", members=[Agent(name="Mate", model=asked)], model=asked, db=db)
        flow = Workflow(name="Flow", id="flow", steps=[Step(name="s", agent=Agent(name="Ann", model=asked))], db=db)
        served = Taping(AgentOS(id="desk", agents=[ada], teams=[crew], workflows=[flow], telemetry=False).get_app())
        with listening(served) as address:
            read = asyncio.run(read_by(AgentOSClient(address), SessionType, TraceSearchGroupBy))
            remotes = [RemoteAgent(address, "ada"), RemoteTeam(address, "crew"), RemoteWorkflow(address, "flow")]
            seen = seen_of(remotes)
    told = without_prose({"answers": served.tape, "read": read, "seen": seen})
    parts = [f'"{name}": [\n' + ",\n".join(json.dumps(one) for one in part) + "\n]" for name, part in told.items()]
    RECORDED.write_text("{\n" + ",\n".join(parts) + "\n}\n")


if __name__ == "__main__":
    record()
