"""`LocalFileSystem`: text files in a folder; mirrors `agno.fs.local`."""

from __future__ import annotations

import os
import re
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from wherry.core.errors import PathSecurityError
from wherry.core.path_safety import safe_join_relative_path
from wherry.fs._paths import build_chunk, path_in_directory, quoted
from wherry.fs.base import BaseFS, too_big
from wherry.fs.errors import InvalidPathError, UnsupportedOperationError
from wherry.fs.types import FileData, FileMeta

# No two ids share a folder, also where a disk knows no upper case, or takes a dot at the end away.
_UNSAFE_IN_USER = re.compile(rb"[^a-z0-9\-_]")


class LocalFileSystem(BaseFS):
    """Files below a folder, where Agno's file system has them as well.

    Args:
        root: The folder; each namespace is one folder in it, named with `%2f` for each slash.
    """

    def __init__(self, root: str | Path) -> None:
        self.root = Path(root).resolve()

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.root == other.root

    def __hash__(self) -> int:
        return hash(self.root)

    def _folder(self, namespace: str, user_id: str = "") -> Path:
        own = namespace.replace("/", "%2f")
        return self.root / (f"{own}%%{quoted(user_id, _UNSAFE_IN_USER)}" if user_id else own)

    def _target(self, namespace: str, path: str, user_id: str = "") -> Path:
        """Where a file is; a name that a disk would take for another one is refused."""
        folder = self._folder(namespace, user_id)
        target, wanted = folder / path, f"{folder.name}/{path}"
        try:
            same = safe_join_relative_path(self.root, wanted).relative_to(self.root).as_posix() == wanted
        except PathSecurityError:
            same = False
        if not same and _within(folder, target):
            raise InvalidPathError(
                f"{path!r} cannot be stored in a folder: it has another form on some disk.",
                hint="Use plain letters, digits and dashes.",
            )
        if not _within(folder, target):
            raise InvalidPathError(f"{path!r} leads out of its namespace.", hint="Remove the link on its way.")
        return target

    def _meta(self, path: str, target: Path, user_id: str) -> FileMeta:
        known = target.stat()
        return FileMeta(path, known.st_size, None, int(known.st_mtime), user_id or None)

    def read(self, namespace: str, path: str, *, user_id: str = "") -> str | None:
        """See `BaseFS.read`."""
        data = self.read_with_meta(namespace, path, user_id=user_id)
        return None if data is None else data.content

    def read_with_meta(self, namespace: str, path: str, *, user_id: str = "") -> FileData | None:
        """See `BaseFS.read_with_meta`; what is appended meanwhile is not read."""
        try:
            with self._target(namespace, path, user_id).open("rb") as file:
                known = os.fstat(file.fileno())
                text = file.read(known.st_size).decode()
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            return None
        return FileData(text, FileMeta(path, known.st_size, None, int(known.st_mtime), user_id or None))

    def write(
        self, namespace: str, path: str, content: str, *, expected_version: int | None = None, user_id: str = ""
    ) -> FileMeta:
        """See `BaseFS.write`; readers see the old text or the new one, never a half."""
        self._refuse_version("write", expected_version)
        target = self._target(namespace, path, user_id)
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".tmp")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                file.write(content)
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        return self._meta(path, target, user_id)

    def append(
        self, namespace: str, path: str, content: str, *, max_file_bytes: int | None = None, user_id: str = ""
    ) -> FileMeta:
        """See `BaseFS.append`; lines of several writers are all kept."""
        chunk, target = build_chunk(content), self._target(namespace, path, user_id)
        before = self.read(namespace, path, user_id=user_id)
        if not chunk:
            known = None if before is None else self._meta(path, target, user_id)
            return known or FileMeta(path, 0, user_id=user_id or None)
        if before and not before.endswith("\n"):
            chunk = f"\n{chunk}"
        size = len((before or "").encode()) + len(chunk.encode())
        if max_file_bytes is not None and size > max_file_bytes:
            raise too_big(path, size, max_file_bytes)
        target.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)  # as private as `write` makes it
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(chunk)
        return self._meta(path, target, user_id)

    def move(self, namespace: str, src: str, dst: str, *, overwrite: bool = False, user_id: str = "") -> FileMeta:
        """See `BaseFS.move`; done at one stroke."""
        source, target = self._target(namespace, src, user_id), self._target(namespace, dst, user_id)
        if not source.is_file():
            raise FileNotFoundError(f"There is no file {src!r}.")
        if source != target:
            if target.exists() and not overwrite:
                raise FileExistsError(f"There is a file {dst!r} already.")
            target.parent.mkdir(parents=True, exist_ok=True)
            source.replace(target)
        return self._meta(dst, target, user_id)

    def list(self, namespace: str, directory: str = "", *, user_id: str = "") -> list[FileMeta]:
        """See `BaseFS.list`."""
        folder, found = self._folder(namespace, user_id), []
        for target in sorted(folder.rglob("*")) if folder.is_dir() else ():
            path = target.relative_to(folder).as_posix()
            if path_in_directory(path, directory) and _within(folder, target) and target.is_file():
                with suppress(FileNotFoundError):  # deleted since the line above
                    found.append(self._meta(path, target, user_id))
        return found

    def delete(self, namespace: str, path: str, *, user_id: str = "", expected_version: int | None = None) -> bool:
        """See `BaseFS.delete`."""
        self._refuse_version("delete", expected_version)
        target = self._target(namespace, path, user_id)
        if not target.is_file():
            return False
        target.unlink()
        return True

    def partitions(self, namespace: str) -> Any:
        """See `BaseFS.partitions`."""
        begin = f"{self._folder(namespace).name}%%"
        folders = [one.name for one in self.root.iterdir() if one.is_dir()] if self.root.is_dir() else []
        return [unquote(name.removeprefix(begin)) for name in folders if name.startswith(begin) and name != begin]

    @staticmethod
    def _refuse_version(operation: str, expected: int | None) -> None:
        if expected is not None:
            message = f"Files in a folder have no versions, so {operation} cannot expect {expected}."
            raise UnsupportedOperationError(message, operation=operation, backend="LocalFileSystem")


def _within(folder: Path, target: Path) -> bool:
    """Whether a file is in a folder in truth, and not behind a link that leads out of it."""
    return folder in Path(os.path.realpath(target)).parents
