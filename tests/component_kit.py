"""One set of agents, a team and a workflow for both runtimes, and jobs that save, load and describe them.

As a script it does the jobs with Agno: JSON lines in, JSON lines out. Imports no part of the project by itself.
"""

from __future__ import annotations

import importlib
import json
import logging
import os
import sys
from typing import Any


def tide(place: str, hours: int = 6) -> str:
    """When the tide comes.

    Args:
        place: Where.
        hours: Looked ahead.
    """
    return f"{place} in {hours}"


def decide(step_input: Any) -> bool:
    """Whether the step is needed."""
    return True


def wrap(step_input: Any) -> Any:
    """The work of a step that is a function."""
    return step_input


# Each option that is plain data at a value that is not its default; an agent and a team for each.
PLAIN: dict[str, Any] = {
    **dict.fromkeys(("user_id", "session_id", "role", "description", "expected_output", "additional_context"), "x"),
    **dict.fromkeys(("system_message", "timezone_identifier", "datetime_format"), "x"),
    **dict.fromkeys(("add_session_state_to_context", "enable_agentic_state", "overwrite_db_session_state"), True),
    **dict.fromkeys(("cache_session", "search_past_sessions", "enable_session_summaries", "markdown"), True),
    **dict.fromkeys(("add_dependencies_to_context", "enable_agentic_memory", "update_memory_on_run"), True),
    **dict.fromkeys(("add_history_to_context", "read_chat_history", "add_knowledge_to_context"), True),
    **dict.fromkeys(("enable_agentic_knowledge_filters", "update_knowledge", "use_json_mode", "store_events"), True),
    **dict.fromkeys(("add_name_to_context", "add_datetime_to_context", "add_location_to_context", "stream"), True),
    **dict.fromkeys(("store_history_messages", "stream_events", "exponential_backoff", "followups"), True),
    **dict.fromkeys(("debug_mode", "compress_tool_results", "add_memories_to_context"), True),
    **dict.fromkeys(("search_knowledge", "add_search_knowledge_instructions", "resolve_in_context"), False),
    **dict.fromkeys(("send_media_to_model", "store_media", "store_tool_messages", "parse_response"), False),
    **dict.fromkeys(("telemetry", "add_session_summary_to_context"), False),
    **dict.fromkeys(("num_past_sessions_to_search", "num_past_session_runs_in_search", "num_history_runs"), 7),
    **dict.fromkeys(("num_history_messages", "max_tool_calls_from_history", "tool_call_limit", "num_followups"), 7),
    **dict.fromkeys(("retries", "delay_between_retries", "debug_level"), 2),
    **{name: {"a": 1} for name in ("session_state", "dependencies", "knowledge_filters", "metadata", "output_schema")},
    "instructions": ["Be brief.", "Be kind."],
    "tool_choice": "auto",
    "references_format": "yaml",
    "parser_model_prompt": "p",
    "output_model_prompt": "o",
    "system_message_role": "developer",
}
AGENT_ONLY: dict[str, Any] = {
    "read_tool_call_history": True,
    "build_context": False,
    "user_message_role": "human",
    "build_user_context": False,
    "structured_outputs": True,
    "save_response_to_file": "out.md",
    "cache_callables": False,
}
TEAM_ONLY: dict[str, Any] = {
    "max_iterations": 3,
    "respond_directly": True,
    "delegate_to_all_members": True,
    "determine_input_for_members": False,
    "add_team_history_to_members": True,
    "num_team_history_runs": 5,
    "share_member_interactions": True,
    "introduction": "Hello",
    "add_member_tools_to_context": True,
    "get_member_information_tool": True,
    "stream_member_events": False,
    "store_member_responses": True,
    "show_members_responses": True,
}


class Parts:
    """The classes of one runtime, and the components made of them."""

    def __init__(self, package: str) -> None:
        self.package = package
        self.agent = self.module("agent")
        self.team = self.module("team")
        self.workflow = self.module("workflow")
        self.model = self.module("models.openai").OpenAIChat
        self.toolkit = self.module("tools").Toolkit

    def module(self, name: str) -> Any:
        return importlib.import_module(f"{self.package}.{name}")

    def database(self, where: str) -> Any:
        if where.startswith("postgres"):
            url, _, schema = where.rpartition("#")
            return self.module("db.postgres").PostgresDb(db_url=url, db_schema=schema, id="main")
        return self.module("db.sqlite").SqliteDb(db_file=where, id="main")

    def kit(self) -> Any:
        return self.toolkit(name="harbour", tools=[tide])

    def registry(self, **given: Any) -> Any:
        return self.module("registry").Registry(**{"tools": [tide, self.kit()], "functions": [decide, wrap], **given})

    def ada(self, **given: Any) -> Any:
        model = self.model(id="gpt-5-mini", temperature=0.25)
        return self.agent.Agent(**{"id": "ada", "name": "Ada", "model": model, "tools": [tide], **given})

    def crew(self, db: Any = None, **given: Any) -> Any:
        members = [self.ada(), self.agent.Agent(name="Bob Lee", role="rows", model=self.model(id="gpt-5-nano"))]
        boat = self.team.Team(id="boat", name="Boat", members=members[1:], model=self.model(id="gpt-5-nano"))
        given = {"members": [members[0], boat], "model": self.model(id="gpt-5-mini"), "db": db, **given}
        return self.team.Team(**{"id": "crew", "name": "Crew", "instructions": "Help.", **given})

    def flow(self, db: Any = None) -> Any:
        w = self.workflow
        step, ada = w.Step, self.ada()
        steps = [
            step(name="ask", step_id="1", agent=ada),
            w.Parallel(
                step(name="crew", step_id="2", team=self.crew()),
                step(name="wrap", step_id="3", executor=wrap),
                name="both",
            ),
            w.Condition(
                name="maybe",
                evaluator=decide,
                steps=[step(name="yes", step_id="4", agent=ada)],
                else_steps=[step(name="no", step_id="4", agent=self.ada(id="eve", name="Eve"))],
            ),
            w.Loop(name="again", steps=[step(name="once", step_id="5", agent=ada)], max_iterations=2),
        ]
        return w.Workflow(id="flow", name="Flow", description="All", steps=steps, db=db, metadata={"kind": "test"})

    def described(self) -> dict[str, Any]:
        """What `to_dict` gives with each plain option at another value."""
        found = {}
        for name, value in {**PLAIN, **AGENT_ONLY}.items():
            found[f"agent {name}"] = self.agent.Agent(name="A", **{name: value}).to_dict()
        for name, value in {**PLAIN, **TEAM_ONLY, "mode": self.module("team.mode").TeamMode.route}.items():
            found[f"team {name}"] = self.team.Team(members=[], name="T", **{name: value}).to_dict()
        found["kit"] = self.ada(tools=[self.kit(), tide, {"type": "web_search"}]).to_dict()
        return found

    def do(self, job: dict[str, Any]) -> Any:
        """One job: save, load or describe components."""
        if job["do"] == "describe":
            return self.described()
        db = self.database(job["where"])
        try:
            if job["do"] == "save":
                made = [self.crew(db), self.flow(db)]
                return [one.save(label=job.get("label"), stage=job.get("stage", "published")) for one in made]
            if job["do"] == "save again":
                return self.ada(instructions=job["instructions"]).save(db=db)
            return self.loaded(db)
        finally:
            db.close()

    def loaded(self, db: Any) -> Any:
        """All components as they come back, described; each of the ways to load them."""
        registry = self.registry()
        found: dict[str, Any] = {
            "agents": {one.id: one.to_dict() for one in self.agent.get_agents(db, registry=registry)},
            "teams": {one.id: one.to_dict() for one in self.team.get_teams(db, registry=registry)},
            "flows": {one.id: one.to_dict() for one in self.workflow.get_workflows(db, registry=registry)},
        }
        crew = self.team.get_team_by_id(db, "crew", registry=registry, strict=True)
        found["crew"] = [crew.to_dict(), [member.to_dict() for member in crew.members]]
        found["boat"] = [member.to_dict() for member in crew.members[1].members]
        flow = self.workflow.Workflow.load("flow", db=db, registry=registry, strict=True)
        condition = flow.steps[2]
        found["flow"] = [flow.to_dict(), flow.steps[0].agent.to_dict(), flow.steps[1].steps[0].team.to_dict()]
        found["else"] = condition.else_steps[0].agent.to_dict()
        found["evaluator"] = condition.evaluator.__name__
        found["called"] = crew.members[0].tools[0].entrypoint(place="Hull")
        found["none"] = [self.agent.Agent.load("nobody", db=db), self.agent.get_agent_by_id(db, "nobody")]
        return found


def main() -> None:
    os.environ["AGNO_TELEMETRY"] = "false"
    logging.disable(logging.CRITICAL)
    parts = Parts("agno")
    for line in sys.stdin:
        sys.stdout.write(json.dumps(parts.do(json.loads(line)), default=str) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
