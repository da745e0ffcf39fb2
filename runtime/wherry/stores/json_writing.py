"""Files that are written together: each is drafted beside itself, and all are replaced when every draft is whole.

A file keeps its mode and its owner. Where it cannot be replaced (one that is mounted by itself, a folder that nothing
may be added to, a file of somebody else) it is overwritten in place, as Agno does. Called by `json_files`.
"""

from __future__ import annotations

import errno
import os
from stat import S_IMODE, S_ISREG
from typing import TYPE_CHECKING

from wherry.core.ids import new_id

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_NOT_REPLACED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.EBUSY, errno.EXDEV})


def write_together(texts: Mapping[Path, str]) -> None:
    """Write files, in their order; none of them where one cannot be drafted for want of room.

    Args:
        texts: What each is to hold; their folder is there.

    Raises:
        OSError: One cannot be written.
    """
    drafts: dict[Path, Path | None] = {}
    try:
        for path, text in texts.items():
            draft = drafts[path] = path.with_name(f".wherry-{new_id()}.tmp")
            if not _drafted(path, draft, text):
                drafts[path] = None
        for path, whole in drafts.items():
            if whole is None or not _replaced(path, whole):
                path.write_text(texts[path], encoding="utf-8")
    finally:
        for left in drafts.values():
            if left is not None:
                left.unlink(missing_ok=True)


def _drafted(path: Path, draft: Path, text: str) -> bool:
    """Whether there is a draft now that may take the file's place; False for a file that is overwritten."""
    known = path.stat() if path.exists() else None
    if known is not None:
        if not S_ISREG(known.st_mode):
            return False
        os.close(os.open(path, os.O_WRONLY))  # a file that may not be written is not replaced either
    try:
        with draft.open("x", encoding="utf-8") as file:
            if known is not None:
                _alike(draft, known)
            file.write(text)
    except OSError as error:
        draft.unlink(missing_ok=True)
        if known is None or error.errno not in _NOT_REPLACED:
            raise
        return False
    return True


def _alike(draft: Path, known: os.stat_result) -> None:
    """Give a draft the owner and the mode of the file whose place it takes, before anything is in it."""
    made = draft.stat()
    if hasattr(os, "chown") and (made.st_uid, made.st_gid) != (known.st_uid, known.st_gid):
        os.chown(draft, known.st_uid, known.st_gid)
    draft.chmod(S_IMODE(known.st_mode))


def _replaced(path: Path, draft: Path) -> bool:
    try:
        draft.replace(path)
    except OSError as error:
        if error.errno not in _NOT_REPLACED or not path.exists():
            raise
        return False
    return True
