import json

import pytest

from wherry_portal.evidence.notebooks import TELLING, faults_of, sanitizer_faults
from wherry_portal.sources import find_root

CELL = {"cell_type": "code", "source": "1 + 1", "execution_count": 1, "metadata": {}, "outputs": []}


def notebook(**changed):
    return {"nbformat": 4, "cells": [CELL | changed]}


def stored(tmp_path, content):
    path = tmp_path / "01.ipynb"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def test_a_notebook_that_was_run_in_order_has_no_fault(tmp_path):
    assert faults_of(stored(tmp_path, notebook())) == []


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (notebook(source=["%%capture\n", "1 + 1"]), "hides what happens in it with '%%capture'"),
        (notebook(source="%%script false --no-raise-error\nx"), "hides what happens"),
        (
            notebook(
                outputs=[{"output_type": "stream", "name": "stderr", "text": ["Task exception was never retrieved\n"]}]
            ),
            "a lost error on its stderr: 'exception was never retrieved'",
        ),
        (notebook(execution_count=None), "execution count None"),
        ({"nbformat": 3, "worksheets": []}, "is nbformat 3, not 4"),
        ({"nbformat": 4}, "is no notebook: KeyError('cells')"),
        ("[]", "is no notebook"),
        ("{", "cannot be read"),
    ],
)
def test_a_fault_is_named_with_its_notebook(tmp_path, content, says):
    (fault,) = faults_of(stored(tmp_path, content))
    assert fault.startswith("01.ipynb: ")
    assert says in fault


def test_a_notebook_that_is_not_there_is_a_fault(tmp_path):
    assert "cannot be read" in faults_of(tmp_path / "none.ipynb")[0]


def test_our_own_sanitise_file_hides_nothing_telling():
    assert list(sanitizer_faults((find_root() / "notebooks" / "sanitize.cfg").read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[all]\nregex: .*\nreplace: X\n", "[all] is too wide: it would change ''"),
        ("[numbers]\nregex: \\d+\nreplace: X\n", "[numbers] is too wide: it would change 'The answer is 42.'"),
        ("[words]\nregex: Run\\w+\nreplace: X\n", "[words] is too wide: it would change 'RunCompleted'"),
        ("[broken]\nregex: (\nreplace: X\n", "[broken] is no regular expression"),
        ("[half]\nregex: abc\n", "[half] needs both regex and replace"),
        ("regex: abc\n", "cannot be read"),
    ],
)
def test_a_rule_that_would_hide_a_difference_is_refused(text, says):
    (fault,) = sanitizer_faults(text)
    assert says in fault


def test_the_samples_are_what_notebooks_show():
    assert len(set(TELLING)) == len(TELLING) >= 10
