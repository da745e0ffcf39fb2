"""Sessions and runs for tests of stores."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

from wherry.core.events.outputs import RunOutput, TeamRunOutput
from wherry.core.events.outputs_workflow import WorkflowRunOutput
from wherry.core.messages import Message
from wherry.core.metrics import RunMetrics
from wherry.core.status import RunStatus
from wherry.session import AgentSession, TeamSession, WorkflowSession


def agent_session(session_id: str = "s1", **given: Any) -> AgentSession:
    given.setdefault("session_data", {"session_state": {"count": 1}})
    given.setdefault("agent_data", {"name": "Ada", "agent_id": "ada"})
    return AgentSession(session_id=session_id, **{"agent_id": "ada", "user_id": "u1", "created_at": 1000, **given})


def team_session(session_id: str = "t1", **given: Any) -> TeamSession:
    given.setdefault("session_data", {"session_state": {}})
    return TeamSession(session_id=session_id, **{"team_id": "crew", "user_id": "u1", "created_at": 1000, **given})


def workflow_session(session_id: str = "w1", **given: Any) -> WorkflowSession:
    known = {"workflow_id": "flow", "user_id": "u1", "created_at": 1000}
    return WorkflowSession(session_id=session_id, **{**known, **given})


def run(number: int, session_id: str = "s1", **given: Any) -> RunOutput:
    """A completed run of two messages: question and answer."""
    given.setdefault(
        "messages",
        [Message(role="user", content=f"question {number}"), Message(role="assistant", content=f"answer {number} é")],
    )
    given.setdefault("status", RunStatus.completed)
    given.setdefault("metrics", RunMetrics(input_tokens=10, output_tokens=5, total_tokens=15))
    return RunOutput(
        run_id=given.pop("run_id", f"r{number}"),
        agent_id=given.pop("agent_id", "ada"),
        session_id=session_id,
        content=f"answer {number} é",
        **given,
    )


def team_run(number: int, session_id: str = "t1", **given: Any) -> TeamRunOutput:
    given.setdefault("messages", [Message(role="user", content=f"q{number}"), Message(role="assistant", content="a")])
    given.setdefault("status", RunStatus.completed)
    return TeamRunOutput(
        run_id=given.pop("run_id", f"t{number}"),
        team_id=given.pop("team_id", "crew"),
        session_id=session_id,
        content=f"team {number}",
        **given,
    )


def workflow_run(number: int, session_id: str = "w1", **given: Any) -> WorkflowRunOutput:
    given.setdefault("status", RunStatus.completed)
    return WorkflowRunOutput(
        run_id=f"w{number}",
        workflow_id="flow",
        session_id=session_id,
        input=f"in {number}",
        content=f"out {number}",
        **given,
    )


def said(messages: list[Message]) -> list[Any]:
    return [message.content for message in messages]


def changed(file: str | Path, *statements: str) -> None:
    """Change an SQLite file by hand, in one transaction."""
    with closing(sqlite3.connect(file)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def held_commit(db: Any) -> tuple[threading.Event, threading.Event]:
    """Hold the next commit of an SQLite store, and no other: an event that it has begun, and one to let it go on."""
    commit, begun, go_on = db.file.commit, threading.Event(), threading.Event()

    def held(connection: Any) -> None:
        db.file.commit = commit
        begun.set()
        go_on.wait(60)
        commit(connection)

    db.file.commit = held
    return begun, go_on
