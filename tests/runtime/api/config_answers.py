"""What AgentOS tells about itself, for either package.

`python tests/runtime/api/config_answers.py tests/runtime/api/agno_config.json` records what Agno says; it needs the
extra `parity` and FastAPI.
"""

import json
import sys
import tempfile
from importlib import import_module
from pathlib import Path

from starlette.testclient import TestClient

YAML = """
chat: {quick_prompts: {ada: [Hello]}}
manifest:
  ada: {description: Knows berths., labels: [harbour]}
session: {display_name: Talks, dbs: [{db_id: desk, domain_config: {display_name: Talks of the desk}}]}
"""
ASKED = ("/config", "/info", "/")


def served(package, folder, case):
    """Keywords of an AgentOS."""

    def made(module, kind, /, **given):
        return getattr(import_module(f"{package}.{module}"), kind)(**given)

    def db(name, **given):
        return made("db.sqlite", "SqliteDb", db_file=str(Path(folder, f"{name}.db")), id=name, **given)

    def model(name):
        return made("models.openai", "OpenAIChat", id=name)

    desk, other = db("desk"), db("other", session_table="talks", memory_table="notes")
    ada = made("agent", "Agent", id="ada", name="Ada", description="Knows.", role="Clerk", model=model("m"), db=desk)
    bob = made("agent", "Agent", id="bob", model=model("m"))
    crew = made(
        "team", "Team", id="crew", name="Crew", members=[bob], model=model("n"), db=other, respond_directly=True
    )
    flow = made("workflow", "Workflow", id="flow", name="Flow", description="Loads.", steps=[bob])
    whole = {"id": "os", "name": "Desk", "description": "Of boats", "version": "2.1", "telemetry": False}
    whole |= {"agents": [ada, bob], "teams": [crew], "workflows": [flow]}
    if case == "own database":
        return {**whole, "db": db("main")}
    if case == "files":
        return {"id": "os", "agents": keepers(package, desk, folder), "telemetry": False}
    if case == "little":
        return {"id": "os", "agents": [made("agent", "Agent", id="eve", model=model("m"))], "telemetry": False}
    if case == "file":
        path = Path(folder, "os.yaml")
        path.write_text(YAML, encoding="utf-8")
        return {**whole, "config": str(path)}
    if case == "code":
        return {**whole, "config": configured(package)}
    return whole


CASES = ("whole", "own database", "little", "file", "code", "files")


def keepers(package, db, folder):
    """Agents with files of each kind: their own, shared ones that one can read only, several, by tools, none."""
    agent, fs = import_module(f"{package}.agent").Agent, import_module(f"{package}.fs")
    local = import_module(f"{package}.fs.local").LocalFileSystem(folder)
    shared = fs.FileSystem(db, "team/{agent_id}", max_file_bytes=9)
    return [
        agent(id="own", filesystem=True, db=db),
        agent(id="reads", filesystem=fs.FileSystem(db, "own", read_only=True)),
        agent(id="many", filesystem=[shared, fs.FileSystem(local, "{user_id}"), fs.FileSystem(local, "all")]),
        agent(id="tooled", tools=[fs.FileSystem(local, "all").tools(read_only=True)]),
        agent(id="both", filesystem=[fs.FileSystem(local, "all"), fs.FileSystem(local, "all", read_only=True)]),
        agent(id="none"),
    ]


def configured(package):
    """A configuration with something of each kind."""
    names = import_module(f"{package}.os.config")
    parts = {}
    for part in ("Session", "Memory", "Learning", "Evals", "Metrics", "Traces"):
        domain = getattr(names, f"{part}DomainConfig")(display_name=f"{part} of the desk")
        lines = [names.DatabaseConfig(db_id="desk", domain_config=domain, tables=["a", "b"])]
        parts[part.lower()] = getattr(names, f"{part}Config")(display_name=part, dbs=lines)
    knowledge = names.KnowledgeDatabaseConfig(db_id="desk", tables=["k"])
    instance = names.KnowledgeInstanceConfig(id="i", name="Handbook", db_id="desk", table="k")
    return names.AgentOSConfig(
        available_models=["n"],
        chat=names.ChatConfig(quick_prompts={"bob": ["Hi", "Bye"]}),
        manifest={"bob": names.Manifest(quick_prompts=[]), "crew": names.Manifest()},
        knowledge=names.KnowledgeConfig(dbs=[knowledge], knowledge_instances=[instance]),
        **parts,
    )


def answers(package, folder):
    """What is told in each case; in twice the same, and names of databases in order."""
    told = {}
    for case in CASES:
        with TestClient(import_module(f"{package}.os").AgentOS(**served(package, folder, case)).get_app()) as client:
            for asked in ASKED:
                client.get(asked)
                told[f"{case} {asked}"] = client.get(asked).json()
        told[f"{case} /config"]["databases"].sort()
    return told


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        lines = [
            f"{json.dumps(name)}: {json.dumps(told, sort_keys=True)}" for name, told in answers("agno", place).items()
        ]
        Path(sys.argv[1]).write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
