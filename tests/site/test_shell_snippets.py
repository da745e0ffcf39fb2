"""Every shell command of the hand-written pages runs, in the order of its block, in a project as its page supposes."""

from __future__ import annotations

import functools
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from forks import forks

from wherry.testing import ReplayServer

from .shell_pages import ELSEWHERE, PAGES, PYTHON, ROOT, SKIPPED, SMALLER, snippets

SNIPPETS = snippets()
AT_HOME = ("docs/performance.md", "docs/guide/resuming.md", "docs/guide/sessions.md", "docs/guide/prove.md")
"""Pages whose commands are about this checkout."""
BESIDE = ("docs/guide/pilot.md:1",)
"""Blocks that stand in a folder beside the project."""
PORT = 7777
BEGIN = """set -euo pipefail
SERVERS=()
trap 'for one in ${SERVERS[@]+"${SERVERS[@]}"}; do kill -INT "$one"; done; wait' EXIT
"""
IMPORTED = (
    "cyclopts.help",
    "rich.markdown",
    "rich.table",
    "uvicorn",
    "wherry.api.serving",
    "wherry_portal.assess.command",
    "wherry_portal.cli",
    "wherry_portal.migrate.command",
    "wherry_portal.parity.script.command",
    "wherry_portal.pilot.command",
    "yaml",
)
"""What most commands import: a block has several, and each of them is a fork of a process that has this already."""
INSTALL = """install() {
  [ -d "$DIST" ] || (cd "$CHECKOUT" && python -m hatchling build --target wheel --directory "$DIST")
  uv venv --quiet --python "$(command -v python)" "$HOME/fresh"
  uv pip install --quiet --python "$HOME/fresh/bin/python" --find-links "$DIST" "$@"
  "$HOME/fresh/bin/python" -c 'import wherry; assert wherry.__file__.startswith(__import__("sys").prefix)'
}
"""
READY = """until curl -s -o /dev/null http://127.0.0.1:{port}/healthz; do
  kill -0 "$!" || exit 9
  sleep 0.1
done
"""


def here(snippet):
    return [command for command in snippet.commands if command not in ELSEWHERE and command not in SKIPPED]


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """The environment of all blocks: `wherry` is there, and what an installation of this checkout comes from."""
    folder = tmp_path_factory.mktemp("shared")
    env = person(folder)
    with forks(folder, *IMPORTED, env=env) as served:
        served.program("wherry")
        yield {
            "PATH": f"{served.path}{os.pathsep}{env['PATH']}",
            "DIST": str(folder / "dist"),
            "UV_LINK_MODE": "symlink",
        }
    assert served.refused == []


@pytest.fixture
def work(tmp_path):
    """The example with an agent, in a repository of its own, with what the pages have written down before."""
    project = tmp_path / "agents"
    ignore = shutil.ignore_patterns("__pycache__", "*.db", ".pytest_cache")
    shutil.copytree(ROOT / "examples" / "agent-service", project, ignore=ignore)
    manifest = re.search(
        r"^```yaml\n(.*?)^```", (ROOT / "docs/guide/serve.md").read_text("utf-8"), re.MULTILINE | re.DOTALL
    )[1]
    (project / "desk.yaml").write_text(manifest, "utf-8")
    (tmp_path / "beside").mkdir()
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "Before Wherry"]):
        subprocess.run(["git", *words], cwd=project, env=person(tmp_path), check=True, timeout=60)
    return project


def person(home):
    """The environment of somebody with a checkout: its commands on the path, git with a name, nothing of this run."""
    hidden = ("COV", "PYTEST_", "OPENAI_", "WHERRY_", "XDG_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
    git = {f"GIT_{who}_{what}": "ada@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    path = f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"
    cached = {"PYTHONPYCACHEPREFIX": str(ROOT / ".cache" / "bytecode"), "CHECKOUT": str(ROOT)}
    return {**kept, **git, **cached, "HOME": str(home), "PATH": path, "UV_CACHE_DIR": uv_cache()}


@functools.cache
def uv_cache():
    """Where uv keeps what it has fetched for the person who runs this, who has another home."""
    return subprocess.run(["uv", "cache", "dir"], capture_output=True, text=True, check=True, timeout=60).stdout.strip()


def script(commands, port):
    """The commands as one script that stops at the first that fails; a server goes on beside those that follow it."""
    lines = [BEGIN, INSTALL]
    for command in commands:
        small = next((less for begun, (less, _) in SMALLER.items() if command.startswith(begun)), None)
        begun = next((begun for begun in SMALLER if command.startswith(begun)), "")
        told = command.replace(begun, small, 1) if small else command
        told = told.replace(f"127.0.0.1:{PORT}", f"127.0.0.1:{port}")
        lines.append(f"echo {shell(told)}\n")
        if re.search(r"\bwherry serve\b", told):
            told = told.replace(f"--port {PORT}", "") + f" --port {port}"
            lines.append(f"{told} &\nSERVERS+=($!)\n{READY.format(port=port)}")
        else:
            lines.append(f"{told}\n")
    return "".join(lines)


def shell(text):
    return "'$ " + text.replace("'", "'\\''") + "'"


@pytest.mark.slow
@pytest.mark.parity
@pytest.mark.timeout(280)
@pytest.mark.parametrize("snippet", [one for one in SNIPPETS if here(one)], ids=lambda snippet: snippet.name)
def test_the_commands_of_a_block_run_one_after_the_other(snippet, work, shared, tmp_path):
    folder = ROOT if snippet.page in AT_HOME else tmp_path / "beside" if snippet.name in BESIDE else work
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    replies = yaml.safe_load((ROOT / "examples" / "agent-service" / "replies.yaml").read_text("utf-8"))
    if "record" not in " ".join(snippet.commands):
        replies = [{"content": "An answer.", "times": "forever"}]
    with ReplayServer(replies) as server:
        keys = {"OPENAI_API_KEY": "none", "OPENAI_BASE_URL": server.base_url}
        with subprocess.Popen(
            ["bash", "-c", script(here(snippet), port)], cwd=folder, env=person(tmp_path) | shared | keys, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        ) as running:  # fmt: skip
            try:
                said, _ = running.communicate(timeout=260)
            finally:
                if running.poll() is None:
                    os.killpg(running.pid, signal.SIGKILL)
    assert running.returncode == 0, said
    assert said.count("$ ") >= len(here(snippet))


def test_nearly_all_snippets_run_and_what_is_skipped_has_a_reason_that_still_holds():
    commands = [command for snippet in SNIPPETS for command in snippet.commands]
    python = sum(len(PYTHON.findall(path.read_text("utf-8"))) for path in PAGES)
    assert len(commands) > 30
    assert set(SKIPPED) | set(ELSEWHERE) <= set(commands), "a command that no page has any more"
    assert all(any(command.startswith(begun) for command in commands) for begun in SMALLER)
    skipped = [command for command in commands if command in SKIPPED]
    assert 1 - len(skipped) / (len(commands) + python) >= 0.98
    today = datetime.now(UTC).date()
    assert [command for command in skipped if not SKIPPED[command].reason or SKIPPED[command].until < today] == []
    for place in ELSEWHERE.values():
        file, _, test = place.partition("::")
        assert (ROOT / file).is_file()
        assert not test or f"def {test}(" in (ROOT / file).read_text("utf-8")
