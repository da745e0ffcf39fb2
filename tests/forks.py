"""Commands and scripts that start at once: each is a fork of a process that has imported already what they import.

`forks` keeps that process. What it yields gives the words of a command, or a program for the `PATH`; tests that start
many processes with the same heavy imports use it. `fork_keeper` is the process, `fork_client` stands for a command.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import socket
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


class Forks:
    """What is served, and what was not.

    Args:
        folder: A folder of its own.
        options: The options of the interpreter that are served: no others.
    """

    def __init__(self, folder, options):
        self._folder = folder
        self._options = options
        self._python = [sys.executable, "-I", "-S", str(HERE / "fork_client.py"), str(folder / "socket")]

    def command(self, *words):
        """The words of a command for what `python *words` does: a script, `-m` and a module, or `-c` and a code."""
        return [*self._python, sys.executable, *self._options, *map(str, words)]

    def program(self, name, *words):
        """Put a program into `path` that does what `python *words` and its own arguments do, and return its file.

        Without words and with the name of a script beside the interpreter (`wherry`) it is that script.
        """
        if not words and not name.startswith("python"):
            words = (Path(sys.executable).parent / name,)
        self.path.mkdir(exist_ok=True)
        program = self.path / name
        program.write_text(f'#!/bin/sh\nexec {shlex.join(self.command(*words))} "$@"\n', "utf-8")
        program.chmod(0o755)
        return program

    @property
    def path(self):
        """The folder of programs, for the front of `PATH`."""
        return self._folder / "bin"

    @property
    def refused(self):
        """Why commands were run by an interpreter of their own instead, a line each."""
        told = self._folder / "refused"
        return told.read_text("utf-8").splitlines() if told.exists() else []


@contextlib.contextmanager
def forks(folder, *preload, options=(), env=None, cwd=None):
    """Keep a process that has imported modules and becomes, in forks, what commands ask for.

    A command hands over its standard streams, folder, arguments, environment and mask, and passes on signals; it ends
    as the fork does and the fork ends with it. Where the fork could not do what an interpreter of its own would do, the
    command starts one: other options, a variable of the interpreter or one that a module read while it was imported has
    another value, or a file beside the script has the name of an imported module. `refused` tells of it.

    Not handed over: further descriptors, limits of resources, and the place among the terminal's jobs.

    Args:
        folder: A folder of its own; its path is short enough for a socket.
        preload: The modules. They start no thread and print nothing when they are imported.
        options: Options of the interpreter, as `("-W", "ignore")`.
        env: Its environment, where `os.environ` would not do; what a library of C has put beside that is left out.
        cwd: Its folder, likewise.
    """
    options = list(options)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "socket"))
        listener.listen(64)  # from now on commands may ask; they are served when the modules have been imported
        words = [sys.executable, *options, HERE / "fork_keeper.py", str(listener.fileno()), folder / "refused"]
        keeper = subprocess.Popen(
            [*words, str(len(options)), *options, *preload],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, pass_fds=[listener.fileno()],
            env=env or dict(os.environ), cwd=cwd,
            start_new_session=True,
        )  # fmt: skip
    try:
        yield Forks(folder, options)
    finally:
        keeper.stdin.close()
        status = keeper.wait(60)
    assert status == 0, f"the process that forks ended with {status}"
