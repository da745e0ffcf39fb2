"""A run's input as its `input_schema` wants it. Mirrors `agno.utils.agent.validate_input`.

A schema is a pydantic model, a TypedDict or another class that takes its fields by name. pydantic is imported only
once there is a schema.
"""

from __future__ import annotations

import json
from typing import Any, Union, get_args, get_origin, get_type_hints

from wherry.core.messages import Message


def checked_input(value: Any, schema: Any) -> Any:
    """A run's input as its input schema wants it.

    Raises:
        ValueError: The input does not fit, with what the schema says about it; or the schema is no class.
    """
    if schema is None:
        return value
    if not isinstance(schema, type) and not _is_typed_dict(schema):
        raise ValueError(f"input_schema takes a pydantic model or a TypedDict, got {schema!r}")
    if value is None:
        raise ValueError(f"input_schema is {schema.__name__} but no input was given")
    return _fitted(_read(value), schema)


def _read(value: Any) -> Any:
    """What is to be checked: the content of a message, the data that a text holds as JSON."""
    if isinstance(value, Message):
        value = value.content
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except json.JSONDecodeError as error:
        raise ValueError(f"Failed to parse input. Is it a valid JSON string?: {error}") from error


def _fitted(value: Any, schema: Any) -> Any:
    from pydantic import BaseModel

    if isinstance(value, BaseModel):
        if _is_typed_dict(schema) or not isinstance(value, schema):
            raise ValueError(f"Expected {schema.__name__} but got {type(value).__name__}")
        return value
    if not isinstance(value, dict):
        raise ValueError(f"Cannot validate {type(value)} against input_schema. Expected dict or {schema.__name__}.")  # noqa: TRY004 - Agno's type, which callers may catch
    try:
        return _typed(value, schema) if _is_typed_dict(schema) else schema(**value)
    except Exception as error:  # whatever a user's schema raises is told as what the input is: unfit
        raise ValueError(f"Failed to parse dict into {schema.__name__}: {error}") from error


def _is_typed_dict(schema: Any) -> bool:
    return hasattr(schema, "__required_keys__") and hasattr(schema, "__total__")  # whichever module it is from


def _typed(value: dict[str, Any], schema: Any) -> dict[str, Any]:
    """A dictionary with the keys of a TypedDict, each value of its kind; nothing is converted, as in Agno."""
    hints, required = get_type_hints(schema), schema.__required_keys__
    if missing := sorted(required - value.keys()):
        raise ValueError(f"Missing required fields {', '.join(map(repr, missing))}")
    if unknown := sorted(map(str, value.keys() - hints.keys())):
        raise ValueError(f"Unexpected fields {', '.join(map(repr, unknown))}")
    for name, item in value.items():
        if not _is_of(item, hints[name]):
            raise ValueError(f"Field {name!r} got {item!r}, expected type {hints[name]}")
    return dict(value)


def _is_of(value: Any, kind: Any) -> bool:
    """Whether a value is of a type, as far as can be told without looking into it; of a list, each item."""
    origin, inner = get_origin(kind), get_args(kind)
    if value is None:
        return kind is type(None) or type(None) in inner
    if origin is Union:
        return any(_is_of(value, one) for one in inner)
    if origin is list:
        return isinstance(value, list) and all(_is_of(item, inner[0]) for item in value)
    try:
        return kind is Any or isinstance(value, kind)
    except TypeError:  # dict[str, int], Literal, a TypedDict: they say nothing about an object
        return True
