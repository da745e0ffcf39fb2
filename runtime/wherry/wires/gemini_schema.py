"""JSON schemas in the dialect of Gemini: no references, no null type, upper-case types.

Pure; the schema given is never changed. Called by `wires.gemini_input`. Two ways lead there, as in the reference:
`flattened` for schemas the service can express, `simplified` for tools and for schemas it cannot (dictionaries,
recursion).
"""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

_NAMES = {
    "anyOf": "any_of",
    "maxItems": "max_items",
    "minItems": "min_items",
    "maxLength": "max_length",
    "minLength": "min_length",
    "maxProperties": "max_properties",
    "minProperties": "min_properties",
    "propertyOrdering": "property_ordering",
}
_KNOWN = frozenset(
    {
        *_NAMES.values(),
        *("default", "description", "enum", "example", "format", "items", "maximum", "minimum", "nullable"),
        *("pattern", "properties", "required", "title", "type"),
    }
)


def response_schema(schema: Schema) -> Schema:
    """The schema that binds a reply, from a pydantic model's JSON schema."""
    if _has_maps(schema) or _is_recursive(schema):
        simple = simplified(schema)
        if simple is not None:
            return _ordered(simple)
    return flattened(schema)


def _has_maps(schema: Any) -> bool:
    if not isinstance(schema, dict):
        return False
    if "additionalProperties" in schema:
        return True
    return any(map(_has_maps, (schema.get("properties") or {}).values())) or _has_maps(schema.get("items"))


def _is_recursive(schema: Schema) -> bool:
    return any(_refers(body, f"#/$defs/{name}") for name, body in (schema.get("$defs") or {}).items())


def _refers(schema: Any, reference: str) -> bool:
    if not isinstance(schema, dict):
        return False
    if schema.get("$ref") == reference:
        return True
    below = [*(schema.get("properties") or {}).values(), schema.get("items")]
    for key in ("anyOf", "oneOf", "allOf"):
        below.extend(schema.get(key) or ())
    return any(_refers(part, reference) for part in below)


def flattened(schema: Schema, definitions: Schema | None = None, open_refs: frozenset[str] = frozenset()) -> Schema:
    """A schema with its references put in place and its null types turned into `nullable`."""
    if definitions is None:
        definitions = schema.get("$defs") or {}
    result = _nullable({key: value for key, value in schema.items() if key != "$defs"})
    if "$ref" in result:
        reference = result.pop("$ref")
        return _named({**result, **_resolved(reference, definitions, open_refs)})
    if "anyOf" in result:
        result["anyOf"] = [_below(part, definitions, open_refs) for part in result["anyOf"]]
        return _named(result)
    if "const" in result and result.get("type") == "string":
        result["enum"] = [result.pop("const")]
    if result.get("type") == "object" and "properties" in result:
        result["properties"] = {n: _below(part, definitions, open_refs) for n, part in result["properties"].items()}
        if len(result["properties"]) > 1:
            result.setdefault("propertyOrdering", list(result["properties"]))
    elif result.get("type") == "array" and "items" in result:
        result["items"] = _below(result["items"], definitions, open_refs)
    return _named(result)


def _below(schema: Schema, definitions: Schema, open_refs: frozenset[str]) -> Schema:
    if "$ref" in schema:
        return _resolved(schema["$ref"], definitions, open_refs)
    return flattened(schema, definitions, open_refs)


def _resolved(reference: str, definitions: Schema, open_refs: frozenset[str]) -> Schema:
    name = reference.rsplit("defs/", 1)[-1]
    if name in open_refs or name not in definitions:
        return {}
    return flattened(definitions[name], definitions, open_refs | {name})


def _nullable(schema: Schema) -> Schema:
    if schema.get("type") == "null":
        return {**{key: value for key, value in schema.items() if key != "type"}, "nullable": True}
    variants = schema.get("anyOf")
    if not variants or not any(part.get("type") == "null" for part in variants):
        return schema
    left = [part for part in variants if part.get("type") != "null"]
    result = {**schema, "anyOf": left, "nullable": True}
    if len(left) == 1:
        del result["anyOf"]
        result.update(left[0])
    return result


def _named(schema: Schema) -> Schema:
    """Keys and types as the service spells them; what it does not know is left out."""
    result = {_NAMES.get(key, key): value for key, value in schema.items() if value is not None}
    result = {key: value for key, value in result.items() if key in _KNOWN}
    if isinstance(result.get("type"), str):
        result["type"] = result["type"].upper()
    return result


def _ordered(schema: Schema) -> Schema:
    """A simplified schema with the order of its properties, all the way down."""
    result = dict(schema)
    if "any_of" in result:
        result["any_of"] = [_ordered(part) for part in result["any_of"]]
        return result
    if "properties" in result:
        result["properties"] = {name: _ordered(part) for name, part in result["properties"].items()}
        if len(result["properties"]) > 1:
            result["property_ordering"] = list(result["properties"])
    if isinstance(result.get("items"), dict):
        result["items"] = _ordered(result["items"])
    return result


def simplified(schema: Schema, root: Schema | None = None, seen: frozenset[str] = frozenset()) -> Schema | None:
    """A schema reduced to what the service surely takes; None for null and for what has no meaning."""
    root = schema if root is None else root
    if "$ref" in schema:
        return _followed(schema["$ref"], root, seen)
    kind = schema.get("type", "")
    if kind is None or kind == "null":
        return None
    if "enum" in schema:
        return _made(schema, "STRING", enum=schema["enum"])
    if kind == "object":
        return _object(schema, root, seen)
    if kind == "array" and "items" in schema:
        items = simplified(schema["items"], root, seen) if schema["items"] else None
        limits = {"min_items": schema.get("minItems"), "max_items": schema.get("maxItems")}
        made = _made(schema, "ARRAY", items=items or {"type": "STRING"}, **limits)
        made.pop("default", None)
        return made
    if kind == "string":
        return _made(schema, "STRING", format=schema.get("format"))
    if kind in {"integer", "number"}:
        return _made(schema, kind.upper(), maximum=schema.get("maximum"), minimum=schema.get("minimum"))
    if kind == "" and "anyOf" in schema:
        return _variants(schema, root, seen)
    if isinstance(kind, list):
        kind = next((part for part in kind if part != "null"), "")
    return _made(schema, kind.upper()) if kind else None


def _followed(reference: str, root: Schema, seen: frozenset[str]) -> Schema | None:
    if reference in seen:
        return {"type": "OBJECT", "description": f"The same structure again: {reference}"}
    target = (root.get("$defs") or {}).get(reference.rsplit("/", 1)[-1]) if reference.startswith("#/$defs/") else None
    return None if target is None else simplified(target, root, seen | {reference})


def _made(schema: Schema, kind: str | None, **more: Any) -> Schema:
    told = {"type": kind, **more}
    told.update({key: schema.get(key) for key in ("description", "default", "title")})
    return {key: value for key, value in told.items() if value is not None}


def _object(schema: Schema, root: Schema, seen: frozenset[str]) -> Schema:
    if "properties" in schema:
        properties = {name: _property(part, root, seen) for name, part in schema["properties"].items()}
        if properties:
            return _made(schema, "OBJECT", properties=properties, required=schema.get("required", []))
        return _made(schema, "OBJECT")
    values = schema.get("additionalProperties")
    if not isinstance(values, dict) or "type" not in values:
        return _made(schema, "OBJECT")
    kinds = values["type"] if isinstance(values["type"], list) else [values["type"]]
    kind = (kinds[0] if kinds else "string").upper()
    several = f" ({' or '.join(kinds)})" if len(kinds) > 1 else ""
    example: Schema = {
        "type": kind,
        "description": f"One of any number of keys, each with a {kind.lower()} value{several}.",
    }
    if kind == "ARRAY":
        example["items"] = {}
    made = _made(schema, "OBJECT", properties={"example_key": example})
    made.setdefault("description", f"A dictionary: any number of keys with {kind.lower()} values{several}.")
    made.pop("title", None)
    return made


def _property(schema: Schema, root: Schema, seen: frozenset[str]) -> Schema:
    kind = schema.get("type", "")
    nullable = isinstance(kind, list) and "null" in kind
    made = simplified({**schema, "type": kind[0]} if nullable else schema, root, seen)
    if made is None:
        return {key: schema[key] for key in ("title", "description") if schema.get(key) is not None}
    return {**made, "nullable": True} if nullable else made


def _variants(schema: Schema, root: Schema, seen: frozenset[str]) -> Schema:
    parts = [simplified(part, root, seen) for part in schema["anyOf"]]
    left = [part for part in parts if part is not None]
    if len(left) == 1:
        return {**left[0], "nullable": len(parts) > len(left)}
    return _made(schema, None, any_of=left)
