"""The quickstart, from nothing: a fresh copy of the checkout, the page's own commands in their order, and a clock."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from .shell_pages import BLOCK, ROOT

PAGE = (ROOT / "docs" / "quickstart.md").read_text("utf-8")
MINUTES = 10


@pytest.fixture
def checkout(tmp_path):
    """What a clone holds, and nothing that earlier work left here."""
    words = ["git", "ls-files", "-co", "--exclude-standard", "-z"]
    listed = subprocess.run(words, cwd=ROOT, capture_output=True, check=True, timeout=60)
    for name in listed.stdout.decode().split("\0"):
        if name and (ROOT / name).is_file():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tmp_path / name)
    return tmp_path


@pytest.mark.slow
@pytest.mark.timeout(60 * MINUTES)
def test_from_nothing_to_an_agent_with_a_session_takes_minutes(checkout):
    hidden = ("COV", "PYTEST_", "OPENAI_", "VIRTUAL_ENV", "MAKE", "MFLAGS")
    env = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
    own = str(Path(sys.executable).parent)
    env["PATH"] = os.pathsep.join(part for part in env["PATH"].split(os.pathsep) if part != own)
    (command,) = (block.strip() for block in BLOCK.findall(PAGE) if block.startswith("make "))
    begun = time.monotonic()
    with subprocess.Popen(
        command.split(), cwd=checkout, env=env | {"PORT": str(_free())},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    ) as portal:  # fmt: skip
        try:
            said = []
            address = None
            for line in portal.stdout:
                said.append(line)
                if found := re.search(r"Serving.*(http://\S+)", line):
                    address = found[1]
                    break
            assert address, "".join(said)
            _answers(f"{address}/quickstart/")
            _follow(checkout, env)
        finally:
            os.killpg(portal.pid, signal.SIGINT)
            portal.wait(60)
    assert time.monotonic() - begun < 60 * MINUTES


def _follow(checkout, env):
    """What the page has a person type in the second terminal, block by block, with no key but the page's own."""
    typed, programs = ["set -eu"], 0
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    for language, block in re.findall(r"^```(sh|python)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL):
        if language == "python":
            programs += 1
            typed.append(f"cat > step{programs}.py <<'END_OF_STEP'\n{block}END_OF_STEP\npython step{programs}.py")
        elif not block.startswith("make "):
            typed.append(block.replace("7070", port))
            if "wherry.testing" in block:
                typed.append(
                    "trap 'kill $!' EXIT\nuntil curl -s -o /dev/null $OPENAI_BASE_URL; do kill -0 $!; sleep 0.1; done"
                )
    assert programs >= 3
    done = subprocess.run(
        ["bash", "-c", "\n".join(typed)],
        cwd=checkout, env=env, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    promised = re.findall(r"(?:prints|from|to) `([^`]+)`", PAGE)
    assert {"COMPLETED ['tide_at']", "2 runs stored", "[RunStarted]", "[RunCompleted]"} <= set(promised)
    assert [text for text in promised if text not in done.stdout] == []
    assert (checkout / "pilot.db").is_file()


def _answers(address):
    for _ in range(100):
        try:
            with urllib.request.urlopen(address, timeout=5) as page:
                assert b"Quickstart" in page.read()
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"{address} does not answer")


def _free():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]
