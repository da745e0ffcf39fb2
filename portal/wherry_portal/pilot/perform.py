"""What an automatic item does: run its command and watch it, or look up its evidence. The log is not touched here.

Lines that go into a log are cut, freed of colours and secrets, and of paths of this machine: the log is committed.
"""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from wherry_portal.evidence import Currency, load_results, resolve
from wherry_portal.pilot.own_parity import own_parity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from wherry_portal.checklists.model import Automatic
    from wherry_portal.evidence import Evidence

KEPT_LINES = 12
KEPT_WIDTH = 200
_COLOUR = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07]*\x07|[\x00-\x08\x0b-\x1f\x7f]")
_SECRET = re.compile(r"(?i)\b(sk-[\w-]{8,}|gh[pousr]_\w{8,}|xox[abpr]-[\w-]{8,}|AKIA\w{12,}|bearer\s+[\w.~+/-]{8,})")
_URL_PASSWORD = re.compile(r"(?<=://)([^\s:/@]+):[^\s@/]+@")
_SECRET_NAMES = re.compile(r"(KEY|TOKEN|SECRET|PASSWORD)$")
_WHERRY = [sys.executable, "-c", "import sys; from wherry_portal.cli import main; sys.exit(main())"]
OWN_PARITY = "fixture:*"
TIMED_OUT = 124
NOT_FOUND = 127


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an automatic item showed.

    Attributes:
        passed: Exit status 0, or all evidence passed.
        shown: Lines for the log.
        command: As it ran, for people; empty for evidence.
        exit_status: Of the command; 124 when it took too long, 127 when it could not be started.
        seconds: How long the command ran.
    """

    passed: bool
    shown: tuple[str, ...]
    command: str = ""
    exit_status: int | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a pilot works.

    Attributes:
        root: The project that holds ``pilots/``.
        project: The migrated project.
        pilots: Folder of the logs.
        team: The team's short name.
        timeout: Longest run of one command, in seconds.
        echo: Called with each line that a command prints.
        env: Environment of the commands; None for this process's own.
    """

    root: Path
    project: Path
    pilots: Path
    team: str
    timeout: float = 1800
    echo: Callable[[str], None] = field(default=lambda _: None)
    env: Mapping[str, str] | None = None

    def fill(self, word: str) -> str:
        """A word of a command with its placeholders filled in."""
        log = self.pilots / f"{self.team}.yaml"
        names = {"project": self.project, "pilots": self.pilots, "log": log, "team": self.team}
        return re.sub(r"\{(\w+)\}", lambda match: str(names[match[1]]), word)


def perform(item: Automatic, place: Place, currency: Currency) -> Outcome:
    """Run an item's command, or judge its evidence."""
    if item.command:
        words = [place.fill(word) for word in shlex.split(item.command)]
        return run(words, place.root, place)
    return look_up(item.evidence, place, currency)


def look_up(selectors: Iterable[str], place: Place, currency: Currency) -> Outcome:
    """Judge evidence: parity by what the project itself has compared, the rest by the ``results/`` of the root.

    That holds, too, for a project that is the root: a team that follows the checklist in its own folder.
    """
    results = load_results(place.root / "results")
    judged: list[Evidence] = []
    for selector in selectors:
        own = selector == OWN_PARITY
        judged += own_parity(place.project, currency) if own else [resolve(selector, results, currency)]
    shown = tuple(
        tidy(
            f"{one.status}: {one.selector}: {one.detail}" + (f" ({one.date:%Y-%m-%d %H:%M} UTC)" if one.date else ""),
            place,
        )
        for one in judged
    )
    return Outcome(bool(judged) and all(one.status == "passed" for one in judged), shown)


def run(words: list[str], folder: Path, place: Place) -> Outcome:
    """Run a command without a shell, echo what it prints and keep the last lines.

    A command that takes too long is ended with everything it started; so is one during which Ctrl-C is pressed.
    """
    command = tidy(shlex.join(words), place)
    began = time.monotonic()
    kept: deque[str] = deque(maxlen=KEPT_LINES)
    try:
        status = _watched(_WHERRY + words[1:] if words[0] == "wherry" else words, folder, place, kept)
    except OSError as error:
        kept.append(tidy(f"cannot be started: {error.strerror or error}: {words[0]}", place))
        status = NOT_FOUND
    seconds = round(time.monotonic() - began, 1)
    return Outcome(status == 0, tuple(line for line in kept if line), command, status, seconds)


def _watched(words: list[str], folder: Path, place: Place, kept: deque[str]) -> int:
    """Start a command, pass its lines on, and return its exit status or `TIMED_OUT`."""
    child = subprocess.Popen(
        words,
        cwd=folder,
        env=place.env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    )
    late = threading.Event()

    def too_long() -> None:
        late.set()
        _end(child)

    watch = threading.Timer(place.timeout, too_long)
    watch.start()
    with child:
        try:
            for line in child.stdout or ():
                place.echo(line.rstrip("\n"))
                kept.append(tidy(line, place))
            status = child.wait()
        except BaseException:
            _end(child)
            raise
        finally:
            watch.cancel()
    if late.is_set():
        kept.append(f"ended after {place.timeout:g} s")
        return TIMED_OUT
    return status


def _end(child: subprocess.Popen[str]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(child.pid, number)
            child.wait(timeout=5)
        except (OSError, subprocess.TimeoutExpired):
            continue
        return


def tidy(line: str, place: Place) -> str:
    """A line as it may stand in a committed log: no colours, secrets or paths of this machine, and not long."""
    text = _COLOUR.sub("", line).rstrip()
    for name, value in os.environ.items():
        if _SECRET_NAMES.search(name) and len(value) > 5:
            text = text.replace(value, "***")
    text = _URL_PASSWORD.sub(r"\1:***@", _SECRET.sub("***", text))
    for path, name in _paths(place):
        text = text.replace(path, name)
    return text if len(text) <= KEPT_WIDTH else f"{text[: KEPT_WIDTH - 1]}…"


def _paths(place: Place) -> list[tuple[str, str]]:
    known = [
        (place.project.resolve(), "{project}"),
        (place.root.resolve(), "."),
        (Path(sys.prefix).resolve(), "{environment}"),
        (Path.home(), "~"),
    ]
    # The longest first: the project lies inside the root more often than not.
    return sorted(((str(path), name) for path, name in known if len(path.parts) > 1), key=lambda pair: -len(pair[0]))
