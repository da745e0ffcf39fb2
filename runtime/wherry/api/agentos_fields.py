"""What the fields of AgentOS's run form mean to a run, beside those that each form has.

Mirrors what AgentOS makes of a form's further fields: JSON in some, media in some, plain words for hooks in the rest.
"""

from __future__ import annotations

import json
from dataclasses import fields as fields_of
from typing import TYPE_CHECKING, Any

from wherry.api.agentos_refused import Refused, WrongForm
from wherry.api.agentos_schema import checked_schema, model_of
from wherry.api.bodies import DEEPEST, too_deep
from wherry.core.filters import from_dict
from wherry.core.log import log_warning
from wherry.core.media import Audio, File, Image, Video

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# Fields of the endpoint itself.
OWN = frozenset(
    [
        "message",
        "stream",
        "session_id",
        "user_id",
        "files",
        "files_metadata",
        "version",
        "background",
        "factory_input",
        "use_json_schema",
    ]
)
# Arguments of a run that are the server's to give: a client must not name another run's id, or the run's insides.
_WITHHELD = frozenset(
    ["run_id", "run_context", "background_tasks", "stream_events", "yield_run_output", "additional_data"]
)
# Name of the field → what its entries are, and the argument of a run that takes them.
_MEDIA: dict[str, tuple[Any, str]] = {
    "images": (Image, "images"),
    "audio": (Audio, "audio"),
    "videos": (Video, "videos"),
    "input_files": (File, "files"),
}
# What AgentOS takes in a field of a medium, by how the field is annotated.
_KINDS: dict[Any, type] = {
    "str | None": str,
    "Path | str | None": str,
    "int | None": int,
    "float | None": float,
    "dict[str, Any] | None": dict,
}
_LONGEST = 100
_WORDS = {"true": True, "false": False, "null": None, "none": None}


def arguments(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Keywords of `make_run` from a form's further fields.

    Raises:
        Refused: One of them cannot be used.
    """
    if OWN.issuperset(fields):
        return {}
    given: dict[str, Any] = {}
    for name in fields.keys() - OWN - _WITHHELD:
        value = fields[name]
        if name in _READERS:
            given[name] = _READERS[name](name, value)
        elif name in _MEDIA:
            if value not in (None, ""):
                _, argument = _MEDIA[name]
                given[argument] = media(name, value)
        elif name == "output_schema":
            given[name] = output_schema(value, raw=word(fields.get("use_json_schema")) is True)
        elif len(name) <= _LONGEST and name.isidentifier():
            given[name] = word(value)  # for hooks, whose parameters have such names
    return {name: value for name, value in given.items() if value is not None}


def word(value: Any) -> Any:
    """A plain field: the words of JSON mean what they mean there."""
    return _WORDS.get(value.lower(), value) if isinstance(value, str) else value


def decoded(name: str, value: Any) -> Any:
    """JSON in a field; None, with a warning, when it is none, as in AgentOS, or too deep to be kept with a run."""
    if not isinstance(value, str) or not value:
        return value or None
    try:
        data = json.loads(value)
    except (ValueError, RecursionError) as error:
        log_warning("The field %s is no JSON and is left out: %s", name, error)
        return None
    if too_deep(data, value.count("[") + value.count("{")):
        log_warning(
            "The field %s has more than %s lists and objects inside of each other and is left out", name, DEEPEST
        )
        return None
    return data


def json_object(name: str, value: Any) -> dict[str, Any] | None:
    """A field that holds an object.

    Raises:
        WrongForm: It holds something else.
    """
    found = decoded(name, value)
    if found is not None and not isinstance(found, dict):
        raise WrongForm(name, "must be a JSON object", given=value)
    return found


def metadata(name: str, value: Any) -> dict[str, Any] | None:
    """The field `metadata`.

    Raises:
        Refused: It holds JSON that is no object.
    """
    found = decoded(name, value)
    if found is not None and not isinstance(found, dict):
        raise Refused(400, "Invalid metadata parameter: expected a JSON object")
    return found


def knowledge_filters(name: str, value: Any) -> Any:
    """The field `knowledge_filters`: plain conditions, an expression, or a list of expressions."""
    found = decoded(name, value)
    try:
        if isinstance(found, dict) and "op" in found:
            return [from_dict(found)]
        if isinstance(found, list):
            return [from_dict(item) if isinstance(item, dict) and "op" in item else item for item in found]
    except (ValueError, TypeError, KeyError) as error:
        log_warning("The field %s holds no filter and is left out: %s", name, error)
        return None
    return found


def media(name: str, value: Any) -> list[Any]:
    """Media in a field, as dictionaries of theirs with Base64 in it.

    Raises:
        Refused: One of them cannot be used.
    """
    kind, _ = _MEDIA[name]
    try:
        items = json.loads(value) if isinstance(value, str) else value
    except (ValueError, RecursionError):
        items = None
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise Refused(422, f"Invalid {name}: expected a JSON array of objects")
    try:
        # A reference leads to where the server keeps media; only the server makes them.
        return [kind.from_dict(as_annotated(kind, item)) for item in items]
    except (TypeError, ValueError, OverflowError, AttributeError) as error:
        raise Refused(422, f"Invalid {name}: could not reconstruct every media item") from error


def as_annotated(kind: Any, item: dict[str, Any]) -> dict[str, Any]:
    """The fields of a medium as its class wants them; numbers may be words, unknown fields are left out.

    Raises:
        TypeError: One of them is of another kind.
        ValueError: One of them is a word that is no such number.
    """
    found = {}
    for field in fields_of(kind):
        value, wanted = item.get(field.name), _KINDS.get(field.type)
        if value is None or field.name == "media_reference":
            continue
        if wanted in (int, float):
            number = float(value)
            if wanted is int and not number.is_integer():
                raise ValueError(f"{field.name} is {value!r}")
            value = wanted(number)
        elif wanted is not None and not isinstance(value, wanted):
            raise TypeError(f"{field.name} is {value!r}")
        found[field.name] = value
    return found


def output_schema(value: Any, *, raw: bool) -> Any:
    """What the answer must look like: a model made of a JSON schema, or the schema itself.

    Args:
        value: The field.
        raw: Whether `use_json_schema` asks for the schema itself, which may be a provider's response format, too.

    Raises:
        Refused: It is no schema of an object.
    """
    try:
        schema = json.loads(value) if isinstance(value, str) else value
    except (ValueError, RecursionError):
        schema = None
    if not isinstance(schema, dict):
        raise Refused(422, "Invalid output_schema: expected a JSON object schema")
    inner: Any = schema
    if raw and schema.get("type") == "json_schema":
        wrapped = schema.get("json_schema")
        inner = wrapped.get("schema") if isinstance(wrapped, dict) else None
        if not isinstance(inner, dict):
            raise Refused(422, "Invalid output_schema: json_schema.schema must be an object")
    if not (raw and schema.get("type") == "json_object"):
        checked_schema(inner)
    return schema if raw else model_of(schema)


_READERS: dict[str, Callable[[str, Any], Any]] = {
    "session_state": json_object,
    "dependencies": json_object,
    "metadata": metadata,
    "knowledge_filters": knowledge_filters,
}
