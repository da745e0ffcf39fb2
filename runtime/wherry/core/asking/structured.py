"""Structured output: what is asked of the model and what its reply becomes. `replies` reads the reply.

Mirrors `agno.agent._response.get_response_format` and `convert_response_to_structured_format`.
"""

from __future__ import annotations

import json
from typing import Any

from wherry.core.asking.replies import parse_dict, parse_model
from wherry.core.log import log_warning


def wants_json_prompt(owner: Any, model: Any) -> bool:
    """Whether the schema must be described in the prompt because the model cannot be bound to it."""
    if owner.parser_model is not None:
        return False
    native = model.supports_native_structured_outputs or model.supports_json_schema_outputs
    return not (native and (not owner.use_json_mode or owner.structured_outputs is True))


def parses_structured(run: Any) -> bool:
    """Whether replies are parsed as they come, so that tokens make no sense to the caller."""
    owner = run.owner
    return run.context.output_schema is not None and owner.parse_response and owner.parser_model is None


def response_format(owner: Any, model: Any, schema: Any) -> Any:
    """The `response_format` for a request: the schema itself, a json_schema or json_object format, or None."""
    if schema is None or owner.parser_model is not None:
        return None
    if model.supports_native_structured_outputs:
        return schema if not owner.use_json_mode or owner.structured_outputs else {"type": "json_object"}
    if not model.supports_json_schema_outputs:
        return {"type": "json_object"}
    if not owner.use_json_mode and owner.structured_outputs:
        return None
    if isinstance(schema, dict):
        return schema
    body = {"name": schema.__name__, "schema": schema.model_json_schema()}
    return {"type": "json_schema", "json_schema": body}


def type_name(schema: Any) -> str:
    """The content type a parsed output carries."""
    return "dict" if isinstance(schema, dict) else str(schema.__name__)


def _untitled(properties: dict[str, Any]) -> dict[str, Any]:
    out = {name: value for name, value in properties.items() if name != "title"}
    reference = (out.get("allOf") or [{}])[0].get("$ref", "")
    if reference.startswith("#/$defs/"):
        out["enum_type"] = reference.rsplit("/", 1)[-1]
    return out


def _field_table(schema: dict[str, Any]) -> dict[str, Any]:
    table = {name: _untitled(value) for name, value in (schema.get("properties") or {}).items()}
    definitions = schema.get("$defs")
    if definitions is None:
        return table
    table["$defs"] = {}
    for name, body in definitions.items():
        if "enum" in body:
            table["$defs"][name] = {
                "type": "string",
                "enum": body["enum"],
                "description": body.get("description", ""),
            }
        elif body.get("properties"):
            table["$defs"][name] = {field: _untitled(value) for field, value in body["properties"].items()}
    return table


def json_prompt(schema: Any) -> str:
    """Ask in words for JSON with the fields of a schema."""
    fields: Any = schema
    table: dict[str, Any] = {}
    if hasattr(schema, "model_json_schema"):
        table = _field_table(schema.model_json_schema())
        fields = [name for name in table if name != "$defs"]
    text = "Answer with one JSON object that has these fields:"
    listed = fields if isinstance(fields, str) else json.dumps(fields, ensure_ascii=False)
    text += f"\n<json_fields>\n{listed}\n</json_fields>"
    if table:
        text += "\n\nWhat each field holds:\n<json_field_properties>\n"
        text += json.dumps(table, indent=2, ensure_ascii=False)
        text += "\n</json_field_properties>"
    text += "\nBegin with `{` and end with `}`."
    text += "\nThe text goes to json.loads() as it is, so it must be valid JSON and nothing else."
    return text


def parser_prompt(schema: Any) -> str:
    """Tell the main model which fields the parser model will look for."""
    lines = ["Later steps read these fields from your answer, so write text, not JSON, that covers them:"]
    for name, field in schema.model_json_schema()["properties"].items():
        text = field.get("description")
        lines.append(f"- {name}: {text}" if text else f"- {name}")
    return "\n".join(["", *lines, ""])


def parsed(content: Any, schema: Any, *, parse_response: bool) -> tuple[Any, str | None]:
    """Content as the schema wants it.

    Returns:
        The content, parsed when that was possible, and the content type to record (None: unchanged).
    """
    if isinstance(schema, dict):
        value = parse_dict(content) if isinstance(content, str) else None
        if value is None:
            if isinstance(content, str):
                log_warning(f"The reply is not JSON, so it stays text: {content[:200]!r}")
            return content, None
        return value, "dict"
    if isinstance(content, schema):
        return content, None
    if not isinstance(content, str) or not parse_response:
        log_warning(f"The reply cannot become a {schema.__name__}: content is {type(content).__name__}")
        return content, None
    value = parse_model(content, schema)
    if value is None:
        log_warning(f"The reply does not fit {schema.__name__}, so it stays text: {content[:200]!r}")
        return content, None
    return value, schema.__name__
