"""Tools out of a fixture's `tool_responses`: real Python functions with the signature and the behaviour of the table.

The function is compiled from its table, so that both runtimes inspect an ordinary function. Called by `recipe`.
"""

from __future__ import annotations

import asyncio
import builtins
import time
import typing
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from wherry_portal.parity.recording.runtime import symbol


def type_of(expression: str, schemas: Mapping[str, Any]) -> Any:
    """The type a table names: `int`, `Literal['a', 'b']`, a schema of the fixture, a path such as `$media.Image`."""
    if expression.startswith("$"):
        return symbol(expression[1:])
    names = {
        name: getattr(typing, name) for name in ("Any", "Dict", "List", "Literal", "Optional", "Union", "Annotated")
    }
    return eval(expression, {"__builtins__": vars(builtins)}, {**names, **schemas})  # noqa: S307 - fixtures are our own code


def make_tool(name: str, table: Mapping[str, Any], schemas: Mapping[str, Any], resolve: Callable[[Any], Any]) -> Any:
    """A function (or, with `options`, a decorated tool) that behaves as its table says.

    Args:
        name: The name of the function.
        table: The entry in `tool_responses`.
        schemas: Types that the parameters may name.
        resolve: Turns `$…` values of the table into objects.
    """
    behaviour = _Behaviour(table, resolve)
    function = _compiled(name, table, schemas, behaviour)
    if "options" in table:
        return symbol("tools.tool")(**resolve(dict(table["options"])))(function)
    return function


class _Behaviour:
    """What happens when the tool is called; the entries of `sequence` one after the other."""

    def __init__(self, table: Mapping[str, Any], resolve: Callable[[Any], Any]) -> None:
        self.sequence = list(table.get("sequence") or [table])
        self.resolve = resolve
        self.calls = 0

    def next(self) -> Mapping[str, Any]:
        entry: Mapping[str, Any] = self.sequence[min(self.calls, len(self.sequence) - 1)]
        self.calls += 1
        return entry

    def outcome(self, entry: Mapping[str, Any], given: Mapping[str, Any]) -> Any:
        """Set state, raise, or give the value to return."""
        run_context = given.get("run_context")
        if run_context is not None and entry.get("sets_state"):
            run_context.session_state.update(_filled(entry["sets_state"], given))
        if "raises" in entry:
            raise exception_of(entry["raises"], self.resolve)
        return self.resolve(_filled(entry.get("returns"), given))


def exception_of(table: Any, resolve: Callable[[Any], Any]) -> BaseException:
    """The exception a table describes: a builtin, or one of the runtime."""
    name = table if isinstance(table, str) else table["type"]
    message = "" if isinstance(table, str) else table.get("message", "")
    arguments = {} if isinstance(table, str) else resolve(dict(table.get("arguments", {})))
    kind = getattr(builtins, name, None) or symbol(name)
    found: BaseException = kind(message, **arguments)
    return found


def _filled(value: Any, given: Mapping[str, Any]) -> Any:
    """Texts with `{parameter}` filled in, at any depth."""
    if isinstance(value, str):
        for name, item in given.items():
            value = value.replace("{" + name + "}", str(item)) if name != "run_context" else value
        return value
    if isinstance(value, Mapping):
        return {key: _filled(item, given) for key, item in value.items()}
    return [_filled(item, given) for item in value] if isinstance(value, list) else value


def _compiled(name: str, table: Mapping[str, Any], schemas: Mapping[str, Any], behaviour: _Behaviour) -> Any:
    parameters = table.get("parameters") or {}
    space: dict[str, Any] = {
        "_behaviour": behaviour,
        "_pieces": _pieces,
        "_apieces": _apieces,
        "_do": _do,
        "_ado": _ado,
    }
    shown, required = [], []
    for parameter, value in parameters.items():
        entry = {"type": value} if isinstance(value, str) else value
        space[f"T_{parameter}"] = type_of(entry["type"], schemas)
        if "default" in entry:
            space[f"D_{parameter}"] = behaviour.resolve(entry["default"])
            shown.append(f"{parameter}: T_{parameter} = D_{parameter}")
        else:
            required.append(f"{parameter}: T_{parameter}")
    given = "{" + ", ".join(f"{p!r}: {p}" for p in parameters) + "}"
    streamed = any("yields" in entry for entry in behaviour.sequence)
    prefix = "async " if table.get("async") else ""
    if streamed:
        each = "async for" if prefix else "for"
        body = f"{each} piece in {'_apieces' if prefix else '_pieces'}(_behaviour, {given}): yield piece"
    else:
        body = f"return {'await _ado' if prefix else '_do'}(_behaviour, {given})"
    source = f"{prefix}def {name}({', '.join([*required, *shown])}):\n    {body}\n"
    exec(compile(source, f"<tool {name}>", "exec", dont_inherit=True), space)  # noqa: S102 - compiled from a table whose names the schema checked
    function = space[name]
    function.__doc__ = _docstring(table)
    function.__module__ = __name__
    return function


def _docstring(table: Mapping[str, Any]) -> str | None:
    lines = [table["description"]] if table.get("description") else []
    described = {
        name: entry["description"]
        for name, entry in (table.get("parameters") or {}).items()
        if isinstance(entry, Mapping) and "description" in entry
    }
    if described:
        lines += ["", "Args:", *(f"    {name}: {text}" for name, text in described.items())]
    return "\n".join(lines) or None


def _do(behaviour: _Behaviour, given: Mapping[str, Any]) -> Any:
    entry = behaviour.next()
    time.sleep(entry.get("sleeps", 0))
    return behaviour.outcome(entry, given)


async def _ado(behaviour: _Behaviour, given: Mapping[str, Any]) -> Any:
    entry = behaviour.next()
    await asyncio.sleep(entry.get("sleeps", 0))
    return behaviour.outcome(entry, given)


def _pieces(behaviour: _Behaviour, given: Mapping[str, Any]) -> Iterator[Any]:
    entry = behaviour.next()
    for piece in entry.get("yields", ()):
        time.sleep(entry.get("sleeps", 0))
        yield behaviour.resolve(_filled(piece, given))
    behaviour.outcome(entry, given)


async def _apieces(behaviour: _Behaviour, given: Mapping[str, Any]) -> Any:
    entry = behaviour.next()
    for piece in entry.get("yields", ()):
        await asyncio.sleep(entry.get("sleeps", 0))
        yield behaviour.resolve(_filled(piece, given))
    behaviour.outcome(entry, given)
