"""The reference at work on a database: reads steps as JSON lines, does each as Agno's runners do, answers with JSON.

Started by the fixture `agno` in a process of its own; nothing else of the project imports Agno in tests of stores.
"""

from __future__ import annotations

import json
import logging
import os
import sys

from agno_databases import database
from platform_calls import call

os.environ["AGNO_TELEMETRY"] = "false"
logging.disable(logging.CRITICAL)


def classes():
    from agno.run.agent import RunOutput
    from agno.run.team import TeamRunOutput
    from agno.run.workflow import WorkflowRunOutput
    from agno.session import AgentSession, TeamSession, WorkflowSession

    return {
        "agent": (AgentSession, RunOutput),
        "team": (TeamSession, TeamRunOutput),
        "workflow": (WorkflowSession, WorkflowRunOutput),
    }


def run_step(db, step):
    """One run as `persist_run_in_session` stores it: the session's row, then each run's row."""
    from agno.session._utils import resolve_run_index
    from agno.session.summary import SessionSummary

    session_class, _ = classes()[step["kind"]]
    first = step["session"]
    session = db.get_session(first["session_id"], user_id=first.get("user_id"))
    if session is None:
        session = session_class.from_dict(first)
    data = session.session_data = session.session_data or {}
    if "state" in step:
        data["session_state"] = step["state"]
    data.update(step.get("data", {}))
    if "summary" in step:
        session.summary = SessionSummary.from_dict(dict(step["summary"]))
    runs = [classes()[item["kind"]][1].from_dict(dict(item["run"])) for item in step.get("runs", ())]
    for run in runs:
        session.upsert_run(run)
    db.upsert_session(session)
    for run in runs:
        index = resolve_run_index(session, run)
        db.upsert_run(run, session_id=session.session_id, user_id=session.user_id, run_index=index)


def other_step(db, step):
    do = step["do"]
    if do == "rename":
        from agno.db.base import SessionType

        db.rename_session(step["session_id"], SessionType(step["kind"]), step["name"])
    elif do == "delete":
        db.delete_session(step["session_id"])
    elif do == "delete_run":
        db.delete_run(step["run_id"])
    elif do == "remember":
        from agno.db.schemas import UserMemory

        db.upsert_user_memory(UserMemory(**step["memory"]))
    elif do == "forget":
        db.delete_user_memory(step["memory_id"])
    elif do == "content":
        from agno.db.schemas.knowledge import KnowledgeRow

        db.upsert_knowledge_content(KnowledgeRow(**step["content"]))
    elif do == "offload":
        from agno.offload.store import ResultStore

        place = {"session_id": step["session_id"], "run_id": "r", "tool_call_id": "c", "tool_name": "look"}
        ResultStore(db=db, ttl_seconds=step.get("ttl_seconds")).offload(**place, tool_args={}, output=step["output"])
    elif do == "create":
        db._create_table(table_name=getattr(db, step["attribute"]), table_type=step["table"])
    else:
        raise SystemExit(f"unknown step {do!r}")


def read(db, step):
    session = db.get_session(step["session_id"], deserialize=False)
    return session and {"runs": [run["run_id"] for run in session["runs"]], "data": session["session_data"]}


def main():
    open_databases = {}
    for line in sys.stdin:
        asked = json.loads(line)
        where = json.dumps([asked["kind"], asked["given"]])
        if where not in open_databases:
            open_databases[where] = database(asked["kind"], asked["given"])
        db, step = open_databases[where], asked["step"]
        answer = None
        if step["do"] == "run":
            run_step(db, step)
        elif step["do"] == "read":
            answer = read(db, step)
        elif step["do"] == "call":
            answer = call("agno", db, step)
        elif step["do"] == "payload":
            from agno.offload.store import ResultStore

            answer = ResultStore(db=db).payload(step["result_id"])
        elif step["do"] == "close":
            open_databases.pop(where).close()
        else:
            other_step(db, step)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
