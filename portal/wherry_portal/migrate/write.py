"""Writes a plan to disk and takes it back: every old file is kept below `.wherry/undo` until the next migration.

A file is written whole or not at all; one that cannot be written is a named result and stops none of the others.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wherry.core.errors import WherryError

if TYPE_CHECKING:
    from wherry_portal.migrate.plan import Change, Plan

FOLDER = ".wherry"
_MANIFEST = "undo.json"


class MigrateError(WherryError):
    """A migration, or taking it back, cannot begin."""

    code = "migrate"


@dataclass(slots=True)
class Written:
    """What was written.

    Attributes:
        files: Names of files that were written.
        failed: Name -> why it could not be written.
    """

    files: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)


def refuse_dirty_tree(root: Path) -> None:
    """Raise when the folder is in a git work tree with uncommitted changes.

    Raises:
        MigrateError: It is dirty.
    """
    command = ["git", "-C", str(root), "status", "--porcelain", "--untracked-files=no", "--", "."]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return
    changed = [line[3:] for line in done.stdout.splitlines()] if done.returncode == 0 else []
    if changed:
        more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
        raise MigrateError(
            f"the work tree has uncommitted changes, in {changed[0]!r}{more}",
            hint="Commit or stash them, or say --allow-dirty.",
        )


def write_plan(plan: Plan) -> Written:
    """Write every changed file, keeping the old ones for `undo`."""
    written = Written()
    changes = [change for change in plan.changes if change.changes]
    if not changes:
        return written
    store = plan.root / FOLDER
    kept = store / "undo"
    shutil.rmtree(kept, ignore_errors=True)
    entries: dict[str, Any] = {}
    for number, change in enumerate(changes):
        try:
            _keep(kept, number, change)
            _write(change.file.path, change.after)
        except OSError as error:
            written.failed[change.file.name] = error.strerror or str(error)
            continue
        written.files.append(change.file.name)
        entries[change.file.name] = {"kept": str(number), "after": _digest(change.after)}
    if entries:
        (store / ".gitignore").write_text("*\n", "utf-8")
        (store / _MANIFEST).write_text(json.dumps({"schema": 1, "files": entries}, indent=1) + "\n", "utf-8")
    return written


def _keep(folder: Path, number: int, change: Change) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / str(number)).write_bytes(change.before)


def _write(path: Path, content: bytes) -> None:
    """Replace a file in one step, with its mode; of a link what it points to."""
    path = path.resolve()
    if not os.access(path, os.W_OK):
        raise PermissionError(13, "is read-only", str(path))
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        shutil.copymode(path, name)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def originals(folder: Path) -> dict[str, bytes]:
    """What files of a folder were before the last migration of it, or of a folder around it, by relative path.

    Empty when there was none. Files may have been edited since: these are what they were on Agno.
    """
    folder = folder.resolve()
    root = next((one for one in (folder, *folder.parents) if (one / FOLDER / _MANIFEST).is_file()), None)
    found: dict[str, bytes] = {}
    if root is None:
        return found
    try:
        entries = json.loads((root / FOLDER / _MANIFEST).read_text("utf-8"))["files"]
        for name, entry in entries.items():
            if (root / name).is_relative_to(folder):
                relative = (root / name).relative_to(folder).as_posix()
                found[relative] = (root / FOLDER / "undo" / entry["kept"]).read_bytes()
    except (OSError, ValueError, KeyError):
        return {}
    return found


def undo(root: Path) -> Written:
    """Put back what the last migration of a folder changed.

    Files that were edited since are left alone and named.

    Raises:
        MigrateError: There is nothing to take back.
    """
    store = root / FOLDER
    try:
        entries = json.loads((store / _MANIFEST).read_text("utf-8"))["files"]
    except (OSError, ValueError, KeyError):
        raise MigrateError(
            f"there is no migration to take back in {str(root)!r}",
            hint="Name the folder that `wherry migrate --write` was given.",
        ) from None
    written = Written()
    for name, entry in entries.items():
        path = root / name
        try:
            if _digest(path.read_bytes()) != entry["after"]:
                written.failed[name] = "was edited since the migration"
                continue
            _write(path, (store / "undo" / entry["kept"]).read_bytes())
        except OSError as error:
            written.failed[name] = error.strerror or str(error)
            continue
        written.files.append(name)
    if not written.failed:
        shutil.rmtree(store, ignore_errors=True)
    return written
