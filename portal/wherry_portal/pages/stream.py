"""The recorded stream of the quickstart's panel: one run of the canonical fixture, kept in `results/stream.json`.

For hosts that only serve files; a served portal runs the fixture anew (`portal.live`). Called by `wherry docs stream`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from wherry_portal.evidence.stamp import header, write_results
from wherry_portal.pages.live_run import FIXTURE
from wherry_portal.pilot.errors import PilotError

if TYPE_CHECKING:
    from pathlib import Path

LONGEST = 60
MODULE = "wherry_portal.pages.live_run"


def untraced() -> dict[str, str]:
    """The environment without what would measure coverage in a child."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("COVERAGE_", "COV_"))}


def record(root: Path) -> dict[str, Any]:
    """Run the canonical fixture once and write its stream to `results/stream.json`.

    Args:
        root: The project.

    Returns:
        The body that was written: fixture and lines.

    Raises:
        PilotError: The run did not come to its end.
    """
    head = header("wherry docs stream", root=root)
    command = [sys.executable, "-m", MODULE, str(root)]
    done = subprocess.run(command, capture_output=True, text=True, env=untraced(), timeout=LONGEST, check=False)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    if done.returncode or not lines or "end" not in lines[-1]:
        raise PilotError("the canonical fixture did not come to its end", hint=done.stderr.strip()[-2000:])
    body = {"fixture": FIXTURE, "lines": lines}
    write_results(root / "results" / "stream.json", head, body)
    return body
