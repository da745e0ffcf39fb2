"""Agents, teams and workflows that Agno and Wherry build alike, and the process in which a runtime runs them.

    python dual_agents.py agno|wherry

reads jobs as JSON lines, each a story, a step, a database, whether it goes on with that and the address of a model, and
runs that step. The stories
are data and code that only names what both packages have.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import logging
import os
import sys
from typing import Any

USAGE = {"input_tokens": 11, "output_tokens": 7}


def say(text: str, **more: Any) -> dict[str, Any]:
    return {"content": text, "usage": USAGE, **more}


def call(name: str, **arguments: Any) -> dict[str, Any]:
    return {"tool_calls": [{"id": f"call_{name}", "name": name, "arguments": arguments}], "usage": USAGE}


def look(city: str) -> str:
    """Tell the weather of a city."""
    return f"sunny in {city} é"


def fail(reason: str) -> str:
    """Always goes wrong."""
    raise ValueError(reason)


def count(run_context: Any) -> str:
    """Count up in the session's state."""
    run_context.session_state["n"] = run_context.session_state.get("n", 0) + 1
    return str(run_context.session_state["n"])


def shout(step_input: Any) -> Any:
    return str(step_input.input).upper()


# Each story: what to build, and three steps with the model's replies.
STORIES: dict[str, dict[str, Any]] = {
    "a plain agent": {"steps": [("one", [say("first")]), ("two", [say("second")]), ("three", [say("third")])]},
    "history": {
        "options": {"add_history_to_context": True, "num_history_runs": 2},
        "steps": [("one", [say("first")]), ("two", [say("second")]), ("three", [say("third")])],
    },
    "history by messages": {
        "options": {"add_history_to_context": True, "num_history_messages": 4},
        "steps": [("one", [say("first")]), ("two", [say("second")]), ("three", [say("third")])],
    },
    "instructions": {
        "options": {"instructions": ["be kind", "be brief"], "description": "a helper", "markdown": True},
        "steps": [("one", [say("first")]), ("two", [say("second")]), ("three", [say("third")])],
    },
    "a tool": {
        "tools": ["look"],
        "options": {"add_history_to_context": True},
        "steps": [
            ("weather?", [call("look", city="Rome"), say("sunny")]),
            ("again?", [say("still sunny")]),
            ("and Bern?", [call("look", city="Bern"), say("sunny, too")]),
        ],
    },
    "a tool that fails": {
        "tools": ["fail"],
        "steps": [
            ("try", [call("fail", reason="no luck"), say("it failed")]),
            ("rest", [say("fine")]),
            ("try", [call("fail", reason="none"), say("again")]),
        ],
    },
    "a state that tools change": {
        "tools": ["count"],
        "options": {"session_state": {"n": 0, "é": [1e-05, None, True]}},
        "steps": [
            ("count", [call("count"), say("1")]),
            ("count", [call("count"), say("2")]),
            ("count", [call("count"), say("3")]),
        ],
    },
    "a state in the context": {
        "options": {"session_state": {"mood": "calm"}, "add_session_state_to_context": True},
        "steps": [("one", [say("1")]), ("two", [say("2")], {"session_state": {"mood": "glad"}}), ("three", [say("3")])],
    },
    "metadata": {
        "options": {"metadata": {"plan": "free"}},
        "steps": [("one", [say("1")]), ("two", [say("2")], {"metadata": {"plan": "paid"}}), ("three", [say("3")])],
    },
    "no user": {
        "user_id": None,
        "steps": [("one", [say("1")]), ("two", [say("2")]), ("three", [say("3")])],
    },
    "awkward text": {
        "steps": [
            ("quote ' \" back\\slash é 漢 🚢 </tag> %s ?", [say("antwort é 🚢")]),
            ("\t\n", [say("\\u0041")]),
            ("{braces} {{twice}}", [say("{x}")]),
        ],
    },
    "streamed runs": {
        "mode": "stream",
        "options": {"add_history_to_context": True},
        "steps": [("one", [say("first")]), ("two", [say("second")]), ("three", [say("third")])],
    },
    "async runs": {
        "mode": "arun",
        "tools": ["look"],
        "steps": [
            ("weather?", [call("look", city="Rome"), say("sunny")]),
            ("two", [say("second")]),
            ("three", [say("third")]),
        ],
    },
    "a model that fails": {
        "steps": [("one", [say("1")]), ("two", [{"status": 400, "error": "bad request"}]), ("three", [say("3")])],
    },
    "stored events": {
        "options": {"store_events": True},
        "mode": "stream",
        "steps": [("one", [say("1")]), ("two", [say("2")]), ("three", [say("3")])],
    },
    "no tool messages stored": {
        "tools": ["look"],
        "options": {"store_tool_messages": False},
        "steps": [
            ("weather?", [call("look", city="Rome"), say("sunny")]),
            ("two", [say("2")]),
            ("weather?", [call("look", city="Bern"), say("sunny")]),
        ],
    },
    "history messages stored": {
        "options": {"add_history_to_context": True, "store_history_messages": True},
        "steps": [("one", [say("1")]), ("two", [say("2")]), ("three", [say("3")])],
    },
    "an introduction": {
        "options": {"introduction": "Hello, I am Ada.", "add_history_to_context": True},
        "steps": [("one", [say("1")]), ("two", [say("2")]), ("three", [say("3")])],
    },
    "a team that answers alone": {
        "owner": "team",
        "options": {"add_history_to_context": True},
        "steps": [("one", [say("1")]), ("two", [say("2")]), ("three", [say("3")])],
    },
    "a team that delegates": {
        "owner": "team",
        "steps": [
            ("do it", [call("delegate_task_to_member", member_id="mate", task="help"), say("helped"), say("done")]),
            ("alone", [say("done alone")]),
            ("again", [call("delegate_task_to_member", member_id="mate", task="more"), say("more"), say("all done")]),
        ],
    },
    "a team that stores its members' runs": {
        "owner": "team",
        "options": {"store_member_responses": True},
        "steps": [
            ("do it", [call("delegate_task_to_member", member_id="mate", task="help"), say("helped"), say("done")]),
            ("alone", [say("done alone")]),
            ("again", [call("delegate_task_to_member", member_id="mate", task="more"), say("more"), say("all done")]),
        ],
    },
    "a forked session": {
        "fork_after": 1,
        "options": {"add_history_to_context": True, "session_state": {"n": 0}, "metadata": {"plan": "free"}},
        "steps": [("one", [say("1")]), ("two", [say("2")]), ("three", [say("3")])],
    },
    "a session forked on the event loop": {
        "fork_after": 1,
        "mode": "arun",
        "tools": ["look"],
        "steps": [("weather?", [call("look", city="Rome"), say("sunny")]), ("two", [say("2")]), ("three", [say("3")])],
    },
    "a team's forked session": {
        "owner": "team",
        "fork_after": 1,
        "steps": [
            ("do it", [call("delegate_task_to_member", member_id="mate", task="help"), say("helped"), say("done")]),
            ("alone", [say("done alone")]),
            ("again", [say("done again")]),
        ],
    },
    "a workflow of a function": {"owner": "workflow", "steps": [("one", []), ("two", []), ("three", [])]},
    "a streamed workflow of an agent": {
        "owner": "workflow",
        "with_agent": True,
        "mode": "stream",
        "steps": [("one", [say("1")]), ("two", [say("2")]), ("three", [say("3")])],
    },
    "a workflow of an agent": {
        "owner": "workflow",
        "with_agent": True,
        "options": {"session_state": {"step": 0}},
        "steps": [("one", [say("1")]), ("two", [say("2")]), ("three", [say("3")])],
    },
}


def built(package: str, story: dict[str, Any], db: Any) -> Any:
    """The agent, team or workflow of a story, made by one of the packages."""

    def of(module: str, name: str) -> Any:
        return getattr(importlib.import_module(f"{package}.{module}"), name)

    def model() -> Any:
        return of("models.openai", "OpenAIChat")(id="gpt-5-mini", api_key="k")

    options = dict(story.get("options", {}))
    kind = story.get("owner", "agent")
    agent_class = of("agent", "Agent")
    if kind == "agent":
        tools = [globals()[name] for name in story.get("tools", ())]
        return agent_class(id="ada", name="Ada", model=model(), db=db, tools=tools or None, telemetry=False, **options)
    mate = agent_class(id="mate", name="Mate", model=model(), role="helps", telemetry=False)
    if kind == "team":
        team_class = of("team", "Team")
        return team_class(id="crew", name="Crew", model=model(), members=[mate], db=db, telemetry=False, **options)
    step_class = of("workflow", "Step")
    step = step_class(name="one", agent=mate) if story.get("with_agent") else step_class(name="one", executor=shout)
    return of("workflow", "Workflow")(id="flow", name="Flow", steps=[step], db=db, telemetry=False, **options)


def database(package: str, kind: str, given: dict[str, Any]) -> Any:
    if package == "agno":
        return importlib.import_module("agno_databases").database(kind, given)
    names = {"sqlite": "SqliteDb", "postgres": "PostgresDb", "redis": "RedisDb"}
    return getattr(importlib.import_module(f"{package}.db.{kind}"), names[kind])(**given)


def acted(owner: Any, action: str, session_id: str, user_id: str | None) -> None:
    """What is done to a session by hand; its owner says so or not."""
    if action == "rename":
        owner.set_session_name(session_id=session_id, session_name="Talk é")
    elif action == "state":
        owner.update_session_state({"by hand": [1, None]}, session_id=session_id)
    elif action == "delete":
        owner.delete_session(session_id)
    else:
        owner.fork_session(source_session_id=session_id, user_id=user_id)


GOES_ON: dict[str, Any] = {}
"""Databases on which the same runtime takes the next step, too: to open one takes Agno as long as its run."""


def perform(package: str, job: dict[str, Any]) -> None:
    story = job["story"] if isinstance(job["story"], dict) else STORIES[job["story"]]
    os.environ["OPENAI_BASE_URL"] = job["base_url"]
    text, _, *more = story["steps"][job["step"]]
    place = json.dumps([job["kind"], job["given"]])
    db = GOES_ON.pop(place, None) or database(package, job["kind"], job["given"])
    try:
        owner = built(package, story, db)
        if "action" in story:
            acted(owner, story["action"], story["session_id"], story.get("user_id", "u"))
            return
        given = {
            "session_id": story.get("session_id", "s"),
            "user_id": story.get("user_id", "u"),
            **(more[0] if more else {}),
        }
        mode = story.get("mode", "run")
        if mode == "stream":
            for _ in owner.run(text, stream=True, stream_events=True, **given):
                pass
        elif mode == "arun":
            asyncio.run(owner.arun(text, **given))
        else:
            owner.run(text, **given)
        if story.get("fork_after") == job["step"]:
            source = {"source_session_id": "s", "user_id": given["user_id"]}
            forked = asyncio.run(owner.afork_session(**source)) if mode == "arun" else owner.fork_session(**source)
            assert forked != "s"
    finally:
        if job.get("goes_on"):
            GOES_ON[place] = db
        else:
            db.close()


def main(package: str) -> None:
    os.environ["AGNO_TELEMETRY"] = "false"
    logging.disable(logging.CRITICAL)
    for line in sys.stdin:
        perform(package, json.loads(line))
        sys.stdout.write('"done"\n')
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
