"""JSON schemas of structured output as providers want them.

Pure; the schema given is never changed. Called by the models when they build a request. pydantic itself is not
imported: a class with `model_json_schema` is one of its models.
"""

from __future__ import annotations

from typing import Any

from wherry.core.errors import ConfigurationError


def is_model(schema: Any) -> bool:
    """Whether this is a pydantic model class."""
    return isinstance(schema, type) and hasattr(schema, "model_json_schema")


def is_map(schema: dict[str, Any]) -> bool:
    """Whether a schema is that of a dictionary with values of one type."""
    values = schema.get("additionalProperties")
    return (
        schema.get("type") == "object" and isinstance(values, dict) and "type" in values and "properties" not in schema
    )


def openai_schema(model: Any) -> dict[str, Any]:
    """The schema of a pydantic model under OpenAI's rules for strict output.

    Objects are closed, every property except dictionaries is required, and a default of null goes.
    """
    closed: dict[str, Any] = _closed(model.model_json_schema())
    return closed


def _closed(value: Any) -> Any:
    if isinstance(value, list):
        return [_closed(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get("type") == "object":
        value = dict(value)
        if value.get("additionalProperties", True) is True:
            value["additionalProperties"] = False
        if "properties" in value:
            value["required"] = [name for name, schema in value["properties"].items() if not is_map(schema)]
    return {key: _closed(item) for key, item in value.items() if not (key == "default" and item is None)}


def without_null_defaults(value: Any) -> Any:
    """A schema without defaults of null."""
    if isinstance(value, list):
        return [without_null_defaults(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: without_null_defaults(item) for key, item in value.items() if not (key == "default" and item is None)}


_STRING_FORMATS = frozenset(
    {"date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"}
)


def anthropic_schema(schema: dict[str, Any]) -> dict[str, Any]:
    """A JSON schema under Anthropic's rules for structured output.

    What the service does not enforce (ranges, patterns, defaults, …) moves into the description, where the model at
    least reads it.
    """
    left = dict(schema)
    result: dict[str, Any] = {}
    if "$defs" in left:
        result["$defs"] = {name: anthropic_schema(value) for name, value in left.pop("$defs").items()}
    if "$ref" in left:
        result["$ref"] = left["$ref"]
        return result
    kind = _take_kind(left, result)
    for key in ("description", "title"):
        if (text := left.pop(key, None)) is not None:
            result[key] = text
    _take_structure(kind, left, result)
    if left:
        rest = "{" + ", ".join(f"{key}: {value}" for key, value in left.items()) + "}"
        result["description"] = f"{result['description']}\n\n{rest}" if "description" in result else rest
    return result


def _take_kind(left: dict[str, Any], result: dict[str, Any]) -> str | None:
    """Move what says which values fit; returns the type unless the values themselves are listed."""
    kind = left.pop("type", None)
    variants = {key: left.pop(key, None) for key in ("anyOf", "oneOf", "allOf")}
    values = left.get("enum")
    if isinstance(values, list) and values and all(_is_scalar(value) for value in values):
        result["enum"] = left.pop("enum")
    if "const" in left and _is_scalar(left["const"]):
        result["const"] = left.pop("const")
    listed = "enum" in result or "const" in result
    for key, found in variants.items():
        if isinstance(found, list):
            result["allOf" if key == "allOf" else "anyOf"] = [anthropic_schema(value) for value in found]
            return None if listed else kind
    if listed:
        return None
    if kind is None:
        raise ConfigurationError(
            f"Schema {left!r} has neither type, enum, const nor variants.",
            hint="Give every field of the schema a type.",
        )
    result["type"] = kind
    return str(kind)


def _is_scalar(value: Any) -> bool:
    return value is None or isinstance(value, (str, int, float, bool))


def _take_structure(kind: str | None, left: dict[str, Any], result: dict[str, Any]) -> None:
    """Move what belongs to the type."""
    if kind == "object":
        result["properties"] = {name: anthropic_schema(value) for name, value in left.pop("properties", {}).items()}
        left.pop("additionalProperties", None)
        result["additionalProperties"] = False
        if (required := left.pop("required", None)) is not None:
            result["required"] = required
    elif kind == "string" and left.get("format") in _STRING_FORMATS:
        result["format"] = left.pop("format")
    elif kind == "array":
        if (items := left.pop("items", None)) is not None:
            result["items"] = anthropic_schema(items)
        if left.get("minItems") in {0, 1}:
            result["minItems"] = left.pop("minItems")


def strict_schema(model: Any) -> dict[str, Any]:
    """The schema of a pydantic model with every object closed, as Mistral's client sends it."""
    schema: dict[str, Any] = _sealed(model.model_json_schema())
    return schema


def _sealed(value: Any) -> Any:
    if isinstance(value, list):
        return [_sealed(item) for item in value]
    if not isinstance(value, dict):
        return value
    sealed = {key: _sealed(item) for key, item in value.items()}
    if value.get("type") == "object":
        sealed["additionalProperties"] = False
    return sealed
