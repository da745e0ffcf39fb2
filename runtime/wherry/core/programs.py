"""Running a program to its end, or ending it with all that it started. Called by skills, workspaces, wikis."""

from __future__ import annotations

import os
import signal
import subprocess  # running what its callers have decided on is what this module is for
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_WINDOWS = sys.platform == "win32"


class Ended(NamedTuple):
    """What a program wrote and how it ended; a negative `returncode` is the signal that ended it."""

    stdout: str
    stderr: str
    returncode: int


def run_program(
    command: Sequence[str], *, timeout: float | None, cwd: Path | str | None, env: Mapping[str, str] | None = None
) -> Ended:
    """Run a program without a shell, and wait for it.

    Args:
        command: The program and its arguments.
        timeout: Seconds after which it is ended, with what it started; None waits for ever.
        cwd: The folder that it runs in; None for that of this process.
        env: Its whole environment; None for that of this process.

    Raises:
        subprocess.TimeoutExpired: It took longer.
        OSError: It is not there, or the system cannot run it.
    """
    process = subprocess.Popen(  # noqa: S603 - what is run is its callers' to decide
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",  # it has run: what it wrote must not turn that into a failure to run it
        cwd=cwd,
        env=env,
        start_new_session=not _WINDOWS,
    )
    try:
        stdout, stderr = process.communicate(timeout=timeout)
    except BaseException:
        _end(process)
        raise
    return Ended(stdout, stderr, process.returncode)


def _end(process: subprocess.Popen[str]) -> None:
    """End a program with what it started.

    Its pipes are closed and not read to their end: a child that left for a session of its own may hold them for long.
    """
    if _WINDOWS:
        process.kill()
    else:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    for pipe in (process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()
    process.wait()
