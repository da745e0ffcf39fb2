"""Fixtures are read with file, line and field; cases merge; the project's own fixtures are sound."""

from __future__ import annotations

from pathlib import Path

import pytest

from wherry_portal.parity.assertions import failures, parse_path
from wherry_portal.parity.fixture import WAYS, merged, read_fixture, read_fixtures
from wherry_portal.parity.mutate import MARK, mutated
from wherry_portal.sources import SourceError

FIXTURES = Path(__file__).parents[3] / "fixtures"

GOOD = """\
fixture_id: small
description: One agent.
workflow_template:
  agents:
    ada: {name: Ada, tools: [a, b]}
user_inputs: [{content: Hello.}]
model_responses: [Hi.]
expected_assertions: []
cases:
  - id: one
  - id: two
    workflow_template: {agents: {ada: {tools: [c]}}}
    ways: [run]
"""


def write(tmp_path, text, name="f.yaml"):
    path = tmp_path / name
    path.write_text(text)
    return path


def test_a_case_is_the_fixture_with_its_own_fields_merged_in(tmp_path):
    one, two = read_fixture(write(tmp_path, GOOD)).cases
    assert one.recipe["workflow_template"]["agents"]["ada"] == {"name": "Ada", "tools": ["a", "b"]}
    assert two.recipe["workflow_template"]["agents"]["ada"] == {"name": "Ada", "tools": ["c"]}
    assert (one.ways, two.ways) == (("run", "events", "arun", "aevents"), ("run",))
    assert two.key == "small/two"


def test_json_is_read_too(tmp_path):
    path = write(
        tmp_path,
        '{"fixture_id": "j", "description": "d", "workflow_template": {"agents": {"a": {}}}, '
        '"user_inputs": [{"content": "x"}], "expected_assertions": []}',
        "f.json",
    )
    assert [case.id for case in read_fixture(path).cases] == ["main"]


@pytest.mark.parametrize(
    ("old", "new", "line", "field", "said"),
    [
        ("fixture_id: small", "fixture_id: Small One", 1, "fixture_id", "Small One"),
        ("description: One agent.\n", "", 1, "description", "missing"),
        (
            "model_responses: [Hi.]",
            "model_responses: [{contnt: Hi.}]",
            7,
            "model_responses[0]",
            "contnt",
        ),
        ("model_responses: [Hi.]", "model_responses: [{when: a, expect: b}]", 7, "", ""),
        ("[{content: Hello.}]", "[{content: Hello., print: x}]", 6, "user_inputs[0]", "fits more than one"),
        ("[{content: Hello.}]", "[{continue: []}]", 6, "user_inputs[0].continue", "no run to continue"),
        ("[{content: Hello.}]", "[{content: x, timestamp: 3}]", 6, "user_inputs[0].timestamp", "needs `role`"),
        ("  - id: two", "  - id: one", 11, "cases[1].id", "already cases[0]"),
        ("ways: [run]", "ways: [sideways]", 13, "cases[1].ways[0]", "one of"),
        ("user_inputs: [{content: Hello.}]\n", "", 9, "cases[0].user_inputs", "neither the fixture nor the case"),
        (
            "expected_assertions: []",
            "expected_assertions: [{kind: equalty, path: a}]",
            8,
            "expected_assertions[0].kind",
            "did you mean 'equality'",
        ),
        ("    ada:", "    <<: *x\n    ada:", None, None, ""),
    ],
)
def test_a_bad_fixture_is_refused_with_file_line_and_field(tmp_path, old, new, line, field, said):
    path = write(tmp_path, GOOD.replace(old, new))
    if field == "":  # checked by the server when it reads the script: both are allowed fields
        assert read_fixture(path)
        return
    with pytest.raises(SourceError) as caught:
        read_fixture(path)
    complaint = caught.value.complaints[0]
    assert complaint.file == str(path)
    if line is not None:
        assert (complaint.line, complaint.field) == (line, field)
        assert said in complaint.message


def test_two_files_with_one_id_are_refused(tmp_path):
    write(tmp_path, GOOD, "a.yaml")
    write(tmp_path, GOOD, "b.yaml")
    with pytest.raises(SourceError, match=r"'small' is taken by .*a\.yaml"):
        read_fixtures([tmp_path])


def test_merging_replaces_lists_and_keeps_what_is_not_named():
    assert merged({"a": {"b": [1], "c": 1}}, {"a": {"b": [2]}}) == {"a": {"b": [2], "c": 1}}
    assert merged({"a": 1}, [1]) == [1]


@pytest.fixture(scope="module")
def fixtures():
    folders = [FIXTURES / name for name in ("agents", "knowledge", "learning", "sessions", "teams", "workflows")]
    return read_fixtures([FIXTURES / "us1_basic_coordination.yaml", *folders])


class TestTheProjectsFixtures:
    def test_there_are_enough_cases_of_each_kind(self, fixtures):
        def count(prefix):
            return sum(len(f.cases) for f in fixtures if f.id.startswith(prefix))

        assert count("agents-") >= 60
        assert count("teams-") + count("workflows-") >= 50

    def test_every_way_is_used(self, fixtures):
        assert {way for f in fixtures for case in f.cases for way in case.ways} == set(WAYS)

    def test_every_file_of_the_folder_is_one_of_them(self, fixtures):
        files = set(FIXTURES.rglob("*.yaml"))
        assert files == {fixture.path for fixture in fixtures}

    def test_every_case_can_be_mutated(self, fixtures):
        for fixture in fixtures:
            for case in fixture.cases:
                assert mutated(case.recipe) != case.recipe, case.key


DOCUMENT = {"outputs": [{"content": "Take  a\nboat", "n": 3, "list": [2, 1], "map": {"k": 1, "a.b": 2}}]}


@pytest.mark.parametrize(
    ("assertion", "holds"),
    [
        ({"kind": "equality", "path": "outputs[0].n", "value": 3}, True),
        ({"kind": "equality", "path": "outputs[-1].n", "value": 4}, False),
        ({"kind": "equality", "path": "outputs[0].content", "value": "Take a boat", "diff": "text"}, True),
        ({"kind": "equality", "path": "outputs[0].content", "value": "Take a boat", "diff": "exact"}, False),
        ({"kind": "equality", "path": "outputs[0].list", "value": [1, 2], "diff": "unordered"}, True),
        ({"kind": "equality", "path": "outputs[0].list", "value": 2, "diff": "length"}, True),
        ({"kind": "equality", "path": "outputs[1]", "diff": "absent"}, True),
        ({"kind": "equality", "path": "outputs[0].n", "diff": "absent"}, False),
        ({"kind": "equality", "path": "outputs[0].nothing", "value": None}, False),
        ({"kind": "equality", "path": 'outputs[0].map["a.b"]', "value": 2}, True),
        ({"kind": "contains", "path": "outputs[0].content", "value": "boat"}, True),
        ({"kind": "contains", "path": "outputs[0].list", "value": [1]}, True),
        ({"kind": "contains", "path": "outputs[0].map", "value": {"k": 1}}, True),
        ({"kind": "contains", "path": "outputs[0].map", "value": {"k": 2}}, False),
        ({"kind": "tolerance", "path": "outputs[0].n", "value": 3.4, "within": 0.5}, True),
        ({"kind": "tolerance", "path": "outputs[0].n", "value": 4, "within": 0.5}, False),
        ({"kind": "tolerance", "path": "outputs[0].content", "value": 4, "within": 0.5}, False),
        ({"kind": "equality", "path": "outputs[0].n", "value": 4, "ways": ["stream"]}, True),
    ],
)
def test_assertions(assertion, holds):
    found = failures([assertion], DOCUMENT, "run")
    assert (found == []) is holds
    assert all(assertion["path"] in line for line in found)


def test_paths():
    assert parse_path('outputs[0].a["b.c"][-1]') == ("outputs", 0, "a", "b.c", -1)


@pytest.mark.parametrize(
    ("replies", "place"),
    [
        (["one", "two"], lambda r: r["model_responses"][1]["content"]),
        (
            [{"tool_calls": [{"name": "f", "arguments": {"n": 1, "s": "x"}}]}],
            lambda r: r["model_responses"][0]["tool_calls"][0]["arguments"]["s"],
        ),
        ([{"status": 500, "error": "out"}], lambda r: r["model_responses"][0]["error"]),
        ([{"content": {"a": "b"}}], lambda r: r["model_responses"][0]["content"]["a"]),
        ([], lambda r: r["user_inputs"][0]["content"]),
    ],
)
def test_a_mutation_changes_one_thing_that_shows(replies, place):
    recipe = {"model_responses": replies, "user_inputs": [{"content": "x"}]}
    changed = mutated(recipe)
    assert MARK in place(changed)
    assert recipe["model_responses"] == replies
