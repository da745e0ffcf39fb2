"""The ready-made step functions, alone and in a workflow; results are Agno's, in words of our own when they fail."""

from __future__ import annotations

import asyncio
import json

import pytest
from pydantic import BaseModel
from workflow_ways import WAYS, run_in

from wherry.workflow import StepInput, StepOutput, Workflow, functions

TALK = (
    'As said [1], the boats are:\n```json\n[{"boat": "Albion", "oars": [1, 2]}, {"boat": "Maud", "wind|": null}]\n```'
)


class Trip(BaseModel):
    river: str
    note: str | None = None


def given(content=None, question="go"):
    return StepInput(input=question, previous_step_content=content)


def text(output):
    return output.content if isinstance(output, StepOutput) else output


@pytest.mark.parametrize("way", WAYS)
def test_from_talk_to_a_table(way):
    def talk(_given):
        return TALK

    steps = [talk, functions.extract_json, functions.json_to_csv, functions.csv_to_markdown_table]
    _, output = run_in(way, Workflow(name="w", steps=steps, telemetry=False), "go", session_id="s")
    assert output.content == "| boat | oars | wind\\| |\n| --- | --- | --- |\n| Albion | [1, 2] |  |\n| Maud |  |  |"
    assert [file.filename for file in output.files] == ["data.csv"]


def test_json_is_the_longest_part_that_is_json():
    assert json.loads(functions.extract_json(given(TALK)))[1]["boat"] == "Maud"
    assert functions.extract_json(given("{broken [1")) == "Error: the step before gave no JSON"
    assert functions.extract_json(given(None, '{"a": 1}')) == '{\n  "a": 1\n}', "the workflow's input stands in"
    assert json.loads(functions.extract_json(given({"ä": [1]}))) == {"ä": [1]}
    assert json.loads(functions.extract_json(given(Trip(river="Ant")))) == {"river": "Ant"}


def test_addresses_are_listed_once():
    found = functions.extract_urls(given("See https://a.example/x, (http://b.example) and https://a.example/x."))
    assert found == "https://a.example/x\nhttp://b.example"
    assert functions.extract_urls(given("nothing")).startswith("Error: ")


@pytest.mark.parametrize("content", ['{"rows": [{"a": 1}]}', [{"a": 1}]])
def test_csv_of_records(content):
    output = functions.json_to_csv(given(content))
    assert output.content == "a\r\n1\r\n"
    [file] = output.files
    assert (file.content, file.mime_type) == (b"a\r\n1\r\n", "text/csv")


@pytest.mark.parametrize("content", ["[1, 2]", "[]", "no", '{"a": [], "b": []}'])
def test_no_records_no_csv(content):
    output = functions.json_to_csv(given(content))
    assert output.content.startswith("Error: ")
    assert output.files is None


def test_a_long_table_is_cut():
    rows = "\n".join(["n", *map(str, range(60))])
    table = functions.csv_to_markdown_table(given(rows)).splitlines()
    assert table[-2:] == ["| 49 |", "... 10 more rows"]


@pytest.mark.parametrize("content", ["", "only a header", 'a\n"x"y'])
def test_what_is_no_csv_gives_no_table(content):
    assert functions.csv_to_markdown_table(given(content, "")).startswith("Error: ")


def test_content_becomes_a_file():
    output = functions.content_to_file(given("# Trip"))
    assert (output.content, output.files[0].content, output.files[0].filename) == ("# Trip", b"# Trip", "output.md")
    assert functions.content_to_file(given("  ")).content.startswith("Error: ")


@pytest.mark.parametrize("name", functions.__all__)
def test_a_failure_before_passes_through(name):
    function = getattr(functions, name)
    result = function(given("Error: no wind"))
    assert text(asyncio.run(result) if asyncio.iscoroutine(result) else result) == "Error: no wind"
