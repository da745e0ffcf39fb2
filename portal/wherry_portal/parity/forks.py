"""Processes for several runs on one runtime: forks of one that has loaded it, which takes longer than most runs.

`children` and `script.running` start their processes here. A fork begins as a process of its own would: with nothing of
another run in it. Where it could not, it becomes one; `forking` is what happens in there.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self

from wherry_portal.parity.environment import environment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

SECONDS = 120.0
"""For loading a runtime."""


class Process(Protocol):
    """What `subprocess.Popen` and a fork have in common."""

    returncode: int | Any

    def poll(self) -> int | None:
        """Its exit status, if it has ended."""

    def kill(self) -> None:
        """End it, if it has not."""

    def wait(self) -> int:
        """Its exit status, once it has ended."""


@contextlib.contextmanager
def kept(runtimes: Iterable[str], modules: Sequence[str]) -> Iterator[Mapping[str, Forks]]:
    """Load each runtime that is named more than once; they are unloaded when the context is left.

    Args:
        runtimes: A runtime for every process that will be started.
        modules: What those processes load of their runtime before anything else, below its name.

    Yields:
        What to start the processes of a runtime with; the others are started by themselves (`start`).
    """
    several = [runtime for runtime, count in Counter(runtimes).items() if count > 1]
    with contextlib.ExitStack() as stack:
        yield {one: stack.enter_context(Forks(one, modules, environment(one))) for one in several}


def start(
    forks: Forks | None, words: Sequence[str], streams: Sequence[int], pipe: int, env: Mapping[str, str], cwd: Path
) -> Process:
    """Start `python -m words...`.

    Args:
        forks: What has loaded its runtime, if anything has.
        words: The module and its arguments.
        streams: Descriptors of its stdin, stdout and stderr.
        pipe: A descriptor that it finds under the same number.
        env: Its environment.
        cwd: Its working folder.
    """
    if forks is not None:
        try:
            return forks.start(words, streams, pipe, env, cwd)
        except OSError:
            pass  # what did not load tells its reason where it is run by itself
    given, out, errors = streams
    return subprocess.Popen(
        [sys.executable, "-m", *words], cwd=cwd, env=env, stdin=given, stdout=out, stderr=errors, pass_fds=[pipe]
    )


class Forks:
    """A process that has loaded a runtime.

    Args:
        runtime: The runtime.
        modules: What it loads, below the runtime's name; what is not there is left to the forks.
        env: Its environment.
    """

    def __init__(self, runtime: str, modules: Sequence[str], env: Mapping[str, str]) -> None:
        self._asking, theirs = socket.socketpair()
        self._asking.settimeout(SECONDS)
        self._lock = threading.Lock()
        words = ["-m", "wherry_portal.parity.forking", runtime, str(theirs.fileno()), *modules]
        places = [str(Path.cwd() / place) for place in env.get("PYTHONPATH", "").split(os.pathsep) if place]
        with theirs, tempfile.TemporaryFile() as said:
            self._process = subprocess.Popen(
                [sys.executable, *words],
                cwd=os.sep,
                env={**env, "PYTHONPATH": os.pathsep.join(places)},
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._asking.close()
        self._process.wait()

    def start(
        self, words: Sequence[str], streams: Sequence[int], pipe: int, env: Mapping[str, str], cwd: Path
    ) -> Process:
        """Start one of `start`.

        Raises:
            OSError: This process has ended, or not loaded its runtime in time.
        """
        line, theirs = socket.socketpair()
        job: dict[str, Any] = {"words": list(words), "pipe": pipe, "env": dict(env), "cwd": str(cwd)}
        with theirs, tempfile.TemporaryFile() as text:
            text.write(json.dumps(job).encode())
            text.seek(0)
            try:
                with self._lock:
                    socket.send_fds(self._asking, [b"j"], [theirs.fileno(), text.fileno(), *streams, pipe])
                    if not self._asking.recv(1):
                        raise BrokenPipeError
            except OSError:
                self._process.kill()  # if it is only late it would do the job, too
                line.close()
                raise
        return _Forked(line)


class _Forked:
    """A fork that runs: it says its number, and how it ended."""

    def __init__(self, line: socket.socket) -> None:
        self._line, self._pid = line, int.from_bytes(line.recv(4, socket.MSG_WAITALL), "big")
        self.returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None and select.select([self._line], [], [], 0)[0]:
            self.wait()
        return self.returncode

    def kill(self) -> None:
        if self.poll() is None and self._pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)

    def wait(self) -> int:
        if self.returncode is None:
            said = self._line.recv(4, socket.MSG_WAITALL)
            self.returncode = int.from_bytes(said, "big", signed=True) if said else -signal.SIGKILL
            self._line.close()
        return self.returncode
