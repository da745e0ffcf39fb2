"""With `--collect-once`, the processes that share out the tests are forks of one that has collected them (`collected`).

Without it, or where no process can be forked safely, each collects by itself, one behind the other (`turns_plugin`).
"""

from __future__ import annotations

import json
import os
import shlex
import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from forks import forks

COLLECTED = str(Path(__file__).parent / "collected.py")
GIVEN = "WHERRY_COLLECTS"
FORKS = pytest.StashKey[ExitStack]()
SERVED = pytest.StashKey()


def pytest_addoption(parser):
    parser.getgroup("wherry").addoption(
        "--collect-once", action="store_true", help="with -n: collect in one process and fork those that run the tests"
    )


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(config, specs):
    """Have `xdist` start its processes as commands that are forks."""
    if not config.getoption("--collect-once") or sys.platform != "linux":
        return
    from xdist.workermanage import _sys_path

    stack = config.stash[FORKS] = ExitStack()
    workerinput = {"workerid": "gw0", "workercount": len(specs), "testrunuid": "", "mainargv": sys.argv}
    args = [str(one) for one in config.invocation_params.args]
    os.environ[GIVEN] = json.dumps({"args": args, "path": _sys_path, "workerinput": workerinput})
    stack.callback(os.environ.pop, GIVEN)
    folder = Path(stack.enter_context(TemporaryDirectory(prefix="wherry-")))
    served = config.stash[SERVED] = stack.enter_context(forks(folder, COLLECTED, options=("-u",)))
    # Beside `os.environ`, readline has told the library of C how wide the terminal is.
    unset = [word for name in ("COLUMNS", "LINES") if name not in os.environ for word in ("-u", name)]
    for spec in specs:
        spec.python = shlex.join(["env", *unset, *served.command()[:-1]])  # the option is added to it


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_getremotemodule():
    if GIVEN in os.environ:
        return "from collected import COLLECTED\nCOLLECTED.run(channel)"
    return None


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config):
    if FORKS in config.stash:
        refused = config.stash[SERVED].refused
        config.stash[FORKS].close()
        assert refused == []
