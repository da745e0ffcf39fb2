"""A source against a JSON Schema of ``contracts/``, with messages for people instead of a validator's.

Rules that a schema cannot say (an id used twice) are plain functions given to `read`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from wherry_portal.sources.complaint import Complaint, SourceError
from wherry_portal.sources.document import Source, load
from wherry_portal.sources.locate import packaged

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wherry_portal.sources.document import FieldPath

Rule = Callable[[Source], Iterable[Complaint]]
"""A check that a schema cannot express; called only when the schema is satisfied."""

Fault = Any
"""A `jsonschema.ValidationError`; its own type is a union with a sentinel in every attribute."""

_NAMES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
    "null": "empty",
}


def read(path: Path, schema: str, *, rules: Iterable[Rule] = ()) -> Source:
    """Load a file, check it, and refuse it with every fault at once.

    Args:
        path: The YAML or JSON file.
        schema: File name of its schema in ``contracts/``, for example ``checklist.schema.json``.
        rules: Checks beyond the schema.

    Raises:
        SourceError: The file has at least one fault.
    """
    source = load(path)
    complaints = check(source, schema)
    if not complaints:
        complaints = [found for rule in rules for found in rule(source)]
    if complaints:
        raise SourceError(complaints, hint=f"The fields are described in contracts/{schema}.")
    return source


def check(source: Source, schema: str | dict[str, Any]) -> list[Complaint]:
    """Faults of a source against a schema (a file name in ``contracts/`` or the schema itself), by line."""
    if isinstance(schema, str) and _sound(schema, source.data):
        return []
    validator = _packaged_validator(schema) if isinstance(schema, str) else _validator(schema)
    errors = list(validator.iter_errors(source.data))
    # What is of the wrong type fits every form that asks for fields of a mapping only: there is one thing to say of it.
    mistaken = {tuple(error.absolute_path) for error in errors if error.validator == "type"}
    telling = (e for e in errors if e.validator == "type" or tuple(e.absolute_path) not in mistaken)
    return sorted({complaint for error in telling for complaint in _explain(source, error)})


def _sound(name: str, data: Any) -> bool:
    """Whether the quick validator accepts the data; it is twenty times faster, the other one says what is wrong."""
    return _accepts(_quick_validator(name), data)


def _accepts(quick: Any, data: Any) -> bool:
    try:
        return bool(quick.is_valid(data))
    except ValueError:  # YAML can hold what JSON has not, for example a mapping with a number for a key
        return False


@cache
def _quick_validator(name: str) -> Any:
    import jsonschema_rs

    return jsonschema_rs.Draft202012Validator(json.loads(packaged(f"contracts/{name}").read_text(encoding="utf-8")))


@cache
def _packaged_validator(name: str) -> Any:
    """The slow validator, which enters of the data only what the quick one refuses: most of a faulty file is sound."""
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend

    schema = json.loads(packaged(f"contracts/{name}").read_text(encoding="utf-8"))
    quick = _quick_parts(schema)
    kind: Any = extend(Draft202012Validator)  # type: ignore[no-untyped-call]
    enter = kind.descend

    def descend(self: Any, instance: Any, schema: Any, *path: Any, **more: Any) -> Iterator[Fault]:
        part = quick.get(id(schema)) if isinstance(instance, list | dict) else None
        if part is None or not _accepts(part, instance):
            yield from enter(self, instance, schema, *path, **more)

    kind.descend = descend
    return kind(schema)


def _quick_parts(schema: dict[str, Any]) -> dict[int, Any]:
    """A quick validator for each part of a schema, by the part's identity; the schema has to be kept as it is."""
    import jsonschema_rs

    compiled = jsonschema_rs.validator_map_for(schema)
    found = {}
    waiting: list[tuple[str, Any]] = [("#", schema)]
    while waiting:
        pointer, part = waiting.pop()
        if isinstance(part, dict):
            if pointer in compiled:
                found[id(part)] = compiled[pointer]
            waiting += [(f"{pointer}/{_escaped(key)}", below) for key, below in part.items()]
        elif isinstance(part, list):
            waiting += [(f"{pointer}/{place}", below) for place, below in enumerate(part)]
    return found


def _escaped(key: str) -> str:
    """A key as a JSON pointer in the fragment of an address has it."""
    return quote(key.replace("~", "~0").replace("/", "~1"), safe="!$&'()*+,;=:@-._~?")


def _validator(schema: dict[str, Any]) -> Any:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(schema)


def _explain(source: Source, error: Fault) -> Iterator[Complaint]:
    path: FieldPath = tuple(error.absolute_path)
    keyword = str(error.validator)
    human = error.schema.get("errorMessage") if isinstance(error.schema, dict) else None
    if "propertyNames" in error.absolute_schema_path:
        wanted = _MESSAGES.get(keyword, _plain)(error)
        yield source.complain((*path, str(error.instance)), f"is not a name that is allowed here: {wanted}")
    elif keyword == "required":
        yield from _missing(source, path, error)
    elif keyword in {"additionalProperties", "unevaluatedProperties"}:
        yield from _unknown(source, path, error)
    elif keyword in {"oneOf", "anyOf"} and not human:
        yield from _alternatives(source, path, error)
    else:
        yield source.complain(path, human or _MESSAGES.get(keyword, _plain)(error))


def _missing(source: Source, path: FieldPath, error: Fault) -> Iterator[Complaint]:
    # One error of jsonschema names one missing field, in its message only; the schema says it better.
    for name in error.validator_value:
        if name not in error.instance and repr(name) in error.message:
            yield source.complain((*path, name), "is missing")


def _unknown(source: Source, path: FieldPath, error: Fault) -> Iterator[Complaint]:
    known = list(error.schema.get("properties", ()))
    for name in error.instance:
        if name in known:
            continue
        near = get_close_matches(name, known, n=1)
        advice = f"did you mean {near[0]!r}?" if near else f"known here: {', '.join(sorted(known))}"
        yield source.complain((*path, name), f"is not a known field; {advice}")


def _alternatives(source: Source, path: FieldPath, error: Fault) -> Iterator[Complaint]:
    """The branch that came nearest speaks: the one whose faults lie deepest and are fewest."""
    branches: dict[int, list[Fault]] = {}
    for child in error.context or ():
        branches.setdefault(int(child.schema_path[0]), []).append(child)
    if not branches:
        yield source.complain(path, "fits more than one of the forms allowed here; leave one out")
        return
    best = min(branches.values(), key=lambda faults: (-max(len(fault.absolute_path) for fault in faults), len(faults)))
    for child in best:
        yield from _explain(source, child)


def shown(value: Any) -> str:
    """A value as complaints quote it: its repr, cut to one short line."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _type(error: Fault) -> str:
    wanted = [error.validator_value] if isinstance(error.validator_value, str) else error.validator_value
    return f"has to be {' or '.join(_NAMES[name] for name in wanted)}, is {shown(error.instance)}"


def _enum(error: Fault) -> str:
    words = [str(word) for word in error.validator_value]
    near = get_close_matches(str(error.instance), words, n=1)
    advice = f" (did you mean {near[0]!r}?)" if near else ""
    return f"has to be one of {', '.join(words)}; is {shown(error.instance)}{advice}"


def _pattern(error: Fault) -> str:
    described = error.schema.get("description")
    wanted = described.rstrip(".") if described else f"text matching {error.validator_value}"
    return f"is {shown(error.instance)}; wanted: {wanted}"


def _bound(word: str) -> Callable[[Fault], str]:
    def message(error: Fault) -> str:
        return f"has to be {word} {error.validator_value}, is {shown(error.instance)}"

    return message


def _plain(error: Fault) -> str:
    return str(error.message)


_MESSAGES: dict[str, Callable[[Fault], str]] = {
    "type": _type,
    "enum": _enum,
    "const": lambda error: f"has to be {error.validator_value!r}, is {shown(error.instance)}",
    "pattern": _pattern,
    "minimum": _bound("at least"),
    "maximum": _bound("at most"),
    "exclusiveMinimum": _bound("more than"),
    "exclusiveMaximum": _bound("less than"),
    "minLength": lambda error: (
        "must not be empty" if error.validator_value == 1 else f"is too short: {shown(error.instance)}"
    ),
    "minItems": lambda error: f"needs at least {error.validator_value} entries, has {len(error.instance)}",
    "minProperties": lambda _: "must not be empty",
    "uniqueItems": lambda error: f"holds the same entry twice: {shown(error.instance)}",
    "not": lambda error: f"is not allowed here: {shown(error.instance)}",
}
