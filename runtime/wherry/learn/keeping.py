"""Machines as plain data, as agents that are stored as components carry them. Called by `LearningMachine`."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from importlib import import_module
from typing import Any

from wherry.core.log import log_warning
from wherry.learn.config import (
    DecisionLogConfig,
    EntityMemoryConfig,
    LearnedKnowledgeConfig,
    LearningMode,
    SessionContextConfig,
    UserMemoryConfig,
    UserProfileConfig,
)

CONFIGS: dict[str, Any] = {
    "user_profile": UserProfileConfig,
    "user_memory": UserMemoryConfig,
    "session_context": SessionContextConfig,
    "entity_memory": EntityMemoryConfig,
    "learned_knowledge": LearnedKnowledgeConfig,
    "decision_log": DecisionLogConfig,
}
"""Stores by name, in the order in which they are asked, with the class of their configuration."""

_HANDED = frozenset({"db", "model", "knowledge"})
_SHARED = ("entity_memory", "learned_knowledge")


def path_of(value: Any) -> str:
    """Where a class is found again."""
    return f"{value.__module__}.{value.__qualname__}"


def machine_dict(machine: Any) -> dict[str, Any]:
    """See `LearningMachine.to_dict`."""
    out: dict[str, Any] = {"name": machine.name} if isinstance(machine.name, str) and machine.name else {}
    out |= {name: _stored(given) for name in CONFIGS if (given := getattr(machine, name))}
    if machine.namespace != "global":
        out["namespace"] = machine.namespace
    if machine.max_updates_per_run != 10:
        out["max_updates_per_run"] = machine.max_updates_per_run
    if machine.custom_stores:
        out["custom_stores"] = {name: path_of(type(store)) for name, store in machine.custom_stores.items()}
    return {**out, "debug_mode": True} if machine.debug_mode else out


def _stored(given: Any) -> Any:
    """A store that is on as data: True, or the fields of its configuration that are set."""
    config = getattr(given, "config", None)
    if config is not None and is_dataclass(config):
        if ".learn.stores." not in f"{type(given).__module__}.":
            log_warning(f"Of the store {type(given).__name__} only its configuration is written.")
    elif is_dataclass(given) and not isinstance(given, type):
        config = given
    else:
        return True
    values = {one.name: getattr(config, one.name) for one in fields(config) if one.name not in _HANDED}
    return {
        name: told for name, value in values.items() if value is not None and (told := _value(name, value)) is not None
    }


def _value(name: str, value: Any) -> Any:
    if isinstance(value, LearningMode):
        return value.value
    if isinstance(value, type):
        return path_of(value)
    if callable(value):
        return {"__callable__": getattr(value, "__name__", "callable")}
    try:
        json.dumps(value)
    except (TypeError, ValueError):
        log_warning(f"{name!r} of a learning store has no JSON form and is not written: {value!r:.100}")
        return None
    return value


def machine_values(data: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a machine out of `machine_dict`; see `LearningMachine.from_dict`."""
    values: dict[str, Any] = {}
    for name, kind in CONFIGS.items():
        given = data.get(name, False)
        values[name] = _config(name, kind, given) if isinstance(given, dict) else bool(given)
    if data.get("custom_stores"):
        log_warning(f"The custom stores {sorted(data['custom_stores'])} cannot be rebuilt; add them to the machine.")
    own = data.get("name")
    return {
        **values,
        "name": own if isinstance(own, str) and own else None,
        "namespace": data.get("namespace", "global"),
        "max_updates_per_run": data.get("max_updates_per_run", 10),
        "debug_mode": data.get("debug_mode", False),
    }


def _config(name: str, kind: Any, data: dict[str, Any]) -> Any:
    """A configuration, or True with a warning when there is none to be made."""
    known = {one.name for one in fields(kind)}
    values = {}
    for key, value in data.items():
        if key not in known:
            continue
        found: Any = _read(f"{name}.{key}", key, value)
        if found is not None:
            values[key] = found
    try:
        return kind(**values)
    except (TypeError, ValueError) as error:
        log_warning(f"{name} cannot be set up as stored ({error}); its mode is left out.")
    values.pop("mode", None)
    try:
        return kind(**values)
    except (TypeError, ValueError):
        log_warning(f"{name} cannot be set up as stored; its defaults are used.")
        return True


def _read(place: str, key: str, value: Any) -> Any:
    if isinstance(value, dict) and "__callable__" in value:
        log_warning(f"{place} was a function ({value['__callable__']}), which cannot be stored; set it again.")
        return None
    if key == "mode":
        try:
            return LearningMode(value)
        except ValueError:
            # Not the class's default, which is ALWAYS for some: nobody asked for a model that reads every run.
            log_warning(f"{place} is {value!r}, which is no mode; AGENTIC is used.")
            return LearningMode.AGENTIC
    return _class(place, value) if key == "schema" and isinstance(value, str) else value


def _class(place: str, path: str) -> Any:
    """A class by its path; one of Agno's is ours of the same name."""
    module, _, name = path.rpartition(".")
    if module == "agno" or module.startswith("agno."):
        module = f"wherry{module[4:]}"
    try:
        return getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        more = " It was defined in a script; put it into a module." if module == "__main__" else ""
        log_warning(f"{place}: {path!r} cannot be imported ({error}); the default is used.{more}")
        return None


def described(machine: Any) -> dict[str, Any]:
    """See `describe_learning_machine`."""
    space = getattr(machine, "namespace", "global")
    has_knowledge = getattr(machine, "knowledge", None) is not None
    stores = {}
    for name, kind in CONFIGS.items():
        given = getattr(machine, name, False) or (name == "learned_knowledge" and has_knowledge)
        if given:
            stores[name] = _row(name, kind, given, space)
    model = getattr(machine, "model", None)
    summary = {
        "name": getattr(machine, "name", None),
        "namespace": space,
        "stores": stores,
        "model_id": getattr(model, "id", None),
        "db": getattr(machine, "db", None) is not None,
        "knowledge": has_knowledge,
    }
    own = getattr(machine, "custom_stores", None)
    return {**summary, "custom_stores": sorted(own)} if own else summary


def _row(name: str, kind: Any, given: Any, space: str) -> dict[str, Any]:
    made = getattr(given, "config", None)
    config = made or (given if is_dataclass(given) else kind)
    mode = getattr(config, "mode", None)
    row = {"mode": getattr(mode, "value", mode)}
    if name in _SHARED:
        own = getattr(config, "namespace", None) or "global"
        row["namespace"] = own if made is not None or own != "global" else space
    return row
