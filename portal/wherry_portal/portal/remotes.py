"""Starting the reference behind a portal: a child process, and the `RemoteRuntime` that hands requests on to it."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from wherry.core.errors import ConfigurationError

if TYPE_CHECKING:
    from wherry.api.remote import RemoteRuntime

_LAST_SECONDS = 20


def agno_runtime(target: str | None = None) -> RemoteRuntime:
    """The runtime `agno`, in a process that lives as long as the server in front of it.

    Args:
        target: `module:name` of something of Agno's to serve.

    Raises:
        ConfigurationError: Agno is not installed, or the process did not start.
    """
    from wherry.api.remote import RemoteRuntime

    if find_spec("agno") is None:
        raise ConfigurationError("Agno is not installed here.", hint="pip install 'wherry[parity]'")
    folder = tempfile.TemporaryDirectory(prefix="wherry-agno-")
    words = [sys.executable, "-m", "wherry_portal.portal.agno_child", folder.name, *([target] if target else [])]
    complaints = Path(folder.name) / "stderr.txt"
    with complaints.open("w", encoding="utf-8") as said:
        child = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said, text=True)
    line = child.stdout.readline().strip() if child.stdout is not None else ""
    if not line.startswith("http"):
        child.communicate()
        last = (complaints.read_text(encoding="utf-8").strip().splitlines() or ["it said nothing"])[-1]
        folder.cleanup()
        raise ConfigurationError(f"The runtime 'agno' did not start: {last}", hint="Check --agno-target module:name.")

    def end() -> None:
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                pipe.close()
        try:
            child.wait(_LAST_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        folder.cleanup()

    return RemoteRuntime(line, "agno", close=end)
