"""What each target of the Makefile does, as tables of stages; `bootstrap` calls `run_target`.

How a stage is run and reported lives in `progress`, how `.venv` comes about in `environment`.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import signal
import socket
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from textwrap import indent
from typing import TYPE_CHECKING, NoReturn

from environment import BIN, FULL_LOCK, PORTAL_LOCK, check_writable, child_environment, prepare, renew_locks, turn
from progress import ROOT, Beside, Progress, Stopped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HOST = "127.0.0.1"
ENVIRONMENT_STEPS = 4
LOCK_STEPS = 3
BUILD = ROOT / "build"
SITE = BUILD / "site"
SITE_STAMP = BUILD / "site-stamp"
BUILDING = "the site"
CHECKING = "the checks"
SITE_SOURCES = (
    "CHANGELOG.md",
    "README.md",
    "checklists",
    "contracts",
    "cookbook",
    "docs",
    "fixtures",
    "mkdocs.yml",
    "notebooks",
    "pilots",
    "portal",
    "pyproject.toml",
    "results",
    "runtime",
    "support_matrix.yaml",
)
MEMORY = Path("/dev/shm")  # noqa: S108 - a file system in memory; what goes there has a folder of its own
ROOM = 4 * 1024**3
CLOSING = re.compile(r"(\d+) (passed|failed|skipped|errors?|xfailed|xpassed)\b")


@dataclass(frozen=True)
class Stage:
    """One command of a target.

    Attributes:
        label: What it does, as the person reads it.
        command: Program in `.venv/bin` and its arguments.
        pytest: Its output is shown as it comes and its closing line is counted.
        told: Its output is shown when it is done.
        beside: It runs while the stages after it do, up to the end of the target.
        last: It begins when all that runs beside has ended.
        turn: What it works on here that no other make may touch, from its start up to the end of the target.
    """

    label: str
    command: tuple[str, ...]
    pytest: bool = False
    told: bool = False
    beside: bool = False
    last: bool = False
    turn: str = ""

    def argv(self) -> list[str]:
        """The command with its program's full path."""
        return [str(BIN / self.command[0]), *self.command[1:]]


LINT = (
    Stage("Types: mypy --strict", ("mypy",), beside=True),
    Stage("Lint: ruff check", ("ruff", "check", ".")),
    Stage("Format: ruff format --check", ("ruff", "format", "--check", ".")),
    Stage("Imports: import-linter", ("lint-imports",)),
)
EXAMPLE = (Stage("Example: the quick fixture on Wherry", ("wherry", "parity", "quick"), told=True),)
SITE_STAGES = (
    Stage("Pages: from YAML and results", ("wherry", "docs", "generate")),
    Stage("Site: mkdocs build --strict", ("python", "tools/build_site.py", "build", "--strict", "--quiet")),
    Stage("Site: Markdown beside each page", ("wherry", "docs", "twins")),
)
# Each process keeps to one stretch of the tests, so that what a module shares is made once, and helps out at the end.
# Many tests wait, for a time limit, a child or a page: three processes keep two processors busy. What runs notebooks is
# not loaded into them.
SHARED_OUT = ("-n", "3", "--dist", "worksteal")
TESTS = (
    Stage(
        "Tests",
        ("pytest", "tests", "-q", *SHARED_OUT, "-p", "no:nbval", "-m", "not browser", "--coverage", "--coverage-later"),
        pytest=True,
    ),
)
# A cell may run the reference several times in processes of its own, which takes long on a busy machine.
NBVAL = ("--nbval", "--kernels-forked", "--nbval-sanitize-with", "notebooks/sanitize.cfg", "--timeout", "300")
NOTEBOOKS = (Stage("Notebooks", ("pytest", "notebooks", "-q", "-n", "2", "--dist", "loadfile", *NBVAL), pytest=True),)
# Only what drives Chromium is collected; that all of it lies there is tested. Nothing of ours runs in the processes
# that drive it but the look at a page: what serves the pages is a child, and children are not traced for coverage.
BROWSER = (Stage("Browser", ("pytest", "tests/site", "-q", *SHARED_OUT, "-m", "browser"), pytest=True),)
# The threshold is `fail_under` in pyproject.toml, the one that a release asks for. To make the report takes one process
# about as long as the pages take another.
COVERAGE = (Stage("Coverage", ("python", "tools/coverage_result.py", "--report"), beside=True),)


def check_stages(*, evidence: bool) -> list[Stage]:
    """Stages of `make test`, in order; with evidence, the pytest stages also write `results/`."""
    # One after the other: each shares out its tests among processes that keep all processors busy.
    # The pages are built after what they show, so that those of a run with evidence show that very run.
    notebooks = NOTEBOOKS if any((ROOT / "notebooks").glob("*.ipynb")) else ()
    on_the_site = [replace(one, turn=BUILDING) for one in (*SITE_STAGES, *BROWSER)]
    stages = [*LINT, *TESTS, *notebooks, *COVERAGE, *on_the_site]
    if not evidence:
        return stages
    written = [replace(one, command=(*one.command, "--evidence")) if one.pytest else one for one in stages]
    return [*written, Stage("Coverage into results", ("python", "tools/coverage_result.py"), last=True)]


@contextmanager
def scratch() -> Iterator[dict[str, str]]:
    """Where tests write, as variables of their environment: in memory where there is room, and gone afterwards.

    They make thousands of small databases, and a disk that syncs each takes longer than everything else they do.
    """
    try:
        roomy = "TMPDIR" not in os.environ and shutil.disk_usage(MEMORY).free >= ROOM
        folder = tempfile.mkdtemp(prefix="wherry-", dir=MEMORY) if roomy else None
    except OSError:
        folder = None
    if folder is None:
        yield {}
        return
    try:
        yield {"TMPDIR": folder}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run_stages(progress: Progress, stages: list[Stage]) -> str:
    """Run stages until one fails; return the counts of all pytest stages as one closing line."""
    with scratch() as variables:
        return _run_stages(progress, stages, variables)


def _run_stages(progress: Progress, stages: list[Stage], scratched: dict[str, str]) -> str:
    with ExitStack() as turns:
        return _run_each(progress, stages, scratched, turns)


def _run_each(progress: Progress, stages: list[Stage], scratched: dict[str, str], turns: ExitStack) -> str:
    taken: set[str] = set()
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    env = child_environment(PYTHONUNBUFFERED="1", NO_MKDOCS_2_WARNING="1")
    running: list[Beside] = []
    try:
        for stage in stages:
            if stage.turn and stage.turn not in taken:
                turns.enter_context(turn(stage.turn))
                taken.add(stage.turn)
            while stage.last and running:
                running[0].wait()
                del running[0]
            given = env | scratched if stage.pytest else env
            if stage.beside:
                running.append(progress.begin(stage.label, stage.argv(), given))
            elif stage.pytest:
                _count(progress.shown(stage.label, stage.argv(), given, running), counts)
            else:
                said = progress.quiet(stage.label, [stage.argv()], given)
                if stage.told:
                    print(indent(said.strip(), "      "), flush=True)
            for one in running:
                one.check()
        for one in running:
            one.wait()
    finally:
        for one in running:
            one.stop()
    return f"total: {counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped"


def _count(output: str, counts: dict[str, int]) -> None:
    closing = output.rstrip().rpartition("\n")[2]
    for number, outcome in CLOSING.findall(closing):
        if outcome in counts:
            counts[outcome] += int(number)


def check(*, evidence: bool = False) -> int:
    """`make test`: the environment, then every check, stopping at the first that fails."""
    stages = check_stages(evidence=evidence)
    progress = Progress(ENVIRONMENT_STEPS + len(stages))
    started = time.monotonic()
    prepare(progress, FULL_LOCK)
    with turn(CHECKING):  # two at once would measure each other's coverage
        if evidence:  # the pytest stages merge into these files; a whole run starts without what is gone
            for name in ("tests.json", "notebooks.json"):
                (ROOT / "results" / name).unlink(missing_ok=True)
        closing = run_stages(progress, stages)
    print(f"make test: every stage passed in {time.monotonic() - started:.0f} s", flush=True)
    print(closing, flush=True)
    return 0


def lint() -> int:
    """`make lint`: the checks that run nothing."""
    progress = Progress(ENVIRONMENT_STEPS + len(LINT))
    prepare(progress, FULL_LOCK)
    run_stages(progress, list(LINT))
    return 0


def reformat() -> int:
    """`make format`: what ruff can mend by itself."""
    stages = [
        Stage("ruff check --fix", ("ruff", "check", "--fix", "--exit-zero", ".")),
        Stage("ruff format", ("ruff", "format", ".")),
    ]
    progress = Progress(ENVIRONMENT_STEPS + len(stages))
    prepare(progress, FULL_LOCK)
    run_stages(progress, stages)
    return 0


def lock() -> int:
    """`make lock`: newest versions that pyproject.toml allows, with hashes."""
    progress = Progress(ENVIRONMENT_STEPS + LOCK_STEPS)
    prepare(progress, PORTAL_LOCK)
    renew_locks(progress)
    print("Locks renewed. `make test` installs and tries them.")
    return 0


def docs() -> int:
    """`make docs`: the site in build/site, whatever was there before."""
    progress = Progress(ENVIRONMENT_STEPS + len(SITE_STAGES))
    prepare(progress, PORTAL_LOCK)
    with turn(BUILDING):
        run_stages(progress, list(SITE_STAGES))
    print(f"The site is in {SITE.relative_to(ROOT)}.")
    return 0


def portal() -> int:
    """`make portal`: from nothing to a served site; what is up to date is not done again."""
    port = _port()
    _check_port(port)
    stages = [*EXAMPLE, *SITE_STAGES]
    progress = Progress(ENVIRONMENT_STEPS + len(stages) + 1)
    prepare(progress, PORTAL_LOCK)
    with turn(BUILDING):
        fingerprint = _fingerprint()
        if (SITE / "index.html").exists() and SITE_STAMP.exists() and SITE_STAMP.read_text() == fingerprint:
            for stage in stages:
                progress.skip(stage.label, "up to date")
        else:
            run_stages(progress, stages)
            SITE_STAMP.write_text(fingerprint)
    _check_port(port)
    print(f"{progress.announce('Serving')} http://{HOST}:{port} (Ctrl-C ends it)", flush=True)
    serve = Stage("serve", ("wherry", "portal", "serve", "--host", HOST, "--port", str(port)))
    os.execve(serve.argv()[0], serve.argv(), child_environment(WHERRY_DOCS_URL=f"http://{HOST}:{port}"))  # noqa: S606


def _port() -> int:
    text = os.environ.get("PORT", "8000")
    if text.isdecimal() and 0 < int(text) < 65536:
        return int(text)
    raise Stopped(f"PORT={text!r} is no port: give a number from 1 to 65535, for example PORT=8010.")


def _check_port(port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise Stopped(
                f"Port {port} of {HOST} cannot be used ({error.strerror}): "
                f"free it, or choose another: make portal PORT={port + 10 if port < 65000 else 8000}"
            ) from None


def _fingerprint() -> str:
    """Digest of the names, sizes and times of everything the site is made from."""
    digest = hashlib.sha256()
    for name in SITE_SOURCES:
        start = ROOT / name
        for path in sorted(start.rglob("*")) if start.is_dir() else [start]:
            if path.is_file() and "__pycache__" not in path.parts:
                state = path.stat()
                digest.update(f"{path.relative_to(ROOT)} {state.st_size} {state.st_mtime_ns}\n".encode())
    return digest.hexdigest()


TARGETS: dict[str, Callable[[], int]] = {
    "docs": docs,
    "evidence": lambda: check(evidence=True),
    "format": reformat,
    "lint": lint,
    "lock": lock,
    "portal": portal,
    "test": check,
}


def _interrupted(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def run_target(arguments: list[str]) -> int:
    """Run the target named on the command line.

    Returns:
        The exit status: 0, or 1 after one clear line about what stopped it.
    """
    if len(arguments) != 1 or arguments[0] not in TARGETS:
        print(f"usage: python tools/bootstrap.py {{{','.join(TARGETS)}}}", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, _interrupted)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # pytest is ended by it; `... &` in a script ignores it
    try:
        check_writable()
        return TARGETS[arguments[0]]()
    except Stopped as stopped:
        print(f"make {arguments[0]} stopped. {stopped}", file=sys.stderr, flush=True)
        return 1
    except OSError as error:
        where = f" {error.filename!r}:" if error.filename else ""
        told = f"{where} {error.strerror or error}. Mend that, or move it away, and try again."
        print(f"make {arguments[0]} stopped.{told}", file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        print(f"\nmake {arguments[0]}: interrupted", file=sys.stderr)
        return 130
