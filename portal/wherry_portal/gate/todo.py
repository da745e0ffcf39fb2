"""What somebody has to do about an open item, by check. A check that knows better says so in its `Finding`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

EVIDENCE = "Run `make evidence` on the commit that is to be released, and commit `results/`."

TODO: Mapping[str, str] = {
    "same-code": "Commit the code. Then make the results again with it: `make evidence`, `wherry parity run fixtures`, "
    "`wherry bench`; commit `results/`.",
    "tests": f"Mend what fails, give each skip a reason. {EVIDENCE}",
    "coverage": f"Test what `coverage report` names. {EVIDENCE}",
    "parity": "Mend or explain each difference (`wherry parity run FIXTURE` shows it), then `wherry parity run "
    "fixtures` and commit `results/`.",
    "benchmarks": "Run `wherry bench` on a quiet machine. If a ratio stays off, `wherry gate release --write-guidance` "
    "says where to look.",
    "benchmarks-current": "Run `wherry bench` on a quiet machine and commit `results/bench.json`.",
    "noise-floor": "Run `wherry bench` again on a quiet machine: close other programs, plug the machine in.",
    "notebooks": f"Run the notebook that is named, store what it shows, and look at it. {EVIDENCE}",
    "matrix": "For each row named: `wherry matrix show ROW` tells its evidence. Tie a test that passes to it in "
    f"`support_matrix.yaml`, or claim less. {EVIDENCE}",
    "not-migrated": "Give each row or symbol that is named a row in `support_matrix.yaml`, with reason and fallback.",
    "pilots": "Another team follows the checklist, in about an hour: "
    "`wherry pilot start --team TEAM --project FOLDER`. Commit `pilots/TEAM.yaml` when it is accepted.",
    "tickets": "Export the tickets of the last two weeks from the tracker, then "
    "`wherry support stats --since 14d EXPORT.csv`.",
    "guidance": "Follow the guidance in `checklists/performance.yaml`, measure with `wherry bench`, then "
    "`wherry gate release --write-guidance` takes away what is back inside its budget.",
}
