"""What AgentOS answers about results of evals, for either package.

`python tests/runtime/api/eval_answers.py tests/runtime/api/agno_evals.json` records what Agno says of rows that Wherry
wrote; it needs the extra `parity` and FastAPI.
"""

import json
import sys
import tempfile
from importlib import import_module
from pathlib import Path

from starlette.testclient import TestClient

from wherry.db.schemas.evals import EvalRunRecord, EvalType
from wherry.db.sqlite import SqliteDb

# Method, address, body; asked one after the other.
ASKED = (
    ("GET", "/eval-runs?sort_by=run_id"),
    ("GET", "/eval-runs?sort_by=run_id&sort_order=asc&limit=2"),
    ("GET", "/eval-runs?sort_by=run_id&sort_order=asc&limit=2&page=2"),
    ("GET", "/eval-runs?sort_by=run_id&limit=2&page=9"),
    ("GET", "/eval-runs?limit=0"),
    ("GET", "/eval-runs?page=-1"),
    ("GET", "/eval-runs?limit=many"),
    ("GET", "/eval-runs?sort_order=up"),
    ("GET", "/eval-runs?agent_id=ada"),
    ("GET", "/eval-runs?team_id=crew"),
    ("GET", "/eval-runs?workflow_id=flow"),
    ("GET", "/eval-runs?model_id=m&sort_by=run_id"),
    ("GET", "/eval-runs?type=team"),
    ("GET", "/eval-runs?type=boat"),
    ("GET", "/eval-runs?eval_types=accuracy"),
    ("GET", "/eval-runs?eval_types=accuracy,%20reliability&sort_by=run_id"),
    ("GET", "/eval-runs?eval_types=speed"),
    ("GET", "/eval-runs?eval_types="),
    ("GET", "/eval-runs?db_id=desk&agent_id=none"),
    ("GET", "/eval-runs?db_id=none"),
    ("GET", "/eval-runs/e1"),
    ("GET", "/eval-runs/none"),
    ("PATCH", "/eval-runs/e1", {"name": "Better"}),
    ("PATCH", "/eval-runs/e1", {"name": ""}),
    ("PATCH", "/eval-runs/e1", {"name": "x" * 256}),
    ("PATCH", "/eval-runs/e1", {}),
    ("PATCH", "/eval-runs/none", {"name": "Better"}),
    ("DELETE", "/eval-runs", {"eval_run_ids": []}),
    ("DELETE", "/eval-runs", {"eval_run_ids": ["e1", "none"]}),
    ("DELETE", "/eval-runs", {}),
    ("GET", "/eval-runs/e1"),
    ("GET", "/eval-runs?sort_by=run_id"),
)
ROWS = (
    {"run_id": "e1", "eval_type": EvalType.ACCURACY, "agent_id": "ada", "model_id": "m", "name": "First"},
    {"run_id": "e2", "eval_type": EvalType.RELIABILITY, "team_id": "crew", "eval_input": {"calls": ["add"]}},
    {"run_id": "e3", "eval_type": EvalType.PERFORMANCE, "workflow_id": "flow", "evaluated_component_name": "Flow"},
    {"run_id": "e4", "eval_type": EvalType.AGENT_AS_JUDGE, "agent_id": "bo", "model_id": "m", "model_provider": "P"},
)


def stored(db):
    """Store the results."""
    for row in ROWS:
        db.create_eval_run(EvalRunRecord(**{"eval_data": {"score": 7}, "user_id": "jo", **row}))


def answers(package, db):
    """Status and body of each question, in order, without times."""
    agent = import_module(f"{package}.agent").Agent(id="ada", name="Ada", db=db)
    app = import_module(f"{package}.os").AgentOS(id="desk", agents=[agent], telemetry=False).get_app()
    told = []
    with TestClient(app, raise_server_exceptions=False) as client:
        for method, address, *body in ASKED:
            answer = client.request(method, address, json=body[0] if body else None)
            data = json.loads(answer.text or "null")
            for line in data.get("data", [data]) if isinstance(data, dict) else ():
                line.update({name: bool(line[name]) for name in ("created_at", "updated_at") if name in line})
            told.append([f"{method} {address}", answer.status_code, data])
    return told


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        path = str(Path(place, "e.db"))
        stored(SqliteDb(db_file=path, id="desk"))
        db = import_module("agno.db.sqlite").SqliteDb(db_file=path, id="desk")
        lines = [json.dumps(told, sort_keys=True) for told in answers("agno", db)]
        Path(sys.argv[1]).write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")
