"""Where files are: the project somebody works in, and the schemas and checklists that travel with the package."""

from __future__ import annotations

from pathlib import Path

_MARKS = ("support_matrix.yaml", "pilots", "pyproject.toml", ".git")


def find_root(start: Path | None = None) -> Path:
    """The nearest folder, from `start` (default: the working directory) upwards, that looks like a project.

    A project holds a support matrix, a ``pilots`` folder, a ``pyproject.toml`` or a ``.git``. When none does,
    `start` itself is returned. A built site is none, although its page of pilots is a folder of that name.
    """
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if any((folder / mark).exists() for mark in _MARKS) and not (folder / "pilots" / "index.html").exists():
            return folder
    return here


def packaged(name: str) -> Path:
    """A file that ships with Wherry, such as ``contracts/checklist.schema.json``.

    Raises:
        FileNotFoundError: The installation lacks it.
    """
    package = Path(__file__).resolve().parents[1]
    candidates = (package / "_data" / name, package.parents[1] / name)
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    raise FileNotFoundError(
        f"{name} is neither at {candidates[0]} nor at {candidates[1]}; the installation is incomplete"
    )
