"""`Registry`: what a stored agent, team or workflow can only name: tools, models, databases, schemas, functions.

Filled by a program, read when a component comes back from a database. Mirrors `agno.registry.Registry`. What is
remembered for one batch of tools is in `_Index`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from wherry.core.errors import ComponentRehydrationError, ConfigurationError
from wherry.core.log import log_warning
from wherry.core.tools.foreign import is_function_like, is_toolkit_like
from wherry.core.tools.function import Function
from wherry.core.tools.tool_sources import ToolSource, is_among, is_tool

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

RESERVED_IDS = frozenset(
    {
        "os-manager-internal",
        "platform-builder-internal",
        "platform-manager-internal",
        "company-manager-internal",
        "product-manager-internal",
    }
)
"""Ids that Agno keeps for components of its own; nobody else's may be called so."""

# What a stored tool does not carry: it comes from the tool that the registry holds.
_LIVE = (
    *("instructions", "add_instructions", "skip_entrypoint_processing", "show_result", "stop_after_tool_call"),
    *("pre_hook", "post_hook", "tool_hooks", "requires_user_input", "user_input_fields", "user_input_schema"),
    *("external_execution_silent", "cache_results", "cache_dir", "cache_ttl", "has_side_effects", "title"),
    *("annotations", "timeout"),
)


def key_of(value: Any, *attributes: str) -> Any:
    """The first of some attributes that is set."""
    return next((found for name in attributes if (found := getattr(value, name, None)) is not None), None)


def callable_name(value: Any) -> str | None:
    """What a tool or function is called."""
    name = key_of(value, "name", "__name__")
    return name if isinstance(name, str) and name else None


def first(items: Iterable[Any], wanted: Any, *attributes: str) -> Any:
    """The first item with this name or id, or None."""
    return next((item for item in items if key_of(item, *attributes) == wanted), None)


def several(items: Iterable[Any], wanted: Any, *attributes: str) -> bool:
    """Whether two different items have this name."""
    found = [item for item in items if key_of(item, *attributes) == wanted]
    return any(item is not found[0] for item in found)


def is_stored_function(entry: Any) -> bool:
    """Whether a stored tool is one of ours; dictionaries of another shape are the provider's own tools."""
    return (
        isinstance(entry, dict)
        and {"name", "parameters"} <= entry.keys()
        and not {"type", "input_schema"} & entry.keys()
    )


def unresolved_name(entry: Any) -> str | None:
    """The name of a tool that nothing can call, or None when it can be called or is the provider's."""
    if is_function_like(entry):
        if entry.entrypoint is None and not entry.external_execution:
            return f"{entry.owning_toolkit}.{entry.name}" if entry.owning_toolkit else entry.name
        return None
    if isinstance(entry, dict) and entry.get("name") and entry.keys() <= {"name", "description", "toolkit"}:
        return str(entry["name"])
    return None


class _Index:
    """The tools of a registry by name, and by toolkit and name; of two with one name the last counts."""

    def __init__(self, tools: Iterable[Any]) -> None:
        self.found: dict[Any, Any] = {}
        self.toolkits: dict[int, Any] = {}
        for toolkit, name, source in self._sources(tools):
            before = self.found.get(name)
            if before is not None and _call(before) is not _call(source):
                log_warning(f"The registry holds two tools called {name!r}; the last one counts. Rename one of them.")
            self.found[name] = source
            if toolkit is not None:
                self.toolkits[id(source)] = toolkit
                self.found[toolkit.name, name] = source

    @staticmethod
    def _sources(tools: Iterable[Any]) -> Iterator[tuple[Any, str, Any]]:
        for tool in tools:
            if is_toolkit_like(tool):
                for function in tool.get_functions().values():
                    if function.entrypoint is not None:
                        yield tool, function.name, function
            elif is_function_like(tool):
                if tool.entrypoint is not None:
                    yield None, tool.name, tool
            elif callable(tool):
                yield None, str(callable_name(tool)), tool


def _call(source: Any) -> Any:
    call = source.entrypoint if is_function_like(source) else source
    return getattr(call, "__func__", call)


@dataclass
class Registry:
    """What stored components name; mirrors `agno.registry.Registry`.

    Attributes:
        name: Its name.
        description: What it is for.
        id: Its identity; a random one by default.
        tools: Toolkits, functions and callables, found by name.
        models: Found by id, provider and name, with their keys and addresses.
        dbs: Databases, found by id.
        vector_dbs: Vector databases.
        schemas: Classes for input and output, found by name.
        functions: Functions of workflow steps and hooks, found by name.
        knowledge: Knowledge bases, found by name.
        undeclared_tool_names: Names of tools that were merely discovered.
        learning: Learning machines, found by name.
        memory_managers: Found by id or name.
        session_summary_managers: Found by id.
        agents, teams, workflows: Components of the program itself, found by id and copied.

    Raises:
        ConfigurationError: (a ValueError) A component has an id that is reserved.
    """

    name: str | None = None
    description: str | None = None
    id: str = field(default_factory=lambda: str(uuid4()))
    tools: list[Any] = field(default_factory=list)
    models: list[Any] = field(default_factory=list)
    dbs: list[Any] = field(default_factory=list)
    vector_dbs: list[Any] = field(default_factory=list)
    schemas: list[Any] = field(default_factory=list)
    functions: list[Any] = field(default_factory=list)
    knowledge: list[Any] = field(default_factory=list)
    undeclared_tool_names: set[str] = field(default_factory=set, init=False, repr=False)
    learning: list[Any] = field(default_factory=list)
    memory_managers: list[Any] = field(default_factory=list)
    session_summary_managers: list[Any] = field(default_factory=list)
    agents: list[Any] = field(default_factory=list)
    teams: list[Any] = field(default_factory=list)
    workflows: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        for component in (*self.agents, *self.teams, *self.workflows):
            check_id(getattr(component, "id", None))
        self._ambiguous: set[tuple[str, str]] = set()

    # --- tools ---
    def rehydrate_function(self, func_dict: dict[str, Any]) -> Function:
        """A Function from its stored form, with the entrypoint and settings of the tool of that name."""
        return self._function(func_dict, _Index(self.tools), strict=False)

    def rehydrate_functions(self, func_dicts: Iterable[Any], strict: bool = False) -> list[Any]:
        """Tools from their stored form; what is no function of ours passes unchanged.

        Args:
            func_dicts: Stored tools.
            strict: A tool of a toolkit comes from a toolkit of that name only, and one that is malformed is refused.

        Raises:
            ComponentRehydrationError: `strict` and a tool is malformed.
        """
        index = _Index(self.tools)
        return [
            self._checked(entry, index, strict=strict) if is_stored_function(entry) else entry for entry in func_dicts
        ]

    def _checked(self, entry: dict[str, Any], index: _Index, *, strict: bool) -> Any:
        if isinstance(entry["name"], str) and isinstance(entry["parameters"], dict):
            return self._function(entry, index, strict=strict)
        told = f"The stored tool {entry['name']!r} is malformed: a name and an object of parameters are needed."
        if strict:
            raise ComponentRehydrationError(f"{told} Save the component again, or pass strict=False.")
        log_warning(f"{told} It is passed to the model as it is.")
        return entry

    def _function(self, entry: dict[str, Any], index: _Index, *, strict: bool) -> Function:
        function = Function.from_dict(entry)
        toolkit = entry.get("toolkit")
        source = None
        if isinstance(toolkit, str) and toolkit:
            function.owning_toolkit = toolkit
            source = index.found.get((toolkit, function.name))
        as_recorded = source is not None or function.owning_toolkit is None
        if source is None and (as_recorded or not strict):
            source = index.found.get(function.name)
            if source is not None and not as_recorded:
                log_warning(
                    f"The registry's toolkit {toolkit!r} has no {function.name!r}; another tool of that name is taken."
                )
        if source is None:
            log_warning(f"The registry has no tool {function.name!r}; it cannot be called.")
        elif is_function_like(source):
            function.entrypoint = source.entrypoint
            for name in _LIVE:
                setattr(function, name, getattr(source, name, getattr(function, name)))
            function.source_toolkit = index.toolkits.get(id(source)) if as_recorded else None
        else:
            function.entrypoint = source
        return function

    def tool_is_declared(self, name: str) -> bool:
        """Whether no tool of this name was merely discovered; true of names that nobody knows, too."""
        return name not in self.undeclared_tool_names

    # --- adding ---
    def _add(self, shelf: str, item: Any, *attributes: str) -> None:
        """Add an item unless one of that name is there; a different one of the same name is told."""
        held = getattr(self, shelf)
        wanted = key_of(item, *attributes)
        if wanted is None or any(item is one for one in held):
            return
        if first(held, wanted, *attributes) is None:
            held.append(item)
            return
        self._ambiguous.add((shelf, wanted))
        log_warning(f"Two different entries of the registry's {shelf} are called {wanted!r}; the first one stays.")

    def add_tool(self, tool: Any, source: ToolSource | str = ToolSource.DECLARED) -> None:
        """Add a tool unless the same is there; what is no tool is passed over.

        Args:
            tool: A toolkit, a function or a callable.
            source: How it came here. A name that was declared stays so, whatever is discovered before or afterwards.
        """
        if not is_tool(tool):
            return
        name = callable_name(tool)
        claimed = any(callable_name(one) == name for one in self.tools)
        if not is_among(tool, self.tools):
            self.tools.append(tool)
        if name is None:
            return
        if source == ToolSource.DECLARED:
            self.undeclared_tool_names.discard(name)
        elif source == ToolSource.DISCOVERED and not claimed:
            self.undeclared_tool_names.add(name)

    def add_model(self, model: Any) -> None:
        """Add a model unless one of the same class, provider and id is there."""
        marks = [(type(one), key_of(one, "provider"), one.id) for one in self.models]
        if hasattr(model, "id") and (type(model), key_of(model, "provider"), model.id) not in marks:
            self.models.append(model)

    def add_db(self, db: Any) -> None:
        """Add a database unless one of that id is there."""
        self._add("dbs", db, "id")

    def add_vector_db(self, vector_db: Any) -> None:
        """Add a vector database unless one of that id or name is there."""
        self._add("vector_dbs", vector_db, "id", "name")

    def add_function(self, func: Any) -> None:
        """Add a function unless one of that name is there."""
        if callable(func):
            self._add("functions", func, "__name__")

    def add_knowledge(self, knowledge: Any, mirrored: bool = False) -> None:
        """Add a knowledge base that has a name, unless one of that name is there; `mirrored` is AgentOS's."""
        self._add("knowledge", knowledge, "name")

    def add_schema(self, schema: Any) -> None:
        """Add a class unless one of that name is there."""
        if isinstance(schema, type):
            self._add("schemas", schema, "__name__")

    # --- finding ---
    def get_model(self, model_id: str, provider: str | None = None, name: str | None = None) -> Any:
        """The model with this id and, where they are given, this provider and name; or None."""
        wanted = {"id": model_id, "provider": provider, "name": name}
        marks = {key: value for key, value in wanted.items() if value is not None}
        fits = (one for one in self.models if all(getattr(one, key, None) == value for key, value in marks.items()))
        return next(fits, None)

    def get_db(self, db_id: str) -> Any:
        """The database with this id, or None."""
        return first(self.dbs, db_id, "id")

    def get_schema(self, name: str) -> Any:
        """The class of this name, or None."""
        return first(self.schemas, name, "__name__")

    def get_function(self, name: str) -> Any:
        """The function of this name, or None."""
        return first(self.functions, name, "__name__")

    def get_knowledge(self, name: str) -> Any:
        """The knowledge base of this name, or None."""
        return first(self.knowledge, name, "name")

    def knowledge_name_is_ambiguous(self, name: str) -> bool:
        """Whether two different knowledge bases have this name."""
        return ("knowledge", name) in self._ambiguous or several(self.knowledge, name, "name")

    def add_learning(self, machine: Any) -> None:
        """Add a learning machine that has a name; of two with one name the first stays."""
        self._add("learning", machine, "name")

    def get_learning(self, name: str) -> Any:
        """The learning machine of this name, or None."""
        return first(self.learning, name, "name")

    def get_learning_names(self) -> set[str]:
        """Names of the learning machines."""
        return {one.name for one in self.learning if getattr(one, "name", None)}

    def learning_name_is_ambiguous(self, name: str) -> bool:
        """Whether two different learning machines have this name."""
        return ("learning", name) in self._ambiguous or several(self.learning, name, "name")

    def get_memory_manager(self, manager_id: str) -> Any:
        """The memory manager with this id, or None."""
        return first(self.memory_managers, manager_id, "id")

    def get_memory_manager_by_name(self, name: str) -> Any:
        """The memory manager with this name, or without a name with this id; or None."""
        return first(self.memory_managers, name, "name", "id")

    def memory_manager_name_is_ambiguous(self, name: str) -> bool:
        """Whether two different memory managers have this name."""
        return several(self.memory_managers, name, "name", "id")

    def get_session_summary_manager(self, manager_id: str) -> Any:
        """The session summary manager with this id, or None."""
        return first(self.session_summary_managers, manager_id, "id")

    def get_agent(self, agent_id: str) -> Any:
        """The agent with this id, or None."""
        return first(self.agents, agent_id, "id")

    def get_team(self, team_id: str) -> Any:
        """The team with this id, or None."""
        return first(self.teams, team_id, "id")

    def get_workflow(self, workflow_id: str) -> Any:
        """The workflow with this id, or None."""
        return first(self.workflows, workflow_id, "id")

    def get_agent_ids(self) -> set[str]:
        """Ids of the agents."""
        return _ids(self.agents)

    def get_team_ids(self) -> set[str]:
        """Ids of the teams."""
        return _ids(self.teams)

    def get_workflow_ids(self) -> set[str]:
        """Ids of the workflows."""
        return _ids(self.workflows)

    def get_all_component_ids(self) -> set[str]:
        """Ids of the agents, teams and workflows."""
        return _ids((*self.agents, *self.teams, *self.workflows))

    def get_knowledge_names(self) -> set[str]:
        """Names of the knowledge bases."""
        return {one.name for one in self.knowledge if getattr(one, "name", None) is not None}

    def get_memory_manager_ids(self) -> set[str]:
        """Ids of the memory managers."""
        return _ids(self.memory_managers)

    def get_session_summary_manager_ids(self) -> set[str]:
        """Ids of the session summary managers."""
        return _ids(self.session_summary_managers)


def _ids(items: Iterable[Any]) -> set[str]:
    return {item.id for item in items if getattr(item, "id", None) is not None}


def check_id(component_id: Any) -> None:
    """Refuse an id that Agno keeps for its own components."""
    if component_id in RESERVED_IDS:
        raise ConfigurationError(
            f"The component id {component_id!r} is reserved.", hint="Choose another id for this component."
        )
