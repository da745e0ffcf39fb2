"""Shows how much the tests that just ran have covered, or writes it to `results/coverage.json`: stages of `make`.

`tests/covered.py` makes the report, when `pytest --coverage` ends or, with `--coverage-later`, when it is asked for
here; what is too little is looked up there, and fails here.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from wherry_portal.evidence.stamp import header, write_results

ROOT = Path(__file__).resolve().parent.parent
REPORT = ROOT / ".cache" / "coverage.json"
PACKAGES = {"wherry": "runtime/wherry/", "wherry_portal": "portal/wherry_portal/"}


def measured() -> dict[str, Any]:
    """The report of the run: its `text`, the numbers of its `files`, and its `failure`, if too little was covered."""
    sys.path.append(str(ROOT / "tests"))
    import covered

    covered.write_kept(ROOT)
    data: dict[str, Any] = json.loads(REPORT.read_text(encoding="utf-8"))
    return data


def shown(data: dict[str, Any]) -> int:
    """Print the report; the status says whether enough was covered."""
    print(data["text"], end="")
    if data["failure"]:
        print(data["failure"])
    return 2 if data["failure"] else 0


def share(summaries: list[dict[str, int]]) -> float:
    """Lines and branches that ran, in per cent of all in these files."""
    covered = sum(one["covered_lines"] + one.get("covered_branches", 0) for one in summaries)
    wanted = sum(one["num_statements"] + one.get("num_branches", 0) for one in summaries)
    return round(100 * covered / wanted, 2) if wanted else 100.0


def body(data: dict[str, Any]) -> dict[str, Any]:
    """What `contracts/results-coverage.schema.json` asks for, out of the report."""
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
    if sys.argv[1:] == ["--report"]:
        sys.exit(shown(measured()))
    write_results(ROOT / "results" / "coverage.json", header("make evidence", root=ROOT), body(measured()))
