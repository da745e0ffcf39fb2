"""Writes a plan to disk and takes it back: each migration keeps the old files in a folder of its own, `.wherry/undo/N`.

They are kept, and listed, before the first file is written, so that a migration that was cut short can be taken back,
too. A file is written whole or not at all; one that cannot be written is a named result and stops none of the others.
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
from wherry_portal.sources import write_atomic

if TYPE_CHECKING:
    from collections.abc import Mapping

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
        earlier: How many migrations before this one can still be taken back.
    """

    files: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    earlier: int = 0


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
    """Write every changed file, keeping the old ones for `undo`; without a place to keep them, none is written."""
    written = Written()
    changes = [change for change in plan.changes if change.changes]
    if not changes:
        return written
    kept = _new_folder(plan.root)
    entries = {change.file.name: {"kept": str(n), "after": _digest(change.after)} for n, change in enumerate(changes)}
    try:
        _keep(kept, changes, entries)
    except OSError as error:
        written.failed = {name: _reason(error) for name in entries}
        return written
    for change in changes:
        try:
            _write(change.file.path, change.after)
        except OSError as error:
            written.failed[change.file.name] = _reason(error)
            del entries[change.file.name]
            continue
        written.files.append(change.file.name)
    if not written.files:
        shutil.rmtree(kept, ignore_errors=True)
    elif written.failed:
        _list(kept, entries)
    return written


def _migrations(root: Path) -> list[Path]:
    """What each migration of a folder has kept, the last one first."""
    found = [one.parent for one in (root / FOLDER / "undo").glob(f"*/{_MANIFEST}") if one.parent.name.isdecimal()]
    return sorted(found, key=lambda one: int(one.name), reverse=True)


def _new_folder(root: Path) -> Path:
    above = root / FOLDER / "undo"
    return above / str(1 + max((int(one.name) for one in above.glob("*") if one.name.isdecimal()), default=0))


def _keep(folder: Path, changes: list[Change], entries: Mapping[str, Any]) -> None:
    folder.mkdir(parents=True)  # one that is there by now is that of a migration beside this one, and stays
    try:
        (folder.parent.parent / ".gitignore").write_text("*\n", "utf-8")
        for number, change in enumerate(changes):
            (folder / str(number)).write_bytes(change.before)
        _list(folder, entries)
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _list(folder: Path, entries: Mapping[str, Any]) -> None:
    write_atomic(folder / _MANIFEST, json.dumps({"schema": 1, "files": entries}, indent=1) + "\n")


def _entries(folder: Path) -> dict[str, Any]:
    """What a migration changed, by name.

    Raises:
        ValueError: A name leads out of the folder that was migrated. No migration writes there: the list came with a
            folder that somebody else has made.
    """
    entries: dict[str, Any] = json.loads((folder / _MANIFEST).read_text("utf-8"))["files"]
    root = folder.parents[2].resolve()
    for name, entry in entries.items():
        if not ((root / name).resolve().is_relative_to(root) and entry["kept"].isdecimal()):
            raise ValueError(f"{name!r} is not in {str(root)!r}")
    return entries


def _reason(error: OSError) -> str:
    return error.strerror or str(error)


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
    """What files of a folder were before the last migration that changed them, of it or of a folder around it.

    By relative path; empty when there was none. Files may have been edited since: these are what they were on Agno.
    """
    folder = folder.resolve()
    root = next((one for one in (folder, *folder.parents) if _migrations(one)), None)
    found: dict[str, bytes] = {}
    if root is None:
        return found
    try:
        for kept in reversed(_migrations(root)):
            for name, entry in _entries(kept).items():
                if (root / name).is_relative_to(folder):
                    relative = (root / name).relative_to(folder).as_posix()
                    found[relative] = (kept / entry["kept"]).read_bytes()
    except (OSError, ValueError, KeyError):
        return {}
    return found


def undo(root: Path) -> Written:
    """Put back what the last migration of a folder changed; called again, what the one before it changed.

    Files that were edited since are left alone and named, and the migration stays the last one.

    Raises:
        MigrateError: There is nothing to take back.
    """
    migrations = _migrations(root)
    try:
        kept = migrations[0]
        entries = _entries(kept)
    except (IndexError, OSError, ValueError, KeyError):
        raise MigrateError(
            f"there is no migration to take back in {str(root)!r}",
            hint="Name the folder that `wherry migrate --write` was given.",
        ) from None
    written = Written(earlier=len(migrations) - 1)
    for name, entry in entries.items():
        path = root / name
        try:
            before, now = (kept / entry["kept"]).read_bytes(), path.read_bytes()
            if now == before:
                continue
            if _digest(now) != entry["after"]:
                written.failed[name] = "was edited since the migration"
                continue
            _write(path, before)
        except OSError as error:
            written.failed[name] = _reason(error)
            continue
        written.files.append(name)
    if not written.failed:
        shutil.rmtree(kept if written.earlier else root / FOLDER, ignore_errors=True)
    return written
