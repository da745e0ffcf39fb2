"""An agent or team out of its description, with what the description only names. Called by `from_dict`.

Descriptions are those of `describing`, of Agno, and of manifests that name tools by strings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from wherry.core.agent.describing import made_up_manager
from wherry.core.errors import ComponentRehydrationError
from wherry.core.log import log_warning
from wherry.core.tools.registry import Registry, callable_name, is_stored_function, unresolved_name

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
_LISTS = ("tools", "functions", "schemas", "dbs", "models", "knowledge", "learning", "memory_managers")
_HOOKS = ("tool_hooks", "pre_hooks", "post_hooks")


def as_registry(source: Any) -> Any:
    """A registry from anything that has some of its lists; None is an empty one."""
    if hasattr(source, "rehydrate_functions"):
        return source
    lists: dict[str, Any] = {name: list(getattr(source, name, None) or ()) for name in _LISTS}
    return Registry(**lists)


class Source:
    """Where the things come from that a description names.

    Args:
        registry: A `Registry`, or an object with some of its lists.
        strict: Refuse what is not there instead of going on without it.
        label: Who is being rebuilt, for messages.
    """

    def __init__(self, registry: Any, *, strict: bool, label: str) -> None:
        self.registry, self.strict, self.label = as_registry(registry), strict, label
        self.db: Any = None  # the owner's, once it is restored

    def missing(self, what: str) -> None:
        """Refuse something that is not there, or tell that it is left out."""
        if self.strict:
            self.refuse(what)
        log_warning(f"{self.label} needs {what}, which the registry does not hold; it is left out.")

    def refuse(self, what: str) -> NoReturn:
        """Refuse something that is not there.

        Raises:
            ComponentRehydrationError: Always.
        """
        raise ComponentRehydrationError(
            f"{self.label} needs {what}, which the registry does not hold. "
            "Add it to the registry, or pass strict=False to go on without it."
        )


def rebuilt(kind: type[T], data: dict[str, Any], registry: Any, *, strict: bool) -> T:
    """An owner out of its description.

    Args:
        kind: The class to make.
        data: What `to_dict` returned; names that the class does not have are refused as by its constructor.
        registry: A `Registry`, or an object with some of its lists; None for none.
        strict: Refuse what the registry does not hold instead of leaving it out with a warning.

    Raises:
        ComponentRehydrationError: (a ValueError) Something is not there and `strict` was set.
        ConfigurationError: A model has no id.
        NotMigratedError: An option that is not migrated.
        TypeError: An option that neither Agno nor Wherry has.
    """
    label = f"{kind.__name__} {data.get('id') or data.get('name') or '<unknown>'!r}"
    return kind(**values(data, Source(registry, strict=strict, label=label)))


def values(data: dict[str, Any], source: Source) -> dict[str, Any]:
    """What a description says, as a constructor takes it."""
    given: dict[str, Any] = {}
    for name in sorted(data, key="db".__ne__):  # files may be in the owner's database
        value = data[name]
        if value is None or name in {"team_id", "workflow_id"}:
            continue
        restored = _RESTORE[name](value, source) if name in _RESTORE else value
        if restored is not None:
            given[name] = restored
        if name == "db":
            source.db = restored
    return given


def model(value: Any, source: Source) -> Any:
    """A model: the registry's own, with its key and address, or else a new one."""
    if not isinstance(value, dict):
        return value
    if "id" in value and hasattr(source.registry, "get_model"):
        held = source.registry.get_model(value["id"], provider=value.get("provider"), name=value.get("name"))
        if held is not None:
            return held
    from wherry.models.names import get_model_from_dict

    return get_model_from_dict(value)


def _models(value: Any, source: Source) -> Any:
    return [model(item, source) for item in value]


def tools(value: Any, source: Source) -> Any:
    """Tools: stored functions, names of tools, and the provider's own."""
    if not isinstance(value, list):
        return value
    held: list[Any] = []
    lost: list[str] = []
    for item in value:
        if isinstance(item, str):
            found = _by_name(item, source)
            held += [found] if found is not None else []
            lost += [item] if found is None else []
        elif is_stored_function(item):
            held += source.registry.rehydrate_functions([item], strict=source.strict)
            lost += [name for name in (unresolved_name(held[-1]),) if name is not None]
        elif unresolved_name(item) is not None:
            found = _by_name(item["name"], source)
            held.append(item if found is None else found)
            lost += [item["name"]] if found is None else []
        else:
            held.append(item)
    for name in lost:
        source.missing(f"the tool {name!r}")
    return [item for item in held if not (isinstance(item, dict) and unresolved_name(item))]


def _by_name(name: str, source: Source) -> Any:
    """A tool, or a function of a toolkit, by its name."""
    for tool in source.registry.tools:
        functions = getattr(tool, "functions", None)
        if isinstance(functions, dict) and name in functions:
            return functions[name]
        if callable_name(tool) == name:
            return tool
    return None


def hooks(value: Any, source: Source) -> Any:
    """Hooks by their names."""
    if not isinstance(value, list):
        return value
    found = []
    for item in value:
        hook = source.registry.get_function(item) if isinstance(item, str) else item
        if hook is None:
            source.missing(f"the function {item!r}")
        else:
            found.append(hook)
    return found or None


def schema(value: Any, source: Source) -> Any:
    """A class by its name."""
    if not isinstance(value, str):
        return value
    found = source.registry.get_schema(value)
    if found is None:
        source.missing(f"the schema {value!r}")
    return found


def knowledge(value: Any, source: Source) -> Any:
    """A knowledge base by its name."""
    if not isinstance(value, dict):
        return value
    name = value.get("name")
    if source.strict and name and source.registry.knowledge_name_is_ambiguous(name):
        source.refuse(f"one knowledge base called {name!r}, of which there are two; one")
    found = source.registry.get_knowledge(name) if name else None
    if found is None:
        source.missing(f"the knowledge base {name!r}")
    return found


def memory_manager(value: Any, source: Source) -> Any:
    """A memory manager by its id or name."""
    if not isinstance(value, (dict, str)):
        return value
    keys = [value] if isinstance(value, str) else [value.get(name) for name in ("registry_id", "id", "name")]
    for key in [key for key in keys if key]:
        found = source.registry.get_memory_manager(key)
        if found is None and not (source.strict and source.registry.memory_manager_name_is_ambiguous(key)):
            found = source.registry.get_memory_manager_by_name(key)
        if found is not None:
            return found
    if not all(made_up_manager(key) for key in keys if key):  # an id of another process names nobody
        source.missing(f"the memory manager {next(key for key in keys if key)!r}")
    return None


def learning(value: Any, source: Source) -> Any:
    """A learning machine: the registry's own by its name, or else one out of its description."""
    if not isinstance(value, dict):
        return value
    name = value.get("name")
    if set(value) == {"name"} and name:
        if source.strict and source.registry.learning_name_is_ambiguous(name):
            source.refuse(f"one learning machine called {name!r}, of which there are two; one")
        found = source.registry.get_learning(name)
        if found is None:
            source.missing(f"the learning machine {name!r}")
        return found
    from wherry.learn.machine import LearningMachine

    return LearningMachine.from_dict({key: told for key, told in value.items() if key != "name"})


def database(value: Any, source: Source) -> Any:
    """A database: the registry's own, or one opened by its description."""
    if not isinstance(value, dict):
        return value
    found = resolve_db(value, source.registry)
    if found is None:
        log_warning(f"{source.label} has a database that cannot be opened from its description: {value.get('id')!r}.")
    return found


def resolve_db(db_data: dict[str, Any], registry: Any = None) -> Any:
    """A database out of its description, or None; mirrors `agno.db.utils.resolve_db_from_config`.

    Args:
        db_data: What a database's `to_dict` gave.
        registry: Asked first, by the id; one that has other table names is opened anew with the described ones.
    """
    held = registry.get_db(db_data["id"]) if registry is not None and db_data.get("id") else None
    if held is None:
        return db_from_dict(db_data)
    own = held.to_dict()
    changed = {name: value for name, value in db_data.items() if name.endswith("_table") and own.get(name) != value}
    if not changed:
        return held
    return db_from_dict({**own, **changed}) or held


def db_from_dict(db_data: dict[str, Any]) -> Any:
    """A database out of what its `to_dict` gave, or None when its kind cannot be opened from that."""
    kind = db_data.get("type")
    if kind in {"sqlite", "async_sqlite"}:
        from wherry.stores import sqlite

        return (sqlite.SqliteDb if kind == "sqlite" else sqlite.AsyncSqliteDb).from_dict(db_data)
    if kind in {"postgres", "async_postgres"} and db_data.get("db_url"):
        from wherry.stores import postgres

        return (postgres.PostgresDb if kind == "postgres" else postgres.AsyncPostgresDb).from_dict(db_data)
    return None


def followups(value: Any, source: Source) -> Any:
    """How follow-up suggestions are made."""
    if not isinstance(value, dict):
        return value
    from wherry.core.agent.afterwards import FollowupConfig

    return FollowupConfig.from_dict(value, source.registry)


def offloading(value: Any, source: Source) -> Any:
    """Whether long tool results are kept apart, or how."""
    if not isinstance(value, dict):
        return value
    from wherry.offload import ResultStore

    return ResultStore.from_dict(value)


def files(value: Any, source: Source) -> Any:
    """The files of an agent, which are in its own database or in one that the registry holds."""
    if not isinstance(value, (dict, list)):
        return value
    from wherry.fs import FileSystem

    restored = []
    for told in value if isinstance(value, list) else [value]:
        db_id = (told.get("backend") or {}).get("db_id") if isinstance(told, dict) else None
        known = [db for db in (source.db, source.registry.get_db(db_id)) if getattr(db, "id", None) == db_id]
        try:
            restored.append(FileSystem.from_dict(told, db=known[0] if known else source.db))
        except (AttributeError, TypeError, ValueError) as error:
            source.missing(f"the database of the files {told!r} ({error})")
            return None
    return restored if isinstance(value, list) else restored[0]


_RESTORE: dict[str, Callable[[Any, Source], Any]] = {
    **dict.fromkeys(("model", "reasoning_model", "parser_model", "output_model", "followup_model"), model),
    **dict.fromkeys(_HOOKS, hooks),
    **dict.fromkeys(("input_schema", "output_schema"), schema),
    "fallback_models": _models,
    "tools": tools,
    "knowledge": knowledge,
    "memory_manager": memory_manager,
    "learning": learning,
    "db": database,
    "offload_tool_results": offloading,
    "followups": followups,
    "filesystem": files,
}
