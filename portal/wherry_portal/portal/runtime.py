"""The runtime API of a portal: sessions and telemetry in memory, results and parity runs of the project it serves.

A portal forgets its sessions when it stops; `wherry serve` is the server that keeps them.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wherry.core.errors import ConfigurationError

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from wherry.api.remote import RemoteRuntime

LONGEST_JOB = 1800
_SCENARIO = re.compile(r"[a-z][a-z0-9-]*")
COMMAND = "import sys; from wherry_portal.cli import main; sys.exit(main())"


def runtime_api(root: Path, remotes: dict[str, RemoteRuntime] | None = None, *, site: Path | None = None) -> Starlette:
    """The application of `wherry.api` for a project.

    Args:
        root: The project; its `results` are served and its fixtures can be run.
        remotes: Runtimes elsewhere by name, such as `agno`.
        site: The built site, whose downloads of the support matrix the API answers too.

    Returns:
        The application, without agents: clients register theirs.
    """
    from wherry.api import RuntimeService, create_app
    from wherry.api.settings import settings_from_environment
    from wherry.db.in_memory import InMemoryDb
    from wherry.manifests import Registry
    from wherry.telemetry.recorder import Recorder
    from wherry.telemetry.storage import TelemetryStore

    store, telemetry = InMemoryDb(), TelemetryStore()
    service = RuntimeService(registry=Registry(db=store), db=store, telemetry=telemetry)
    return create_app(
        service,
        settings_from_environment(),
        recorder=Recorder(telemetry),
        jobs={
            "benchmarks": lambda asked: run_benchmarks(root, asked),
            "parity-tests": lambda asked: run_parity(root, asked),
        },
        results=root / "results",
        matrix=site,
        remotes=remotes,
    )


def run_parity(root: Path, asked: dict[str, Any]) -> dict[str, Any]:
    """Run one fixture of the project in a child process, as `POST …/parity-tests:run` asks.

    Args:
        root: The project.
        asked: Body of the request: `fixture`, the id of a file in `fixtures`.

    Returns:
        The body of the results file that `wherry parity run` wrote, and its exit status.

    Raises:
        ConfigurationError: There is no such fixture.
    """
    name = str(asked.get("fixture", ""))
    known = {path.stem: path for path in (root / "fixtures").rglob("*.yaml")}
    if name not in known:
        raise ConfigurationError(
            f"there is no fixture {name!r}", hint=f"Known are {', '.join(sorted(known)) or 'none'}."
        )
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "parity.json"
        done = wherry(root, "parity", "run", str(known[name]), "--output", str(output))
        if not output.exists():
            raise ConfigurationError(f"fixture {name!r} could not be run", hint=done.stderr.strip()[-2000:])
        return {"exitStatus": done.returncode, **json.loads(output.read_text(encoding="utf-8"))}


def run_benchmarks(root: Path, asked: dict[str, Any]) -> dict[str, Any]:
    """Measure in a child process, as `POST …/benchmarks` asks; without scenarios all of them, which writes the results.

    Args:
        root: The project.
        asked: Body of the request: `scenarios`, a list of ids of `benchmarks/scenarios.yaml`; `rounds`, a number.

    Returns:
        What `wherry bench` printed, and its exit status: 1 when a ratio is outside its budget.

    Raises:
        ConfigurationError: There is no such scenario, or nothing could be measured.
    """
    names, rounds = asked.get("scenarios") or [], asked.get("rounds")
    if not isinstance(names, list) or not all(isinstance(name, str) and _SCENARIO.fullmatch(name) for name in names):
        raise ConfigurationError(f"scenarios must be ids of scenarios, not {names!r}")
    if rounds is not None and (not isinstance(rounds, int) or rounds < 1):
        raise ConfigurationError(f"rounds must be a number from 1 on, not {rounds!r}")
    done = wherry(root, "bench", *names, *([] if rounds is None else ["--rounds", str(rounds)]))
    if done.returncode not in (0, 1):
        raise ConfigurationError("the benchmarks could not be run", hint=done.stderr.strip()[-2000:])
    return {"exitStatus": done.returncode, "output": done.stdout}


def wherry(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command of ours in the project and wait for it."""
    command = [sys.executable, "-c", COMMAND, *words]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=LONGEST_JOB, check=False)
