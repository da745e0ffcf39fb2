"""What AgentOS answers about single sessions and their runs, for either package, in this order.

`python tests/runtime/api/one_session_answers.py tests/runtime/api/agno_one_session.json` records what Agno says of rows
that Wherry wrote; it needs the extra `parity` and FastAPI. What is made or changed has its time left out.
"""

import json
import sys
import tempfile
from datetime import datetime
from importlib import import_module
from pathlib import Path

from runtime.api.session_answers import stored
from starlette.testclient import TestClient

from wherry.db.sqlite import SqliteDb
from wherry.run.agent import RunOutput

MANY = {
    "run_id": "r8",
    "agent_id": "ada",
    "user_id": "jo",
    "status": "CANCELLED",
    "created_at": 1_780_000_500,
    "content": {"berth": 7},
    "content_type": "Berth",
    "input": {"input_content": {"load": 3, "süd": None}, "images": [{"url": "http://127.0.0.1/a.png"}]},
    "metrics": {"input_tokens": 4},
    "metadata": {"desk": "north"},
    "messages": [{"role": "user", "content": "Load it." * 50}, {"role": "assistant", "content": "Done."}],
    "tools": [{"tool_call_id": "t", "tool_name": "launch"}],
    "session_state": {"berth": 7},
    "followups": ["Where to?"],
}
LAST = 1_780_010_000
NEW = {"session_id": "n1", "session_name": "Pier", "session_state": {"a": None}, "metadata": {"b": 1}, "user_id": "jo"}
# Method, path, body.
ASKED = (
    *(("GET", f"/sessions/{name}", None) for name in ("a1", "a2", "a3", "t1", "t2", "w1", "w2", "none")),
    ("GET", "/sessions/a2?type=agent", None),
    ("GET", "/sessions/none?type=team", None),
    ("GET", "/sessions/a2?type=crew", None),
    ("GET", "/sessions/a2?user_id=al", None),
    ("GET", "/sessions/a2?db_id=nowhere", None),
    *(("GET", f"/sessions/{name}/runs", None) for name in ("a1", "a2", "t1", "w1", "w2", "none")),
    ("GET", "/sessions/t1/runs?type=team", None),
    ("GET", "/sessions/a2/runs?status=cancelled&status=error", None),
    ("GET", "/sessions/a2/runs?status=sunk", None),
    ("GET", "/sessions/a2/runs?created_after=1780000500", None),
    ("GET", "/sessions/a2/runs?created_before=1780000499", None),
    ("GET", "/sessions/a2/runs?created_after=noon", None),
    ("GET", "/sessions/a2/run-previews", None),
    ("GET", "/sessions/w1/run-previews", None),
    ("GET", "/sessions/none/run-previews", None),
    ("GET", "/sessions/a2/runs/r1", None),
    ("GET", "/sessions/a2/runs/r8", None),
    ("GET", "/sessions/t1/runs/r4", None),
    ("GET", "/sessions/w1/runs/r5", None),
    ("GET", "/sessions/a2/runs/none", None),
    ("GET", "/sessions/a1/runs/r1", None),
    ("GET", "/sessions/none/runs/r1", None),
    ("POST", "/sessions", {**NEW, "agent_id": "ada"}),
    ("POST", "/sessions", {**NEW, "agent_id": "ada"}),
    ("GET", "/sessions/n1", None),
    ("POST", "/sessions?type=team", {**NEW, "session_id": "n2", "team_id": "crew"}),
    ("POST", "/sessions?type=workflow", {**NEW, "session_id": "n3", "workflow_id": "flow"}),
    ("POST", "/sessions?type=crew", {"session_id": "n4"}),
    ("POST", "/sessions", {"session_id": 4}),
    ("POST", "/sessions/n1/rename", {"session_name": "Quay"}),
    ("POST", "/sessions/n2/rename?type=team", {"session_name": "Quay"}),
    ("POST", "/sessions/n3/rename", {"session_name": ""}),
    ("POST", "/sessions/n1/rename?user_id=al", {"session_name": "Quay"}),
    ("POST", "/sessions/none/rename", {"session_name": "Quay"}),
    ("POST", "/sessions/n1/rename", {}),
    ("POST", "/sessions/n1/rename", {"session_name": 4}),
    ("PATCH", "/sessions/n1", {"session_state": {"c": 2}, "summary": {"summary": "Loaded.", "topics": ["load"]}}),
    ("PATCH", "/sessions/n2", {"session_name": "Mole", "metadata": {"d": 3}}),
    ("PATCH", "/sessions/n3?type=workflow", {"session_state": {}}),
    ("PATCH", "/sessions/n1", {}),
    ("PATCH", "/sessions/n1?user_id=al", {"session_name": "Mine"}),
    ("PATCH", "/sessions/none?type=team", {"session_name": "Mine"}),
    ("PATCH", "/sessions/n1", {"session_state": []}),
    ("DELETE", "/sessions/n1?user_id=al", None),
    ("DELETE", "/sessions/n1?delete_media=true", None),
    ("GET", "/sessions/n1", None),
    ("DELETE", "/sessions/n1", None),
    ("DELETE", "/sessions/n1", None),
    ("GET", "/sessions/n1", None),
    ("DELETE", "/sessions", {"session_ids": ["n2", "n3", "none"], "session_types": ["team", "workflow", "agent"]}),
    ("DELETE", "/sessions", {"session_ids": ["a1"], "session_types": ["agent", "team"]}),
    ("DELETE", "/sessions", {"session_ids": [], "session_types": []}),
    ("DELETE", "/sessions", {"session_ids": ["a1"]}),
    ("GET", "/sessions?limit=1", None),
)


def filled(db):
    """Store sessions, and a run with more than most."""
    stored(db)
    db.upsert_run(RunOutput.from_dict(MANY), "a2", "jo")


def settled(body):
    """An answer without ids of messages and media, which are made up, and without times after those of the rows."""
    if isinstance(body, list):
        return [settled(one) for one in body]
    if not isinstance(body, dict):
        return body
    return {name: settled(value) for name, value in body.items() if name != "id" and not late(name, value)}


def late(name, value):
    """Whether this is a time when something was made or changed while asking."""
    if name not in ("created_at", "updated_at") or value is None:
        return False
    return (datetime.fromisoformat(value).timestamp() if isinstance(value, str) else value) > LAST


def answers(package, db):
    """Status and body of each question, as a list of [question, status, body]."""
    agent = import_module(f"{package}.agent").Agent(id="ada", name="Ada", db=db)
    told = []
    with TestClient(import_module(f"{package}.os").AgentOS(id="desk", agents=[agent]).get_app()) as client:
        for method, path, body in ASKED:
            answer = client.request(method, path, json=body)
            told.append([f"{method} {path}", answer.status_code, settled(answer.json()) if answer.content else None])
    return told


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        path = str(Path(place, "s.db"))
        filled(SqliteDb(db_file=path, id="desk"))
        told = answers("agno", import_module("agno.db.sqlite").SqliteDb(db_file=path, id="desk"))
        lines = [json.dumps(one, sort_keys=True) for one in told]
        Path(sys.argv[1]).write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")
