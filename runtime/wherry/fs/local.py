"""`LocalFileSystem`: text files in a folder; mirrors `agno.fs.local`."""

from __future__ import annotations

import os
import tempfile
import unicodedata
from contextlib import suppress
from pathlib import Path

from wherry.fs._paths import path_in_directory
from wherry.fs.base import BaseFS
from wherry.fs.errors import InvalidPathError
from wherry.fs.types import FileMeta


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

    def _folder(self, namespace: str) -> Path:
        return self.root / namespace.replace("/", "%2f")

    def _target(self, namespace: str, path: str) -> Path:
        """Where a file is; a name that a disk would take for another one is refused."""
        folder = self._folder(namespace)
        for segment in path.split("/"):
            if segment != unicodedata.normalize("NFKC", segment).rstrip(". ") or segment in ("", ".."):
                raise InvalidPathError(
                    f"{path!r} cannot be stored in a folder: {segment!r} has another form on a disk.",
                    hint="Use plain letters, digits and dashes.",
                )
        target = folder / path
        if not _within(folder, target):
            raise InvalidPathError(f"{path!r} leads out of its namespace.", hint="Remove the link on its way.")
        return target

    def _meta(self, path: str, target: Path) -> FileMeta:
        known = target.stat()
        return FileMeta(path, known.st_size, None, int(known.st_mtime))

    def read(self, namespace: str, path: str) -> str | None:
        """See `BaseFS.read`."""
        try:
            with self._target(namespace, path).open(encoding="utf-8", newline="") as file:
                return file.read()
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            return None

    def write(self, namespace: str, path: str, content: str) -> FileMeta:
        """See `BaseFS.write`; readers see the old text or the new one, never a half."""
        target = self._target(namespace, path)
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".tmp")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                file.write(content)
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        return self._meta(path, target)

    def list(self, namespace: str, directory: str = "") -> list[FileMeta]:
        """See `BaseFS.list`."""
        folder, found = self._folder(namespace), []
        for target in sorted(folder.rglob("*")) if folder.is_dir() else ():
            path = target.relative_to(folder).as_posix()
            if path_in_directory(path, directory) and _within(folder, target) and target.is_file():
                with suppress(FileNotFoundError):  # deleted since the line above
                    found.append(self._meta(path, target))
        return found

    def delete(self, namespace: str, path: str) -> bool:
        """See `BaseFS.delete`."""
        target = self._target(namespace, path)
        if not target.is_file():
            return False
        target.unlink()
        return True


def _within(folder: Path, target: Path) -> bool:
    """Whether a file is in a folder in truth, and not behind a link that leads out of it."""
    return folder in Path(os.path.realpath(target)).parents
