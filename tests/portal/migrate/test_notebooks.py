"""Notebooks: only the lines of code change, in the very JSON they came from."""

import json

import nbformat
import pytest

CELLS = [
    {"cell_type": "markdown", "id": "a", "metadata": {}, "source": ["import agno.agent\n", "said é"]},
    {
        "cell_type": "code",
        "execution_count": 3,
        "id": "b",
        "metadata": {},
        "outputs": [{"name": "stdout", "output_type": "stream", "text": ["from agno.agent import Agent\n"]}],
        "source": ["%pip install agno\n", "from agno.agent import Agent\n", "x = 'é'"],
    },
    {
        "cell_type": "code",
        "execution_count": 4,
        "id": "c",
        "metadata": {},
        "outputs": [],
        "source": ["agent = Agent(storage=None)\n", "await agent.arun('x')\n", "!ls\n", "files = !ls\n", "agent?\n"],
    },
    {"cell_type": "code", "execution_count": None, "id": "d", "metadata": {}, "outputs": [], "source": []},
    {
        "cell_type": "code",
        "execution_count": None,
        "id": "e",
        "metadata": {},
        "outputs": [],
        "source": ["%%bash\n", "pip list | grep agno"],
    },
]
NOTEBOOK = {
    "cells": CELLS,
    "metadata": {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}},
    "nbformat": 4,
    "nbformat_minor": 5,
}


@pytest.mark.parametrize("indent", [1, 2, None])
@pytest.mark.parametrize("ascii_only", [True, False])
def test_only_lines_of_code_change(planned, indent, ascii_only):
    text = json.dumps(NOTEBOOK, indent=indent, ensure_ascii=ascii_only) + "\n"
    change = planned({"n.ipynb": text}).changes[0]
    after = change.after.decode()
    assert change.outcome == "migrated"
    expected = text.replace('from agno.agent import Agent\\n", ', 'from wherry.agent import Agent\\n", ', 1)
    expected = text
    for old, new in (
        ('"%pip install agno\\n"', '"%pip install \\"wherry>=0.1,<0.2\\"\\n"'),
        ("storage=None", "db=None"),
    ):
        expected = expected.replace(old, new)
    head, marker, tail = expected.partition('"source": ["%pip' if indent is None else '"%pip')
    expected = head + marker + tail.replace("from agno.agent import Agent", "from wherry.agent import Agent", 1)
    assert after == expected
    nbformat.validate(nbformat.reads(after, as_version=4))


def test_places_count_in_the_cell(planned):
    findings = planned({"n.ipynb": json.dumps(NOTEBOOK)}).assessment.findings
    places = {(f.cell, f.span.line, f.rule) for f in findings}
    assert {(2, 1, "packaging"), (2, 2, "import"), (3, 1, "keyword")} <= places


def test_a_source_may_be_one_string(planned):
    cell = {**CELLS[1], "source": "from agno.agent import Agent\nx = 1"}
    change = planned({"n.ipynb": json.dumps({**NOTEBOOK, "cells": [cell]}, indent=1)}).changes[0]
    assert json.loads(change.after)["cells"][0]["source"] == "from wherry.agent import Agent\nx = 1"


def test_a_blocked_notebook_gets_the_marker_in_its_first_cell(planned):
    cell = {**CELLS[1], "source": ["from agno.agent import Agent\n", "Agent(sandbox=True)"]}
    change = planned({"n.ipynb": json.dumps({**NOTEBOOK, "cells": [CELLS[0], cell]}, indent=1)}).changes[0]
    source = json.loads(change.after)["cells"][1]["source"]
    assert change.outcome == "blocked"
    assert source[1] == '_wherry_unresolved(__name__, "agent.sandbox")  # wherry: blocked\n'
    assert source[2:] == cell["source"]


def test_the_second_run_changes_nothing(planned, tmp_path):
    change = planned({"n.ipynb": json.dumps(NOTEBOOK, indent=1)}).changes[0]
    again = planned({"n.ipynb": change.after}).changes
    assert [one.changes for one in again] in ([], [False])


@pytest.mark.parametrize("magics", ["%%time\n", "%pip install x\n!ls\n", "%%writefile desk.py\n"])
def test_the_marker_of_a_blocked_notebook_leaves_magics_first(planned, magics):
    source = f"{magics}from agno.scheduler import ScheduleManager\n"
    text = json.dumps({**NOTEBOOK, "cells": [{**CELLS[1], "source": source}]})
    change = planned({"n.ipynb": text}).changes[0]
    after = "".join(json.loads(change.after)["cells"][0]["source"])
    assert change.outcome == "blocked"
    assert after.startswith(f"{magics}from wherry.core.matrix import unresolved")
    assert after.endswith('_wherry_unresolved(__name__, "os.scheduler")  # wherry: blocked\n' + source[len(magics) :])
