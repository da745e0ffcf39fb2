"""Interface strings of an Agno tree that no signature shows: tables, routes, environment variables, event names.

Read with `ast`, never imported. Called by `inventory` only.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_TABLE = re.compile(r"^agno_[a-z_]+$")
_VERBS = {"get", "post", "put", "patch", "delete"}
_ENVIRONMENT_CALLS = {"getenv", "get", "getenv_or", "setdefault"}
_ENVIRONMENT_NAME = re.compile(r"^[A-Z][A-Z0-9_]{2,}$")


def read_constants(package: Path) -> dict[str, object]:
    """Tables, endpoints, environment variables and event names of the package at `package`."""
    tables: set[str] = set()
    endpoints: set[str] = set()
    environment: set[str] = set()
    events: dict[str, list[str]] = {}
    for path in sorted(package.rglob("*.py")):
        area = path.relative_to(package).parts[0]
        tree = ast.parse(path.read_bytes(), path.relative_to(package.parent).as_posix())
        environment |= set(_environment(tree))
        if path.relative_to(package).as_posix() == "db/base.py" or (path.parent.name == "schemas" and area == "db"):
            tables |= set(_tables(tree))
        if area == "os":
            endpoints |= set(_endpoints(tree))
        if area == "run":
            events |= _events(tree)
    return {
        "tables": sorted(tables),
        "endpoints": sorted(endpoints),
        "environment": sorted(environment),
        "events": dict(sorted(events.items())),
    }


def exported_names(source: Path) -> dict[str, str]:
    """Names that a package gives without a plain import.

    Args:
        source: The ``__init__.py``.

    Returns:
        Name -> path it is imported from under ``try``; or the empty string for a name that only stands in a text, as in
        ``__all__`` or in a module-level ``__getattr__``.
    """
    tree = ast.parse(source.read_bytes())
    found: dict[str, str] = {}
    for node in tree.body:
        if isinstance(node, ast.Try):
            for item in node.body:
                if isinstance(item, ast.ImportFrom) and item.level == 0 and item.module:
                    found |= {alias.asname or alias.name: f"{item.module}.{alias.name}" for alias in item.names}
    for part in ast.walk(tree):
        if isinstance(part, ast.Constant) and isinstance(part.value, str) and part.value.isidentifier():
            found.setdefault(part.value, "")
    return {name: path for name, path in found.items() if not name.startswith("_") and path[:5] in {"", "agno."}}


def _tables(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _TABLE.match(node.value):
            yield node.value


def _environment(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        key: ast.expr | None = None
        if isinstance(node, ast.Call) and node.args:
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            owner = ast.unparse(node.func) if name in _ENVIRONMENT_CALLS else ""
            key = node.args[0] if owner.endswith(("getenv", "getenv_or", "environ.get", "environ.setdefault")) else None
        elif isinstance(node, ast.Subscript) and ast.unparse(node.value).endswith("environ"):
            key = node.slice
        if isinstance(key, ast.Constant) and isinstance(key.value, str) and _ENVIRONMENT_NAME.match(key.value):
            yield key.value


def _endpoints(tree: ast.AST) -> Iterator[str]:
    prefixes = _prefixes(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for decorator in node.decorator_list:
            route = _route(decorator, prefixes)
            if route:
                yield route


def _prefixes(tree: ast.AST) -> dict[str, str]:
    """Router variable -> literal prefix of its `APIRouter(prefix=...)`."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if not (
            isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and isinstance(node.targets[0], ast.Name)
        ):
            continue
        for keyword in node.value.keywords:
            if keyword.arg == "prefix" and isinstance(keyword.value, ast.Constant):
                found[node.targets[0].id] = str(keyword.value.value)
    return found


def _route(decorator: ast.expr, prefixes: dict[str, str]) -> str | None:
    if not (isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Attribute) and decorator.args):
        return None
    verb, owner, first = decorator.func.attr, decorator.func.value, decorator.args[0]
    if not (isinstance(owner, ast.Name) and isinstance(first, ast.Constant) and isinstance(first.value, str)):
        return None
    path = prefixes.get(owner.id, "") + first.value
    if verb in _VERBS and path.startswith("/") and not path.startswith("/{"):
        return f"{verb.upper()} {path}"
    return f"WS {path}" if verb == "websocket" else None


def _events(tree: ast.AST) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name.endswith("RunEvent"):
            values = [
                str(item.value.value)
                for item in node.body
                if isinstance(item, ast.Assign) and isinstance(item.value, ast.Constant)
            ]
            if values:
                found[node.name] = values
    return found
