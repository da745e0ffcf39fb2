"""Processes beside a test: one that answers job after job, and the environment of those that import the reference.

Importing the reference takes seconds: a module starts a process for it once. What runs there is none of our code, so
it is not measured for coverage either. Imports no part of the project.
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


def untraced(**more: str) -> dict[str, str]:
    """This process's environment without what starts coverage in a child."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("COV_", "COVERAGE_"))} | more


class Worker:
    """A Python script that reads jobs and writes answers, a JSON line each.

    Args:
        script: The script; its stdout carries answers and nothing else.
        words: Its arguments.
        env: Further environment.
    """

    def __init__(self, script: Path, *words: str, **env: str) -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed in __exit__
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", str(script), *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            env=untraced(**env),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.stdin.close()
        try:
            self._process.wait(2)
        except subprocess.TimeoutExpired:
            self._process.kill()  # its jobs are done; pools of the reference may hold it up for long
            self._process.wait(20)
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
        self._process.wait(20)
        self._errors.seek(0)
        return self._errors.read().decode("utf-8", "replace")[-3000:]
