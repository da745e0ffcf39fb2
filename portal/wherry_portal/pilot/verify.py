"""Pilot acceptance (R40): the migrated project runs in an environment without Agno, and nothing in it loads Agno.

Builds the environment (`environment`), runs the acceptance commands under the witness, reads the parity evidence, and
yields named checks. Whether and where the outcome is logged is up to `command`.
"""

from __future__ import annotations

import re
import shlex
import tempfile
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from wherry import __version__
from wherry_portal.pilot import clock, environment, perform, witness
from wherry_portal.pilot.errors import PilotError
from wherry_portal.pilot.log import Verification
from wherry_portal.pilot.requirements import requirements_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wherry_portal.evidence import Currency
    from wherry_portal.pilot.environment import Environment

Check = tuple[str, bool, str]
_FAILED_RUN = re.compile(r"\bError in run '[^']*': (.*)")


def verify(
    place: perform.Place,
    acceptance: list[str],
    currency: Currency,
    *,
    extras: str = "",
    wheel: Path | None = None,
    keep: Path | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Verification:
    """Accept or refuse a migrated project.

    Args:
        place: The project and where its commands' lines go.
        acceptance: Commands that show it works, run inside the project; at least one.
        currency: What the parity evidence has to agree with.
        extras: Wherry's extras that the project needs, such as ``postgres,api``.
        wheel: Wherry's wheel; by default one is built from the checkout, or the released version is installed.
        keep: Where to leave the environment; by default it is deleted.
        say: Called with each step as it begins.

    Raises:
        PilotError: There is no such project, no acceptance command, or the environment cannot be made.
    """
    if not place.project.is_dir():
        raise PilotError(f"there is no project {str(place.project)!r}", hint="Give its folder with --project.")
    if not acceptance:
        how = f"wherry pilot start --team {place.team} --acceptance" if place.team else "--acceptance"
        raise PilotError(
            "nothing was said to run", hint=f'Give `{how} "python -m pytest -q"`, or whatever shows that it works.'
        )
    began = time.monotonic()
    with _folder(keep) as folder:
        say("Building an environment without Agno")
        built = environment.create(
            folder / "environment", _requirements(place, folder, extras, wheel), lock=environment.default_lock()
        )
        notes = folder / "witness"
        notes.mkdir(exist_ok=True)
        checks = [*_absence(built), *_acceptance(place, built, notes, acceptance, say), *_watched(witness.read(notes))]
        processes = witness.read(notes).processes
        checks = [
            (name, ok, perform.tidy(shown.replace(str(folder), "{environment}"), place)) for name, ok, shown in checks
        ]
    say("Reading the parity evidence")
    checks.append(_parity(place, currency))
    return Verification(
        date=clock.now(),
        accepted=all(passed for _, passed, _ in checks),
        wherry=__version__,
        python=built.version,
        seconds=round(time.monotonic() - began, 1),
        processes=processes,
        checks=tuple(checks),
    )


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="wherry-pilot-", ignore_cleanup_errors=True) as name:
        yield Path(name)


def _requirements(place: perform.Place, folder: Path, extras: str, wheel: Path | None) -> list[str]:
    suffix = f"[{extras}]" if extras else ""
    if wheel is not None:
        wherry = f"wherry{suffix} @ {wheel.resolve().as_uri()}"
    else:
        wherry = environment.wherry_requirement(extras, folder / "wheel")
    return [wherry, *requirements_of(place.project)]


def _absence(built: Environment) -> Iterator[Check]:
    names = ", ".join(built.agno)
    yield "no Agno installed", not built.agno, f"installed: {names}" if names else "no distribution of that name"
    found = "`import agno` would find a module" if built.importable else "`import agno` finds nothing"
    yield "no Agno importable", not built.importable, found


def _acceptance(
    place: perform.Place, built: Environment, notes: Path, acceptance: list[str], say: Callable[[str], None]
) -> Iterator[Check]:
    failed: list[str] = []

    def heed(line: str) -> None:
        failed.extend(_FAILED_RUN.findall(line))
        place.echo(line)

    inside = replace(place, echo=heed, env=built.variables(notes))
    for command in acceptance:
        say(f"Running {command}")
        words = shlex.split(command)
        if words[:1] and words[0] in {"python", "python3"}:
            words[0] = str(built.python)
        outcome = perform.run(words, place.project, inside)
        last = outcome.shown[-1] if outcome.shown else "no output"
        yield f"runs: {command}", outcome.passed, f"exit {outcome.exit_status} after {outcome.seconds:g} s: {last}"
    # What ran elsewhere (a container, another environment) is not watched, but it may have logged.
    yield _no_failed_run(max(witness.read(notes).failed, failed, key=len))


def _no_failed_run(failed: list[str]) -> Check:
    """A run that fails raises nothing, so that a script whose model never answered ends with exit status 0, too."""
    shown = "the commands told of none"
    if failed:
        shown = f"{len(failed)} ended as an error: {failed[0]} (where that is meant, let a test expect it)"
    return "no failed run", not failed, shown


def _watched(seen: witness.Seen) -> Iterator[Check]:
    modules = sorted(seen.loaded)
    tried = f"; {', '.join(sorted(seen.asked)[:5])} was asked for and not found" if seen.asked else ""
    silent = f"; {seen.silent} ended without a word" if seen.silent else ""
    if modules:
        shown = f"{len(modules)} loaded, such as {modules[0]} from {seen.loaded[modules[0]]}"
    else:
        shown = f"none in {seen.processes} watched processes{tried}{silent}"
    # A process that was killed cannot name what it had loaded, but what it asked for was written down at once.
    doubtful = bool(seen.silent and seen.asked)
    yield "no Agno module loaded", not modules and not doubtful and seen.processes > 0, shown
    yield "Wherry in use", seen.with_wherry > 0, f"imported by {seen.with_wherry} of {seen.processes} processes"


def _parity(place: perform.Place, currency: Currency) -> Check:
    outcome = perform.look_up((perform.OWN_PARITY,), place, currency)
    return "parity evidence", outcome.passed, outcome.shown[0] if outcome.shown else "none found"
