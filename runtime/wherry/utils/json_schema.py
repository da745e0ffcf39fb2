"""`agno.utils.json_schema`: JSON schemas of annotations."""

from __future__ import annotations

import types
from typing import Any, Union

from wherry.core.matrix import module_getattr
from wherry.core.tools.schema import inlined as inline_pydantic_schema
from wherry.core.tools.schema import json_type_named, object_schema, of_annotation

__all__ = [
    "get_json_schema",
    "get_json_schema_for_arg",
    "get_json_type_for_py_type",
    "inline_pydantic_schema",
    "is_origin_union_type",
]


def get_json_type_for_py_type(arg: str) -> str:
    """The JSON type of a class by its name; `object` for any class that is none."""
    return json_type_named(arg)


def get_json_schema_for_arg(type_hint: Any) -> dict[str, Any] | None:
    """Schema of one annotation.

    Raises:
        TypeError: The annotation has none.
    """
    return of_annotation(type_hint)


def get_json_schema(
    type_hints: dict[str, Any], param_descriptions: dict[str, str] | None = None, strict: bool = False
) -> dict[str, Any]:
    """Schema of named parameters, without `required`; a hint named `return` is left out."""
    hints = {name: hint for name, hint in type_hints.items() if name != "return"}
    return object_schema(hints, param_descriptions or {}, strict=strict)


def is_origin_union_type(origin: Any) -> bool:
    """Whether the origin of an annotation is that of a union."""
    return origin in (Union, types.UnionType)


__getattr__ = module_getattr(__name__, "agno.utils.json_schema")
