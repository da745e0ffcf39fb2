"""Building a recipe: models, schemas, tools, agents, teams and workflows of the runtime at hand.

`$…` values are resolved here (see `Recipe.value`); tools come from `tools`, callables from `fixtures/callables`. A
recipe is built once a run, so that two ways never share an object; `rebuild` makes all anew on the same database.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from wherry_portal.parity.recording.runtime import symbol
from wherry_portal.parity.recording.tools import make_tool, type_of

if TYPE_CHECKING:
    from pathlib import Path

MODELS = {
    "chat": "models.openai.OpenAIChat",
    "responses": "models.openai.OpenAIResponses",
    "claude": "models.anthropic.Claude",
    "gemini": "models.google.Gemini",
}
_CONTAINERS = {"parallel": "Parallel", "loop": "Loop", "condition": "Condition", "router": "Router", "steps": "Steps"}


class RecipeError(ValueError):
    """A recipe names something that is not there."""


class Recipe:
    """The objects of one case, built when they are asked for.

    Args:
        data: The merged fields of the case.
        folder: Where databases are kept.
        callables: Folder of the Python files that `$call` names.
    """

    def __init__(self, data: Mapping[str, Any], folder: Path, callables: Path) -> None:
        self.template: Mapping[str, Any] = data["workflow_template"]
        self.tool_table: Mapping[str, Any] = data["tool_responses"]
        self.database = folder / "parity.db"
        self._callables = callables
        self._built: dict[tuple[str, str], Any] = {}
        self.db: Any = None
        self.schemas: dict[str, Any] = {}
        self.rebuild()

    def rebuild(self) -> None:
        """Forget every object but the database's contents."""
        self._built = {}
        self.schemas = {}
        for name, table in (self.template.get("schemas") or {}).items():
            self.schemas[name] = self._schema(name, table)
        kind = self.template.get("db", "none")
        if kind == "sqlite":
            self.db = symbol("db.sqlite.SqliteDb")(db_file=str(self.database))
        elif kind == "memory" and self.db is None:
            self.db = symbol("db.in_memory.InMemoryDb")()

    @property
    def target_name(self) -> str:
        """What the turns run against when they do not say: the workflow, else the team, else the first agent."""
        if "target" in self.template:
            return str(self.template["target"])
        for name in ("workflow", "team"):
            if name in self.template:
                return name
        return str(next(iter(self.template.get("agents") or self.template.get("teams") or {"": None})))

    def target(self, name: str | None = None) -> Any:
        """An agent, team or workflow by its key."""
        name = name or self.target_name
        if name == "workflow":
            return self._once("workflow", name, self._workflow)
        if name == "team" or name in (self.template.get("teams") or {}):
            return self.team(name)
        return self.agent(name)

    def agent(self, name: str) -> Any:
        """The agent with that key."""
        tables = self.template.get("agents") or {}
        if name not in tables:
            raise RecipeError(f"there is no agent {name!r}; agents: {sorted(tables)}")
        return self._once("agent", name, lambda: symbol("agent.Agent")(**self._arguments(tables[name], name)))

    def team(self, name: str) -> Any:
        """The team with that key (`team` is the fixture's own)."""
        table = (self.template.get("teams") or {}).get(name) if name != "team" else self.template.get("team")
        if table is None:
            raise RecipeError(f"there is no team {name!r}")
        return self._once("team", name, lambda: symbol("team.Team")(**self._team_arguments(table, name)))

    def tool(self, name: str) -> Any:
        """The tool with that name in `tool_responses`."""
        if name not in self.tool_table:
            raise RecipeError(f"there is no tool {name!r} in tool_responses; tools: {sorted(self.tool_table)}")
        return self._once("tool", name, lambda: make_tool(name, self.tool_table[name], self.schemas, self.value))

    def value(self, given: Any) -> Any:
        """A value of the fixture as an object; the kinds of `$…` are those of `_makers`."""
        if isinstance(given, list):
            return [self.value(item) for item in given]
        if not isinstance(given, Mapping):
            return given
        kind = next((key for key in given if key.startswith("$")), None)
        if kind is None:
            return {key: self.value(item) for key, item in given.items()}
        maker = self._makers().get(kind)
        if maker is None:
            raise RecipeError(f"{kind!r} is not a kind of value; known: {', '.join(sorted(self._makers()))}")
        return maker(given[kind], {key: item for key, item in given.items() if key != kind})

    def _makers(self) -> dict[str, Callable[[Any, Mapping[str, Any]], Any]]:
        return {
            "$agent": lambda name, _: self.agent(name),
            "$team": lambda name, _: self.team(name),
            "$workflow": lambda _, __: self.target("workflow"),
            "$tool": lambda name, _: self.tool(name),
            "$schema": lambda name, _: self.schemas[name],
            "$make": lambda name, fields: self.schemas[name](**self.value(fields)),
            "$call": self._callable,
            "$new": self._new,
            "$ref": lambda path, _: symbol(path),
            "$model": lambda table, _: self.model(table),
            "$db": lambda _, __: self.db,
            "$type": lambda expression, _: type_of(expression, self.schemas),
            "$tuple": lambda items, _: tuple(self.value(items)),
        }

    def _new(self, path: str, arguments: Mapping[str, Any]) -> Any:
        named = {key: self.value(item) for key, item in arguments.items() if key != "args"}
        return symbol(path)(*self.value(list(arguments.get("args", ()))), **named)

    def _callable(self, name: str, arguments: Mapping[str, Any]) -> Any:
        file, _, attribute = name.partition(".")
        found = getattr(load_callables(self._callables / f"{file}.py"), attribute, None)
        if found is None:
            raise RecipeError(f"{self._callables / file}.py has no {attribute!r}")
        return found(**self.value(arguments["args"])) if "args" in arguments else found

    def model(self, table: Any) -> Any:
        """A model from `{kind, id, …}`; a text is handed on as it is."""
        if isinstance(table, str):
            return table
        arguments = {key: self.value(item) for key, item in table.items() if key != "kind"}
        return symbol(MODELS[table.get("kind", "chat")])(**arguments)

    def _once(self, kind: str, name: str, make: Callable[[], Any]) -> Any:
        if (kind, name) not in self._built:
            self._built[kind, name] = make()
        return self._built[kind, name]

    def _arguments(self, table: Mapping[str, Any], name: str) -> dict[str, Any]:
        found = {key: self.value(item) for key, item in table.items() if key not in {"tools", "model", "members"}}
        model = table.get("model", self.template.get("model"))
        if model is not None:
            found["model"] = self.model(model)
        if "tools" in table:
            given = table["tools"]
            found["tools"] = (
                [self._tool_entry(item) for item in given] if isinstance(given, list) else self.value(given)
            )
        if self.db is not None and name == self.target_name:
            found.setdefault("db", self.db)
        found.setdefault("telemetry", False)
        return found

    def _team_arguments(self, table: Mapping[str, Any], name: str) -> dict[str, Any]:
        found = self._arguments(table, name)
        given = table.get("members", [])
        found["members"] = [self._member(item) for item in given] if isinstance(given, list) else self.value(given)
        if isinstance(found.get("mode"), str):
            found["mode"] = symbol("team.mode.TeamMode")(found["mode"])
        return found

    def _member(self, item: Any) -> Any:
        if not isinstance(item, str):
            return self.value(item)
        return self.team(item) if item in (self.template.get("teams") or {}) else self.agent(item)

    def _tool_entry(self, item: Any) -> Any:
        return self.tool(item) if isinstance(item, str) else self.value(item)

    def _workflow(self) -> Any:
        table = self.template["workflow"]
        found = {key: self.value(item) for key, item in table.items() if key != "steps"}
        steps = table.get("steps")
        found["steps"] = [self.step(item) for item in steps] if isinstance(steps, list) else self.value(steps)
        if self.db is not None:
            found.setdefault("db", self.db)
        found.setdefault("telemetry", False)
        return symbol("workflow.Workflow")(**found)

    def step(self, item: Any) -> Any:
        """One entry of `steps`: `{step: name, agent|team|call|workflow: …}`, a container, or a bare executor."""
        if isinstance(item, str):
            return self._member(item)
        for kind, name in _CONTAINERS.items():
            if kind in item:
                return self._container(kind, name, item)
        if "step" not in item:
            return self._executor(item)
        rest = {key: value for key, value in item.items() if key != "step"}
        executors = {key: rest.pop(key) for key in ("agent", "team", "call", "executor", "workflow") if key in rest}
        arguments = {"args": rest.pop("args")} if "args" in rest else {}
        found: dict[str, Any] = {"name": item["step"], **{key: self.value(value) for key, value in rest.items()}}
        for key, value in executors.items():
            found["executor" if key in {"call", "executor"} else key] = self._executor({key: value, **arguments})
        return symbol("workflow.Step")(**found)

    def _executor(self, item: Mapping[str, Any]) -> Any:
        if "agent" in item:
            return self.agent(item["agent"])
        if "team" in item:
            return self.team(item["team"])
        if "workflow" in item:
            return self.value(item["workflow"])
        if "call" in item:
            return self._callable(item["call"], item)
        return self.value(item)

    def _container(self, kind: str, name: str, item: Mapping[str, Any]) -> Any:
        rest = {
            key: self.value(value) for key, value in item.items() if key not in {kind, "steps", "else_steps", "choices"}
        }
        rest["name"] = item[kind]
        for key in ("else_steps", "choices"):
            if key in item:
                rest[key] = self._branch(item[key])
        steps = self._branch(item["steps"]) if "steps" in item and kind != "steps" else None
        if kind == "steps":
            steps = self._branch(item["of"])
            rest.pop("of")
        if kind == "parallel":
            return symbol("workflow.Parallel")(*(steps or ()), **rest)
        if steps is not None:
            rest["steps"] = steps
        return symbol(f"workflow.{name}")(**rest)

    def _branch(self, items: Any) -> Any:
        """Steps of a container; a nested list stays a list (Router takes lists as choices)."""
        if not isinstance(items, list):
            return self.value(items)
        return [self._branch(item) if isinstance(item, list) else self.step(item) for item in items]

    def _schema(self, name: str, table: Mapping[str, Any]) -> Any:
        from pydantic import Field, create_model

        fields: dict[str, Any] = {}
        for key, value in table["fields"].items():
            entry = {"type": value} if isinstance(value, str) else value
            default = self.value(entry["default"]) if "default" in entry else ...
            fields[key] = (type_of(entry["type"], self.schemas), Field(default, description=entry.get("description")))
        base = self.schemas[table["extends"]] if "extends" in table else None
        return create_model(name, __base__=base, __doc__=table.get("description"), __module__=__name__, **fields)


def load_callables(path: Path) -> Any:
    """The module in a file of callables, imported once a process."""
    name = f"parity_callables_{path.stem}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path)
        if spec is None or spec.loader is None or not path.is_file():
            raise RecipeError(f"there is no file of callables {path}")
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]
