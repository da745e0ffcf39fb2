"""What AgentOS answers about daily metrics, for either package, in this order.

`python tests/runtime/api/metrics_answers.py tests/runtime/api/agno_metrics.json` records what Agno says of sessions
that Wherry stored; it needs the extra `parity` and FastAPI. When something was counted is left out.
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
from wherry.session import AgentSession, TeamSession

DAY = 24 * 3600
NOON = 1_780_056_000  # 2026-05-29 12:00 UTC
USED = {"input_tokens": 9, "output_tokens": 3, "total_tokens": 12}
ASKED = (
    ("GET", "/metrics"),
    ("GET", "/metrics/refresh/status"),
    ("POST", "/metrics/refresh?user_id=al"),
    ("GET", "/metrics/refresh/status"),
    ("GET", "/metrics"),
    ("GET", "/metrics?user_id=jo"),
    ("GET", "/metrics?user_id="),
    ("GET", "/metrics?user_id=nobody"),
    ("GET", "/metrics?starting_date=2026-05-30&ending_date=2026-05-30"),
    ("GET", "/metrics?starting_date=2026-05-31"),
    ("GET", "/metrics?starting_date=noon"),
    ("GET", "/metrics?db_id=desk"),
    ("GET", "/metrics?db_id=nowhere"),
    ("GET", "/metrics/refresh/status?db_id=nowhere"),
    ("POST", "/metrics/refresh?db_id=nowhere"),
    ("POST", "/metrics/refresh?background=true"),
    ("GET", "/metrics/refresh/status"),
    ("POST", "/metrics/refresh?background=perhaps"),
)
TIMES = ("created_at", "updated_at", "started_at", "finished_at")


def stored(db):
    """Two days of sessions of two users and of none."""
    rows = [("s1", "jo", NOON), ("s2", "al", NOON), ("s3", None, NOON), ("s4", "jo", NOON + DAY)]
    for name, user, time in rows:
        times = {"created_at": time, "updated_at": time}
        data = {"session_metrics": USED}
        session = AgentSession(session_id=name, agent_id="ada", user_id=user, session_data=data, **times)
        db.upsert_sessions([session], preserve_updated_at=True)
        run = {"run_id": f"r{name}", "agent_id": "ada", "created_at": time, "model": "m", "model_provider": "OpenAI"}
        db.upsert_run(RunOutput.from_dict({**run, "status": "COMPLETED"}), name, user)
    times = {"created_at": NOON, "updated_at": NOON}
    db.upsert_sessions([TeamSession(session_id="t1", team_id="crew", user_id="jo", **times)], preserve_updated_at=True)
    db.upsert_run(TeamRunOutput.from_dict({"run_id": "rt1", "team_id": "crew", "created_at": NOON}), "t1", "jo")


def settled(body):
    """An answer without when something was counted; a time that is there is told as such."""
    if isinstance(body, list):
        return [settled(one) for one in body]
    if not isinstance(body, dict):
        return body
    return {name: value is not None if name in TIMES else settled(value) for name, value in body.items()}


def answers(package, db):
    """Status and body of each question, as a list of [question, status, body]."""
    agent = import_module(f"{package}.agent").Agent(id="ada", name="Ada", db=db)
    told = []
    with TestClient(import_module(f"{package}.os").AgentOS(id="desk", agents=[agent]).get_app()) as client:
        for method, path in ASKED:
            answer = client.request(method, path)
            body = settled(answer.json())
            told.append([f"{method} {path}", answer.status_code, body if method == "GET" else days(body)])
    return told


def days(body):
    """Of what was counted anew the days that were counted: empty ones reach up to today."""
    if not isinstance(body, list):
        return body
    return [one for one in body if one["agent_sessions_count"] or one["team_sessions_count"]]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        path = str(Path(place, "s.db"))
        stored(SqliteDb(db_file=path, id="desk"))
        db = import_module("agno.db.sqlite").SqliteDb(db_file=path, id="desk")
        lines = [json.dumps(one, sort_keys=True) for one in answers("agno", db)]
        Path(sys.argv[1]).write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")
