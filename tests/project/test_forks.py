"""A command that is a fork does what an interpreter of its own does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from forks import forks

LOOK = """
import json, __main__, os, random, signal, sys, threading, time, warnings
def stream(one):
    raw = getattr(one.buffer, "raw", one.buffer)
    return [repr(one), one.mode, one.line_buffering, one.write_through, type(one.buffer).__name__, raw.name,
            raw.closefd]
print(json.dumps({
    "argv": [sys.argv, sys.orig_argv, sys.executable, sys.flags, sys.warnoptions, sys.pycache_prefix],
    "path": sys.path,
    "main": [f"{name} {value!r}".split(" at 0x")[0] for name, value in vars(__main__).items() if name[0] == "_"],
    "streams": [stream(one) for one in (sys.stdin, sys.stdout, sys.stderr)],
    "streams kept": [sys.__stdin__ is sys.stdin, sys.__stdout__ is sys.stdout, sys.__stderr__ is sys.stderr],
    "place": [os.getcwd(), os.umask(0o22), sorted(os.environ.items()), time.tzname],
    "open": sorted(os.listdir("/proc/self/fd")),
    "signals": [repr(signal.getsignal(one)) for one in sorted(signal.valid_signals())],
    "blocked": repr(signal.pthread_sigmask(signal.SIG_BLOCK, [])),
    "state": [threading.active_count(), repr(warnings.filters), repr(sys.excepthook), "_ForkedHere" in dir()],
}, indent=1))
"""
PROGRAMS = {
    "looks": LOOK,
    "reads": "import sys\nprint(sys.stdin.read()[::-1], input)\n",
    "says no": "import sys\nprint('out')\nsys.exit('no')\n",
    "ends with a number": "import sys\nsys.exit(-3)\n",
    "fails": "def inner():\n    1 / 0\n\n\nprint('before')\ninner()\n",
    "cannot be read": "x = (\n",
    "leaves by the back door": "import os\nos._exit(9)\n",
    "has its own hook": "import sys\nsys.excepthook = lambda *_: print('hooked')\nraise ValueError\n",
    "ends late": """
import atexit, threading, time
class Kept:
    def __del__(self): print("let go")
kept = Kept()
atexit.register(print, "at exit")
threading.Thread(target=lambda: (time.sleep(0.05), print("thread"))).start()
print("main")
""",
    "is killed": "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n",
    "is interrupted": "import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n",
    "warns": "import warnings\nwarnings.warn('look', stacklevel=1)\nwarnings.warn('old', DeprecationWarning)\n",
    "starts one": "import subprocess, sys\nprint(subprocess.run([sys.executable, '-c', 'print(1)']))\n",
}
SLEEPS = """
import signal, sys, time
def told(number, _):
    print("told", number, flush=True)
    sys.exit(3)
signal.signal(signal.SIGTERM, told)
print("ready", flush=True)
time.sleep(60)
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    with forks(tmp_path_factory.mktemp("forks"), "json", "asyncio", "logging", "tempfile", "random") as served:
        yield served
    assert served.refused == []


@pytest.fixture
def script(tmp_path):
    def written(text):
        place = tmp_path / "program.py"
        place.write_text(text, "utf-8")
        return place

    return written


@pytest.fixture
def heeded():
    """Children heed Ctrl-C, even where a script has started the tests with `&`."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def ran(words, **options):
    done = subprocess.run(words, capture_output=True, timeout=60, check=False, **{"input": b"given", **options})
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_does_the_same_in_a_fork(name, served, script, tmp_path):
    words = (script(PROGRAMS[name]), "one", "")
    more = {"cwd": tmp_path, "env": os.environ | {"TZ": "Asia/Tokyo", "ADDED": "é"}, "umask": 0o27}
    assert ran(served.command(*words), **more) == ran([sys.executable, *words], **more)


@pytest.mark.parametrize("words", [("-c", LOOK, "-x"), ("-m", "program", "-x"), ("-m", "no_such")])
def test_code_and_modules_run_as_a_script_does(words, served, script, tmp_path):
    script(LOOK)
    assert ran(served.command(*words), cwd=tmp_path) == ran([sys.executable, *words], cwd=tmp_path)


def test_a_script_of_the_environment_is_a_program_on_the_path(served):
    environment = os.environ | {"PATH": f"{served.path}{os.pathsep}{os.environ['PATH']}"}
    assert Path(served.program("coverage")).parent == served.path
    words = ["sh", "-c", "coverage --version"]
    assert ran(words, env=environment) == ran(words)


def test_each_fork_draws_its_own_numbers(served):
    words = served.command("-c", "import random, tempfile; print(random.random(), tempfile.gettempdir())")
    first, second = ran(words), ran(words, env=os.environ | {"TMPDIR": "/"})
    assert first[1].split()[0] != second[1].split()[0]
    assert second[1].split()[1] == "/"


def test_what_cannot_be_written_is_said(served):
    with Path("/dev/full").open("wb") as full:
        statuses = [
            subprocess.run(words, stdout=full, stderr=subprocess.DEVNULL, timeout=60, check=False).returncode
            for words in (served.command("-c", "print(1)"), [sys.executable, "-c", "print(1)"])
        ]
    assert statuses[0] == statuses[1] != 0


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGTERM, 3), (signal.SIGINT, -signal.SIGINT), (signal.SIGUSR1, -signal.SIGUSR1)]
)
def test_signals_are_passed_on(number, status, served, script, heeded):
    with subprocess.Popen(served.command(script(SLEEPS)), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout.readline() == b"ready\n"
        running.send_signal(number)
        said, errors = running.communicate(timeout=60)
    assert running.returncode == status
    assert (said == b"told 15\n") == (number == signal.SIGTERM)
    assert errors.endswith(b"KeyboardInterrupt\n") == (number == signal.SIGINT)


def test_a_signal_that_the_shell_has_ignored_stays_ignored(served, script):
    program = script("import signal\nprint(signal.getsignal(signal.SIGINT), flush=True)")
    words = served.command(program)
    assert ran(["sh", "-c", '"$@" & wait', "sh", *words]) == (0, "1\n", "")


@pytest.mark.parametrize("whole", [False, True])
def test_a_fork_ends_with_its_command_and_so_does_what_it_started(whole, served, script):
    beside = "import subprocess\nsubprocess.Popen(['sleep', '600'])\n" if whole else ""
    ends, other = os.pipe()
    with subprocess.Popen(served.command(script(beside + SLEEPS)), stdout=other) as running:
        os.close(other)
        with os.fdopen(ends, "rb") as said:
            assert said.readline() == b"ready\n"
            running.kill()
            assert said.read() == b""  # all who could write have ended


def test_a_terminal_stays_one(served, script):
    parent, child = os.openpty()
    words = served.command(script("import sys; print(sys.stdout.isatty(), sys.stdin.isatty(), end='|'); input()"))
    with subprocess.Popen(words, stdin=child, stdout=child, stderr=child) as running:
        os.close(child)
        said = b""
        while b"|" not in said:
            said += os.read(parent, 100)
        assert running.poll() is None
        os.write(parent, b"\n")
        assert running.wait(60) == 0
    os.close(parent)
    assert said.startswith(b"True True|")


def test_what_a_fork_could_not_do_is_done_by_an_interpreter(tmp_path, script):
    (tmp_path / "reads_early.py").write_text("import os\nCOLOUR = os.getenv('COLOUR', 'none')\n", "utf-8")
    program = script("import reads_early, sys; print(reads_early.COLOUR, sys.flags.optimize)")
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    with forks(tmp_path, "reads_early", env=environment) as served:
        assert ran(served.command(program), env=environment) == (0, "none 0\n", "")
        assert served.refused == []
        assert ran(served.command(program), env=environment | {"COLOUR": "red"}) == (0, "red 0\n", "")
        assert ran(served.command("-O", program), env=environment) == (0, "none 1\n", "")
        assert ran(served.command(program), env=environment | {"PYTHONOPTIMIZE": "2"}) == (0, "none 2\n", "")
        (tmp_path / "other").mkdir()
        (tmp_path / "other" / "reads_early.py").write_text("COLOUR = 'blue'", "utf-8")
        beside = tmp_path / "other" / "program.py"
        beside.write_text(program.read_text("utf-8"), "utf-8")
        assert ran(served.command(beside), env=environment) == (0, "blue 0\n", "")
        assert ran(served.command("nothing.py"), env=environment)[0] == 2
        assert [line.partition(":")[0] for line in served.refused] == [
            "another COLOUR, which a module read when it was imported",
            "other options",
            "another environment of the interpreter",
            f"{tmp_path}/other/reads_early.py has the name of a module that was imported before",
            "no file",
        ]


def test_what_a_module_sets_when_it_is_imported_is_set_in_a_fork(tmp_path):
    (tmp_path / "sets.py").write_text("import os\nos.environ.setdefault('SET', 'by the module')\n", "utf-8")
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    words = ("-c", "import os, sets; print(os.environ['SET'])")
    with forks(tmp_path, "sets", env=environment) as served:
        assert ran(served.command(*words), env=environment) == (0, "by the module\n", "")
        assert served.refused == []
        assert ran(served.command(*words), env=environment | {"SET": "before"}) == (0, "before\n", "")
        assert len(served.refused) == 1


@pytest.mark.parametrize(
    "text",
    [
        "print('hello')",
        "import warnings; warnings.warn('old')",
        "import threading, time; threading.Thread(target=time.sleep, args=(600,), daemon=True).start()",
    ],
)
def test_what_a_fork_would_not_have_is_not_imported_before(text, tmp_path):
    (tmp_path / "loud.py").write_text(text, "utf-8")
    with (
        pytest.raises(AssertionError, match="ended with 1"),
        forks(tmp_path, "loud", env=os.environ | {"PYTHONPATH": str(tmp_path)}) as served,
    ):
        assert ran(served.command("-c", "print(1)"))[0] == 1


def test_commands_run_beside_each_other(served, script):
    program = script("import sys; print('ready', flush=True); sys.exit(len(input()))")
    running = [
        subprocess.Popen(served.command(program), stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(4)
    ]
    for one in running:
        assert one.stdout.readline() == b"ready\n"
    for number, one in enumerate(running):
        one.communicate(b"x" * number + b"\n", timeout=60)
    assert [one.returncode for one in running] == [0, 1, 2, 3]
