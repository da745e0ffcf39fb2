"""Notebooks as people write them: magics before code, shells, cells that write files, and what cannot be judged."""

from __future__ import annotations

import json

import pytest

from wherry_portal.assess.cells import blanked
from wherry_portal.assess.report import make_report


def notebook(*sources):
    cells = [{"cell_type": "code", "metadata": {}, "outputs": [], "source": source} for source in sources]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


@pytest.mark.parametrize(
    "source",
    [
        "%time from agno.scheduler import ScheduleManager",
        "%timeit -n 1 -r 2 from agno.scheduler import ScheduleManager",
        "if True:\n    %time from agno.scheduler import ScheduleManager",
        "\n\n%%time\nfrom agno.scheduler import ScheduleManager",
        "%%capture out\nfrom agno.scheduler import ScheduleManager",
        "%%writefile 'desk.py'\nfrom agno.scheduler import ScheduleManager\n%time f()",
        "%%python\nfrom agno.scheduler import ScheduleManager",
        "import agno.scheduler\nx = %timeit -o agno.scheduler.ScheduleManager()",
        "import agno.scheduler\nawait agno.scheduler.ScheduleManager().arun()\nx = !ls\nx?",
    ],
)
def test_code_behind_a_magic_is_judged_where_it_is(assessed, source):
    result = assessed({"a.ipynb": notebook("1 + 1", source)})
    assert result.unjudged == []
    names = [one for one in result.findings if one.symbol == "agno.scheduler.ScheduleManager"]
    assert {(one.level, one.cell) for one in names} == {("error", 2)}
    (name,) = {one.span.line for one in names}
    line = source.splitlines()[name - 1]
    assert line[names[0].span.column - 1 :].startswith(("ScheduleManager", "agno.scheduler"))


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("%%writefile requirements.txt\nagno==2.0\n", 1),
        ("\n%%file notes.md\nagno\n", 2),
        ("%%writefile -a desk.py\n    from agno.agent import Agent\n", 1),
        ("%%html\n<b>agno</b>", 1),
    ],
)
def test_a_cell_that_is_not_read_and_names_agno_is_named(assessed, source, line):
    result = assessed({"a.ipynb": notebook("import os", source)})
    assert [(one.rule, one.cell, one.span.line) for one in result.findings] == [("unread-cell", 2, line)]
    headline = make_report(result).headline
    assert (headline.unjudged_places, headline.by_hand, headline.unjudged_files) == (1, 1, 0)


@pytest.mark.parametrize(
    "source", ["%%html\n<b>boats</b>", "%%bash\nif x; then\n    agno up\nfi\n", "%pip list\nagno?"]
)
def test_what_is_no_python_and_has_no_agno_in_a_file_says_nothing(assessed, source):
    result = assessed({"a.ipynb": notebook("x = 'agno'", source)})
    assert (result.findings, result.unjudged) == ([], [])


def test_a_cell_that_does_not_parse_is_named_with_its_number(assessed):
    result = assessed({"a.ipynb": notebook("from agno.agent import Agent", "x = 1\ndef f(:\n")})
    assert [(one.reason, one.detail) for one in result.unjudged] == [("syntax-error", "cell 2, line 2: invalid syntax")]


def test_a_notebook_that_is_no_json_is_named_whatever_it_says(assessed):
    old = json.dumps({"worksheets": [{"cells": ["import agno"]}], "nbformat": 3})
    result = assessed({"a.ipynb": "{not json", "b.ipynb": "", "c.ipynb": old, "d.ipynb": notebook("import os")})
    assert [(one.file, one.reason) for one in result.unjudged] == [
        (f"{name}.ipynb", "not-a-notebook") for name in "abc"
    ]
    assert "version 3" in result.unjudged[2].detail


@pytest.mark.parametrize("source", ["%%bash\n\té agno\n x", "%time é()", "x =\t%timeit -o é()", "%%python\n%x é\n!y"])
def test_blanking_keeps_every_position(source):
    after = blanked(source)
    assert [len(line.encode()) for line in after.split("\n")] == [len(line.encode()) for line in source.split("\n")]
    if "é()" in source:
        assert after.index("é") == source.index("é")
