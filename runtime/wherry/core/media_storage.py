"""What keeps media outside of a database: the two base classes, and what is asked of any of them.

A storage is anything with their methods, awaited or not. Subclassed by `wherry.media.storage` and by applications;
used by media when their bytes are asked for, and by `media_offload` when a run is stored or read.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from inspect import iscoroutinefunction
from typing import Any
from urllib.parse import parse_qs, urlsplit

from wherry.core.errors import ConfigurationError

# Parameters by which the services sign addresses that are good for some time only.
_SIGNED = frozenset(
    {
        *("x-amz-signature", "x-amz-expires", "x-goog-signature", "x-goog-expires"),
        *("signature", "expires", "sig", "se", "token"),
    }
)


class MediaStorage(ABC):
    """A place for media that answers at once; mirrors `agno.media.storage.MediaStorage`.

    Attributes:
        backend_name: Short name of its kind, which every reference to it carries; without one nothing is stored.
        bucket: Its container.
        region: Where that is.
        persist_remote_urls: Fetch media that are given as an address only and keep them, too.
    """

    backend_name: str
    bucket: str | None = None
    region: str | None = None
    persist_remote_urls: bool = False

    @abstractmethod
    def upload(
        self,
        media_id: str,
        content: bytes,
        *,
        mime_type: str | None = None,
        filename: str | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> str:
        """Keep bytes; returns the key under which they are found."""

    @abstractmethod
    def download(self, storage_key: str) -> bytes:
        """The bytes behind a key.

        Raises:
            FileNotFoundError: There are none.
        """

    @abstractmethod
    def get_url(self, storage_key: str, *, expires_in: int | None = None) -> str | None:
        """An address that anybody can read the bytes from.

        Args:
            storage_key: The key.
            expires_in: Seconds that it is good for; by default as long as the storage was told when it was made.

        Returns:
            The address, or None when there can be none and the bytes have to be handed on.
        """

    @abstractmethod
    def delete(self, storage_key: str) -> bool:
        """Remove the bytes; True when they are gone, also when they were not there."""

    def delete_many(self, storage_keys: list[str]) -> int:
        """Remove the bytes behind several keys; how many of them are gone."""
        return sum(1 for key in storage_keys if self.delete(key))

    @abstractmethod
    def exists(self, storage_key: str) -> bool:
        """Whether there are bytes behind a key."""


class AsyncMediaStorage(ABC):
    """A place for media that is awaited; mirrors `agno.media.storage.AsyncMediaStorage`.

    Attributes and methods are those of `MediaStorage`; a blocking run refuses it.
    """

    backend_name: str
    bucket: str | None = None
    region: str | None = None
    persist_remote_urls: bool = False

    @abstractmethod
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

    @abstractmethod
    async def download(self, storage_key: str) -> bytes:
        """The bytes behind a key."""

    @abstractmethod
    async def get_url(self, storage_key: str, *, expires_in: int | None = None) -> str | None:
        """An address that anybody can read the bytes from, or None."""

    @abstractmethod
    async def delete(self, storage_key: str) -> bool:
        """Remove the bytes; True when they are gone, also when they were not there."""

    async def delete_many(self, storage_keys: list[str]) -> int:
        """Remove the bytes behind several keys; how many of them are gone."""
        return sum([await self.delete(key) for key in storage_keys])

    @abstractmethod
    async def exists(self, storage_key: str) -> bool:
        """Whether there are bytes behind a key."""


def has_to_be_awaited(storage: Any) -> bool:
    """Whether only an event loop can ask a storage."""
    return isinstance(storage, AsyncMediaStorage) or iscoroutinefunction(getattr(storage, "download", None))


def refuse_unawaited(storage: Any, method: str) -> None:
    """Refuse a storage that has to be awaited in a blocking call.

    Raises:
        ConfigurationError: (a ValueError) It has to be awaited.
    """
    if has_to_be_awaited(storage):
        raise ConfigurationError(
            f"Cannot use sync {method}() with an AsyncMediaStorage: {type(storage).__name__} has to be awaited.",
            hint=f"Use a{method}(), or the storage's class without Async.",
        )


def reference_matches_storage(ref: Any, storage: Any) -> bool:
    """Whether a storage is the one that made a reference: a key means nothing to another.

    The region counts where both say one; mostly it comes from the environment and only one of them knows it.
    """
    kind = getattr(storage, "backend_name", None)
    if ref is None or not kind or (ref.storage_backend, ref.bucket) != (kind, getattr(storage, "bucket", None)):
        return False
    region = getattr(storage, "region", None)
    return not (ref.region and region) or bool(ref.region == region)


def persistable_url(url: str | None) -> str | None:
    """An address as a database may keep it: none that is signed, that names a file of one machine, or that is empty."""
    if not url or url.startswith("file://"):
        return None
    named = parse_qs(urlsplit(url).query, keep_blank_values=True)
    return None if any(name.lower() in _SIGNED for name in named) else url
