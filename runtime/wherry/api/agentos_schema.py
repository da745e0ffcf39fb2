"""From the JSON schema in a form's `output_schema` to a Pydantic model, as AgentOS makes one.

Objects, arrays and plain types are understood; anything else may be anything.
"""

from __future__ import annotations

from typing import Any, Optional

from wherry.api.agentos_refused import Refused
from wherry.core.log import log_warning

_DEEPEST = 32
_PLAIN: dict[Any, Any] = {"string": str, "integer": int, "number": float, "boolean": bool, "null": type(None)}


def checked_schema(schema: dict[str, Any]) -> None:
    """Refuse a schema whose root is no object, or that is built wrongly where it is read.

    Raises:
        Refused: 422.
    """
    if schema.get("type") != "object":
        raise Refused(422, 'Invalid output_schema: root must declare "type": "object"')
    _check(schema, 0)


def _check(schema: Any, depth: int) -> None:
    if depth > _DEEPEST:
        raise Refused(422, "Invalid output_schema: schema is nested too deeply")
    if isinstance(schema, bool):
        return
    if not isinstance(schema, dict):
        raise Refused(422, f"Invalid output_schema: {schema!r:.80} is not of type 'object', 'boolean'")
    properties, required = schema.get("properties", {}), schema.get("required", [])
    if not isinstance(properties, dict):
        raise Refused(422, f"Invalid output_schema: {properties!r:.80} is not of type 'object'")
    if not isinstance(required, list) or not all(isinstance(name, str) for name in required):
        raise Refused(422, f"Invalid output_schema: required is {required!r:.80}, not a list of names")
    if not isinstance(schema.get("title", ""), str):
        raise Refused(422, f"Invalid output_schema: {schema['title']!r:.80} is not of type 'string'")
    for inner in (*properties.values(), *([schema["items"]] if "items" in schema else ())):
        _check(inner, depth + 1)


def model_of(schema: dict[str, Any]) -> Any:
    """The model of a schema that was checked.

    Raises:
        Refused: 422: Pydantic refuses it.
    """
    try:
        return _object(schema, "DynamicModel")
    except Exception as error:  # Pydantic names no errors of its own for what it cannot build
        log_warning("A model of an output_schema cannot be built: %s: %s", type(error).__name__, error)
        raise Refused(422, "Invalid output_schema: could not construct output model") from error


def _object(schema: dict[str, Any], name: str) -> Any:
    from pydantic import create_model

    required = schema.get("required", ())
    fields: dict[str, Any] = {}
    for field, inner in schema.get("properties", {}).items():
        kind = _kind(inner, field)
        fields[field] = (kind, ...) if field in required else (Optional[kind], None)  # noqa: UP045 - a value
    return create_model(schema.get("title", name), **fields)


def _kind(schema: Any, name: str) -> Any:
    if not isinstance(schema, dict):
        return Any
    said = schema.get("type")
    if said == "array":
        items = schema.get("items")
        return list[_kind(items, f"{name}Item")] if items else list[Any]  # type: ignore[misc]
    if said == "object":
        return _object(schema, name) if schema.get("properties") else dict[str, Any]
    return _PLAIN.get(said, Any) if isinstance(said, str) else Any
