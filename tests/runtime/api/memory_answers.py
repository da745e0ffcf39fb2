"""What AgentOS answers about memories that are always the same, for either package.

`python tests/runtime/api/memory_answers.py tests/runtime/api/agno_memories.json` records what Agno says of rows that
Wherry wrote; it needs the extra `parity` and FastAPI.
"""

import json
import re
import sys
import tempfile
from importlib import import_module
from pathlib import Path

from starlette.testclient import TestClient

from wherry.db.schemas.memory import UserMemory
from wherry.db.sqlite import SqliteDb

NOTE = {"memory": "Likes tea.", "user_id": "jo", "topics": ["drinks"]}
# Method, address, body; asked one after the other.
ASKED = (
    ("GET", "/memories"),
    ("GET", "/memories?user_id=jo"),
    ("GET", "/memories?user_id=nobody"),
    ("GET", "/memories?agent_id=ada"),
    ("GET", "/memories?team_id=crew"),
    ("GET", "/memories?topics=boats"),
    ("GET", "/memories?topics=boats,%20food"),
    ("GET", "/memories?topics="),
    ("GET", "/memories?search_content=ROW"),
    ("GET", "/memories?limit=2"),
    ("GET", "/memories?limit=2&page=2"),
    ("GET", "/memories?limit=0"),
    ("GET", "/memories?limit=many"),
    ("GET", "/memories?page=-1"),
    ("GET", "/memories?sort_by=memory&sort_order=asc"),
    ("GET", "/memories?sort_by=nothing"),
    ("GET", "/memories?sort_order=up"),
    ("GET", "/memories?db_id=desk"),
    ("GET", "/memories?db_id=nowhere"),
    ("GET", "/memories/m1"),
    ("GET", "/memories/m1?user_id=jo"),
    ("GET", "/memories/m1?user_id=al"),
    ("GET", "/memories/none"),
    ("GET", "/memory_topics"),
    ("GET", "/memory_topics?user_id=al"),
    ("GET", "/memory_topics?user_id=nobody"),
    ("GET", "/user_memory_stats"),
    ("GET", "/user_memory_stats?limit=1&page=2"),
    ("GET", "/user_memory_stats?user_id=jo"),
    ("GET", "/user_memory_stats?limit=0"),
    ("POST", "/memories", NOTE),
    ("POST", "/memories", {"memory": "About nobody."}),
    ("POST", "/memories", {"memory": ""}),
    ("POST", "/memories", {"memory": 5, "user_id": 5, "topics": "tea"}),
    ("POST", "/memories", {"user_id": "jo"}),
    ("POST", "/memories", {"memory": "No topics.", "user_id": "jo", "other": 1}),
    ("PATCH", "/memories/m1", {"memory": "Rows twice a week.", "user_id": "jo", "topics": ["boats", "time"]}),
    ("PATCH", "/memories/m1", {"memory": "About nobody."}),
    ("PATCH", "/memories/new", {"memory": "Made by a change.", "user_id": "jo"}),
    ("GET", "/memories/m1"),
    ("GET", "/memories/new"),
    ("DELETE", "/memories/m1?user_id=al"),
    ("GET", "/memories/m1"),
    ("DELETE", "/memories/m1"),
    ("GET", "/memories/m1"),
    ("DELETE", "/memories/none"),
    ("DELETE", "/memories", {"memory_ids": []}),
    ("DELETE", "/memories", {"memory_ids": ["m2", "m3"], "user_id": "jo"}),
    ("GET", "/memories/m2"),
    ("GET", "/memories/m3"),
    ("DELETE", "/memories", {"memory_ids": ["m3", "none"]}),
    ("GET", "/memories/m3"),
    ("POST", "/optimize-memories", {}),
    ("POST", "/optimize-memories", {"user_id": "nobody"}),
)
ROWS = (
    {"memory_id": "m1", "memory": "Rows on Sundays.", "user_id": "jo", "topics": ["boats"], "agent_id": "ada"},
    {"memory_id": "m2", "memory": "Owns a boat.", "user_id": "jo", "topics": ["boats", "food"], "team_id": "crew"},
    {"memory_id": "m3", "memory": "Eats no fish.", "user_id": "al", "topics": ["food"], "input": "No fish, please."},
    {"memory_id": "m4", "memory": "Comes late.", "user_id": "al"},
    {"memory_id": "m5", "memory": "Is a guest.", "user_id": "di", "topics": []},
)
# What is made anew each time.
_NEW = re.compile(r'"(memory_id": "[0-9a-f-]{36}|updated_at": "20(?!26-05)[^"]*Z)"')


def stored(db):
    """Store the memories, each a second later than the one before."""
    times = {"created_at": 1_780_000_000, "updated_at": 1_780_000_000}
    made = [{**row, "updated_at": times["updated_at"] + number} for number, row in enumerate(ROWS)]
    db.upsert_memories([UserMemory.from_dict({**times, **row}) for row in made], preserve_updated_at=True)


def answers(package, db):
    """Status and body of each question, in order; what is made anew without its value."""
    agent = import_module(f"{package}.agent").Agent(id="ada", name="Ada", db=db)
    app = import_module(f"{package}.os").AgentOS(id="desk", agents=[agent], telemetry=False).get_app()
    told = []
    with TestClient(app, raise_server_exceptions=False) as client:
        for method, address, *body in ASKED:
            answer = client.request(method, address, json=body[0] if body else None)
            text = _NEW.sub(
                lambda found: f'"{found[1].split(chr(34))[0]}": "new"', json.dumps(json.loads(answer.text or "null"))
            )
            told.append([f"{method} {address}", answer.status_code, json.loads(text)])
    return told


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        path = str(Path(place, "m.db"))
        stored(SqliteDb(db_file=path, id="desk"))
        db = import_module("agno.db.sqlite").SqliteDb(db_file=path, id="desk")
        lines = [json.dumps(told, sort_keys=True) for told in answers("agno", db)]
        Path(sys.argv[1]).write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")
