"""Running a command in a workspace. Called by `kit`."""

from __future__ import annotations

import re
import subprocess  # only for the error that a time limit raises
from typing import TYPE_CHECKING

from wherry.core.programs import run_program
from wherry.tools.workspace.places import Refused

if TYPE_CHECKING:
    from pathlib import Path

# Colours and moves of the cursor: a sequence of one letter, or one with numbers.
_TERMINAL = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[@-Z\\-_])")


def run(args: list[str], root: Path, tail: int, timeout: float) -> str:
    """The last lines that a command wrote.

    Raises:
        Refused: It took too long, and was ended with what it started; or it failed.
    """
    try:
        ended = run_program(args, timeout=timeout, cwd=root)
    except subprocess.TimeoutExpired as error:
        raise Refused(f"the command timed out after {timeout} seconds and was ended.") from error
    if ended.returncode:
        raise Refused(f"(exit {ended.returncode}): {_last(ended.stderr, tail)}")
    return _last(ended.stdout, tail)


def _last(text: str, count: int) -> str:
    return "\n".join(_TERMINAL.sub("", text).splitlines()[-count:]) if count > 0 else ""
