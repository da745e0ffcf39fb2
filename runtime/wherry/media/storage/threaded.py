"""A storage that is awaited, made of one that is not: every call runs in a thread. Base of two of the others."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from wherry.core.media_storage import AsyncMediaStorage

if TYPE_CHECKING:
    from wherry.core.media_storage import MediaStorage


class ThreadedMediaStorage(AsyncMediaStorage):
    """What `storage` does, beside the event loop; its settings are readable here, too."""

    def __init__(self, storage: MediaStorage) -> None:
        self._sync = storage
        self.bucket, self.persist_remote_urls = storage.bucket, storage.persist_remote_urls

    async def upload(
        self,
        media_id: str,
        content: bytes,
        *,
        mime_type: str | None = None,
        filename: str | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> str:
        """Keep bytes; returns the key under which they are found."""
        given = {"mime_type": mime_type, "filename": filename, "metadata": metadata}
        return await asyncio.to_thread(self._sync.upload, media_id, content, **given)  # type: ignore[arg-type]

    async def download(self, storage_key: str) -> bytes:
        """The bytes behind a key."""
        return await asyncio.to_thread(self._sync.download, storage_key)

    async def get_url(self, storage_key: str, *, expires_in: int | None = None) -> str | None:
        """An address that anybody can read the bytes from, or None."""
        return await asyncio.to_thread(self._sync.get_url, storage_key, expires_in=expires_in)

    async def delete(self, storage_key: str) -> bool:
        """Remove the bytes; True when they are gone."""
        return await asyncio.to_thread(self._sync.delete, storage_key)

    async def delete_many(self, storage_keys: list[str]) -> int:
        """Remove the bytes behind several keys, in one thread; how many of them are gone."""
        return await asyncio.to_thread(self._sync.delete_many, storage_keys)

    async def exists(self, storage_key: str) -> bool:
        """Whether there are bytes behind a key."""
        return await asyncio.to_thread(self._sync.exists, storage_key)
