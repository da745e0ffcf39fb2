"""Processes beside a test: one that answers job after job, and the environment of those that ask this machine only.

Importing the reference takes seconds: a module starts a process for it once. Imports no part of the project.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from pathlib import Path

    from forks import Forks


def loopback(**more: str) -> dict[str, str]:
    """This process's environment for a child that asks nobody but this machine, over plain HTTP.

    It trusts no certificate authority: each client of a service would read the list of them anew, which is a third of
    what a short run of the reference costs. The folder named is none.
    """
    kept = {name: value for name, value in os.environ.items() if name != "SSL_CERT_FILE"}
    return {**kept, "SSL_CERT_DIR": f"{os.devnull}/authorities", **more}


class Worker:
    """A Python script that reads jobs and writes answers, a JSON line each.

    Args:
        script: The script; its stdout carries answers and nothing else.
        words: Its arguments.
        served: What `forks` gave with the options that are used here, for a script that is to be a fork.
        env: Further environment.
    """

    def __init__(self, script: Path, *words: str, served: Forks | None = None, **env: str) -> None:
        command = served.command(script, *words) if served else [sys.executable, "-W", "ignore", str(script), *words]
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed in __exit__
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            env=loopback(**env),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.stdin.close()
        try:
            self._process.wait(2)
        except subprocess.TimeoutExpired:
            self._process.kill()  # its jobs are done; pools of the reference may hold it up for long
            self._process.wait(60)
        self._process.stdout.close()
        self._errors.close()

    def ask(self, job: Any) -> Any:
        """The answer to a job; an error with the process's last words when it has none."""
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, f"the process ended: {self.last_words()}"
        return json.loads(answer)

    def last_words(self) -> str:
        self._process.wait(60)
        self._errors.seek(0)
        return self._errors.read().decode("utf-8", "replace")[-3000:]
