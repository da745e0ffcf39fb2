"""`wherry pilot`: the command line over `walk`, `perform`, `verify` and `report`. Texts for people are here."""

from __future__ import annotations

import json
import os
import platform
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App, Parameter

from wherry import __version__
from wherry.core.errors import docs_url
from wherry_portal.checklists import Automatic, Checklist, find_checklist, load_checklist
from wherry_portal.evidence import Currency
from wherry_portal.pilot import clock, perform, report, walk
from wherry_portal.pilot.errors import PilotError
from wherry_portal.pilot.log import PilotLog, Signature, changing, load_log, log_path, logs_in, save_log
from wherry_portal.sources import find_root, locked, write_atomic

if TYPE_CHECKING:
    from datetime import datetime

app = App(name="pilot", help="Follow the pilot checklist, with a log and a clock.", result_action="return_value")


@app.command
def start(
    *,
    team: str = "",
    project: Path | None = None,
    acceptance: tuple[str, ...] = (),
    ci: str = "",
    rehearsal: Annotated[bool, Parameter(negative="")] = False,
    pilots: Path | None = None,
) -> int:
    """Begin a pilot, or let the clock of one that was stopped or interrupted run again.

    Args:
        team: The team's short name, such as agentos-core; may be left out when one pilot is going on.
        project: Folder of the project that is migrated; by default this one, or the one in the log.
        acceptance: A command that shows that the project works; may be given more than once.
        ci: What runs the team's tests, such as "GitHub Actions".
        rehearsal: Mark the log as a rehearsal by the maintainers, which does not count as a pilot.
        pilots: Folder of the logs; by default `pilots` in the project's root.
    """
    folder = _pilots(pilots)
    path = log_path(folder, team) if team else _log(folder, team)
    moment = clock.now()
    if project is not None and not project.is_dir():
        raise PilotError(f"there is no folder {str(project)!r}", hint="Give the project's folder with --project.")
    if path.exists():
        with changing(path) as log:
            if log.finished:
                raise PilotError(f"the pilot of {log.team!r} is finished", hint="See it with `wherry pilot report`.")
            said = clock.resume(log, moment, clock.boot_time()) or "The clock is running already."
            if project is not None:
                log.project = _relative(project, folder)
            log.ci = ci or log.ci
            log.acceptance.extend(command for command in acceptance if command not in log.acceptance)
    else:
        checklist = _checklist(folder)
        environment = {"wherry": __version__, "python": platform.python_version(), "system": platform.system()}
        log = walk.begin(team, checklist, environment, _relative(project or Path(), folder), moment)
        log.acceptance, log.ci, log.rehearsal = list(acceptance), ci, rehearsal
        with locked(folder):
            save_log(path, log)
        said = f"The clock runs. The log is {_relative(path, folder)}."
    print(said)
    if not log.acceptance:
        print(
            "Nothing has been said yet that shows that the project works. Say it before `without-agno`:\n"
            f'  wherry pilot start --team {log.team} --acceptance "python -m pytest -q"'
        )
    return _next(log, _checklist(folder))


@app.command
def status(
    *, team: str = "", pilots: Path | None = None, json_: Annotated[bool, Parameter("--json", negative="")] = False
) -> int:
    """Show what is done, what is open and how long it took.

    Args:
        team: The team's short name; may be left out when one pilot is going on.
        pilots: Folder of the logs; by default `pilots` in the project's root.
        json_: Print JSON instead of a table.
    """
    folder = _pilots(pilots)
    log = load_log(_log(folder, team))
    if json_:
        print(json.dumps(report.summary(log, _checklist(folder), clock.now()), indent=2, ensure_ascii=False))
        return 0
    print(report.text(log, _checklist(folder), clock.now()))
    return _next(log, _checklist(folder))


@app.command
def done(item: str = "", /, *, team: str = "", pilots: Path | None = None, timeout: float = 1800) -> int:
    """Let an automatic item run itself; without ITEM, all open ones up to the first that needs a person.

    Args:
        item: The item's id.
        team: The team's short name; may be left out when one pilot is going on.
        pilots: Folder of the logs; by default `pilots` in the project's root.
        timeout: Longest run of one command, in seconds.

    Returns:
        0 when everything that ran passed, else 1.
    """
    folder = _pilots(pilots)
    path = _log(folder, team)
    checklist = _checklist(folder)
    if item:
        found = walk.find(checklist, item)
        if not isinstance(found, Automatic):
            raise PilotError(
                f"item {item!r} needs a signature", hint=f"Use `wherry pilot sign {item} --name … --link …`."
            )
        return 0 if _perform(found, path, checklist, timeout) else 1
    for open_item in walk.open_items(load_log(path), checklist):
        if not isinstance(open_item, Automatic):
            break
        if not _perform(open_item, path, checklist, timeout):
            return 1
    return _next(load_log(path), checklist)


@app.command
def sign(
    item: str,
    /,
    *,
    name: str,
    link: str = "",
    role: str = "",
    date: str = "",
    comment: str = "",
    not_applicable: str = "",
    team: str = "",
    pilots: Path | None = None,
) -> int:
    """Sign an item, or say why an optional one does not apply.

    Args:
        item: The item's id.
        name: Who signs.
        link: Address, or file of this repository, that shows it; there is no credit without one.
        role: In which role; by default the one that the checklist names.
        date: Day of the signature, such as 2026-11-22; by default today.
        comment: Anything a reader should know.
        not_applicable: Why the item does not apply, in a sentence.
        team: The team's short name; may be left out when one pilot is going on.
        pilots: Folder of the logs; by default `pilots` in the project's root.
    """
    folder = _pilots(pilots)
    checklist = _checklist(folder)
    found = walk.find(checklist, item)
    moment = clock.now()
    with changing(_log(folder, team)) as log:
        said, before = _resumed(log, moment), log.entry(item)
        if not_applicable:
            walk.dismiss(log, checklist, found, not_applicable, name, moment)
        else:
            signature = Signature(role or found.role, name, date or moment.date().isoformat(), link, comment)
            walk.sign(log, checklist, found, signature, moment, root=find_root(folder.parent))
    _say(said)
    entry = log.entry(item)
    print(f"{report.MARKS['signed']} {item}: {report.shown_by(entry) if entry else ''}")
    if before and before.status != "failed":
        print(f"  instead of: {report.shown_by(before)}")
    return _next(log, checklist)


@app.command
def stop(*, team: str = "", pilots: Path | None = None, note: tuple[str, ...] = ()) -> int:
    """Stop the clock; `wherry pilot start` lets it run again.

    Args:
        team: The team's short name; may be left out when one pilot is going on.
        pilots: Folder of the logs; by default `pilots` in the project's root.
        note: An open point for the log; may be given more than once.
    """
    moment = clock.now()
    with changing(_log(_pilots(pilots), team)) as log:
        if log.finished is None:
            _say(clock.resume(log, moment, clock.boot_time()) if clock.running(log) else "")
            clock.halt(log, moment, "stop")
        log.open_points.extend(note)
    print(f"The clock stands at {clock.shown(clock.worked(log, moment))}.")
    return 0


@app.command(name="report")
def report_(
    *,
    team: str = "",
    pilots: Path | None = None,
    format_: Annotated[Literal["text", "markdown", "json"], Parameter("--format")] = "markdown",
    output: Path | None = None,
) -> int:
    """Write the report of a pilot.

    Args:
        team: The team's short name; may be left out when one pilot is going on.
        pilots: Folder of the logs; by default `pilots` in the project's root.
        format_: text, markdown or json.
        output: File to write; by default the report is printed.
    """
    folder = _pilots(pilots)
    log, checklist = load_log(_log(folder, team)), _checklist(folder)
    moment = clock.now()
    if format_ == "json":
        made = json.dumps(report.summary(log, checklist, moment), indent=2, ensure_ascii=False)
    else:
        made = (report.markdown if format_ == "markdown" else report.text)(log, checklist, moment)
    if output is None:
        print(made)
    else:
        write_atomic(output, made + "\n")
        print(f"Report: {output}")
    return 0


@app.command
def verify(
    *,
    team: str = "",
    project: Path | None = None,
    acceptance: tuple[str, ...] = (),
    extras: str = "",
    wheel: Path | None = None,
    keep: Path | None = None,
    timeout: float = 1800,
    pilots: Path | None = None,
) -> int:
    """Run the migrated project in an environment without Agno; show that nothing loads it and that no run fails.

    Args:
        team: The team's short name; may be left out when one pilot is going on, or with --project.
        project: Folder of the project; by default the one in the team's log.
        acceptance: A command that shows that it works; by default those in the log.
        extras: Wherry's extras that the project needs, such as postgres,api.
        wheel: Wherry's wheel; by default one is built from the checkout, or the released version is installed.
        keep: Leave the environment in this folder.
        timeout: Longest run of one command, in seconds.
        pilots: Folder of the logs; by default `pilots` in the project's root.

    Returns:
        0 when every check passed, else 1.
    """
    from wherry_portal.pilot.verify import verify as accept

    folder = _pilots(pilots)
    path = _log(folder, team) if team or project is None else None
    log = load_log(path) if path else None
    place = _place(folder, log, project, timeout)
    found = accept(
        place,
        list(acceptance or (log.acceptance if log else ())),
        Currency(reference=_reference(folder)),
        extras=extras,
        wheel=wheel,
        keep=keep,
        say=lambda step: print(f"- {step}", flush=True),
    )
    for name, passed, shown in found.checks:
        print(f"{report.MARKS['done' if passed else 'failed']} {name}: {shown}")
    if path:
        with changing(path) as log:
            log.verification = found
    print(f"{'Accepted' if found.accepted else 'Not accepted'} after {clock.shown(found.seconds)}.")
    return 0 if found.accepted else 1


def _perform(item: Automatic, path: Path, checklist: Checklist, timeout: float) -> bool:
    with changing(path) as log:
        _say(_resumed(log, clock.now()))
    print(f"{item.id}: {item.text}", flush=True)
    place = _place(path.parent, log, None, timeout)
    outcome = perform.perform(item, place, Currency(reference=_reference(path.parent)))
    if not item.command:
        for line in outcome.shown:
            print(f"  {line}")
    moment = clock.now()
    with changing(path) as log:
        _resumed(log, moment)
        entry = walk.close(log, checklist, item, outcome, moment)
    print(f"{report.MARKS[entry.status]} {item.id}: {entry.status} after {clock.shown(entry.seconds)}")
    if not outcome.passed and item.docs:
        print(f"  How to do it: {docs_url(item.docs)}")
    return outcome.passed


def _place(folder: Path, log: PilotLog | None, project: Path | None, timeout: float) -> perform.Place:
    root = find_root(folder.parent)
    if project is None:
        project = root / log.project if log else Path()
    team = log.team if log else ""
    return perform.Place(
        root, project.resolve(), folder, team, timeout, echo=lambda line: print(f"  {line}", flush=True)
    )


def _pilots(given: Path | None) -> Path:
    return (given or find_root() / "pilots").resolve()


def _checklist(folder: Path) -> Checklist:
    return load_checklist(find_checklist("pilot", find_root(folder.parent)))


def _log(folder: Path, team: str) -> Path:
    """The log of the team that was named, else of WHERRY_PILOT_TEAM, else of the only pilot that is going on."""
    team = team or os.environ.get("WHERRY_PILOT_TEAM", "")
    if team:
        path = log_path(folder, team)
        if not path.exists():
            raise PilotError(f"team {team!r} has no pilot log", hint=f"Begin with `wherry pilot start --team {team}`.")
        return path
    paths = logs_in(folder)
    if not paths:
        raise PilotError(
            f"no pilot has begun: there is no log in {_relative(folder, folder)}/",
            hint="Go to the folder that holds it, or begin one: `wherry pilot start --team agentos-core`.",
        )
    going_on = [path for path in paths if len(paths) == 1 or load_log(path).finished is None]
    if len(going_on) != 1:
        names = ", ".join(path.stem for path in going_on or paths) or "none"
        raise PilotError(
            f"which pilot is meant? There are: {names}",
            hint="Name one with --team, or begin one: `wherry pilot start --team agentos-core`.",
        )
    return going_on[0]


def _reference(folder: Path) -> str:
    from wherry_portal.matrix.source import load_matrix

    own = find_root(folder.parent) / "support_matrix.yaml"
    return load_matrix(own if own.is_file() else None).version


def _relative(path: Path, folder: Path) -> str:
    """A path as it goes into a log: from the root that holds `pilots`, so that no path of this machine is in it."""
    return Path(os.path.relpath(path.resolve(), find_root(folder.parent))).as_posix()


def _next(log: PilotLog, checklist: Checklist) -> int:
    items = walk.open_items(log, checklist)
    if not items:
        print(
            f"All items are closed, after {clock.shown(clock.worked(log, clock.now()))} of work. "
            f"Commit the log ({log.team}.yaml), and write the report:\n"
            f"  wherry pilot report --team {log.team} --output report.md"
        )
        return 0
    item = items[0]
    how = f"wherry pilot done {item.id}"
    if not isinstance(item, Automatic):
        how = f"wherry pilot sign {item.id} --name … --link …"
    print(f"Next ({len(items)} open): {item.text} ({item.role}, {item.expected_minutes:g} min)\n  {how}")
    return 0


def _resumed(log: PilotLog, moment: datetime) -> str:
    """Let the clock run, unless the pilot is finished: what is corrected later costs it no time."""
    return "" if log.finished else clock.resume(log, moment, clock.boot_time())


def _say(line: str) -> None:
    if line:
        print(line)
