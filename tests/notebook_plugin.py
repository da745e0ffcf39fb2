"""With `--nbval`, two tests more for each notebook, so that a green notebook cannot lie.

nbval compares the outputs of the cells. It does not mind a cell that was never executed, a marker that switches the
comparison off, or an error that asyncio, a thread or the garbage collector reports where no cell looks. These tests do.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import groupby
from typing import Any

import pytest

MARKERS = re.compile(r"^\s*#\s*(NBVAL_\w+|PYTEST_VALIDATE_\w+)", re.MULTILINE)
TAGS = re.compile(r"raises-exception|nbval-.*|skip-execution")
TIMEOUT = 30

# Runs in the kernel in a namespace of its own, before the first cell.
LISTEN = """
import logging, sys, threading, warnings
lost = sys.wherry_lost = []
class Keep(logging.Handler):
    def emit(self, record):
        error = record.exc_info[1] if record.exc_info else ""
        lost.append(f"{record.getMessage().splitlines()[0]} {error!r}")
logging.getLogger("asyncio").addHandler(Keep(logging.ERROR))
sys.unraisablehook = lambda found: lost.append(f"ignored: {found.exc_value!r}")
threading.excepthook = lambda found: lost.append(f"in a thread: {found.exc_value!r}")
warnings.filterwarnings("error", message="coroutine .* was never awaited")
"""
TELL = """
import gc, json, sys
gc.collect()
print(json.dumps(sys.wherry_lost))
"""


def faults(notebook: dict[str, Any]) -> Iterator[str]:
    """What is wrong with a stored notebook, one line each.

    Args:
        notebook: A notebook in nbformat 4, as JSON.
    """
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    if not cells:
        yield "it has no code cell"
    for number, cell in enumerate(cells, 1):
        source = "".join(cell["source"])
        if not source.strip():
            yield f"code cell {number} is empty"
        if cell["execution_count"] != number:
            yield f"code cell {number} was stored with execution count {cell['execution_count']}: run all in order"
        for marker in MARKERS.findall(source):
            yield f"code cell {number} switches nbval off with {marker}"
        for tag in cell["metadata"].get("tags", []):
            if TAGS.fullmatch(tag):
                yield f"code cell {number} carries the tag {tag!r}"
        for output in cell["outputs"]:
            if output["output_type"] == "error":
                yield f"code cell {number} was stored with the error {output['ename']}"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    if not any(type(item).__name__ == "IPyNbCell" for item in items):
        return
    whole: list[pytest.Item] = []
    for parent, cells in groupby(items, key=lambda item: item.parent):
        if type(parent).__name__ != "IPyNbFile":
            whole += cells
            continue
        whole += [
            StoredWhole.from_parent(parent, name="stored whole"),
            *cells,
            NothingLost.from_parent(parent, name="nothing lost"),
        ]
    items[:] = whole


class StoredWhole(pytest.Item):
    """The stored notebook has no `faults`; and from here on the kernel keeps what would get lost."""

    def runtest(self):
        found = list(faults(json.loads(self.path.read_text(encoding="utf-8"))))
        run_aside(self.parent, LISTEN)
        assert not found, "\n".join(found)

    def reportinfo(self):
        return self.path, 0, f"{self.path.name}: stored whole"


class NothingLost(pytest.Item):
    """After the last cell: no error was reported where no cell looks."""

    def runtest(self):
        lost = json.loads(run_aside(self.parent, TELL))
        assert not lost, "errors that no cell showed:\n" + "\n".join(lost)

    def reportinfo(self):
        return self.path, 0, f"{self.path.name}: nothing lost"


def run_aside(notebook: Any, code: str) -> str:
    """Run code in a notebook's kernel without touching its names; return what it printed.

    Raises:
        AssertionError: The code failed.
    """
    asked = notebook.kernel.execute_cell_input(f"exec({code!r}, {{}})", allow_stdin=False)
    printed = ""
    while True:
        message = notebook.get_kernel_message(timeout=TIMEOUT)
        if message["parent_header"].get("msg_id") != asked:
            continue
        content = message["content"]
        assert message["msg_type"] != "error", content.get("evalue")
        if message["msg_type"] == "stream" and content["name"] == "stdout":
            printed += content["text"]
        if content.get("execution_state") == "idle":
            return printed
