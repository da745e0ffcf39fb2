"""`AsyncLocalMediaStorage`: media as files of a folder, written and read beside the event loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wherry.media.storage.local.local import LocalMediaStorage
from wherry.media.storage.threaded import ThreadedMediaStorage

if TYPE_CHECKING:
    from os import PathLike


class AsyncLocalMediaStorage(ThreadedMediaStorage):
    """`LocalMediaStorage` for an event loop; mirrors `agno.media.storage.AsyncLocalMediaStorage`.

    Args:
        base_path: The folder; it is made.
        persist_remote_urls: Fetch media that are given as an address only and keep them, too.
    """

    backend_name = "local"

    def __init__(self, base_path: str | PathLike[str] = "./media_storage", persist_remote_urls: bool = False) -> None:
        storage = LocalMediaStorage(base_path, persist_remote_urls)
        super().__init__(storage)
        self.base_path = storage.base_path
