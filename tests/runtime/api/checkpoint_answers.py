"""What AgentOS answers about checkpoints of runs and about compacting sessions, for either package.

`python tests/runtime/api/checkpoint_answers.py tests/runtime/api/agno_checkpoints.json` records what Agno says; it
needs the extra `parity` and FastAPI.
"""

import json
import re
import sys
import tempfile
from importlib import import_module
from pathlib import Path

from starlette.testclient import TestClient

from wherry.testing import ReplayServer

CALLS = {"tool_calls": [{"name": "depth", "arguments": {"place": one}} for one in ("pier", "bar")]}
REPLIES = [
    CALLS,
    {"tool_calls": [{"name": "depth", "arguments": {"place": "lock"}}]},
    {"content": "Deep\nenough. " * 12},
]
SESSION = {"agents": "a1", "teams": "t1", "workflows": "w1"}
# Method and address; RUN stands for the run of the kind.
ASKED = [
    *[("GET", f"/{kind}/{one}/runs/RUN/checkpoints{end}")
      for kind, one in (("agents", "ada"), ("teams", "crew"))
      for end in ("", "?session_id=none", *(f"{place}?session_id={SESSION[kind]}" for place in (
          "", *(f"/{number}" for number in (0, 1, 2, 3, 4, 5, 6, 7, 8, 99, -1)), "/two", "/1.0")))],
    ("GET", "/agents/ada/runs/none/checkpoints?session_id=a1"),
    ("GET", "/agents/bo/runs/RUN/checkpoints?session_id=a1"),
    ("GET", "/agents/none/runs/RUN/checkpoints?session_id=a1"),
    ("GET", "/agents/ada/runs/RUN/checkpoints?session_id=t1"),
    ("GET", "/agents/ada/runs/RUN/checkpoints/2"),
    ("POST", "/agents/ada/sessions/a1/compact"),
    ("POST", "/agents/ada/sessions/none/compact"),
    ("POST", "/agents/ada/sessions/t1/compact"),
    ("POST", "/agents/none/sessions/a1/compact"),
    ("POST", "/agents/bo/sessions/b1/compact"),
    ("POST", "/agents/bo/sessions/b1/compact?user_id=somebody"),
    ("POST", "/agents/bo/sessions/b1/compact"),
]  # fmt: skip
_LENGTHS = {"tokens_before", "tokens_after"}


def depth(place: str) -> str:
    """Tell how deep it is at a place."""
    return f"3 m at the {place}"


def application(package, folder):
    """Agents that keep checkpoints and fold, and a team."""
    model = import_module(f"{package}.models.openai").OpenAIChat
    agent, team = (getattr(import_module(f"{package}.{one.lower()}"), one) for one in ("Agent", "Team"))
    fold = import_module(f"{package}.compaction").Compaction(uncompacted_runs=1, compact_at_tokens=10_000)
    db = import_module(f"{package}.db.sqlite").SqliteDb(db_file=str(Path(folder, "c.db")), id="desk")
    ada = agent(id="ada", name="Ada", model=model(id="m"), tools=[depth], checkpoint="tool-batch", db=db)
    bo = agent(id="bo", name="Bo", model=model(id="m"), compaction=fold, add_history_to_context=True, db=db)
    crew = team(
        id="crew", name="Crew", model=model(id="m"), members=[agent(id="di", model=model(id="m"))], tools=[depth],
        checkpoint="tool-batch", db=db,
    )  # fmt: skip
    return import_module(f"{package}.os").AgentOS(agents=[ada, bo], teams=[crew], db=db, telemetry=False).get_app()


def kept(data, key=None):
    """What is always the same of an answer: no ids that are new, no times, no texts of either package's own."""
    if isinstance(data, dict):
        if "snapshot" in data:
            run = data["snapshot"]
            told = [[one["role"], bool(one.get("tool_calls"))] for one in run.get("messages") or ()]
            more = [
                len(run.get("tools") or ()),
                run["last_checkpoint_at_message_index"],
                run["status"],
                run["session_id"],
            ]
            return {"checkpoint": kept(data["checkpoint"]), "snapshot": [told, more]}
        left_out = {"metrics", "summary"}
        if data.get("message_role") == "system":  # whose text is either package's own
            left_out.add("message_preview")
        return {name: kept(value, name) for name, value in data.items() if name not in left_out}
    if isinstance(data, list):
        return [kept(one) for one in data]
    if key in ("message", "first_kept_message_id", "created_at", *_LENGTHS) or (key == "id" and data):
        return type(data).__name__
    if key == "message_preview" and data and len(data) > 100:
        return data[-20:]
    return data


def answers(package, folder):
    """Status and body of each question, in order."""
    told = []
    replies = [*REPLIES, *REPLIES, *[{"content": f"Answer {number}. " * 40} for number in range(4)]]
    with ReplayServer(replies) as model, model.environment(), TestClient(application(package, folder)) as client:

        def run(kind, one, session):
            data = {"message": "How deep is it?", "stream": "false", "session_id": session}
            return client.post(f"/{kind}/{one}/runs", data=data).json()["run_id"]

        runs = {"agents": run("agents", "ada", "a1"), "teams": run("teams", "crew", "t1")}
        for _ in range(3):
            run("agents", "bo", "b1")
        for method, address in ASKED:
            answer = client.request(method, address.replace("RUN", runs[address.split("/")[1]]))
            text = json.dumps(kept(answer.json()))
            text = re.sub(r'"(run_id|message_id|detail)": "[^"]*[0-9a-f]{8}-[^"]*"', r'"\1": "new"', text)
            told.append([f"{method} {address}", answer.status_code, json.loads(text)])
    return told


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        lines = [json.dumps(told, sort_keys=True) for told in answers("agno", place)]
        Path(sys.argv[1]).write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")
