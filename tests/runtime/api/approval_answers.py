"""What AgentOS answers about approvals that are always the same, for either package.

`python tests/runtime/api/approval_answers.py tests/runtime/api/agno_approvals.json` records what Agno says of rows that
Wherry wrote; it needs the extra `parity` and FastAPI.
"""

import json
import re
import sys
import tempfile
from importlib import import_module
from pathlib import Path

from starlette.testclient import TestClient

from wherry.db.sqlite import SqliteDb

# Method, address, body; asked one after the other.
ASKED = (
    ("GET", "/approvals"),
    ("GET", "/approvals?status=pending"),
    ("GET", "/approvals?status=open"),
    ("GET", "/approvals?approval_type=audit"),
    ("GET", "/approvals?approval_type=other"),
    ("GET", "/approvals?user_id=jo&agent_id=ada"),
    ("GET", "/approvals?run_id=r2"),
    ("GET", "/approvals?limit=1&page=2"),
    ("GET", "/approvals?limit=1001"),
    ("GET", "/approvals?page=0"),
    ("GET", "/approvals/count"),
    ("GET", "/approvals/count?user_id=jo"),
    ("GET", "/approvals/p1"),
    ("GET", "/approvals/none"),
    ("GET", "/approvals/p1/status"),
    ("GET", "/approvals/none/status"),
    ("POST", "/approvals/p1/resolve", {"status": "perhaps"}),
    ("POST", "/approvals/p1/resolve", {}),
    ("POST", "/approvals/p1/resolve", {"status": "approved", "resolved_by": "x" * 256}),
    ("POST", "/approvals/p1/resolve", {"status": "approved", "resolution_data": [1]}),
    (
        "POST",
        "/approvals/p1/resolve",
        {"status": "approved", "resolved_by": "boss", "resolution_data": {"why": 1}},
    ),
    ("POST", "/approvals/p1/resolve", {"status": "rejected"}),
    ("GET", "/approvals/p1/status"),
    ("POST", "/approvals/p3/resolve", {"status": "rejected"}),
    ("POST", "/approvals/none/resolve", {"status": "approved"}),
    ("GET", "/approvals/count"),
    ("DELETE", "/approvals/p1"),
    ("GET", "/approvals/p1"),
)
BASIS = {"source_type": "agent", "pause_type": "confirmation", "agent_id": "ada", "source_name": "Ada"}
ROWS = (
    {"id": "p1", "run_id": "r1", "session_id": "s1", "status": "pending", "approval_type": "required", "user_id": "jo"},
    {"id": "p2", "run_id": "r2", "session_id": "s2", "status": "approved", "approval_type": "audit"},
    {"id": "p3", "run_id": "r3", "session_id": "s3", "status": "pending", "tool_args": {"place": "pier"}},
)
# What is made anew each time.
_NEW = re.compile(r'"(resolved_at|updated_at)": (?!17800)\d+')


def stored(db):
    """Store the approvals, each a second later than the one before."""
    for number, row in enumerate(ROWS):
        times = dict.fromkeys(("created_at", "updated_at"), 1_780_000_000 + number)
        db.create_approval({**BASIS, "tool_name": "launch", **times, **row})


def answers(package, db):
    """Status and body of each question, in order; times that are new without their value."""
    agent = import_module(f"{package}.agent").Agent(id="ada", name="Ada")
    app = import_module(f"{package}.os").AgentOS(id="desk", agents=[agent], db=db, telemetry=False).get_app()
    told = []
    with TestClient(app, raise_server_exceptions=False) as client:
        for method, address, *body in ASKED:
            answer = client.request(method, address, json=body[0] if body else None)
            text = _NEW.sub(r'"\1": "new"', json.dumps(json.loads(answer.text or "null")))
            told.append([f"{method} {address}", answer.status_code, json.loads(text)])
    return told


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        path = str(Path(place, "a.db"))
        stored(SqliteDb(db_file=path, id="desk"))
        db = import_module("agno.db.sqlite").SqliteDb(db_file=path, id="desk")
        lines = [json.dumps(told, sort_keys=True) for told in answers("agno", db)]
        Path(sys.argv[1]).write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")
