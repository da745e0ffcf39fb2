"""JSON schemas of annotations, exactly as the reference writes them on the wire.

Pure: an annotation goes in, a fresh schema comes out. Which parameters of a callable get one is decided in
`signature`. pydantic is never imported here; a model class brings its own schema.
"""

from __future__ import annotations

import types
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from wherry.core.log import log_warning
from wherry.core.tools.injected import RESERVED, kind_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Schema = dict[str, Any]

# Names of classes that are JSON types; every other class is an empty object.
_BY_NAME = {
    "int": "integer",
    "float": "number",
    "complex": "number",
    "Decimal": "number",
    "str": "string",
    "string": "string",
    "bool": "boolean",
    "boolean": "boolean",
    "NoneType": "null",
    "None": "null",
    "list": "array",
    "tuple": "array",
    "set": "array",
    "frozenset": "array",
}


_INJECTED = frozenset({"Agent", "Team", "RunContext", "FunctionCall"})


def empty_parameters() -> Schema:
    """The schema of a tool that takes nothing."""
    return {"type": "object", "properties": {}, "required": []}


def object_schema(hints: Mapping[str, Any], descriptions: Mapping[str, str | None], *, strict: bool) -> Schema:
    """Schema of a set of named parameters, without `required`.

    Args:
        hints: Annotation by name, None where there is none.
        descriptions: Description by name; empty ones are left out.
        strict: Refuse further properties, as strict tools must.

    Returns:
        A JSON schema of type object. Parameters without a schema are missing from its properties.
    """
    schema: Schema = {"type": "object", "properties": {}}
    if strict:
        schema["additionalProperties"] = False
    for name, hint in hints.items():
        try:
            described = _parameter(hint)
        except TypeError as reason:
            if not isinstance(hint, type) or kind_of(hint) not in _INJECTED:
                log_warning(f"Parameter {name!r} is left out of the tool's schema: {reason}")
            continue
        if descriptions.get(name):
            described["description"] = descriptions[name]
        schema["properties"][name] = described
    return schema


def _parameter(hint: Any) -> Schema:
    arms = get_args(hint)
    # `Optional[X]` is X; `X | None` is not, which is what the reference sends on Python below 3.14.
    if get_origin(hint) is Union and len(arms) == 2 and types.NoneType in arms:
        hint = next(arm for arm in arms if arm is not types.NoneType)
    return {} if hint is None else of_annotation(hint)


def of_annotation(hint: Any) -> Schema:
    """Schema of one annotation.

    Raises:
        TypeError: The annotation has none.
    """
    origin = get_origin(hint)
    if origin is not None:
        arguments = get_args(hint)
        build = _GENERIC.get(origin)
        if build is not None:
            return build(arguments)
        if origin is types.UnionType:
            return _union(arguments)
    if isinstance(hint, type):
        return _of_class(hint)
    name = getattr(hint, "__name__", None)
    if name is None:
        raise TypeError(f"{hint!r} is not a type")
    return _named(name)


def _of_class(hint: Any) -> Schema:
    if issubclass(hint, Enum):
        return {"type": "string", "enum": [member.value for member in hint]}
    if kind_of(hint) in _INJECTED:
        raise TypeError(f"{hint.__name__} is injected, not asked for")
    if hasattr(hint, "model_json_schema"):
        try:
            return inlined(hint.model_json_schema())
        except Exception as error:  # a model with fields that JSON cannot express
            raise TypeError(f"{hint.__name__} has no JSON schema ({error})") from error
    if hasattr(hint, "__dataclass_fields__"):
        return _dataclass(hint)
    if hint is dict:
        return {"type": "object", "additionalProperties": True}
    return _named(hint.__name__)


def json_type_named(name: str) -> str:
    """The JSON type of a class by its name; `object` for any class that is none."""
    return _BY_NAME.get(name, "object")


def _named(name: str) -> Schema:
    kind = json_type_named(name)
    if kind == "object":
        return {"type": "object", "properties": {}, "additionalProperties": False}
    return {"type": kind}


def _annotated(arguments: tuple[Any, ...]) -> Schema:
    return of_annotation(arguments[0])


def _literal(values: tuple[Any, ...]) -> Schema:
    kinds = {type(value) for value in values}
    for kind, name in ((str, "string"), (bool, "boolean"), (int, "integer")):
        if kinds == {kind}:
            return {"type": name, "enum": list(values)}
    if kinds <= {int, float}:
        return {"type": "number", "enum": list(values)}
    return {"enum": list(values)}


def _array(arguments: tuple[Any, ...]) -> Schema:
    return {"type": "array", "items": of_annotation(arguments[0]) if arguments else {"type": "string"}}


def _mapping(arguments: tuple[Any, ...]) -> Schema:
    keys, values = arguments or (str, str)
    return {"type": "object", "propertyNames": of_annotation(keys), "additionalProperties": of_annotation(values)}


def _union(arms: tuple[Any, ...]) -> Schema:
    options = []
    for arm in arms:
        try:
            options.append(of_annotation(arm))
        except TypeError:
            continue
    if not options:
        raise TypeError("no part of the union has a schema")
    return {"anyOf": options}


_GENERIC: dict[Any, Callable[[tuple[Any, ...]], Schema]] = {
    Annotated: _annotated,
    Literal: _literal,
    list: _array,
    tuple: _array,
    set: _array,
    frozenset: _array,
    dict: _mapping,
    Union: _union,
}


def _dataclass(cls: Any) -> Schema:
    """Fields of a dataclass; one that may be None is not required and loses everything but its type."""
    try:
        hints = get_type_hints(cls, include_extras=True)
    except Exception as error:
        raise TypeError(f"the fields of {cls.__name__} cannot be read ({error})") from error
    properties: Schema = {}
    required = []
    for name in cls.__dataclass_fields__:
        field = of_annotation(hints[name])
        options = field.get("anyOf", ())
        if any(option.get("type") == "null" for option in options):
            kind = next((o["type"] for o in options if o.get("type") not in (None, "null")), None)
            if kind is not None:
                field = {"type": kind}
        else:
            required.append(name)
        properties[name] = field
    schema: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    if required:
        schema["required"] = required
    return schema


def inlined(schema: Schema) -> Schema:
    """A schema with its `$defs` written out in place; a definition inside itself becomes a plain object."""
    result: Schema = _resolved(schema, schema.get("$defs", {}), frozenset())
    return result


def _resolved(part: Any, definitions: Schema, open_names: frozenset[str]) -> Any:
    if isinstance(part, list):
        return [_resolved(item, definitions, open_names) for item in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        return _definition(part["$ref"], definitions, open_names)
    result = {key: value for key, value in part.items() if key != "$defs"}
    for key in ("items", "additionalProperties", "propertyNames", "anyOf", "allOf", "oneOf"):
        if key in result:
            result[key] = _resolved(result[key], definitions, open_names)
    if "properties" in result:
        properties = result["properties"].items()
        result["properties"] = {name: _resolved(value, definitions, open_names) for name, value in properties}
    return result


def _definition(reference: str, definitions: Schema, open_names: frozenset[str]) -> Any:
    name = reference.rsplit("/", 1)[-1]
    if not reference.startswith("#/$defs/") or name not in definitions:
        return {"type": "object"}
    if name in open_names:
        return {"type": "object", "description": f"Another {name} of the same shape."}
    return _resolved(definitions[name], definitions, open_names | {name})


def closed(schema: Any) -> Any:
    """A copy of a schema in which every object refuses further properties, as strict tools must."""
    if not isinstance(schema, dict):
        return schema
    result = dict(schema)
    if result.get("type") == "object" or "properties" in result:
        result["additionalProperties"] = False
    if "type" not in result:
        if "properties" in result:
            result["type"] = "object"
        elif result.get("title") and not result.keys() & {"items", "anyOf", "oneOf", "allOf", "enum"}:
            result["type"] = "string"
    for key, value in result.items():
        if key == "properties" and isinstance(value, dict):
            result[key] = {name: closed(part) for name, part in value.items()}
        elif isinstance(value, dict):
            result[key] = closed(value)
    return result


def strict_parameters(schema: Schema) -> Schema:
    """The parameters of a strict tool: closed objects, every property required."""
    result: Schema = closed(schema)
    properties = result.get("properties")
    if not isinstance(properties, dict):
        properties = result["properties"] = {}
    result["required"] = [name for name in properties if name not in RESERVED]
    return result


def copy_schema(value: Any) -> Any:
    """A deep copy of JSON-like data; other values are shared."""
    if type(value) is dict:
        return {key: copy_schema(item) for key, item in value.items()}
    if type(value) is list:
        return [copy_schema(item) for item in value]
    return value
