"""Messages of a schema check, one keyword of JSON Schema at a time."""

import pytest

from wherry_portal.sources import check, find_root, packaged
from wherry_portal.sources.document import parse
from wherry_portal.sources.schema import shown

TEXT = {"type": "string"}


def messages(schema, text):
    return [str(complaint).removeprefix("f.yaml:") for complaint in check(parse(text, "f.yaml"), schema)]


@pytest.mark.parametrize(
    ("schema", "text", "expected"),
    [
        ({"properties": {"a": {"type": ["string", "null"]}}}, "a: 1", "1: a: has to be text or empty, is 1"),
        ({"properties": {"a": {"enum": ["chat", "responses"]}}}, "a: chta", "did you mean 'chat'?"),
        ({"properties": {"a": {"const": 1}}}, "a: 2", "1: a: has to be 1, is 2"),
        ({"properties": {"a": {"pattern": "^x$"}}}, "a: y", "1: a: is 'y'; wanted: text matching ^x$"),
        ({"properties": {"a": {"pattern": "^x$", "description": "An x."}}}, "a: y", "1: a: is 'y'; wanted: An x"),
        ({"properties": {"a": {"maximum": 3}}}, "a: 4", "1: a: has to be at most 3, is 4"),
        ({"properties": {"a": {"exclusiveMaximum": 3}}}, "a: 3", "1: a: has to be less than 3, is 3"),
        ({"properties": {"a": {"minLength": 3}}}, "a: ab", "1: a: is too short: 'ab'"),
        ({"properties": {"a": {"uniqueItems": True}}}, "a: [1, 1]", "holds the same entry twice: [1, 1]"),
        ({"minProperties": 1}, "{}", "1: must not be empty"),
        ({"properties": {"a": {"not": {"type": "string"}}}}, "a: b", "1: a: is not allowed here: 'b'"),
        (
            {"propertyNames": {"pattern": "^a"}},
            "b: 1",
            "1: b: is not a name that is allowed here: is 'b'; wanted: text matching ^a",
        ),
        ({"properties": {"a": {"multipleOf": 2}}}, "a: 3", "1: a: 3 is not a multiple of 2"),
        ({"required": ["a", "b"]}, "a: 1", "1: b: is missing"),
    ],
)
def test_a_message_says_what_is_wrong_and_what_would_be_right(schema, text, expected):
    (message,) = messages(schema, text)
    assert expected in message


EITHER = {
    "properties": {
        "step": {
            "oneOf": [
                {"required": ["agent"], "properties": {"agent": TEXT}},
                {"required": ["call", "with"], "properties": {"call": TEXT}},
            ]
        }
    }
}


def test_of_the_wrong_type_nothing_else_is_said():
    turn = {"type": "object", "oneOf": [{"required": ["call"]}, {"required": ["print"]}]}
    assert messages({"properties": {"turn": turn}}, "turn: Hi") == ["1: turn: has to be a mapping, is 'Hi'"]


def test_of_several_forms_the_nearest_speaks():
    assert messages(EITHER, "step:\n  agent: 3\n") == ["2: step.agent: has to be text, is 3"]
    assert messages(EITHER, "step: {x: 1}\n") == ["1: step.agent: is missing"]


def test_two_forms_at_once_are_said_to_be_too_many():
    assert "fits more than one" in messages(EITHER, "step: {agent: a, call: b, with: c}\n")[0]


def test_a_long_value_is_cut():
    assert len(shown("x" * 500)) == 60


def test_a_project_is_found_from_below_and_a_stranger_folder_is_its_own(tmp_path):
    (tmp_path / "pilots" / "deep").mkdir(parents=True)
    assert find_root(tmp_path / "pilots" / "deep") == tmp_path
    page = tmp_path / "build" / "site" / "pilots" / "index.html"
    page.parent.mkdir(parents=True)
    page.write_text("<h1>Pilots</h1>")
    assert find_root(page.parents[1]) == tmp_path, "a built site is no project"
    with pytest.raises(FileNotFoundError, match="incomplete"):
        packaged("contracts/none.json")
