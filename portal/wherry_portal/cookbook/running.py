"""The processes that run examples, and what the reference gave before; `verify` has a pair for each worker."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
from typing import TYPE_CHECKING, Any

from wherry_portal.cookbook.beside import files_beside
from wherry_portal.cookbook.postgres import ABSENT
from wherry_portal.cookbook.stamp import agno_version
from wherry_portal.sources import write_atomic

if TYPE_CHECKING:
    from pathlib import Path

    from wherry_portal.cookbook.postgres import Postgres

SECONDS = 40.0
RUNNER = 5
"""Raised when the runner changes in a way that makes remembered results of the reference void."""


class Runner:
    """One child process that runs scripts on one runtime; started again when a script takes it down.

    Args:
        runtime: Package to import once.
        environment: Of the process.
        postgres: What scripts find where they name a Postgres on this machine.
    """

    def __init__(self, runtime: str, environment: dict[str, str], postgres: Postgres | None = None) -> None:
        self.runtime = runtime
        self.environment = environment
        self.postgres = postgres
        self._process: subprocess.Popen[str] | None = None

    def run(self, script: Path, seconds: float = SECONDS) -> dict[str, Any]:
        """Run one script in a fresh folder, with an empty database; the mapping of `runner.run_job`."""
        with tempfile.TemporaryDirectory(prefix="wherry-run-") as folder:
            job = {"id": script.name, "script": str(script), "folder": folder, "seconds": seconds}
            if self.postgres is not None:
                self.postgres.empty()
                job["postgres"] = self.postgres.folder
            try:
                result = self._ask(job)
            except (OSError, ValueError):
                self.close()
                result = {"id": script.name, "exit": None, "output": "", "error": "the runner ended", "outside": []}
            if self.postgres is not None:
                self.postgres.used(result.get("postgres", True))
            return result

    def _ask(self, job: dict[str, Any]) -> dict[str, Any]:
        process = self._process or self._start()
        assert process.stdin is not None  # noqa: S101 - both are pipes
        assert process.stdout is not None  # noqa: S101 - both are pipes
        process.stdin.write(json.dumps(job) + "\n")
        process.stdin.flush()
        answer: dict[str, Any] = json.loads(process.stdout.readline())
        return answer

    def _start(self) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "wherry_portal.cookbook.runner", self.runtime]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=self.environment,
        )
        assert self._process.stdout is not None  # noqa: S101 - it is a pipe
        json.loads(self._process.stdout.readline())
        return self._process

    def close(self) -> None:
        """End the child process."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


class Reference:
    """The reference's side, remembered: Agno gives the same for the same files, whatever becomes of Wherry.

    Args:
        runner: What runs scripts on Agno.
        folder: Where results are kept, or None to run every time.
    """

    def __init__(self, runner: Runner, folder: Path | None) -> None:
        self.runner = runner
        self.folder = folder

    def run(self, root: Path, name: str, nth: int = 1) -> dict[str, Any]:
        """The result of the first, or of a later, run of a script, by its path in the cookbook's folder."""
        script = root / name
        if self.folder is None:
            return self.runner.run(script)
        key = hashlib.sha256(f"{agno_version()} {RUNNER} {nth} {script.name}".encode() + script.read_bytes())
        for path in files_beside(root, name):
            key.update(path.encode() + (root / path).read_bytes())
        kept = self.folder / f"{key.hexdigest()[:32]}.json"
        if kept.is_file():
            found: dict[str, Any] = json.loads(kept.read_text("utf-8"))
            if self._holds(found):
                return found
        result = self.runner.run(script)
        if result.get("postgres") and self.runner.postgres is not None:
            result["postgres"] = self.runner.postgres.version
        write_atomic(kept, json.dumps(result))
        return result

    def _holds(self, found: dict[str, Any]) -> bool:
        """Whether what a script found where it looked for a Postgres is what is there now, if it looked for one."""
        served = self.runner.postgres.version if self.runner.postgres is not None else ""
        if found.get("postgres"):
            return bool(found["postgres"] == served)
        return not served or ABSENT not in found["outside"]
