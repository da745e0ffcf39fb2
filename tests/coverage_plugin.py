"""`pytest --coverage` measures which lines and branches of our packages the tests run, for `coverage report`.

`marking` sees what runs in each process; here the processes' marks come together and become coverage.py's data, in the
form in which its own core for newer Pythons writes them: a line that ran is an arc to itself, a way that was taken one
to where it leads. Where ways lead is coverage.py's to say, and so is what counts and what is left out.
"""

from __future__ import annotations

from collections import defaultdict
from importlib.util import find_spec
from pathlib import Path

import marking
import pytest

MARKS = pytest.StashKey[dict[str, bytes]]()


def pytest_addoption(parser, pluginmanager):
    """The folders that tests are asked for may load our packages before the options are read."""
    config = pluginmanager.get_plugin("pytestconfig")
    if "--coverage" in config.invocation_params.args or getattr(config.option, "coverage", False):
        marking.begin(measurement(config).config.source_pkgs)
    parser.getgroup("wherry").addoption(
        "--coverage", action="store_true", help="write to .coverage what the tests run, for `coverage report`"
    )


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    if not config.getoption("--coverage"):
        return
    config.stash[MARKS] = {}
    if not hasattr(config, "workerinput"):  # with xdist, of a process that runs a share of the tests
        measured = measurement(config)
        measured.set_option("run:parallel", value=True)  # what other runs have left beside it would be reported, too
        measured.erase()


def measurement(config):
    """Coverage.py as pyproject.toml sets it up."""
    from coverage import Coverage

    return Coverage(config_file=str(config.rootpath / "pyproject.toml"))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session, exitstatus):
    config = session.config
    if MARKS not in config.stash or exitstatus == pytest.ExitCode.INTERRUPTED:
        return
    add(config.stash[MARKS], {path: bytes(marks) for path, marks in marking.RANS.items()})
    if hasattr(config, "workeroutput"):
        config.workeroutput["marks"] = config.stash[MARKS]
    else:
        write(measurement(config), config.stash[MARKS])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node, error):
    if MARKS in node.config.stash:
        add(node.config.stash[MARKS], getattr(node, "workeroutput", {}).get("marks", {}))


def add(all_, more):
    for path, marks in more.items():
        had = all_.get(path, bytes(len(marks)))
        all_[path] = bytes(map(max, had, marks))


def write(measured, marks):
    """Hand what ran to coverage.py."""
    from coverage import CoverageData
    from coverage.python import PythonFileReporter

    data = CoverageData(basename=measured.config.data_file)
    data.add_arcs({})  # it holds arcs, though none may have run
    for path, one in marks.items():
        data.add_arcs({path: arcs(PythonFileReporter(path, measured), *marking.ran(one))})
    data.touch_files(files(measured.config.source_pkgs))


def arcs(reporter, lines, taken, passed):
    """What ran of a file.

    Raises:
        ValueError: A branch has three ways, which marks cannot tell apart.
    """
    ways = defaultdict(set)
    for line, target in reporter.arcs():
        ways[line].add(target)
    found = {(line, line) for line in lines}
    for line in taken | passed:
        targets = ways[line]
        if len(targets) > 2:
            raise ValueError(
                f"{reporter.filename}:{line} leads to {sorted(targets)}: write no line with over two ways."
            )
        if len(targets) == 2:  # the block below a line comes before whatever else follows it
            below = min(target for target in targets if target > line)
            (beyond,) = targets - {below}
            found |= {(line, target) for target, went in ((below, taken), (beyond, passed)) if line in went}
    return found


def files(packages):
    """Every module of these packages, for what was never loaded counts, too."""
    for package in packages:
        spec = find_spec(package)
        for folder in spec.submodule_search_locations if spec else ():
            for path in Path(folder).rglob("*.py"):
                if all((one / "__init__.py").exists() for one in path.parents if one.is_relative_to(folder)):
                    yield str(path)
