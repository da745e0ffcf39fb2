"""Which lines of a script's own files a run came to, and what the ledger makes of it."""

import itertools
import os
import sys
import threading

import pytest

from wherry.testing import ReplayServer
from wherry.testing.deterministic import deterministic_reply
from wherry_portal.parity.script import running
from wherry_portal.parity.script.ran import Lines, read_stretches, whole
from wherry_portal.parity.script.running import Script
from wherry_portal.parity.script.subject import subject

SOURCE = b"""\
import os
x = dict(
    a=1,
    b=2,
)


@staticmethod
def never(
    y=3,
):
    print(
        y,
    )
    return y


if x:
    y = 1
else:
    y = 2
try:
    z = 1
except OSError:
    z = 2
for one in x: print(one)
"""


@pytest.mark.parametrize(
    ("came_to", "stretches"),
    [
        ([3], [[2, 5]]),
        ([8], [[8, 11]]),
        ([10], [[8, 11]]),
        ([13], [[12, 14]]),
        ([18, 19], [[18, 19]]),
        ([22, 23, 25], [[22, 23], [25, 25]]),
        ([26], [[26, 26]]),
        ([], []),
    ],
)
def test_a_statement_is_run_whole_and_what_it_holds_by_itself(came_to, stretches):
    assert whole(SOURCE, came_to) == stretches
    assert read_stretches({"a.py": stretches})["a.py"] >= set(came_to)


def test_lines_of_a_file_that_cannot_be_read_stay_as_they_are():
    assert whole(b"x = (\n", [1, 2, 4]) == [[1, 2], [4, 4]]


@pytest.fixture
def place(tmp_path):
    (tmp_path / "part.py").write_text("def used():\n    return 1\n\n\ndef unused():\n    return 2\n")
    (tmp_path / "unasked.py").write_text("x = 1\n")
    (tmp_path / "main.py").write_text(
        "import os, sys, threading\n"
        "from part import used\n"
        "os.chdir('/')\n"
        "def job():\n"
        "    print(used())\n"
        "thread = threading.Thread(target=job)\n"
        "thread.start()\n"
        "thread.join()\n"
        "print(sys.gettrace() is not None)\n"
        "sys.exit(3)\n"
        "print('never')\n"
    )
    return tmp_path


def test_a_run_tells_the_lines_that_it_came_to(place, monkeypatch):
    monkeypatch.chdir(place)
    script = Script(place / "main.py")
    with ReplayServer(fallback=deterministic_reply) as server:
        noted, said = running.run(place, script, "wherry", server.env(), lines=True)
        unwatched, silent = running.run(place, script, "wherry", server.env())
    assert (noted["exit"], said.split(), silent.split()) == (3, ["1", "True"], ["1", "False"])
    assert unwatched["ran"] == {}
    assert noted["ran"] == {"main.py": [*range(1, 11)], "part.py": [1, 2, 5]}
    kept = subject(place / "main.py", place / "main.parity.json", place, ran=noted["ran"])
    assert kept["ran"] == {"main.py": [[1, 10]], "part.py": [[1, 2], [5, 5]]}
    assert "ran" not in subject(place / "main.py", place / "main.parity.json", place)


def test_who_traces_already_is_left_alone(place):
    def tracer(*_):
        return None

    before = sys.gettrace()
    lines = Lines(str(place))
    try:
        sys.settrace(tracer)
        lines.start()
        assert sys.gettrace() is tracer
    finally:
        sys.settrace(before)


def test_files_elsewhere_are_not_noted(place):
    lines = Lines(str(place))
    beside = f"{place}2{os.sep}a.py"
    before, of_threads = sys.gettrace(), threading.gettrace()
    try:
        sys.settrace(None)
        lines.start()
        for name in (str(place / "a.py"), beside):
            exec(compile("x = 1\ny = 2\n", name, "exec"), {})  # noqa: S102 - text of this test
        told = lines.told()
    finally:
        sys.settrace(before)
        threading.settrace(of_threads)
    assert told == {"a.py": [1, 2]}


def test_threads_that_a_script_leaves_behind_do_not_disturb_the_telling(place):
    before, of_threads, often = sys.gettrace(), threading.gettrace(), sys.getswitchinterval()
    left = threading.Event()

    def busy(number):
        for nth in itertools.count():
            if left.is_set():
                return
            exec(compile("x = 1\n", str(place / f"{number}-{nth}.py"), "exec"), {})  # noqa: S102 - text of this test

    try:
        sys.settrace(None)
        sys.setswitchinterval(1e-6)
        for _ in range(30):
            left.clear()
            lines = Lines(str(place))
            lines.start()
            threads = [threading.Thread(target=busy, args=(number,)) for number in range(3)]
            for thread in threads:
                thread.start()
            while len(lines._by_code) < 60:
                pass
            try:
                assert lines.told()
            finally:
                left.set()
                for thread in threads:
                    thread.join()
    finally:
        sys.setswitchinterval(often)
        sys.settrace(before)
        threading.settrace(of_threads)
