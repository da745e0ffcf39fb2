"""Thirty stories of a session, as steps that Agno and Wherry can do alike.

Each story is a list of steps; `test_dual_run.py` has Agno do all of them on one database, and both runtimes in turn on
another. Times are fixed so that the rows can be compared.
"""

from __future__ import annotations

from typing import Any

TEXT = "quote ' \" back\\slash é 漢 🚢 </tag> %s ?"


def message(role: str, content: Any, **more: Any) -> dict[str, Any]:
    return {"id": f"m-{role}-{content}", "role": role, "content": content, "created_at": 1000, **more}


def output(run_id: str, **more: Any) -> dict[str, Any]:
    return {
        "run_id": run_id,
        "content": f"answer {run_id}",
        "content_type": "str",
        "status": "COMPLETED",
        "created_at": 1000,
        "messages": [message("user", f"question {run_id}"), message("assistant", f"answer {run_id}")],
        **more,
    }


def agent_run(run_id: str, **more: Any) -> dict[str, Any]:
    return {
        "kind": "agent",
        "run": output(run_id, **{"agent_id": "ada", "agent_name": "Ada", "session_id": "s", **more}),
    }


def team_run(run_id: str, **more: Any) -> dict[str, Any]:
    return {
        "kind": "team",
        "run": output(run_id, **{"team_id": "crew", "team_name": "Crew", "session_id": "s", **more}),
    }


def workflow_run(run_id: str, **more: Any) -> dict[str, Any]:
    run = {
        "run_id": run_id,
        "input": "in",
        "content": "out",
        "content_type": "str",
        "workflow_id": "flow",
        "workflow_name": "Flow",
        "session_id": "s",
        "created_at": 1000,
        "status": "COMPLETED",
        "metadata": {},
        **more,
    }
    return {"kind": "workflow", "run": run}


SESSIONS: dict[str, dict[str, Any]] = {
    "agent": {
        "session_id": "s",
        "agent_id": "ada",
        "user_id": "u",
        "session_data": {"session_state": {"n": 0}},
        "agent_data": {"name": "Ada", "agent_id": "ada", "model": {"id": "m", "name": "M", "provider": "P"}},
        "created_at": 1000,
    },
    "team": {
        "session_id": "s",
        "team_id": "crew",
        "user_id": "u",
        "session_data": {"session_state": {}},
        "team_data": {"name": "Crew", "team_id": "crew"},
        "created_at": 1000,
    },
    "workflow": {
        "session_id": "s",
        "workflow_id": "flow",
        "user_id": "u",
        "session_data": {"session_state": {}},
        "workflow_data": {"workflow_id": "flow", "name": "Flow", "steps": [{"name": "one", "type": "Step"}]},
        "created_at": 1000,
        "updated_at": 1000,
    },
}


def run(
    *runs: dict[str, Any], kind: str = "agent", session: dict[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    return {"do": "run", "kind": kind, "session": {**SESSIONS[kind], **(session or {})}, "runs": list(runs), **more}


def metrics(tokens: int) -> dict[str, Any]:
    model = {"total_tokens": tokens, "id": "m", "provider": "P"}
    return {"session_metrics": {"total_tokens": tokens, "details": {"model": [model]}}}


def remember(memory_id: str, **more: Any) -> dict[str, Any]:
    return {"do": "remember", "memory": {"memory_id": memory_id, "user_id": "u", "created_at": 1000, **more}}


CALL = {"id": "call_1", "type": "function", "function": {"name": "look", "arguments": '{"x": 1}'}}
TOOL_TURN = [
    message("user", "look"),
    {"id": "m2", "role": "assistant", "tool_calls": [CALL], "created_at": 1000},
    message("tool", "found", tool_call_id="call_1", tool_name="look", tool_args={"x": 1}, tool_call_error=False),
    message("assistant", "there"),
]

STORIES: dict[str, list[dict[str, Any]]] = {
    "three runs of an agent": [run(agent_run("a")), run(agent_run("b")), run(agent_run("c"))],
    "a state that grows": [
        run(agent_run("a"), state={"n": 1}),
        run(agent_run("b"), state={"n": 2, "list": [1, {"x": None}]}),
        run(agent_run("c"), state={"n": 3, "list": [1, {"x": None}], "deep": {"a": {"b": 1.5}}}),
    ],
    "a state that loses a key": [
        run(agent_run("a"), state={"n": 1, "gone": True}),
        run(agent_run("b"), state={"n": 1}),
        run(agent_run("c"), state={}),
    ],
    "metrics that add up": [
        run(agent_run("a"), data=metrics(10)),
        run(agent_run("b"), data=metrics(20)),
        run(agent_run("c"), data=metrics(30)),
    ],
    "awkward text": [
        run(agent_run("a", content=TEXT), state={TEXT: TEXT}),
        run(agent_run("b", messages=[message("user", TEXT)])),
        run(agent_run("c"), data={"session_name": TEXT}),
    ],
    "numbers of all kinds": [
        run(agent_run("a"), state={"tiny": 1e-05, "big": 12345678901234567890, "neg": -0.0, "e": 1e22}),
        run(agent_run("b"), state={"tiny": 0.1, "yes": True, "none": None}),
        run(agent_run("c"), state={"tiny": 1 / 3}),
    ],
    "tool calls": [run(agent_run("a", messages=TOOL_TURN)), run(agent_run("b")), run(agent_run("c"))],
    "a paused run that goes on": [
        run(agent_run("a", status="PAUSED", content=None)),
        run(agent_run("a", status="COMPLETED", content="done")),
        run(agent_run("b")),
    ],
    "a paused run that ends after another": [
        run(agent_run("a", status="PAUSED")),
        run(agent_run("b")),
        run(agent_run("a", status="COMPLETED")),
    ],
    "a run that fails": [run(agent_run("a", status="ERROR")), run(agent_run("b")), run(agent_run("c", status="ERROR"))],
    "a cancelled run": [run(agent_run("a")), run(agent_run("b", status="CANCELLED")), run(agent_run("c"))],
    "nobody's session": [
        run(agent_run("a"), session={"user_id": None}),
        run(agent_run("b"), session={"user_id": None}),
        run(agent_run("c"), session={"user_id": None}),
    ],
    "metadata": [
        run(agent_run("a"), session={"metadata": {"plan": "free", "é": [1]}}),
        run(agent_run("b")),
        run(agent_run("c")),
    ],
    "empty metadata": [run(agent_run("a"), session={"metadata": {}}), run(agent_run("b")), run(agent_run("c"))],
    "a summary": [
        run(agent_run("a")),
        run(agent_run("b"), summary={"summary": "they talked", "topics": ["tea"]}),
        run(agent_run("c"), summary={"summary": "more", "updated_at": "2026-01-01T00:00:00"}),
    ],
    "a session without runs": [run(), run(state={"n": 5}), run(agent_run("a"))],
    "a session without data": [
        run(agent_run("a"), session={"session_data": {}}),
        run(agent_run("b")),
        run(agent_run("c")),
    ],
    "a name": [
        run(agent_run("a")),
        {"do": "rename", "session_id": "s", "kind": "agent", "name": "Talk é"},
        run(agent_run("b")),
    ],
    "a deleted session": [
        run(agent_run("a")),
        {"do": "delete", "session_id": "s"},
        run(agent_run("b")),
    ],
    "a deleted run": [run(agent_run("a"), agent_run("b")), {"do": "delete_run", "run_id": "b"}, run(agent_run("c"))],
    "two sessions": [
        run(agent_run("a")),
        run(agent_run("b", session_id="other"), session={"session_id": "other", "agent_id": "bob"}),
        run(agent_run("c")),
    ],
    "a long session": [run(*[agent_run(f"a{i}") for i in range(12)]), run(agent_run("b")), run(agent_run("c"))],
    "media": [
        run(agent_run("a", images=[{"id": "i", "url": "http://x/i.png"}])),
        run(agent_run("b", files=[{"id": "f", "url": "http://x/f.pdf"}])),
        run(agent_run("c")),
    ],
    "citations and references": [
        run(agent_run("a", references=[{"query": "q", "references": [{"a": 1}], "time": 0.5}])),
        run(agent_run("b", citations={"urls": [{"url": "http://x", "title": "X"}]})),
        run(agent_run("c")),
    ],
    "a team and its members": [
        run(agent_run("m1", parent_run_id="t1"), team_run("t1"), kind="team"),
        run(agent_run("m2", parent_run_id="t2"), agent_run("m3", parent_run_id="t2"), team_run("t2"), kind="team"),
        run(team_run("t3"), kind="team"),
    ],
    "a team with a state and a summary": [
        run(team_run("t1"), kind="team", state={"plan": [1]}),
        run(team_run("t2"), kind="team", state={"plan": [1, 2]}, summary={"summary": "crew talk"}),
        run(team_run("t3"), kind="team", data=metrics(5)),
    ],
    "a workflow": [
        run(workflow_run("w1"), kind="workflow"),
        run(workflow_run("w2", metadata={"a": 1}), kind="workflow", state={"step": 1}),
        run(workflow_run("w3", status="ERROR"), kind="workflow"),
    ],
    "a workflow with agents' runs inside": [
        run(workflow_run("w1", step_executor_runs=[agent_run("x", parent_run_id="w1")["run"]]), kind="workflow"),
        run(workflow_run("w2", input={"a": [1]}, content={"b": 2}, content_type="dict"), kind="workflow"),
        run(workflow_run("w3"), kind="workflow"),
    ],
    "memories": [
        remember("m1", memory=TEXT, topics=["a", "é"]),
        remember("m2", memory="y", agent_id="ada"),
        {"do": "forget", "memory_id": "m2"},
    ],
    "knowledge contents": [
        {"do": "content", "content": {"id": "k1", "name": "N", "description": TEXT, "metadata": {"é": 1}, "size": 3}},
        {"do": "content", "content": {"id": "k2", "name": "N", "description": "d", "user_id": "u", "created_at": 1000}},
        {"do": "content", "content": {"id": "k1", "name": "N2", "description": "d", "status": "completed"}},
    ],
}
