"""JSON schemas of structured output as providers want them.

Pure; the schema given is never changed. Called by the models when they build a request. pydantic itself is not
imported: a class with `model_json_schema` is one of its models.
"""

from __future__ import annotations

from typing import Any


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
