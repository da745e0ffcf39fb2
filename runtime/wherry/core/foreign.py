"""Agno's own leaf objects, taken by their shape: tools, toolkits, media.

Nothing of Agno is imported; a team that keeps Agno installed for its leaves hands its objects over as they are.
Called by `resolve` and `calls`.
"""

from __future__ import annotations

import inspect
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any

from wherry.core.function import Function

if TYPE_CHECKING:
    from collections.abc import Callable

_CALLABLES = (FunctionType, MethodType, Function, type)


def is_function_like(tool: Any) -> bool:
    """Whether a tool is a Function, ours or another library's: it has a name, a schema and an entrypoint."""
    if isinstance(tool, Function):
        return True
    if isinstance(tool, _CALLABLES):
        return False
    return all(hasattr(tool, name) for name in ("name", "parameters", "entrypoint"))


def is_toolkit_like(tool: Any) -> bool:
    """Whether a tool is a set of Functions."""
    return not isinstance(tool, _CALLABLES) and hasattr(tool, "functions") and hasattr(tool, "get_functions")


def adopted(tool: Any) -> Function:
    """A Function with the fields of a foreign one; its entrypoint loses the validation that ours repeats."""
    fields: dict[str, Any] = {
        name: value for name in Function._fields() if (value := getattr(tool, name, None)) is not None
    }
    fields.pop("user_input_schema", None)
    if fields.get("parameters") == {"type": "object", "properties": {}, "required": []}:
        del fields["parameters"]
    if "entrypoint" in fields:
        fields["entrypoint"] = _unvalidated(fields["entrypoint"])
    return Function(**fields)


def _unvalidated(entrypoint: Callable[..., Any]) -> Callable[..., Any]:
    """The callable inside a pydantic wrapper, which would refuse our run's objects where Agno's are annotated."""
    inner = getattr(entrypoint, "__wrapped__", None)
    if getattr(entrypoint, "_wrapped_for_validation", False) and callable(inner):
        same = inspect.iscoroutinefunction(inner) == inspect.iscoroutinefunction(entrypoint)
        return inner if same else entrypoint
    return entrypoint


def native_media(name: str, items: Any) -> list[Any] | None:
    """Media as Wherry's own; those of another library are rebuilt from their fields."""
    if not items:
        return None
    from wherry.core import media

    kind: Any = {"images": media.Image, "videos": media.Video, "audios": media.Audio, "files": media.File}[name]
    return [item if isinstance(item, kind) else _rebuilt(kind, item) for item in items]


def _rebuilt(kind: Any, item: Any) -> Any:
    if not hasattr(item, "model_dump"):
        return item
    known = set(kind._fields())
    return kind(**{name: value for name, value in dict(item).items() if value is not None and name in known})
