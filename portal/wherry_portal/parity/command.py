"""`wherry parity …`: run, quick, stats. Each returns its exit status: 0 agree, 1 a difference, 2 could not run."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import App, Parameter

from wherry.core.errors import WherryError
from wherry_portal.sources import find_root
from wherry_portal.sources.counted import counted

if TYPE_CHECKING:
    from rich.console import Console

    from wherry_portal.parity.fixture import Fixture

app = App(
    name="parity",
    help="Run the same recipe or script on Agno and on Wherry and compare value by value.",
    result_action="return_value",
)

app.command(
    "wherry_portal.parity.script.command:script",
    name="script",
    # The list of commands does not import it, so what it does is said here.
    help=(
        "Run your own script on Agno as it is and, migrated, on Wherry, against one cassette, and compare.\n\n"
        "Compared are what it prints, what it asks the model, events, outputs and the rows of its SQLite databases. "
        "Every run gets a copy of the script's folder."
    ),
)

WIDTH = 120
MOST_NAMES = 40
MOST_VERSIONS = 10
FOLDERS = ("agents", "knowledge", "learning", "sessions", "teams", "workflows")


class NothingToRun(WherryError):
    """No fixture, or no case that was asked for."""

    code = "parity_nothing"


@app.command
def run(
    fixtures: tuple[Path, ...] = (),
    /,
    *,
    only: Annotated[tuple[str, ...], Parameter(negative=())] = (),
    mutate: bool = False,
    findings: int = 20,
    cases: bool = False,
    output: Path | None = None,
    write: bool = True,
    jobs: int | None = None,
    candidate: Literal["wherry", "agno"] = "wherry",
    reuse: bool = False,
) -> int:
    """Run fixtures on Agno (twice) and on Wherry and compare requests, events, outputs, sessions, metrics.

    What differs between the two runs of Agno is noise. What differs on purpose is listed in `parity/intentional.yaml`.
    Without `--output`, whole fixtures are written to `results/parity_results.json` of the project.

    Args:
        fixtures: Fixture files or folders; by default all of the project's.
        only: Run cases whose `fixture/case[way]` contains this text; may be repeated.
        mutate: Change one reply on Wherry's side in every case: each has to fail, or it proves nothing.
        findings: How many findings to print.
        cases: Print a row for every case.
        output: Where to write the results.
        write: `--no-write` leaves the results file alone.
        jobs: Child processes at a time; by default one a core.
        candidate: The runtime to judge; `agno` compares the reference with itself.
        reuse: Use recordings of Agno from `.cache/parity` where fixture, tools and versions are unchanged.
    """
    from wherry_portal.evidence.stamp import header
    from wherry_portal.parity import report, results
    from wherry_portal.parity.fixture import fixture_files
    from wherry_portal.parity.intentional import Expectations, read_rules
    from wherry_portal.parity.run import Plan, run_parity

    root = find_root()
    chosen = _fixtures(fixtures, root)
    whole = not only and {one.path.resolve() for one in chosen} == {one.resolve() for one in fixture_files(_own(root))}
    judged = candidate == "wherry" and not mutate
    target = output or root / "results" / results.NAME
    writing = write and judged and bool(output or not only)
    plan = Plan(
        chosen,
        _callables(chosen, root),
        only,
        candidate,
        mutate,
        jobs,
        root / ".cache" / "parity" if reuse else None,
    )
    entries = plan.entries()
    if not entries:
        raise NothingToRun(f"no case contains {' or '.join(map(repr, only))}", hint="`--cases` shows their names.")
    if writing:
        results.refuse_unwritable(target, whole=whole)
    head = header("wherry parity run", root=root, reference=True)
    expectations = Expectations(read_rules())
    with report.progress(3 * len(entries), "recording") as on_done:
        found = run_parity(plan, expectations, on_done)
    console = _console()
    report.show(found, console, findings=findings, cases=cases, mutated=mutate)
    if mutate:
        passed, lines = report.mutated_verdict(found)
    else:
        passed, lines = report.verdict(found, expectations, whole=whole and judged)
    console.print(*lines, sep="\n", highlight=False, markup=False)
    if writing:
        results.write(target, head, results.body_of(found, expectations, root), whole=whole)
        console.print(f"Written: {target}", highlight=False, markup=False)
    return 0 if passed else 1


@app.command
def quick(fixtures: tuple[Path, ...] = (), /, *, jobs: int | None = None) -> int:
    """Run the quick fixtures on Wherry alone and check what has to come out. Needs no Agno.

    Args:
        fixtures: Fixture files or folders; by default the project's that are marked `quick`.
        jobs: Child processes at a time; by default one a core.
    """
    from wherry_portal.parity import report
    from wherry_portal.parity.run import Plan, run_quick

    root = find_root()
    chosen = _fixtures(fixtures, root)
    if not fixtures:
        chosen = [fixture for fixture in chosen if fixture.quick]
    plan = Plan(chosen, _callables(chosen, root), workers=jobs)
    with report.progress(len(plan.entries()), "running") as on_done:
        found = run_quick(plan, on_done)
    console = _console()
    for result in found:
        runs = [way for case in result.cases for way in case.ways]
        good = sum(way.outcome == "passed" for way in runs)
        console.print(f"{result.fixture.id}: {good} of {counted(len(runs), 'run')} as expected", highlight=False)
        for case in result.cases:
            for way in case.ways:
                for line in [way.error] if way.error else way.broken:
                    console.print(f"  ✗ {case.case.key}[{way.way}] {line}", highlight=False, markup=False)
    return 0 if found and all(result.outcome == "passed" for result in found) else 1


@app.command
def stats(new: Path | None = None, old: Path | None = None, /) -> int:
    """Pass rates by fixture, and by name what was fixed and what broke since the last results.

    Args:
        new: The results to look at; by default the project's.
        old: The results to compare with; by default the last committed ones that differ.
    """
    from wherry_portal.parity import results
    from wherry_portal.parity import stats as kept

    root = find_root()
    path = new or root / "results" / results.NAME
    data = kept.load(path)
    console = _console()
    for name, good, total, percent in kept.rates(data):
        console.print(f"{percent:7.2f} %  {good:4d} of {total:4d} cases  {name}", highlight=False)
    if old is not None:
        label, earlier = str(old), kept.load(old)
    else:
        past = kept.history(path, root)
        _over_time(console, past)
        versions = [(c, d) for c, d in past if kept.outcomes(d) != kept.outcomes(data)]
        if not versions:
            console.print("No earlier results with other outcomes to compare with.")
            return 0
        label, earlier = versions[0]
    changed = kept.change(earlier, data)
    console.print(f"Since {label} ({earlier['date']}):")
    for title in ("fixed", "broke", "added", "gone", "still"):
        names = getattr(changed, title)
        shown = names[:MOST_NAMES] if title in {"added", "gone"} else names
        more = f" and {len(names) - len(shown)} more" if len(shown) < len(names) else ""
        console.print(f"  {title:6} {len(names):4d}  {', '.join(shown)}{more}", highlight=False)
    return 1 if changed.broke else 0


def _over_time(console: Console, past: list[tuple[str, dict[str, Any]]]) -> None:
    """One line for each committed version of the results, newest first."""
    from wherry_portal.parity.stats import passed

    if len(past) > 1:
        console.print("Over time:")
    for commit, data in past[:MOST_VERSIONS] if len(past) > 1 else ():
        good, total = passed(data)
        console.print(f"  {data['date'][:10]}  {commit}  {good} of {counted(total, 'case')} passed", highlight=False)


def _console() -> Console:
    """A console as wide as the terminal; without one, wide enough for the table."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else WIDTH)


def _fixtures(given: tuple[Path, ...], root: Path) -> list[Fixture]:
    from wherry_portal.parity.fixture import read_fixtures

    for path in given:
        if not path.exists():
            raise NothingToRun(f"there is no {str(path)!r}", hint="Give fixture files or folders, or none for all.")
    found = read_fixtures(given or _own(root))
    if not found:
        folders = ", ".join(repr(str(path)) for path in given or [root / "fixtures"])
        raise NothingToRun(f"there is no fixture below {folders}", hint="Run it inside the project, or give files.")
    return found


def _own(root: Path) -> list[Path]:
    """Where the project's own fixtures are: files and folders that exist."""
    folder = root / "fixtures"
    return [*sorted(folder.glob("*.yaml")), *(path for name in FOLDERS if (path := folder / name).exists())]


def _callables(chosen: list[Fixture], root: Path) -> Path:
    """The folder of callables beside the fixtures: the nearest `callables` above the first one, else the project's."""
    for parent in chosen[0].path.resolve().parents if chosen else ():
        if (parent / "callables").is_dir():
            return parent / "callables"
    return root / "fixtures" / "callables"
