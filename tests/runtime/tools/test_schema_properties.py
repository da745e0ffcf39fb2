"""For any signature: the schema is valid JSON Schema and lets through what Python takes."""

import inspect
import json
from enum import Enum
from typing import Literal, Optional, Union, get_origin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from tool_kit import result_of, tools_of

from wherry.core.tools.schema import closed, inlined


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


# Annotations with the JSON values that Python takes for them. Left out on purpose, because the schema on the wire is
# the reference's and narrower than Python there: None for Optional[X] (sent as X), enums with values other than
# strings (sent as strings), tuples of mixed types (sent as arrays of the first), Any and classes (sent as objects).
SCALARS = st.sampled_from(
    [
        (int, st.integers(-(2**60), 2**60)),
        (float, st.floats(allow_nan=False, allow_infinity=False)),
        (str, st.text(max_size=8)),
        (bool, st.booleans()),
        (dict, st.dictionaries(st.text(max_size=3), st.integers(), max_size=2)),
        (list, st.lists(st.integers(), max_size=3)),
        (Literal["x", "y"], st.sampled_from(["x", "y"])),
        (Literal[1, 2], st.sampled_from([1, 2])),
        (Colour, st.sampled_from(["red", "blue"])),
    ]
)


def _wider(inner):
    return st.one_of(
        inner.map(lambda pair: (list[pair[0]], st.lists(pair[1], max_size=2))),
        inner.map(lambda pair: (dict[str, pair[0]], st.dictionaries(st.text(max_size=3), pair[1], max_size=2))),
        inner.map(lambda pair: (set[str], st.lists(st.text(max_size=3), max_size=2))),
        inner.map(lambda pair: (Optional[pair[0]], pair[1])),  # noqa: UP045 - the other spelling is the next line
        inner.map(lambda pair: (pair[0] | None, st.none() | pair[1])),
        inner.map(lambda pair: (tuple[pair[0], ...], st.lists(pair[1], max_size=2))),
    )


ANNOTATIONS = st.recursive(SCALARS, _wider, max_leaves=3)
NAMES = st.sampled_from(["a", "b", "query", "session_state", "top_k", "self_", "class_"])


@st.composite
def functions(draw):
    """A function with a drawn signature, and arguments Python takes for it."""
    names = draw(st.lists(NAMES, unique=True, max_size=4))
    parameters, arguments = [], {}
    for name in names:
        annotation, values = draw(ANNOTATIONS)
        if get_origin(annotation) is Union:
            values = values.filter(lambda value: value is not None)
        optional = draw(st.booleans())
        parameters.append(
            inspect.Parameter(
                name,
                inspect.Parameter.KEYWORD_ONLY,
                annotation=annotation,
                default=None if optional else inspect.Parameter.empty,
            )
        )
        if not optional or draw(st.booleans()):
            arguments[name] = draw(values)

    def drawn(**kwargs):
        return "called"

    drawn.__signature__ = inspect.Signature(parameters)
    drawn.__annotations__ = {p.name: p.annotation for p in parameters}
    return drawn, arguments


@settings(max_examples=300, deadline=None)
@given(functions(), st.booleans())
def test_the_schema_of_any_signature_is_valid_and_takes_what_python_takes(case, strict):
    function, arguments = case
    (sent,) = tools_of(function, strict=strict).wire()
    schema = sent["function"]["parameters"]
    json.dumps(sent)
    Draft202012Validator.check_schema(schema)
    required = set(schema["required"])
    if not strict:
        Draft202012Validator(schema).validate(arguments)
    else:
        assert required == set(schema["properties"])
        assert schema["additionalProperties"] is False
    assert required <= set(schema["properties"])


@settings(max_examples=300, deadline=None)
@given(functions())
def test_what_the_schema_takes_the_call_takes(case):
    function, arguments = case
    result = result_of("blocking", function, json.dumps(arguments))
    words = {"true", "false", "none", "null"}
    if any(isinstance(value, str) and value.strip().lower() in words for value in arguments.values()):
        return  # words for JSON constants are read as those, as in the reference
    assert result.text == "called"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["type", "properties", "a"]), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["type", "properties", "items", "anyOf", "title", "x"]), JSON))
def test_closing_a_schema_changes_no_input_and_is_stable(schema):
    before = json.dumps(schema)
    once = closed(schema)
    assert json.dumps(schema) == before
    assert closed(once) == once


@pytest.mark.parametrize("depth", [1, 3])
def test_definitions_are_written_out(depth):
    schema = {"$ref": "#/$defs/A", "$defs": {"A": {"type": "object", "properties": {"next": {"$ref": "#/$defs/A"}}}}}
    for _ in range(depth):
        schema = {"type": "array", "items": schema, "$defs": {**schema.pop("$defs")}}
    written = json.dumps(inlined(schema))
    assert "$ref" not in written
    assert "$defs" not in written
    Draft202012Validator.check_schema(inlined(schema))
