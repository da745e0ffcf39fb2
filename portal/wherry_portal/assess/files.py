"""Which files of a code base are looked at, and what kind each is. Nothing is read here beyond folder listings."""

from __future__ import annotations

import fnmatch
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from wherry_portal.assess.finding import Unjudged

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Kind = Literal[
    "python",
    "notebook",
    "requirements",
    "constraints",
    "pyproject",
    "listing",
    "dockerfile",
    "environment",
    "pipeline",
    "lock",
]

SKIPPED = {
    ".eggs",
    ".git",
    ".hg",
    ".ipynb_checkpoints",
    ".mypy_cache",
    ".nox",
    ".pytest_cache",
    ".ruff_cache",
    ".svn",
    ".tox",
    ".venv",
    "__pycache__",
    "node_modules",
    "site-packages",
    "venv",
}
"""Folders that hold no code of the team's own."""

_KINDS: tuple[tuple[re.Pattern[str], Kind], ...] = (
    (re.compile(r".*\.pyi?$"), "python"),
    (re.compile(r".*\.ipynb$"), "notebook"),
    (re.compile(r"^(.+[-_.])?requirements([-_.][\w.-]*)?\.(txt|in)$"), "requirements"),
    (re.compile(r"^(.+[-_.])?constraints([-_.][\w.-]*)?\.(txt|in)$"), "constraints"),
    (re.compile(r"^pyproject\.toml$"), "pyproject"),
    (re.compile(r"^(Pipfile|setup\.cfg|environment\.ya?ml|conda\.ya?ml)$"), "listing"),
    (re.compile(r"^(.*\.)?(Dockerfile|Containerfile)(\..*)?$"), "dockerfile"),
    (re.compile(r"^(\.env(\..+)?|.*\.env|(docker-)?compose[\w.-]*\.ya?ml)$"), "environment"),
    (re.compile(r"^(uv|poetry|pdm|Pipfile|requirements([-_.][\w.-]*)?)\.lock$"), "lock"),
    (
        re.compile(r"^(\.gitlab-ci|azure-pipelines|bitbucket-pipelines|cloudbuild|\.travis|appveyor)\.ya?ml$"),
        "pipeline",
    ),
    (re.compile(r"^(Jenkinsfile|[Mm]akefile|GNUmakefile|justfile|Procfile|tox\.ini|.+\.(sh|bash))$"), "pipeline"),
)
_PIPELINES = re.compile(
    r"^(.*/)?(\.github/workflows|\.github/actions/.*|\.circleci|\.buildkite|\.woodpecker)/[^/]+\.ya?ml$"
)
"""Where files lie that tell a service how to build and test, whatever their names."""


VENDORED = "agno"
"""The name of a folder that may be a copy of Agno."""
_PARTS_OF_AGNO = ("agent", "models", "run", "team", "tools", "utils", "workflow")
_LIKE_IT = 3
_COPY = (
    "is a copy of Agno: what was changed in it cannot be told; leave it out with --exclude once you have looked at it"
)
_RENAME = "the name has a line break or is not UTF-8: rename it"

_LISTS = {"requirements", "reqs"}
"""Folders whose text files are requirements files, whatever their names."""
_INCLUDE = re.compile(rb"^[ \t]*(?P<option>-r|-c|--requirement|--constraint)[ \t=]*(?P<name>[^\s#]+)", re.MULTILINE)


@dataclass(slots=True)
class Found:
    """The files of a code base.

    Attributes:
        root: Folder that paths are relative to.
        files: Path -> kind, in a fixed order.
        unjudged: What could not be entered, with the reason.
        exclude: Patterns of what is left out.
    """

    root: Path
    files: dict[Path, Kind] = field(default_factory=dict)
    unjudged: list[Unjudged] = field(default_factory=list)
    exclude: tuple[str, ...] = ()

    def name(self, path: Path) -> str:
        """A path relative to the root, with forward slashes."""
        return path.relative_to(self.root).as_posix()


def kind_of(name: str) -> Kind | None:
    """The kind of a file by its name, None when it is not looked at."""
    spelled = name.replace("\n", " ")
    return next((kind for pattern, kind in _KINDS if pattern.match(spelled)), None)


def find_files(target: Path, exclude: Iterable[str] = ()) -> Found:
    """The files to look at below a folder, or the one file that is named.

    Args:
        target: A folder or a file.
        exclude: Patterns of relative paths to leave out, such as ``legacy/*``.
    """
    target = target.resolve()
    if target.is_file():
        return Found(target.parent, {target: kind_of(target.name) or "python"})
    patterns = tuple(exclude)
    found = Found(target, exclude=patterns)
    goals: set[Path] = set()
    for folder, folders, names in os.walk(target, onerror=lambda error: _unreadable(found, error)):
        here = Path(folder)
        folders[:] = sorted(name for name in folders if _enter(found, here / name, patterns))
        for name in sorted(names):
            path = here / name
            kind = _kind(found, path)
            if kind is not None and not _excluded(found.name(path), patterns):
                found.files.update(_readable(found, path, kind, goals))
    return found


def _kind(found: Found, path: Path) -> Kind | None:
    """The kind of a file by its name and by where it lies."""
    if kind := kind_of(path.name):
        return kind
    if _listed(path):
        return "requirements"
    return "pipeline" if _PIPELINES.match(found.name(path)) else None


def _listed(path: Path) -> bool:
    return path.parent.name in _LISTS and path.suffix in {".txt", ".in"}


def follow_includes(found: Found, path: Path, raw: bytes) -> list[Path]:
    """Files of the code base that a requirements file includes, whatever their names; they are added to the files.

    Args:
        found: The files so far.
        path: A file of them.
        raw: Its bytes.
    """
    if found.files[path] not in {"requirements", "constraints"}:
        return []
    fresh: list[Path] = []
    for match in _INCLUDE.finditer(raw):
        other = Path(os.path.normpath(path.parent / os.fsdecode(match["name"])))
        constrains = match["option"] in {b"-c", b"--constraint"}
        if constrains and other in found.files:
            found.files[other] = "constraints"
        elif other not in found.files and _inside(found, other):
            found.files[other] = "constraints" if constrains else "requirements"
            fresh.append(other)
    return fresh


def _inside(found: Found, path: Path) -> bool:
    return path.is_relative_to(found.root) and path.is_file() and not _excluded(found.name(path), found.exclude)


def _readable(found: Found, path: Path, kind: Kind, goals: set[Path]) -> Iterator[tuple[Path, Kind]]:
    """The file, when it can be read and is not read already; `goals` are what links before it have led to."""
    if not _is_text(path.name):
        found.unjudged.append(Unjudged(_spelled(found.name(path)), "file-name", _RENAME))
    elif path.is_symlink() and not path.exists():
        found.unjudged.append(Unjudged(found.name(path), "broken-symlink", f"points to {path.readlink()}"))
    elif not path.is_file():
        found.unjudged.append(Unjudged(found.name(path), "not-a-file", "is a device, socket or pipe"))
    elif path.is_symlink() and not path.resolve().is_relative_to(found.root):
        goal = path.resolve()
        found.unjudged.append(Unjudged(found.name(path), "outside", f"points to {goal}, outside the assessed folder"))
    elif not path.is_symlink():
        yield path, kind
    elif path.resolve() not in goals and not _judged_itself(found, path.resolve(), kind):
        goals.add(path.resolve())
        yield path, kind


def _judged_itself(found: Found, goal: Path, kind: Kind) -> bool:
    """Whether what a link points to is looked at under its own name, so that it is neither judged nor written twice."""
    name = found.name(goal)
    passed = SKIPPED.isdisjoint(goal.relative_to(found.root).parts) and not _excluded(name, found.exclude)
    return passed and _kind(found, goal) == kind


def _is_text(name: str) -> bool:
    """Whether a name can be written on a line of a report and found again by it."""
    return not any("\ud800" <= letter <= "\udfff" or letter in "\r\n\0" for letter in name)


def _spelled(name: str) -> str:
    """A name with what is no text written out."""
    return os.fsencode(name).decode("utf-8", "backslashreplace").replace("\n", "\\n").replace("\r", "\\r")


def _enter(found: Found, folder: Path, patterns: tuple[str, ...]) -> bool:
    if folder.name in SKIPPED or _excluded(found.name(folder), patterns):
        return False
    if not _is_text(folder.name):
        found.unjudged.append(Unjudged(_spelled(found.name(folder)), "file-name", _RENAME))
        return False
    if _is_agno_itself(folder):
        found.unjudged.append(Unjudged(found.name(folder), "vendored", _COPY))
        return False
    if not folder.is_symlink():
        return True
    try:
        goal = folder.resolve(strict=True)
    except (OSError, RuntimeError) as error:
        found.unjudged.append(Unjudged(found.name(folder), "symlink-loop", str(error)))
        return False
    if goal == found.root or goal in folder.parents or found.root.is_relative_to(goal):
        found.unjudged.append(Unjudged(found.name(folder), "symlink-loop", f"points back to {goal}"))
    elif not goal.is_relative_to(found.root):
        found.unjudged.append(Unjudged(found.name(folder), "outside", f"points to {goal}, outside the assessed folder"))
    return False


def _is_agno_itself(folder: Path) -> bool:
    """Whether a folder is Agno's package, not a team's folder of that name: some of its parts are there."""
    if folder.name != VENDORED or not (folder / "__init__.py").is_file():
        return False
    return sum((folder / part / "__init__.py").is_file() for part in _PARTS_OF_AGNO) >= _LIKE_IT


def _unreadable(found: Found, error: OSError) -> None:
    name = Path(error.filename).relative_to(found.root).as_posix() if error.filename else "?"
    found.unjudged.append(Unjudged(name, "unreadable", error.strerror or str(error)))


def _excluded(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch.fnmatch(name, pattern) or fnmatch.fnmatch(name, f"{pattern}/*") for pattern in patterns)
