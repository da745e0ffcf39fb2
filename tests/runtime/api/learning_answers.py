"""What AgentOS answers about what was learned, for either package.

`python tests/runtime/api/learning_answers.py tests/runtime/api/agno_learnings.json` records what Agno says; it needs
the extra `parity` and FastAPI.
"""

import json
import re
import sys
import tempfile
from importlib import import_module
from pathlib import Path

from starlette.testclient import TestClient

TEA = {"content": {"likes": "tea"}}
PIER = {"learning_type": "entity_memory", "entity_id": "pier", "entity_type": "place", **TEA}
MADE = {"learning_type": "decision_log", "user_id": "jo", "metadata": {"by": "hand"}, **TEA}
# Method, address, body; MADE stands for the id of the learning that got a new one.
ASKED = (
    ("GET", "/learnings"),
    ("POST", "/learnings", {"learning_type": "user_profile", "user_id": "jo", **TEA}),
    ("POST", "/learnings", {"learning_type": "user_profile", "user_id": "jo", **TEA}),
    ("POST", "/learnings", {"learning_type": "user_memory", "user_id": "al", **TEA}),
    ("POST", "/learnings", {"learning_type": "session_context", "session_id": "s1", **TEA}),
    ("POST", "/learnings", {"learning_type": "user_profile", **TEA}),
    ("POST", "/learnings", {"learning_type": "session_context", "user_id": "jo", **TEA}),
    ("POST", "/learnings", PIER),
    ("POST", "/learnings", {**PIER, "namespace": "harbour"}),
    ("POST", "/learnings", {**PIER, "namespace": "user"}),
    ("POST", "/learnings", {**PIER, "namespace": "user", "user_id": "jo"}),
    ("POST", "/learnings", {**PIER, "namespace": "user_0123456789abcdef"}),
    ("POST", "/learnings", {**PIER, "namespace": "user_0123456789abcdef_x"}),
    ("POST", "/learnings", {**PIER, "namespace": ""}),
    ("POST", "/learnings", {"learning_type": "entity_memory", "entity_id": "pier", **TEA}),
    ("POST", "/learnings", {"learning_type": "decision_log"}),
    ("POST", "/learnings", {"learning_type": 5, "content": "tea"}),
    ("GET", "/learnings?sort_by=learning_id&sort_order=asc"),
    ("GET", "/learnings?sort_by=learning_id&sort_order=asc&limit=2&page=2"),
    ("GET", "/learnings?user_id=jo&sort_by=learning_id"),
    ("GET", "/learnings?learning_type=entity_memory&sort_by=learning_id"),
    ("GET", "/learnings?namespace=harbour"),
    ("GET", "/learnings?entity_id=pier&entity_type=place&namespace=global"),
    ("GET", "/learnings?session_id=s1"),
    ("GET", "/learnings?agent_id=none"),
    ("GET", "/learnings?limit=0"),
    ("GET", "/learnings?limit=1001"),
    ("GET", "/learnings?page=0"),
    ("GET", "/learnings?sort_order=up"),
    ("GET", "/learnings?db_id=desk&user_id=al"),
    ("GET", "/learnings?db_id=none"),
    ("GET", "/learnings/users?sort_by=user_id&sort_order=asc"),
    ("GET", "/learnings/users?user_id=al"),
    ("GET", "/learnings/users?learning_type=user_memory"),
    ("GET", "/learnings/users?limit=1&page=2&sort_by=user_id"),
    ("GET", "/learnings/users?page=0"),
    ("POST", "/learnings", MADE),
    ("GET", "/learnings/none"),
    ("GET", "/learnings/MADE"),
    ("GET", "/learnings/user_profile_jo"),
    ("PATCH", "/learnings/MADE", {}),
    ("PATCH", "/learnings/MADE", {"content": {"likes": "coffee"}}),
    ("PATCH", "/learnings/MADE", {"metadata": None}),
    ("PATCH", "/learnings/MADE", {"content": None}),
    ("PATCH", "/learnings/MADE", {"content": "coffee"}),
    ("PATCH", "/learnings/none", {"content": {}}),
    ("DELETE", "/learnings/none"),
    ("DELETE", "/learnings/MADE"),
    ("GET", "/learnings/MADE"),
    ("DELETE", "/learnings/users/jo?learning_type=user_profile"),
    ("GET", "/learnings?user_id=jo"),
    ("DELETE", "/learnings/users/jo"),
    ("DELETE", "/learnings/users/nobody"),
    ("GET", "/learnings/users"),
)


def application(package, db):
    """An AgentOS with one agent."""
    agent = import_module(f"{package}.agent").Agent(id="ada", name="Ada", db=db)
    return import_module(f"{package}.os").AgentOS(id="desk", agents=[agent], telemetry=False).get_app()


def answers(package, db):
    """Status and body of each question, in order; without what is made anew each time."""
    told, made = [], "MADE"
    with TestClient(application(package, db), raise_server_exceptions=False) as client:
        for method, address, *body in ASKED:
            answer = client.request(method, address.replace("MADE", made), json=body[0] if body else None)
            data = json.loads(answer.text or "null")
            if body and body[0] is MADE:
                made = data["learning_id"]
            text = re.sub(
                r'"((?:\w+_)?(?:created|updated)_at|search_time_ms)": [\d.]+', r'"\1": "now"', json.dumps(data)
            )
            told.append([f"{method} {address}", answer.status_code, json.loads(text.replace(made, "MADE"))])
    return told


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        db = import_module("agno.db.sqlite").SqliteDb(db_file=str(Path(place, "l.db")), id="desk")
        lines = [json.dumps(told, sort_keys=True) for told in answers("agno", db)]
        Path(sys.argv[1]).write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")
