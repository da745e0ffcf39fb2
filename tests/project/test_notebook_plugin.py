"""A green notebook cannot lie: each fault is planted, and turns it red."""

from __future__ import annotations

import copy
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from wherry_portal.evidence.notebooks import faults

ROOT = Path(__file__).resolve().parents[2]


def code(number, source, *stdout, **metadata):
    outputs = [nbformat.v4.new_output("stream", name="stdout", text=text) for text in stdout]
    return nbformat.v4.new_code_cell(source, execution_count=number, outputs=outputs, metadata=metadata)


def notebook(*cells):
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return nbformat.v4.new_notebook(cells=list(cells), metadata={"kernelspec": spec})


GOOD = notebook(code(1, "print('one')", "one\n"), code(2, "import asyncio\nprint('two')", "two\n"))


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """Run notebooks as `make test` does; return the output and the failed tests of each."""

    def run(**notebooks):
        folder = tmp_path_factory.mktemp("notebooks")
        for name, content in notebooks.items():
            nbformat.write(content, folder / f"{name}.ipynb")
        (folder / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")
        env = {key: value for key, value in os.environ.items() if not key.startswith(("COV", "PYTEST_"))}
        env |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(ROOT / "tests")}
        env |= {"OPENAI_API_KEY": "of-a-person", "OPENAI_BASE_URL": "https://models.example/v1"}
        plugins = ["-p", "nbval.plugin", "-p", "notebook_plugin", "-p", "no:cacheprovider"]
        options = ["--nbval", "--kernels-forked", "--nbval-sanitize-with", str(ROOT / "notebooks/sanitize.cfg")]
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-rf", "-c", "pytest.ini", *plugins, *options, str(folder)],
            cwd=folder, env=env, capture_output=True, text=True, timeout=110, check=False,
        )  # fmt: skip
        assert "passed" in done.stdout, done.stdout + done.stderr
        failed = re.findall(r"^FAILED (\w+)\.ipynb::(.+?)(?: - .*)?$", done.stdout, re.MULTILINE)
        return done.stdout, set(failed)

    return run


def changed(number, **fields):
    """GOOD with other fields in one of its cells."""
    copied = copy.deepcopy(GOOD)
    copied.cells[number - 1].update(fields)
    return copied


def test_a_good_notebook_has_no_fault():
    assert list(faults(GOOD)) == []


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (changed(2, execution_count=None), "code cell 2 was stored with execution count None"),
        (changed(1, execution_count=7), "code cell 1 was stored with execution count 7"),
        (changed(1, metadata={"tags": ["raises-exception"]}), "the tag 'raises-exception'"),
        (changed(1, metadata={"tags": ["nbval-ignore-output"]}), "the tag 'nbval-ignore-output'"),
        (changed(1, metadata={"tags": ["pytest-validate-ignore-output"]}), "the tag 'pytest-validate-ignore-output'"),
        (changed(1, source="# NBVAL_SKIP\nprint('one')"), "switches nbval off with NBVAL_SKIP"),
        (changed(1, source="print('one')\n## NBVAL_IGNORE_OUTPUT"), "switches nbval off with NBVAL_IGNORE_OUTPUT"),
        (changed(1, source="1\f# NBVAL_SKIP\nprint('one')"), "switches nbval off with NBVAL_SKIP"),
        (
            changed(
                1, outputs=[nbformat.v4.new_output("display_data", data={"image/png": "", "text/plain": "<plot>"})]
            ),
            "shows image/png, which nobody compares",
        ),
        (changed(1, source=" "), "code cell 1 is empty"),
        (changed(1, outputs=[nbformat.v4.new_output("error", ename="KeyError")]), "the error KeyError"),
        (notebook(nbformat.v4.new_markdown_cell("words")), "it has no code cell"),
    ],
)
def test_a_fault_in_the_stored_notebook_is_named(fault, words):
    assert any(words in line for line in faults(fault))


@pytest.mark.slow
def test_planted_faults_turn_a_notebook_red_and_only_them(outcomes):
    failing = (
        "async def {0}():\n    raise KeyError('{0}')\ntask = asyncio.ensure_future({0}())\nawait asyncio.sleep(0.1)"
    )
    volatile = "import uuid, time\nprint(uuid.uuid4(), '0.21 s')"
    keys = "import os\nprint([name for name in os.environ if name.startswith('OPENAI')])"
    output, failed = outcomes(
        good=notebook(
            *GOOD.cells,
            code(3, volatile, f"{'0' * 8}-0000-0000-0000-{'0' * 12} 9.9 s\n"),
            code(4, keys, "[]\n"),
        ),
        differs=notebook(
            code(1, "print('three')", "one\n"),
            code(2, "print('one'); print('more')", "one\n"),
            code(3, "pass", "one\n"),
            code(4, "import sys; print('one'); print('two', file=sys.stderr)", "one\n"),
            code(5, "display(1)"),
            code(6, "print('one')", "one\n"),
        ),
        raises=notebook(*GOOD.cells, code(3, "raise KeyError('shown')")),
        never_run=changed(2, execution_count=None, outputs=[]),
        lost=notebook(
            *GOOD.cells,
            code(3, f"{failing.format('gone')}\ndel task"),
            code(4, failing.format("kept")),
            code(5, "waiting = asyncio.ensure_future(asyncio.sleep(60))"),
            code(6, "async def forgotten(): ...\nforgotten()\nNone"),
            code(
                7, f"import logging; logging.disable()\n{failing.format('muted').replace('task', 'third')}\ndel third"
            ),
            code(8, "asyncio.get_running_loop().call_soon(lambda: [][7]); await asyncio.sleep(0.1)"),
            code(9, "import threading\nt = threading.Thread(target=lambda: 1 / 0)\nt.start()\nt.join()"),
        ),
    )
    assert failed == {
        *(("differs", f"Cell {number}") for number in range(5)),
        ("raises", "Cell 2"),
        ("never_run", "stored whole"),
        ("lost", "nothing lost"),
    }
    for words in (
        "Task exception was never retrieved KeyError('gone')",
        "Task exception was never retrieved KeyError('muted')",
        "Exception in callback",
        "(kept) failed and nobody asked: KeyError('kept')",
        "(sleep) still runs",
        "coroutine 'forgotten' was never awaited",
        "in a thread: ZeroDivisionError",
    ):
        assert words in output
