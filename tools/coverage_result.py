"""Writes `results/coverage.json` from the coverage data of the run that just ended; a stage of `make evidence`.

The threshold is not looked at here: `coverage report` does, in the stage before.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from wherry_portal.evidence.stamp import header, write_results

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = {"wherry": "runtime/wherry/", "wherry_portal": "portal/wherry_portal/"}


def measured() -> dict[str, Any]:
    """The report of coverage.py as data."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "coverage.json"
        command = [sys.executable, "-m", "coverage", "json", "--quiet", "--fail-under=0", "-o", str(report)]
        subprocess.run(command, cwd=ROOT, check=True)
        data: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    return data


def share(summaries: list[dict[str, int]]) -> float:
    """Lines and branches that ran, in per cent of all in these files."""
    covered = sum(one["covered_lines"] + one.get("covered_branches", 0) for one in summaries)
    wanted = sum(one["num_statements"] + one.get("num_branches", 0) for one in summaries)
    return round(100 * covered / wanted, 2) if wanted else 100.0


def body(data: dict[str, Any]) -> dict[str, Any]:
    """What `contracts/results-coverage.schema.json` asks for, out of the report of coverage.py."""
    files = {name: file["summary"] for name, file in data["files"].items()}
    return {
        "percent": share(list(files.values())),
        "statements": sum(one["num_statements"] for one in files.values()),
        "covered": sum(one["covered_lines"] for one in files.values()),
        "packages": {
            package: share([one for name, one in files.items() if name.startswith(folder)])
            for package, folder in PACKAGES.items()
        },
    }


if __name__ == "__main__":
    write_results(ROOT / "results" / "coverage.json", header("make evidence", root=ROOT), body(measured()))
