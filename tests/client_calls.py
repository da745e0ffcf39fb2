"""Calls of an `AgentOSClient`, Agno's or Wherry's, and a server that writes down what it is asked.

`python client_calls.py` writes `runtime/remote/recorded_requests.json`, with the client of the real Agno, and
`recorded_remote_requests.json`, with its remote classes.
"""

import asyncio
import datetime as dt
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

RECORDED = Path(__file__).parent / "runtime" / "remote" / "recorded_requests.json"
RECORDED_REMOTE = RECORDED.with_name("recorded_remote_requests.json")
KIND, FORM = "content-type", "multipart/form-data"


def calls(names):
    """Method, positional and keyword arguments; `names` holds the classes of the client's package."""
    agent, accuracy, run = names["SessionType"].AGENT, names["EvalType"].ACCURACY, names["EvalFilterType"].AGENT
    image, file, tool = names["Image"], names["File"], names["ToolExecution"]
    where = {"db_id": "d", "table": "t"}
    talk = {"session_id": "s", "user_id": "u", "images": [image(url="https://x.example/i.png", id="i")]}
    more = {"session_state": {"a": 1}, "metadata": {"b": [1]}, "stream_events": True, "retries": None}
    answered = [tool(tool_call_id="c", tool_name="launch", confirmed=True, created_at=1)]
    day = dt.date(2026, 3, 1)
    yield from [
        ("aget_config", (), {"headers": {"Authorization": "Bearer secret"}}),
        ("list_agents", (), {}),
        ("aget_agent", ("ada",), {}),
        ("list_teams", (), {}),
        ("aget_team", ("crew",), {}),
        ("list_workflows", (), {}),
        ("aget_workflow", ("flow",), {"version": 2}),
        ("migrate_database", ("d",), {"target_version": "3.1"}),
    ]
    for kind in ("agent", "team", "workflow"):
        open_one = {"tools": answered} if kind == "agent" else {"requirements": [{"id": 1}]}
        yield from [
            (f"run_{kind}", ("x", "Grüße & more"), {**talk, **more}),
            (f"run_{kind}_stream", ("x", "Hi"), {**talk, **more}),
            (f"continue_{kind}_run", ("x", "r"), {**open_one, "session_id": "s", "extra": {"k": 1}}),
            (f"continue_{kind}_run_stream", ("x", "r"), {**open_one, "user_id": "u"}),
            (f"cancel_{kind}_run", ("x", "r"), {}),
        ]
    yield from [
        ("create_session", (), {"session_type": agent, "session_name": "n", "agent_id": "ada", "db_id": "d"}),
        ("get_sessions", (), {"session_type": agent, "component_id": "ada", "user_id": "u", "limit": 5}),
        ("get_session", ("s",), {"session_type": agent, **where}),
        ("get_session_runs", ("s",), {"created_after": 3, "status": ["COMPLETED", "ERROR"]}),
        ("get_session_run", ("s", "r"), {"user_id": "u"}),
        ("aget_session_run_previews", ("s",), {"created_before": 9}),
        ("rename_session", ("s", "new"), {"session_type": agent}),
        ("update_session", ("s",), {"session_state": {"a": None}, "session_type": agent}),
        ("delete_session", ("s",), {"user_id": "u"}),
        ("delete_sessions", (["s", "t"], [agent, agent]), where),
        ("create_memory", ("likes tea", "u"), {"topics": ["drinks"]}),
        ("get_memory", ("m",), {"user_id": "u"}),
        ("list_memories", (), {"topics": ["a", "b"], "search_content": "tea", "page": 2}),
        ("update_memory", ("m", "likes coffee", "u"), where),
        ("delete_memory", ("m",), {}),
        ("delete_memories", (["m", "n"],), {"user_id": "u"}),
        ("get_memory_topics", (), {"user_id": "u"}),
        ("get_user_memory_stats", (), {"limit": 1}),
        ("optimize_memories", ("u",), {"apply": False}),
        ("list_eval_runs", (), {"eval_types": [accuracy], "filter_type": run, "model_id": "m"}),
        ("get_eval_run", ("e",), where),
        ("delete_eval_runs", (["e"],), {}),
        ("update_eval_run", ("e", "n"), {}),
        ("run_eval", (accuracy, "2 + 2?"), {"agent_id": "ada", "expected_output": "4", "num_iterations": 2}),
        ("upload_knowledge_content", (), {"name": "n", "text_content": "t", "metadata": {"a": 1}, "chunk_size": 9}),
        ("upload_knowledge_content", (), {"file": file(content=b"abc", filename="a.txt", mime_type="text/plain")}),
        ("update_knowledge_content", ("c",), {"description": "d", "knowledge_id": "k"}),
        ("list_knowledge_content", (), {"sort_by": None}),
        ("get_knowledge_content", ("c",), {}),
        ("delete_knowledge_content", ("c",), {"db_id": "d"}),
        ("delete_all_knowledge_content", (), {}),
        ("get_knowledge_content_status", ("c",), {}),
        ("search_knowledge", ("q",), {"filters": {"a": 1}, "max_results": 3, "db_id": "d"}),
        ("get_knowledge_config", (), {"db_id": "d"}),
        ("get_traces", (), {"session_id": "s", "status": "OK"}),
        ("get_trace", ("t",), {"span_id": "p"}),
        ("get_trace_session_stats", (), {"agent_id": "ada"}),
        ("search_traces", (), {"filter_expr": {"op": "EQ"}, "db_id": "d"}),
        ("get_metrics", (), {"starting_date": day, "ending_date": day}),
        ("refresh_metrics", (), {"background": True}),
        ("get_metrics_refresh_status", (), {}),
    ]


def remote_calls(names):
    """Class, method, positional and keyword arguments of calls of the remote classes."""
    image, tool, requirement = names["Image"], names["ToolExecution"], names["RunRequirement"]
    answered = [requirement(tool_execution=tool(tool_call_id="c", tool_name="launch", confirmed=True, created_at=1))]
    answered[0].id, answered[0].created_at = "q", dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
    talk = {"session_id": "s", "user_id": "u", "session_state": {"a": 1}, "auth_token": "secret"}
    more = {"images": [image(url="https://x.example/i.png", id="i")], "metadata": {"b": [1]}, "retries": 2}
    told = {"knowledge_filters": {"k": 1}, "dependencies": {"d": 2}, "add_history_to_context": True, "extra": {"x": 1}}
    for kind in ("RemoteAgent", "RemoteTeam"):
        yield from [
            (kind, "arun", ("Grüße",), {**talk, **more, **told}),
            (kind, "arun", ({"question": "Tide?"},), {"stream": True, "stream_events": True, **talk}),
            (kind, "acontinue_run", ("r", answered), {"session_id": "s", "user_id": "u", "auth_token": "secret"}),
            (kind, "acontinue_run", ("r", answered), {"stream": True}),
            (kind, "acancel_run", ("r",), {"auth_token": "secret"}),
        ]
    flow, step = "RemoteWorkflow", [{"id": 1}]
    yield from [
        (flow, "arun", ("Hi",), {**talk, "images": more["images"], "additional_data": {"k": 1}, "run_id": "r"}),
        (flow, "arun", ([1, 2],), {"stream": True, "stream_events": True, **talk}),
        (flow, "acontinue_run", (), {"run_id": "r", "session_id": "s", "step_requirements": step, "auth_token": "x"}),
        (flow, "acontinue_run", (), {"run_id": "r", "step_requirements": step, "stream": True}),
        (flow, "acancel_run", ("r",), {"auth_token": "secret"}),
    ]


class Desk(BaseHTTPRequestHandler):
    """Answers `{}` to everything, after writing it down."""

    protocol_version = "HTTP/1.1"
    wbufsize = 65536

    def answer(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
        kind = self.headers.get(KIND, "")
        if kind.startswith(FORM):
            body = re.sub(r"(?i)content-length: \d+\r\n", "", body.replace(kind.partition("boundary=")[2], "EDGE"))
            kind = FORM
        elif kind == "application/json":
            body = json.loads(body)
        self.server.asked.append([self.command, self.path, kind, self.headers.get("authorization"), body])
        self.send_response(200)
        told = b'data: {"event": "RunContent", "content": "x"}\n\n' if body and "stream=true" in str(body) else b"{}"
        self.send_header("content-length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    do_GET = do_POST = do_PATCH = do_DELETE = answer  # noqa: N815 - the names are the library's

    def log_message(self, *_):
        """Say nothing."""


def asked_by(client_class, names):
    """What a client asked, call by call; what it makes of the answer `{}` does not matter here."""

    def given(address):
        client = client_class(f"{address}/")
        return [(name, getattr(client, name), placed, more) for name, placed, more in calls(names)]

    return asked_in(given)


def asked_by_remotes(names):
    """What the remote classes asked, call by call."""

    def given(address):
        return [
            (f"{kind}.{name}", getattr(names[kind](address, "x"), name), placed, more)
            for kind, name, placed, more in remote_calls(names)
        ]

    return asked_in(given)


def asked_in(given):
    """What a server is asked by calls: their names, functions and arguments, for its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Desk)
    server.asked = []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()

    async def ask():
        found = []
        for name, function, placed, more in given(f"http://127.0.0.1:{server.server_address[1]}"):
            before = len(server.asked)
            try:
                result = function(*placed, **more)
                result = result if hasattr(result, "__aiter__") else await result
                if hasattr(result, "__aiter__"):
                    _ = [one async for one in result]
            except (ValueError, AttributeError, TypeError, KeyError):
                pass  # an empty object is no answer to most calls
            found.append([name, *server.asked[before:]])
        return found

    try:
        return asyncio.run(ask())
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


if __name__ == "__main__":
    from agno import media
    from agno.agent import RemoteAgent
    from agno.client import AgentOSClient
    from agno.db import base
    from agno.db.schemas import evals
    from agno.models import response
    from agno.run.requirement import RunRequirement
    from agno.team import RemoteTeam
    from agno.workflow import RemoteWorkflow

    names = {**vars(base), **vars(evals), **vars(media), **vars(response), "RunRequirement": RunRequirement}
    names |= {one.__name__: one for one in (RemoteAgent, RemoteTeam, RemoteWorkflow)}
    for path, told in ((RECORDED, asked_by(AgentOSClient, names)), (RECORDED_REMOTE, asked_by_remotes(names))):
        path.write_text("[\n" + ",\n".join(json.dumps(one, ensure_ascii=False) for one in told) + "\n]\n")
