"""What AgentOS answers about sessions that are always the same, for either package.

`python tests/runtime/api/session_answers.py tests/runtime/api/agno_sessions.json` records what Agno says of rows that
Wherry wrote; it needs the extra `parity` and FastAPI.
"""

import json
import sys
import tempfile
from importlib import import_module
from pathlib import Path

from starlette.testclient import TestClient

from wherry.db.sqlite import SqliteDb
from wherry.run.agent import RunOutput
from wherry.run.team import TeamRunOutput
from wherry.run.workflow import WorkflowRunOutput
from wherry.session import AgentSession, TeamSession, WorkflowSession

ASKED = (
    "",
    "?type=agent",
    "?type=team",
    "?type=workflow",
    "?type=crew",
    "?type=",
    "?component_id=ada",
    "?component_id=ada&type=team",
    "?user_id=jo",
    "?session_name=Harbour",
    "?limit=2",
    "?limit=2&page=2",
    "?limit=2&page=9",
    "?limit=0",
    "?limit=many",
    "?sort_by=updated_at&sort_order=asc",
    "?sort_by=nothing",
    "?sort_order=up",
    "?db_id=desk",
    "?db_id=nowhere",
)
USED = {"total_tokens": 12, "input_tokens": 9, "output_tokens": 3}


def talk(*texts):
    """Messages, of the system first."""
    roles = ("system", "user", "assistant")
    return [{"role": role, "content": text} for role, text in zip(roles, texts, strict=False)]


# Session: its class, its row, the class of its runs, and they.
SESSIONS = (
    (AgentSession, {"session_id": "a1", "agent_id": "ada", "session_data": {"session_name": "Harbour"}}, RunOutput, []),
    (
        AgentSession,
        {
            "session_id": "a2",
            "agent_id": "ada",
            "user_id": "jo",
            "session_data": {"session_state": {"berth": 7, "none": None}, "session_metrics": USED},
            "agent_data": {"name": "Ada", "sdk": "other"},
            "metadata": {"desk": "north"},
            "summary": {"summary": "Berths.", "topics": ["berths"]},
        },
        RunOutput,
        [{"run_id": "r1", "agent_id": "ada", "messages": talk("Be brief.", "Which berth?", "7")}],
    ),
    (
        AgentSession,
        {"session_id": "a3", "agent_id": "bob", "agent_data": {"name": "Bob"}},
        RunOutput,
        [{"run_id": "r2", "agent_id": "bob", "input": {"input_content": "When?"}}],
    ),
    (
        TeamSession,
        {"session_id": "t1", "team_id": "crew", "team_data": {"name": "Crew"}},
        TeamRunOutput,
        [
            {"run_id": "r3", "agent_id": "ada", "parent_run_id": "r4", "messages": talk("x", "Asked of a member")},
            {"run_id": "r4", "team_id": "crew", "messages": talk("x", "Asked of the crew")},
        ],
    ),
    (TeamSession, {"session_id": "t2", "team_id": "crew", "user_id": "al"}, TeamRunOutput, []),
    (
        WorkflowSession,
        {"session_id": "w1", "workflow_id": "flow", "workflow_data": {"name": "Flow"}},
        WorkflowRunOutput,
        [{"run_id": "r5", "workflow_id": "flow", "input": "Load it."}],
    ),
    (
        WorkflowSession,
        {"session_id": "w2", "workflow_id": "flow", "workflow_data": {"name": "Flow"}, "metadata": {}},
        WorkflowRunOutput,
        [{"run_id": "r6", "workflow_id": "flow", "input": {"load": 3}}],
    ),
    (
        WorkflowSession,
        {"session_id": "w3", "workflow_id": "flow", "workflow_data": {"name": "Flow"}},
        WorkflowRunOutput,
        [{"run_id": "r7", "workflow_id": "flow"}],
    ),
)


def stored(db):
    """Store the sessions."""
    for number, (kind, row, run_kind, runs) in enumerate(SESSIONS):
        times = {"created_at": 1_780_000_000 + number, "updated_at": 1_780_001_000 - number}
        db.upsert_sessions([kind.from_dict({**row, **times})], preserve_updated_at=True)
        for run in runs:
            made = RunOutput if run.get("agent_id") else run_kind
            db.upsert_run(made.from_dict(run), row["session_id"], row.get("user_id"))


def answers(package, db):
    """Status and body of each question."""
    agent = import_module(f"{package}.agent").Agent(id="ada", name="Ada", db=db)
    with TestClient(import_module(f"{package}.os").AgentOS(id="desk", agents=[agent]).get_app()) as client:
        told = {asked: client.get(f"/sessions{asked}") for asked in ASKED}
        return {asked: [answer.status_code, answer.json()] for asked, answer in told.items()}


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        path = str(Path(place, "s.db"))
        stored(SqliteDb(db_file=path, id="desk"))
        db = import_module("agno.db.sqlite").SqliteDb(db_file=path, id="desk")
        lines = [
            f"{json.dumps(asked)}: {json.dumps(told, sort_keys=True)}" for asked, told in answers("agno", db).items()
        ]
        Path(sys.argv[1]).write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
