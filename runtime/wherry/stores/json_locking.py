"""The lock that keeps processes apart that work on one folder of JSON files. Called by `json_files`."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from wherry.core.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def process_lock(folder: Path) -> Iterator[None]:
    """Keep other processes out; where the system has no file locks, only threads are kept apart.

    Args:
        folder: Where the files are; it is made when it is missing.

    Raises:
        StoreError: There is no such folder and none can be made.
    """
    try:
        import fcntl
    except ImportError:
        yield
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"The folder {str(folder)!r} cannot be made: {error}",
            hint="Give db_path a folder that is there, or one that this user may make.",
        ) from error
    handle = _opened(folder)
    try:
        if handle is not None:
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        if handle is not None:
            os.close(handle)


def _opened(folder: Path) -> int | None:
    """What is locked: the file for that, or the folder itself where nothing may be added to it, or nothing.

    A folder that may be read but not written is read as Agno reads it.
    """
    lock = folder / ".lock"
    for path, flags in ((lock, os.O_CREAT | os.O_RDWR), (lock, os.O_RDONLY), (folder, os.O_RDONLY)):
        try:
            return os.open(path, flags, 0o644)
        except OSError:
            continue
    return None
