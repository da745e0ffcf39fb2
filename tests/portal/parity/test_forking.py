"""A run that is a fork of a process which has loaded its runtime finds what one in a process of its own finds."""

from __future__ import annotations

import json
import os
from contextlib import ExitStack

import pytest

from wherry_portal.parity.environment import environment
from wherry_portal.parity.forks import Forks
from wherry_portal.parity.script.refused import ScriptRefused
from wherry_portal.parity.script.running import Script, run
from wherry_portal.parity.script.running import loaded as loaded_before

LOOKS = """
import json, os, signal, sys, threading
def stream(one):
    return [one.name, one.mode, one.encoding, one.errors, one.line_buffering, one.write_through, one.isatty()]
print(json.dumps({
    "forked": "wherry_portal.parity.forking" in open("/proc/self/cmdline").read(),
    "called": [sys.argv, sys.orig_argv[:4], repr(sys.flags), sys.stdin.read()],
    "path": sys.path,
    "place": [os.getcwd(), sorted(os.environ.items()), os.umask(0o22), threading.active_count()],
    "streams": [stream(one) for one in (sys.stdin, sys.stdout, sys.stderr)],
    "signals": [repr(signal.getsignal(one)) for one in sorted(signal.valid_signals())],
    "open": sorted(os.listdir("/proc/self/fd")),
}))
"""


@pytest.fixture
def script(tmp_path, monkeypatch):
    (tmp_path / "typed.txt").write_text("one\ntwo\n")
    (tmp_path / "looks.py").write_text(LOOKS)
    (tmp_path / "lib").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", f"lib:{tmp_path}/none")
    return Script(tmp_path / "looks.py", ("a", "b c"), stdin=tmp_path / "typed.txt")


def looked(script, forks, **env):
    """What a run finds, and whether it was a fork."""
    noted, said = run(script.folder, script, "wherry", {"HERE": "x", **env}, forks=forks)
    assert (noted["error"], noted["exit"]) == (None, 0)
    found = json.loads(said)
    return found, found.pop("forked")


def test_a_fork_finds_what_a_process_of_its_own_finds(script, loaded):
    same, forked = looked(script, loaded("wherry"))
    assert forked
    assert looked(script, None) == (same, False)


def test_one_that_has_a_hundred_files_open_is_answered(script, loaded):
    fork = loaded("wherry")
    with ExitStack() as stack:
        while True:
            number = os.open(os.devnull, os.O_RDONLY)
            if number >= 104:  # and 105 for what is written: the number that the fork has it under while it begins
                os.close(number)
                break
            stack.callback(os.close, number)
        assert looked(script, fork)[1]


def test_a_file_with_the_name_of_a_loaded_module_is_what_a_run_finds(script, loaded):
    (script.folder / "orjson.py").write_text("")  # the fork has another one loaded
    assert not looked(script, loaded("wherry"))[1]
    (script.folder / "orjson.py").rename(script.folder / "lib" / "sitecustomize.py")
    assert not looked(script, loaded("wherry"))[1]


def test_nothing_of_a_run_is_left_to_the_next(script, loaded):
    counts = "import orjson, os\nprint(getattr(orjson, 'seen', 0), os.environ.get('SEEN'))\norjson.seen = 1\n"
    script.path.write_text(f"{counts}os.environ['SEEN'] = '1'\n")
    said = [run(script.folder, script, "wherry", {}, forks=loaded("wherry"))[1] for _ in range(2)]
    assert said == ["0 None\n"] * 2


def test_what_a_script_leaves_to_its_threads_and_to_its_end_is_done(script, loaded):
    late = "threading.Thread(target=lambda: (time.sleep(0.3), print('late'))).start()"
    script.path.write_text(f"import atexit, threading, time\natexit.register(print, 'bye')\n{late}\nprint('now')\n")
    for forks in (loaded("wherry"), None):
        assert run(script.folder, script, "wherry", {}, forks=forks)[1] == "now\nlate\nbye\n"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("import os; os._exit(7)", "status 7"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "status -9"),
        ("import os, sys; print('last words', file=sys.stderr, flush=True); os._exit(0)", "last words"),
    ],
)
def test_a_run_that_ends_without_a_result_says_how(script, loaded, line, told):
    script.path.write_text(line)
    for forks in (loaded("wherry"), None):
        with pytest.raises(ScriptRefused, match=f"ended without a result: {told}\n"):
            run(script.folder, script, "wherry", {}, forks=forks)


def test_a_runtime_that_does_not_load_is_told_by_the_run_itself(script):
    with Forks("nothing", ["agent"], environment("wherry")) as forks:
        script.path.write_text("print('here')")
        assert run(script.folder, script, "wherry", {}, forks=forks)[1] == "here\n"


def test_a_run_that_a_runtime_took_too_long_to_load_for_is_made_once(script, monkeypatch):
    monkeypatch.setattr("wherry_portal.parity.forks.SECONDS", 0.01)
    note = script.folder / "runs"
    script.path.write_text(f"with open({str(note)!r}, 'a') as runs:\n    runs.write('one ')\n")
    with Forks("wherry", ["agent"], environment("wherry")) as late:
        run(script.folder, script, "wherry", {}, forks=late)
    assert note.read_text() == "one "


def test_what_the_script_may_have_to_set_first_is_not_loaded_before_it(tmp_path):
    watched = ["agent", "team", "workflow"]
    (tmp_path / "part").mkdir()
    (tmp_path / "one.py").write_text("from agno.os import AgentOS\nimport part.two\nAgent(model='openai:x')\n")
    (tmp_path / "part" / "two.py").write_text("import agno.db.sqlite\nfrom agno.agent import Agent\n")
    assert loaded_before(Script(tmp_path / "one.py")) == [*watched, "db.sqlite", "models.openai", "os"]
    (tmp_path / "part" / "__init__.py").write_text("from .two import SqliteDb\nfrom . import two\n")
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "nobody_imports.py").write_text("import os\nos.environ['KEY'] = 'x'\n")
    assert loaded_before(Script(tmp_path / "one.py")) == [*watched, "db.sqlite", "models.openai", "os"]
    (tmp_path / "part" / "two.py").write_text("import os\nos.environ['KEY'] = 'x'\n")
    assert loaded_before(Script(tmp_path / "one.py")) == watched
