"""What `pytest --coverage` sees is what coverage.py's tracing sees: the same lines and ways of each branch."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from coverage import Coverage

TESTS = Path(__file__).resolve().parents[1]
CONFIG = """
[tool.coverage.run]
branch = true
source_pkgs = ["measured"]
[tool.coverage.report]
exclude_also = ["if TYPE_CHECKING:"]
fail_under = 99
skip_covered = true
show_missing = true
"""
OURS = '''"""Every statement that has a block, and each way through it or past it."""
from __future__ import annotations

import contextlib
import functools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

CALLS = 0


def counted(function):
    @functools.wraps(
        function
    )
    def call(*arguments):
        global CALLS
        CALLS += 1
        return function(*arguments)

    return call


class Kind:
    """Has a docstring."""

    size: int = 1
    if size > 1:
        big = True
    else:
        big = False

    @property
    @counted
    def name(
        self,
    ):
        """Only this line and the next."""
        return "kind"

    @staticmethod
    def never():
        return "not called"


def chosen(number):
    if number == 1:
        return "one"
    elif number == 2:
        found = "two"
    elif (number == 3
          and CALLS >= 0):
        found = "three"
    else:
        found = "more"
    if number < 0:
        found = "negative"
    return found


def raising(number):
    if 1 / number > 2:
        return "not reached for 0, nor for more"
    int("no number")
    return "not reached"


def caught(number):
    try:
        if number == 1:
            raise KeyError(number)
        if number == 2:
            raise ValueError(number)
        if number == 3:
            raise OSError(number)
    except KeyError:
        return "key"
    except (
        ValueError
    ) as error:
        found = str(error)
    except Exception:
        raise
    else:
        found = "none"
    finally:
        found = "last"
        for one in range(number - 2):
            found += str(one)
    return found


def bare():
    try:
        raise OSError
    except:
        return "any"


def grouped():
    try:
        raise ExceptionGroup("both", [OSError(), KeyError()])
    except* OSError:
        found = "one"
    except* KeyError:
        found = "other"
    except* ValueError:
        found = "none"
    return found


def looped(numbers):
    for number in numbers:
        if number == 7:
            break
        if number == 8:
            continue
        for inner in range(number):
            pass
    else:
        return "whole"
    while numbers:
        numbers.pop()
        if not numbers:
            return "emptied"
    while True:
        return "never here"


def lasting(number):
    while number > 0:
        number -= 1
    else:
        number = 9
    with contextlib.suppress(KeyError):
        if number:
            raise KeyError
    with contextlib.nullcontext(), \\
            contextlib.nullcontext():
        for one in ():
            return one
    with contextlib.nullcontext():
        return [
            inner for inner in range(number)
            if inner
        ]


def matched(value):
    match value:
        case 1:
            return "one"
        case [first, *rest] if first:
            found = rest
        case {"name": name}:
            found = name
        case str() | bytes():
            found = "text"
    match value:
        case _:
            found = "any"
    match value:
        case 3:
            return "not matched"
    return found


def yielding():
    for number in range(3):
        yield number
    yield "not asked for"


async def awaited(source):
    async with contextlib.AsyncExitStack():
        async for one in source():
            if one:
                break
        async for one in source():
            pass
    return one


async def numbers():
    yield 0
    yield 1


def in_a_thread(number):
    if number:
        return (lambda: (
            number
        ))()


def nested():
    def inner():
        if CALLS:
            return "called"
        ...

    def uncalled():
        return "not called"

    assert inner
    x: int
    y: int = 2
    del y
    return inner()
'''
SHORT = """
def short(number):
    if number == 4: found = "four"
    if (
        number == 5
    ): return "five"
    for one in range(number): continue
    match number:
        case 2: return "two"
        case 3: found = "three"
        case 4: pass
"""
SUITE = """
import asyncio, importlib, threading, traceback
import measured, measured.short, measured.words
import pytest

@pytest.mark.parametrize("number", [1, 2, 3, -1])
def test_chosen(number):
    assert measured.chosen(number)

@pytest.mark.parametrize("number", [0, 1])
def test_raising(number):
    with pytest.raises(Exception) as caught:
        measured.raising(number)
    line = traceback.extract_tb(caught.tb)[-1].line
    assert line == ("int(\\"no number\\")" if number else "if 1 / number > 2:")

@pytest.mark.parametrize("number", [0, 1, 2])
def test_caught(number):
    assert measured.caught(number)

def test_uncaught():
    with pytest.raises(OSError):
        measured.caught(3)

def test_others():
    assert measured.bare() and measured.grouped() and not measured.nested()
    assert measured.Kind().name == "kind"
    assert measured.Kind.name.fget.__doc__ == "Only this line and the next."
    assert measured.__doc__.startswith("Every") and measured.Kind.__doc__ == "Has a docstring."
    assert measured.looped([1, 8]) == "whole"
    assert measured.looped([1, 7]) == "emptied"
    assert measured.lasting(2)
    assert [next(measured.yielding()) for _ in range(2)] == [0, 0]
    assert asyncio.run(measured.awaited(measured.numbers)) == 1

@pytest.mark.parametrize("value", [1, [1, 2], {"name": 3}, "text"])
def test_matched(value):
    assert measured.matched(value)

def test_threads_and_what_is_loaded_again():
    thread = threading.Thread(target=measured.in_a_thread, args=(1,))
    thread.start()
    thread.join()
    importlib.reload(measured)

@pytest.mark.parametrize("number", [1, 2, 3, 4, 5])
def test_short(number):
    measured.short.short(number)
"""
LOOKED_AT = ("executed_lines", "missing_lines", "excluded_lines", "executed_branches", "missing_branches")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("measured")
    package = folder / "measured"
    package.mkdir()
    (package / "__init__.py").write_text(OURS)
    (package / "short.py").write_text(SHORT)
    (package / "unused.py").write_text("if 1 > 2:\n    NEVER = 1\n")
    (package / "words.py").write_text('"""Nothing in it runs."""\n')
    (folder / "test_suite.py").write_text(SUITE)
    (folder / "pyproject.toml").write_text(CONFIG + "[tool.pytest.ini_options]\n")
    (folder / "conftest.py").write_text('pytest_plugins = ["coverage_plugin"]\n')
    return folder


def run(folder, *command, **more):
    return start(folder, "-m", *command, **more)


def start(folder, *words, **more):
    env = {key: value for key, value in os.environ.items() if not key.startswith(("COV_", "COVERAGE_", "PYTEST_"))}
    env |= {"PYTHONPATH": os.pathsep.join((str(folder), str(TESTS))), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"} | more
    command = [sys.executable, *words]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=100, check=False)


def report(folder):
    """What coverage.py reports of the data in a folder."""
    measured = Coverage(data_file=str(folder / ".coverage"), config_file=str(folder / "pyproject.toml"))
    measured.load()
    measured.json_report(outfile=str(folder / "report.json"))
    files = json.loads((folder / "report.json").read_text())["files"]
    return {Path(name).name: {key: set(map(str, file[key])) for key in LOOKED_AT} for name, file in files.items()}


@pytest.fixture(scope="module")
def traced(folder):
    ran = run(folder, "coverage", "run", "-m", "pytest", "-q", COVERAGE_CORE="ctrace")
    assert ran.returncode == 0, ran.stdout
    found = report(folder)
    assert all(found["__init__.py"][key] for key in LOOKED_AT)
    return found


@pytest.mark.parametrize("workers", [(), ("-p", "xdist", "-n", "2")], ids=["one process", "xdist"])
def test_the_same_is_seen_as_by_tracing(folder, traced, workers):
    left = folder / ".coverage.host.1.x"
    left.write_bytes((folder / ".coverage").read_bytes())
    ran = run(folder, "pytest", "-q", "--coverage", *workers)
    assert ran.returncode == 0, ran.stdout
    assert not left.exists()
    found, traced = report(folder), dict(traced)
    assert found.keys() == traced.keys()
    # A branch on one line counts as not taken.
    short, traced_short = found.pop("short.py"), traced.pop("short.py")
    assert short["executed_lines"] == traced_short["executed_lines"]
    assert not short["executed_branches"]
    assert short["missing_branches"] == traced_short["missing_branches"] | traced_short["executed_branches"]
    for name, file in traced.items():
        for key in LOOKED_AT:
            assert found[name][key] == file[key], (name, key)


def test_its_report_is_that_of_coverage(folder):
    ran = run(folder, "pytest", "-q", "--coverage")
    assert ran.returncode == 0, ran.stdout
    kept = json.loads((folder / ".cache" / "coverage.json").read_text())
    told = run(folder, "coverage", "report", "--skip-empty")
    assert told.returncode == 2
    assert kept["text"] + kept["failure"] + "\n" == told.stdout
    report(folder)
    files = json.loads((folder / "report.json").read_text())["files"]
    assert len(files) == 4
    ours_later = left_for_later(folder)
    assert ours_later == kept
    assert json.loads((folder / "report.json").read_text())["files"] == files
    for name, file in files.items():
        ours = kept["files"][Path(name).relative_to(Path(name).parents[1]).as_posix()]["summary"]
        assert ours == {key: file["summary"][key] for key in ours}


def left_for_later(folder):
    """The report that the stage of `make test` makes of what a run has left to it."""
    (folder / "tools").mkdir()
    stage = shutil.copy(TESTS.parent / "tools" / "coverage_result.py", folder / "tools")
    ran = run(folder, "pytest", "-q", "--coverage", "--coverage-later")
    assert ran.returncode == 0, ran.stdout
    assert not (folder / ".cache" / "coverage.json").exists()
    assert not (folder / ".coverage").exists()
    told = start(folder, stage, "--report")
    assert told.returncode == 2, told.stderr
    kept = json.loads((folder / ".cache" / "coverage.json").read_text())
    assert told.stdout == kept["text"] + kept["failure"] + "\n"
    report(folder)
    assert start(folder, stage, "--report").stdout == told.stdout
    return kept


def test_what_was_loaded_before_is_refused(folder):
    ran = run(folder, "pytest", "-q", "--coverage", "-p", "measured.unused")
    assert ran.returncode != 0
    assert "'measured.unused'" in ran.stderr
    assert "were loaded before coverage began" in ran.stderr
