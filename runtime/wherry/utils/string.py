"""`agno.utils.string`: ids and names made of text, and JSON read out of a model's reply.

For applications that import these functions; the runtime itself uses `core.names`, `core.ids` and `asking.replies`.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Any
from uuid import NAMESPACE_DNS, UUID, uuid5

from wherry.core.asking.replies import object_texts, parse_dict, parse_model
from wherry.core.ids import new_id
from wherry.core.matrix import module_getattr
from wherry.core.names import id_from_name, url_safe_string

__all__ = [
    "POSTGRES_INVALID_CHARS_REGEX",
    "generate_component_id_from_name",
    "generate_id",
    "generate_id_from_name",
    "hash_string_sha256",
    "is_valid_uuid",
    "parse_response_dict_str",
    "parse_response_model_str",
    "sanitize_postgres_string",
    "sanitize_postgres_strings",
    "url_safe_string",
    "validate_component_id",
]

# Control characters but those that lay out a text, and the two code points that are none.
POSTGRES_INVALID_CHARS_REGEX = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")

_extract_json_objects = object_texts  # Agno's name for it, which tests of applications import


def is_valid_uuid(uuid_str: Any) -> bool:
    """Whether a text is a UUID in any of its written forms."""
    try:
        UUID(str(uuid_str))
    except ValueError:
        return False
    return True


def hash_string_sha256(input_string: str) -> str:
    """The SHA-256 of a text's UTF-8 in hexadecimal digits."""
    return sha256(input_string.encode()).hexdigest()


def generate_id(seed: str | None = None) -> str:
    """A UUID that follows from the seed, always the same, or a random one without a seed."""
    return new_id() if seed is None else str(uuid5(NAMESPACE_DNS, seed))


def generate_id_from_name(name: str | None = None) -> str:
    """The id that agents, teams and workflows get for their name; a made-up one without a name."""
    return id_from_name(name)


def generate_component_id_from_name(name: str) -> str:
    """The id of a stored component: letters and digits of the name, parted by single hyphens; never an invalid one."""
    words = "".join(sign.lower() if sign.isalnum() else " " for sign in name).split()
    return "-".join(words) or "component"


def validate_component_id(component_id: str) -> str | None:
    """What is wrong with an id that has to be one part of an address; None when nothing is."""
    if not component_id:
        return "component_id is empty"
    if component_id in {".", ".."}:
        return f"component_id {component_id!r} means a folder in an address"
    for sign in component_id:
        if sign.isspace() or sign in "/\\?#%" or sign < " ":
            return f"component_id {component_id!r} has {sign!r} in it, which an address cannot carry"
    return None


def sanitize_postgres_string(value: str | None) -> str | None:
    """A text without control characters, which Postgres takes badly or not at all; None stays None."""
    return None if value is None else POSTGRES_INVALID_CHARS_REGEX.sub("", value)


def sanitize_postgres_strings(data: Any) -> Any:
    """The same for every text in lists and the values of dicts, however deep; other data stay as they are."""
    if isinstance(data, dict):
        return {key: sanitize_postgres_strings(value) for key, value in data.items()}
    if isinstance(data, list):
        return [sanitize_postgres_strings(item) for item in data]
    return sanitize_postgres_string(data) if isinstance(data, str) else data


def parse_response_model_str(content: str, output_schema: Any) -> Any:
    """A model's reply as an instance of a pydantic model, however it is wrapped; None when it cannot be one."""
    return parse_model(content, output_schema)


def parse_response_dict_str(content: str) -> Any:
    """A model's reply as plain JSON data, however it is wrapped; None when it cannot be."""
    return parse_dict(content)


__getattr__ = module_getattr(__name__, "agno.utils.string")
