"""The project's environment: `.venv`, made from a hashed lock and stamped, so that a second start has nothing to do.

`stages` calls `prepare` and `renew_locks`. No package index is named here: pip and uv use the person's own settings.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from progress import OFFLINE, ROOT, Stopped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from progress import Progress

VENV = ROOT / ".venv"
BIN = VENV / "bin"
UNPACKED = VENV / "pip"
BYTECODE = ROOT / ".cache" / "bytecode"
STAMP = VENV / "wherry-stamp.json"
UNFINISHED = VENV / "wherry-unfinished"
TURNS = ROOT / ".cache" / "turns"
FULL_LOCK = ROOT / "requirements.lock"
PORTAL_LOCK = ROOT / "requirements-portal.lock"
UV_LOCK = ROOT / "requirements-uv.lock"
# What uv says once it has fetched all packages and changes the environment.
BEGUN = re.compile(r"^(Prepared|Uninstalled|Installed) |failed to (un)?install", re.IGNORECASE | re.MULTILINE)
LOCK_OPTIONS = [
    "--universal",
    "--python-version",
    "3.11",
    "--generate-hashes",
    "--no-emit-index-url",
    "--no-annotate",
    "--no-header",
]


def child_environment(**more: str) -> dict[str, str]:
    """Environment of every child: the venv first on PATH, nothing inherited that would redirect Python.

    What is compiled is kept, outside the sources: the checks start hundreds of processes, and compiling the reference
    anew takes each of them longer than importing it.
    """
    dropped = {"PYTHONHOME", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE"}
    env = {name: value for name, value in os.environ.items() if name not in dropped}
    env["PYTHONPYCACHEPREFIX"] = str(BYTECODE)
    env["VIRTUAL_ENV"] = str(VENV)
    env["PATH"] = f"{BIN}{os.pathsep}{env.get('PATH', '')}"
    return env | more


def check_writable() -> None:
    """Refuse early when the project's folder cannot be written to.

    Raises:
        Stopped: Nothing can be created there.
    """
    probe = ROOT / f".write-probe-{os.getpid()}"
    try:
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise Stopped(
            f"{ROOT} cannot be written to ({error.strerror}): use a copy of the project in a folder of your own."
        ) from None


@contextmanager
def turn(what: str) -> Iterator[None]:
    """Let one `make` at a time do a piece of work in this folder; one that has to wait says so.

    The lock goes with the process that holds it, however that ends.

    Args:
        what: Name of the work, as the person reads it.
    """
    TURNS.mkdir(parents=True, exist_ok=True)
    with (TURNS / what.replace(" ", "-")).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"      another make is at {what} here: waiting for it", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _stamp(lock: Path) -> dict[str, str]:
    return {
        "lock": lock.name,
        "locked": _digest(lock),
        "project": _digest(ROOT / "pyproject.toml"),
        "place": str(ROOT),
    }


def _stamped() -> dict[str, str]:
    """What `.venv` was made from; empty when it is not there or was not finished."""
    if not (BIN / "python").exists():
        return {}
    try:
        stamp: dict[str, str] = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp


def prepare(progress: Progress, lock: Path) -> None:
    """Make `.venv` hold exactly what a lock says, with the project installed in place. Four steps.

    Args:
        progress: Where the steps are announced.
        lock: The lock to install; the full one, which contains every other, when `.venv` was made from it before.

    Raises:
        Stopped: A step failed.
    """
    with turn("the environment"):
        _prepare(progress, lock)


def _prepare(progress: Progress, lock: Path) -> None:
    steps = ("Environment", "Installer", "Packages", "Project")
    stamp = _stamped()
    if stamp.get("lock") == FULL_LOCK.name:
        lock = FULL_LOCK
    if stamp == _stamp(lock):
        for step in steps:
            progress.skip(step, "up to date")
        return
    env = child_environment()
    python = str(BIN / "python")
    pip, brought = ["-m", "pip"], []
    if _usable():
        progress.skip("Environment", "kept")
    else:
        _clear()
        brought = bundled()
        create = [sys.executable, "-m", "venv", *(["--without-pip"] if brought else []), str(VENV)]
        progress.quiet("Environment: creating .venv", [create])
        if brought:
            pip = [str(unpacked(brought) / "pip")]
    install_uv = [python, *pip, "install", "--quiet", "--retries", "2", "--disable-pip-version-check"]
    commands = [[*install_uv, "--require-hashes", "-r", str(UV_LOCK)]]
    if brought:
        offline = ["--python", python, "--offline", "--no-index", "--no-deps"]
        commands.append([str(BIN / "uv"), "pip", "install", *offline, *map(str, brought)])
    progress.quiet("Installer: uv, checked by hash", commands, env)
    shutil.rmtree(UNPACKED, ignore_errors=True)
    _install(progress, lock, python, env)
    install = [str(BIN / "uv"), "pip", "install", "--python", python, "--offline", "--no-deps", "--no-build-isolation"]
    progress.quiet("Project: wherry, editable", [[*install, "--editable", str(ROOT)]], env)
    for places in VENV.glob("lib/python*/site-packages/_wherry.pth"):
        point_relatively(places)
    STAMP.write_text(json.dumps(_stamp(lock), indent=2) + "\n", encoding="utf-8")
    UNFINISHED.unlink()


def _install(progress: Progress, lock: Path, python: str, env: dict[str, str]) -> None:
    """Make the packages those of a lock; until that is finished there is no stamp but a mark.

    Raises:
        Stopped: It failed. Where no package could be fetched, stamp and packages are what they were.
    """
    before = STAMP.read_bytes() if STAMP.exists() else b""
    STAMP.unlink(missing_ok=True)
    UNFINISHED.touch()
    packages = sum(1 for line in lock.read_text(encoding="utf-8").splitlines() if "==" in line)
    sync = [str(BIN / "uv"), "pip", "sync", "--python", python, "--require-hashes", str(lock)]
    try:
        progress.quiet(f"Packages: {packages} from {lock.name}, checked by hash", [sync], env)
    except Stopped as stopped:
        if OFFLINE.search(stopped.output) and not BEGUN.search(stopped.output):
            # uv fetches everything before it changes anything: what was there is as it was.
            if before:
                STAMP.write_bytes(before)
            UNFINISHED.unlink()
        raise


def _clear() -> None:
    """Take away a `.venv` that cannot be used.

    Raises:
        Stopped: What is there is no folder, so it was not made here.
    """
    if VENV.is_symlink() or (VENV.exists() and not VENV.is_dir()):
        kind = "a link to no usable environment" if VENV.is_symlink() else "a file"
        raise Stopped(f"{str(VENV)!r} is {kind}, and a folder has to be made there: move it away.")
    shutil.rmtree(VENV, ignore_errors=True)


def bundled() -> list[Path]:
    """The wheels that `python -m venv` would install; none where a distribution keeps them elsewhere."""
    found = importlib.util.find_spec("ensurepip")
    folder = Path(found.origin).parent / "_bundled" if found and found.origin else VENV / "no-such-folder"
    wheels = sorted(folder.glob("*.whl"))
    return wheels if any(wheel.name.startswith("pip-") for wheel in wheels) else []


def unpacked(wheels: list[Path]) -> Path:
    """A folder of `.venv` with pip in it, which can run there once.

    To have pip install itself, as `python -m venv` does, takes longer than all packages that come after it: it runs
    from an archive, and compiles what nothing loads. uv installs it in no time, but uv has to come first.
    """
    with zipfile.ZipFile(next(wheel for wheel in wheels if wheel.name.startswith("pip-"))) as archive:
        archive.extractall(UNPACKED)
    return UNPACKED


def point_relatively(places: Path) -> None:
    """Name the project's folders from where the file lies that tells Python of them.

    Python 3.11 reads that file in the encoding of the locale: under LC_ALL=C no Python of `.venv` would start in a
    folder with an umlaut in its path.
    """
    lines = places.read_text(encoding="utf-8").splitlines()
    relative = [os.path.relpath(places.parent / line, places.parent) for line in lines]
    places.write_text("".join(f"{line}\n" for line in relative), encoding="utf-8")


def _usable() -> bool:
    """Whether `.venv` has a Python that starts, is new enough, and has pip (uv's first installer).

    One whose packages were never finished is not: a full disk or Ctrl-C leaves a package of which uv believes, by its
    metadata, that it is all there.
    """
    if UNFINISHED.exists():
        return False
    try:
        probe = [str(BIN / "python"), "-c", "import sys, pip; sys.exit(sys.version_info < (3, 11))"]
        return subprocess.run(probe, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def renew_locks(progress: Progress) -> None:
    """Resolve every lock anew from pyproject.toml. Three steps.

    Raises:
        Stopped: The resolution failed.
    """
    compile_ = [str(BIN / "uv"), "pip", "compile", "--quiet", *LOCK_OPTIONS]
    uv = [*compile_, "--upgrade", "--group", "build", "pyproject.toml"]
    env = child_environment()
    progress.quiet("Locking everything", [[*uv, "--all-extras", "-o", FULL_LOCK.name]], env)
    portal = [*uv, "--extra", "portal", "--extra", "docs", "-c", FULL_LOCK.name, "-o", PORTAL_LOCK.name]
    progress.quiet("Locking what the portal needs", [portal], env)
    only_uv = next(line for line in PORTAL_LOCK.read_text(encoding="utf-8").splitlines() if line.startswith("uv=="))
    source = ROOT / ".cache" / "uv.in"
    source.write_text(only_uv.split()[0] + "\n", encoding="utf-8")
    progress.quiet("Locking the installer", [[*compile_, str(source), "-o", UV_LOCK.name]], env)
