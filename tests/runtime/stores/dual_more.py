"""Stories of `dual_agents` that write more than sessions and runs, or send what another runtime stored to a model."""

from __future__ import annotations

import json
from typing import Any

from .dual_agents import USAGE, call, say


def remembered(text: str) -> dict[str, Any]:
    """A call that keeps a memory; the tool's name is its manager's."""
    return call("add_memory", memory=text, topics=["boats"])


def told(*replies: list[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Steps with these replies."""
    return list(zip(("one", "two", "three"), replies, strict=True))


SUMMARY = {"content": json.dumps({"summary": "so far", "topics": ["a"]}), "usage": USAGE}
HELPED = [call("delegate_task_to_member", member_id="mate", task="help"), say("helped"), say("done")]
ALL = [call("delegate_task_to_members", task="help"), say("helped"), say("done")]

MORE: dict[str, dict[str, Any]] = {
    "summaries": {
        "options": {"enable_session_summaries": True, "add_session_summary_to_context": True},
        "steps": told([say("1"), SUMMARY], [say("2"), SUMMARY], [say("3"), SUMMARY]),
    },
    "a team's summaries": {
        "owner": "team",
        "options": {"enable_session_summaries": True},
        "steps": told([say("1"), SUMMARY], [*HELPED, SUMMARY], [say("3"), SUMMARY]),
    },
    "memories that the model keeps": {
        "options": {"enable_agentic_memory": True, "add_memories_to_context": True},
        "steps": told(
            [call("update_user_memory", task="m1"), remembered("m1"), say("kept"), say("1")],
            [say("2")],
            [call("update_user_memory", task="m3"), remembered("m3"), say("kept"), say("3")],
        ),
    },
    "a state that the model keeps": {
        "options": {"enable_agentic_state": True, "session_state": {"l": []}, "add_session_state_to_context": True},
        "steps": told(
            [call("update_session_state", session_state_updates={"l": [1]}), say("1")],
            [call("update_session_state", session_state_updates={"k": {"x": None}}), say("2")],
            [say("3")],
        ),
    },
    "a team whose members hear of its runs": {
        "owner": "team",
        "options": {
            "add_team_history_to_members": True,
            "num_team_history_runs": 2,
            "share_member_interactions": True,
            "store_member_responses": True,
            "add_history_to_context": True,
        },
        "steps": told(HELPED, HELPED, HELPED),
    },
    "a team that routes": {
        "owner": "team",
        "options": {"mode": "route"},
        "steps": told(HELPED[:2], [say("2")], HELPED[:2]),
    },
    "a team that asks everybody": {
        "owner": "team",
        "options": {"mode": "broadcast"},
        "steps": told(ALL, [say("2")], ALL),
    },
    "a team's stored state": {
        "owner": "team",
        "options": {"session_state": {"n": 1}, "enable_agentic_state": True},
        "steps": told([call("update_session_state", session_state_updates={"n": 2}), say("1")], HELPED, [say("3")]),
    },
    "a workflow's history in its steps": {
        "owner": "workflow",
        "with_agent": True,
        "options": {"add_workflow_history_to_steps": True, "num_history_runs": 2},
        "steps": told([say("1")], [say("2")], [say("3")]),
    },
    "a workflow's stored events": {
        "owner": "workflow",
        "with_agent": True,
        "mode": "stream",
        "options": {"store_events": True},
        "steps": told([say("1")], [say("2")], [say("3")]),
    },
    "history by a tool": {
        "options": {"read_chat_history": True, "read_tool_call_history": True},
        "steps": told([say("1")], [call("get_chat_history"), say("2")], [call("get_tool_call_history"), say("3")]),
    },
    "a limit of calls": {
        "tools": ["count"],
        "options": {"tool_call_limit": 1, "add_history_to_context": True},
        "steps": told([call("count"), say("1")], [call("count"), say("2")], [call("count"), say("3")]),
    },
}
