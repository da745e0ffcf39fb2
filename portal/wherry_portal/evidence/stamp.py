"""The head that all results files share (date, commit, versions) and the writing of a whole file.

Every writer of results calls `header` when its run starts and `write_results` when it ends. Reading is in `results`.
"""

from __future__ import annotations

import json
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from wherry import __version__
from wherry_portal.sources import write_atomic


def now_text(moment: datetime | None = None) -> str:
    """A moment (default: now) as results and logs write it: UTC, whole seconds, with a Z."""
    return (moment or datetime.now(UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_time(text: str) -> datetime:
    """The moment of such a text.

    Raises:
        ValueError: It is no time, or has no Z.
    """
    if not text.endswith("Z"):
        raise ValueError(f"{text!r} is not UTC: a Z is missing at its end")
    return datetime.fromisoformat(text)


def header(command: str, *, root: Path | None = None, reference: bool | str = False) -> dict[str, Any]:
    """The fields that every results file starts with.

    Args:
        command: The command that makes the file, as a person would type it.
        root: The checkout; default the working directory.
        reference: True to name the installed Agno, a text to name that version, False when Agno took no part.
    """
    commit, dirty = commit_of(root or Path.cwd())
    versions = {"wherry": __version__, "python": platform.python_version()}
    if reference:
        versions["agno"] = reference if isinstance(reference, str) else version("agno")
    return {
        "schema": 1,
        "date": now_text(),
        "commit": commit,
        "dirty": dirty,
        "versions": versions,
        "command": command,
    }


def write_results(path: Path, head: dict[str, Any], body: dict[str, Any]) -> None:
    """Write a results file: the head, with the date of this moment, then the body; keys of mappings in order."""
    ordered = {name: dict(sorted(part.items())) if isinstance(part, dict) else part for name, part in body.items()}
    text = json.dumps({**head, "date": now_text(), **ordered}, indent=1, ensure_ascii=False)
    write_atomic(path, text + "\n")


def commit_of(root: Path) -> tuple[str, bool]:
    """The commit that is checked out and whether tracked files differ from it; `unknown` outside a checkout.

    Files below ``results/`` do not count: a run that writes its result would make itself dirty.
    """
    commit = _git(root, "rev-parse", "HEAD")
    if commit is None:
        return "unknown", False
    return commit, bool(_git(root, "status", "--porcelain", "--untracked-files=no", "--", ".", ":(exclude)results"))


def installed_reference() -> str:
    """The version of Agno in this environment, or empty."""
    try:
        return version("agno")
    except PackageNotFoundError:
        return ""


def _git(root: Path, *words: str) -> str | None:
    try:
        done = subprocess.run(["git", "-C", str(root), *words], capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
