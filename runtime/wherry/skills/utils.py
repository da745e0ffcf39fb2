"""Reading and running the files of a skill; mirrors `agno.skills.utils`. Called by the tools in `answers`.

A script runs as the program that its first line names, with the rights and the environment of this process, in the
skill's folder. What it started is ended with it when its time is over.
"""

from __future__ import annotations

import stat
import sys
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from wherry.core.errors import PathSecurityError
from wherry.core.matrix import module_getattr
from wherry.core.path_safety import safe_join_relative_path
from wherry.core.programs import run_program

if TYPE_CHECKING:
    from collections.abc import Sequence

_PYTHONS = frozenset({"python", "python2", "python3"})
_WINDOWS = sys.platform == "win32"


@dataclass
class ScriptResult:
    """What a script wrote and how it ended; a negative `returncode` is the signal that ended it."""

    stdout: str
    stderr: str
    returncode: int


def is_safe_path(base_dir: Path, requested_path: str) -> bool:
    """Whether a path from outside stays inside of a folder, links followed."""
    try:
        safe_join_relative_path(base_dir, requested_path)
    except (PathSecurityError, OSError):
        return False
    return True


def ensure_executable(file_path: Path) -> None:
    """Let the owner of a file run it."""
    mode = file_path.stat().st_mode
    if not mode & stat.S_IXUSR:
        file_path.chmod(mode | stat.S_IXUSR)


def parse_shebang(script_path: Path) -> str | None:
    """Name of the program that the first line of a script asks for; None when it asks for none."""
    try:
        with script_path.open(encoding="utf-8") as file:
            first = file.readline().strip()
    except (OSError, UnicodeDecodeError):
        return None
    words = first.removeprefix("#!").split() if first.startswith("#!") else []
    if not words:
        return None
    program = PurePosixPath(words[0]).name
    if program != "env":
        return program
    return next((word for word in words[1:] if not word.startswith("-")), None)


def get_interpreter_command(interpreter: str) -> list[str]:
    """How a program is called on Windows: Python as the one that runs now, anything else by its name."""
    return [sys.executable] if interpreter.lower() in _PYTHONS else [interpreter]


def _command(script: Path, args: Sequence[str]) -> list[str]:
    if not _WINDOWS:
        ensure_executable(script)
        return [str(script), *args]
    program = parse_shebang(script)
    return [*(get_interpreter_command(program) if program else ()), str(script), *args]


def run_script(
    script_path: Path, args: list[str] | None = None, timeout: float = 30, cwd: Path | None = None
) -> ScriptResult:
    """Run a script and wait for it.

    Args:
        script_path: The script; it is made executable. Windows reads the program from its first line.
        args: What it is called with.
        timeout: Seconds after which it is ended, with what it started.
        cwd: The folder that it runs in; by default that of this process.

    Raises:
        subprocess.TimeoutExpired: It took longer.
        FileNotFoundError: The script or the program that it asks for is not there.
        OSError: The system cannot run it, for example because it has no first line that names a program.
    """
    return ScriptResult(*run_program(_command(script_path, args or ()), timeout=timeout, cwd=cwd))


def read_file_safe(file_path: Path, encoding: str = "utf-8") -> str:
    """The text of a file.

    Raises:
        OSError: It cannot be read.
        UnicodeDecodeError: It is no text in this encoding.
    """
    return file_path.read_text(encoding=encoding)


__getattr__ = module_getattr(__name__, "agno.skills.utils")
