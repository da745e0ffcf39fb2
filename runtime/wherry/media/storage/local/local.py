"""`LocalMediaStorage`: media as files of a folder. No package is needed."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from tempfile import mkstemp
from typing import TYPE_CHECKING, Any

from wherry.core.errors import PathSecurityError
from wherry.core.log import log_debug, log_warning
from wherry.core.media_storage import MediaStorage
from wherry.core.path_safety import safe_join_relative_path
from wherry.media.storage.utils import build_storage_key

if TYPE_CHECKING:
    from os import PathLike


class LocalMediaStorage(MediaStorage):
    """Media as files of a folder; mirrors `agno.media.storage.LocalMediaStorage`.

    Beside each file stands what is known about it (`….meta.json`): name, type, size and SHA-256. There are no
    addresses: whoever reads a medium is handed its bytes.

    Args:
        base_path: The folder; it is made, and stays the same when the process goes elsewhere.
        persist_remote_urls: Fetch media that are given as an address only and keep them, too.
    """

    backend_name = "local"

    def __init__(self, base_path: str | PathLike[str] = "./media_storage", persist_remote_urls: bool = False) -> None:
        self.base_path = Path(base_path).resolve()
        self.bucket = str(self.base_path)
        self.persist_remote_urls = persist_remote_urls
        self.base_path.mkdir(parents=True, exist_ok=True)

    def upload(
        self,
        media_id: str,
        content: bytes,
        *,
        mime_type: str | None = None,
        filename: str | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> str:
        """Write a file; whoever reads it meanwhile sees all of it or nothing."""
        key = build_storage_key(media_id, filename=filename, mime_type=mime_type)
        file = safe_join_relative_path(self.base_path, key)
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, unfinished = mkstemp(dir=file.parent, prefix=f".{file.name}.", suffix=".part")
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(content)
            Path(unfinished).replace(file)
        except BaseException:
            Path(unfinished).unlink(missing_ok=True)
            raise
        if metadata or filename or mime_type:
            _beside(file).write_text(json.dumps(_known(content, mime_type, filename, metadata), indent=2))
        log_debug(f"Medium {media_id} was written to {file}")
        return key

    def download(self, storage_key: str) -> bytes:
        """Read a file.

        Raises:
            FileNotFoundError: There is none.
            PathSecurityError: The key leads out of the folder.
        """
        return safe_join_relative_path(self.base_path, storage_key).read_bytes()

    def get_url(self, storage_key: str, *, expires_in: int | None = None) -> str | None:
        """None: a file has no address that others could read."""
        return None

    def delete(self, storage_key: str) -> bool:
        """Remove a file and what is known about it; False, with a warning, when that fails."""
        try:
            file = safe_join_relative_path(self.base_path, storage_key)
            file.unlink(missing_ok=True)
            _beside(file).unlink(missing_ok=True)
        except (OSError, PathSecurityError) as error:
            log_warning(f"Medium {storage_key!r} could not be deleted: {error}")
            return False
        return True

    def exists(self, storage_key: str) -> bool:
        """Whether there is a file; False for a key that leads out of the folder."""
        try:
            return safe_join_relative_path(self.base_path, storage_key).exists()
        except (OSError, PathSecurityError):
            return False


def _beside(file: Path) -> Path:
    return file.with_suffix(f"{file.suffix}.meta.json")


def _known(content: bytes, mime_type: str | None, filename: str | None, metadata: dict[str, Any] | None) -> Any:
    known: dict[str, Any] = {"original-filename": filename} if filename else {}
    if mime_type:
        known["mime_type"] = mime_type
    known |= {"content-sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
    return known | (metadata or {})
