"""`pytest --coverage` measures which lines and branches of our packages the tests run, for `coverage report`.

`marking` sees what runs in each process; here the processes' marks come together, and `covered` makes coverage.py's
data and report of them. That takes one process ten seconds: with `--coverage-later`, only the marks are written, and
`tools/coverage_result.py` makes the rest of them while other tests run.
"""

from __future__ import annotations

import marking
import pytest

MARKS = pytest.StashKey[dict[str, bytes]]()


def pytest_addoption(parser, pluginmanager):
    """The folders that tests are asked for may load our packages before the options are read."""
    config = pluginmanager.get_plugin("pytestconfig")
    if "--coverage" in config.invocation_params.args or getattr(config.option, "coverage", False):
        marking.begin(measurement(config).config.source_pkgs)
    group = parser.getgroup("wherry")
    group.addoption(
        "--coverage", action="store_true", help="write to .coverage what the tests run, for `coverage report`"
    )
    group.addoption(
        "--coverage-later",
        action="store_true",
        help="with --coverage: leave that to `tools/coverage_result.py --report`",
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
        for name in ("coverage.json", "coverage.marks"):  # of an earlier run
            (config.rootpath / ".cache" / name).unlink(missing_ok=True)


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
        import covered

        write = covered.keep if config.getoption("--coverage-later") else covered.write
        write(config.rootpath, config.stash[MARKS])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node, error):
    if MARKS in node.config.stash:
        add(node.config.stash[MARKS], getattr(node, "workeroutput", {}).get("marks", {}))


def add(all_, more):
    for path, marks in more.items():
        had = all_.get(path, bytes(len(marks)))
        all_[path] = bytes(map(max, had, marks))
