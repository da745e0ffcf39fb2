"""One property over every YAML source that this project's own schemas describe: whatever single fault is put into any
field of a sound file, the complaint names the file, the line and the field."""

import copy
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wherry_portal.sources import check, dump_yaml, load, packaged
from wherry_portal.sources.document import dotted, parse

SOURCES = [
    (packaged(f"checklists/{name}.yaml"), "checklist.schema.json")
    for name in ("pilot", "release", "performance", "docs")
]
IDS = [path.stem for path, _ in SOURCES]


def fields(data, path=()):
    """Paths of all fields (keys of mappings) in plain data."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield (*path, key)
            yield from fields(value, (*path, key))
    elif isinstance(data, list):
        for place, value in enumerate(data):
            yield from fields(value, (*path, place))


def holder(data, path):
    for part in path[:-1]:
        data = data[part]
    return data


def complained(data, schema):
    """Paths complained about, each with a line that really holds it (or its surroundings)."""
    source = parse(dump_yaml(data), "f.yaml")
    found = check(source, schema)
    assert all(complaint.file == "f.yaml" and complaint.line >= 1 and complaint.message for complaint in found)
    return {complaint.field: source.text.splitlines()[complaint.line - 1] for complaint in found}


@pytest.mark.parametrize(("path", "schema"), SOURCES, ids=IDS)
def test_the_sources_are_sound(path, schema):
    assert check(load(path), schema) == []


@pytest.mark.parametrize(("file", "schema"), SOURCES, ids=IDS)
@settings(max_examples=40)
@given(data=st.data())
def test_a_missing_field_is_named(file, schema, data):
    sound = load(file).data
    path = data.draw(st.sampled_from(list(fields(sound))))
    without = copy.deepcopy(sound)
    del holder(without, path)[path[-1]]
    found = complained(without, schema)
    optional = {"docs", "budget_minutes", "thresholds", "optional", "guidance"}
    if path[-1] in optional or "thresholds" in path:
        assert not found
    elif path[-1] in {"command", "evidence"}:
        assert dotted(path[:-1]) in found
    elif path[-1] == "kind":
        assert dotted(path) in found
    else:
        assert dotted(path) in found


@pytest.mark.parametrize(("file", "schema"), SOURCES, ids=IDS)
@settings(max_examples=40)
@given(data=st.data())
def test_an_unknown_field_is_named_on_its_own_line(file, schema, data):
    sound = load(file).data
    path = data.draw(st.sampled_from(list(fields(sound))))
    wrong = copy.deepcopy(sound)
    name = data.draw(st.sampled_from(["tite", "Kind", "evidnce", "x"]))
    holder(wrong, path)[name] = "something"
    found = complained(wrong, schema)
    assert name in found[dotted((*path[:-1], name))]


@pytest.mark.parametrize(("file", "schema"), SOURCES, ids=IDS)
@settings(max_examples=40)
@given(data=st.data())
def test_a_value_of_the_wrong_type_is_named_on_its_own_line(file, schema, data):
    sound = load(file).data
    path = data.draw(st.sampled_from(list(fields(sound))))
    wrong = copy.deepcopy(sound)
    old = holder(wrong, path)[path[-1]]
    values = [value for value in (17.5, "text", [1], {"a": 1}, None) if not isinstance(value, type(old))]
    if isinstance(old, int):
        values = [value for value in values if not isinstance(value, float)]
    if path[-1] == "optional":
        values = ["yes", 1]
    holder(wrong, path)[path[-1]] = data.draw(st.sampled_from(values))
    found = complained(wrong, schema)
    assert dotted(path) in found
    assert str(path[-1]) in found[dotted(path)]


@pytest.mark.parametrize(("file", "schema"), SOURCES, ids=IDS)
@settings(max_examples=40)
@given(data=st.data())
def test_a_doubled_field_is_named_with_both_lines(file, schema, data):
    from wherry_portal.sources import SourceError

    text = load(file).text
    lines = text.splitlines(keepends=True)
    keys = [number for number, line in enumerate(lines) if line.startswith("    ") and ": " in line and line[4] != " "]
    number = data.draw(st.sampled_from(keys))
    key = lines[number].strip().partition(":")[0]
    doubled = "".join([*lines[: number + 1], f"    {key}: again\n", *lines[number + 1 :]])
    if lines[number].rstrip().endswith(">-"):
        return
    with pytest.raises(SourceError) as refused:
        parse(doubled, "f.yaml")
    assert f"f.yaml:{number + 2}:" in str(refused.value)
    assert f"{key}: is given twice; first on line {number + 1}" in str(refused.value)


def test_the_message_speaks_to_a_person():
    source = parse("schema: 1\nid: pilot\ntitle: 3\npurpose: ''\nitems: []\nextra: 1\n", "f.yaml")
    known = "budget_minutes, guidance, id, items, purpose, schema, thresholds, title"
    assert [str(complaint).removeprefix("f.yaml:") for complaint in check(source, "checklist.schema.json")] == [
        "3: title: has to be text, is 3",
        "4: purpose: must not be empty",
        "5: items: needs at least 1 entries, has 0",
        f"6: extra: is not a known field; known here: {known}",
    ]


@pytest.mark.parametrize(
    "path", sorted(packaged("contracts/checklist.schema.json").parent.glob("*.schema.json")), ids=lambda path: path.name
)
def test_every_schema_is_itself_sound(path):
    from jsonschema import Draft202012Validator

    Draft202012Validator.check_schema(json.loads(path.read_text(encoding="utf-8")))
