"""With `--nbval`, two tests more for each notebook, so that a green notebook cannot lie.

nbval compares the outputs of the cells. It does not mind a cell that was never executed, a marker that switches the
comparison off, or an error that asyncio, a thread or the garbage collector reports where no cell looks. These tests do.

With `--kernels-forked`, the kernels are forks of one process that has imported what they all import.
"""

from __future__ import annotations

import json
import os
from contextlib import ExitStack
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from forks import forks

TIMEOUT = 30
KERNEL = "forked"
# What a kernel and nearly every notebook import.
IMPORTED = (
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
    "ipykernel.debugger",
    "ipykernel.kernelapp",
    "psutil",
    "sqlite3",
    "tornado.platform.asyncio",
    "urllib3",
    "wherry.agent",
    "wherry.models.openai",
    "wherry.testing",
)

KERNELS = pytest.StashKey[ExitStack]()

# Runs in the kernel in a namespace of its own, before the first cell.
LISTEN = """
import asyncio, logging, sys, threading, warnings
lost = sys.wherry_lost = []
tell = asyncio.BaseEventLoop.default_exception_handler
def keep(loop, context):  # and not a handler of logging, which a notebook may disable
    lost.append(f"{context.get('message', 'Unhandled')} {context.get('exception')!r}")
    tell(loop, context)
asyncio.BaseEventLoop.default_exception_handler = keep
logging.getLogger("asyncio").addHandler(logging.NullHandler())  # told below, and not in the output of a cell
sys.unraisablehook = lambda found: lost.append(f"ignored: {found.exc_value!r}")
threading.excepthook = lambda found: lost.append(f"in a thread: {found.exc_value!r}")
warnings.filterwarnings("error", message="coroutine .* was never awaited")
"""
TELL = """
import asyncio, gc, json, sys
gc.collect()
lost = sys.wherry_lost
foreign = ("ipykernel", "IPython", "jupyter_client", "tornado", "zmq")
for task in [found for found in gc.get_objects() if isinstance(found, asyncio.Task)]:
    code = getattr(task.get_coro(), "cr_code", None)
    if code is None or any(f"/{name}/" in code.co_filename.replace("\\\\", "/") for name in foreign):
        continue
    if not task.done():
        lost.append(f"{task.get_name()} ({code.co_name}) still runs")
    elif not task.cancelled() and getattr(task, "_log_traceback", False):
        lost.append(f"{task.get_name()} ({code.co_name}) failed and nobody asked: {task.exception()!r}")
print(json.dumps(lost))
"""


def pytest_addoption(parser):
    parser.getgroup("wherry").addoption(
        "--kernels-forked", action="store_true", help="fork the kernels of notebooks from one process"
    )


def pytest_configure(config):
    """The stored answers are the replay server's: a key of the person who runs the tests is neither used nor needed."""
    if not config.getoption("--nbval", default=False):
        return
    for name in ("OPENAI_BASE_URL", "OPENAI_API_KEY"):
        os.environ.pop(name, None)
    if config.getoption("--kernels-forked"):
        config.option.nbval_kernel_name = KERNEL
        config.stash[KERNELS] = ExitStack()


def pytest_sessionstart(session):
    """Describe the kernel where Jupyter looks for it; not in a process that only shares the notebooks out."""
    runs = hasattr(session.config, "workerinput") or session.config.getoption("dist", default="no") == "no"
    if KERNELS not in session.config.stash or not runs:
        return
    os.environ["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"  # the debugger, which nobody asks for here, would print
    folder = Path(session.config.stash[KERNELS].enter_context(TemporaryDirectory()))
    env = os.environ | {"JPY_PARENT_PID": str(os.getpid())}  # as the kernels are told
    served = session.config.stash[KERNELS].enter_context(forks(folder, *IMPORTED, env=env))
    spec = {"argv": served.command("-m", "ipykernel_launcher", "-f", "{connection_file}"), "language": "python"}
    (folder / "kernels" / KERNEL).mkdir(parents=True)
    (folder / "kernels" / KERNEL / "kernel.json").write_text(json.dumps(spec | {"display_name": KERNEL}), "utf-8")
    os.environ["JUPYTER_PATH"] = str(folder)
    session.config.stash[KERNELS].callback(unserved, served)


def unserved(served):
    assert served.refused == []


def pytest_sessionfinish(session):
    if KERNELS in session.config.stash:
        session.config.stash[KERNELS].close()


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
    """The stored notebook and the sanitise file hide nothing; and from here on the kernel keeps what would get lost."""

    def runtest(self):
        from wherry_portal.evidence.notebooks import faults_of, sanitizer_faults

        found = faults_of(self.path)
        for file in self.parent.get_sanitize_files():
            found += [f"{file}: {fault}" for fault in sanitizer_faults(Path(file).read_text(encoding="utf-8"))]
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
