"""Where the bytes of a medium come from: memory, a URL, a file or an object store.

Only `media` uses it. A URL is read with urllib3 in a blocking call and with aiohttp in an asynchronous one; `file://`
is refused, because a URL may come from a caller who must not read local files.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from wherry.core.errors import ConfigurationError
from wherry.core.errors_services import RemoteServerUnavailableError
from wherry.core.log import log_warning
from wherry.core.media_storage import reference_matches_storage, refuse_unawaited

if TYPE_CHECKING:
    from collections.abc import Callable

    from wherry.core.media_reference import MediaReference

T = TypeVar("T")


def raw_bytes(content: Any) -> bytes:
    """Bytes of a content argument; text becomes UTF-8."""
    if isinstance(content, bytes):
        return content
    if isinstance(content, str):
        return content.encode()
    if isinstance(content, (bytearray, memoryview)):
        return bytes(content)
    raise ConfigurationError(
        f"Media content must be bytes, not {type(content).__name__}.", hint="Pass the bytes, or url= or filepath=."
    )


def _refuse(url: str) -> None:
    if not url.startswith(("http://", "https://")):
        raise ConfigurationError(f"{url!r} is not an http(s) address.", hint="Use filepath= for a local file.")


def _declared(header: str | None) -> str | None:
    return (header or "").split(";")[0].strip() or None


def fetch(url: str) -> tuple[bytes, str | None]:
    """Bytes and declared MIME type behind a URL; redirects are followed."""
    _refuse(url)
    import urllib3

    with urllib3.PoolManager() as pool:
        try:
            reply = pool.request("GET", url)
        except urllib3.exceptions.HTTPError as error:
            raise RemoteServerUnavailableError(f"{url!r} could not be read: {error}", url, error) from error
    if reply.status >= 400:
        raise RemoteServerUnavailableError(f"{url!r} answered with status {reply.status}.", url)
    return reply.data, _declared(reply.headers.get("content-type"))


async def afetch(url: str) -> tuple[bytes, str | None]:
    """Asynchronous twin of `fetch`."""
    _refuse(url)
    import aiohttp

    try:
        async with aiohttp.ClientSession() as client, client.get(url) as reply:
            if reply.status >= 400:
                raise RemoteServerUnavailableError(f"{url!r} answered with status {reply.status}.", url)
            return await reply.read(), _declared(reply.headers.get("content-type"))
    except aiohttp.ClientError as error:
        raise RemoteServerUnavailableError(f"{url!r} could not be read: {error}", url, error) from error


class Sourced:
    """Reading the bytes; mixed into every medium. `storage` is anything with `download(key)` and `get_url(key)`."""

    if not TYPE_CHECKING:
        __slots__ = ()

    id: str | None
    url: str | None
    filepath: Path | str | None
    content: Any
    media_reference: MediaReference | None
    metadata: dict[str, Any] | None

    def _at_hand(self) -> bytes | None:
        if not self.content:
            return None
        return self.content if isinstance(self.content, bytes) else raw_bytes(self.content)

    def _address(self) -> str | None:
        return self.url or (self.media_reference.url if self.media_reference is not None else None)

    def _key(self, storage: Any) -> str | None:
        reference = self.media_reference
        return None if storage is None or reference is None else reference.storage_key or None

    def get_content_bytes(self, storage: Any = None) -> bytes | None:
        """The bytes: at hand, behind the URL, in the file, or in the object store; None when there are none.

        Raises:
            RemoteServerUnavailableError: The URL could not be read and no storage holds a copy.
            ConfigurationError: (a ValueError) The storage has to be awaited.
        """
        content = self._at_hand()
        if content is not None:
            return content
        key, address = self._key(storage), self._address()
        if address:
            try:
                return fetch(address)[0]
            except RemoteServerUnavailableError:
                if key is None:
                    raise
        elif self.filepath:
            return Path(self.filepath).read_bytes()
        if key is None:
            return None
        refuse_unawaited(storage, "get_content_bytes")
        return self._kept(key, storage.download) if self._keeps(storage) else None

    async def aget_content_bytes(self, storage: Any = None) -> bytes | None:
        """Asynchronous twin of `get_content_bytes`; takes storages of both kinds."""
        from wherry.core.waits import LOOPING

        content = self._at_hand()
        if content is not None:
            return content
        key, address = self._key(storage), self._address()
        if address:
            try:
                return (await afetch(address))[0]
            except RemoteServerUnavailableError:
                if key is None:
                    raise
        elif self.filepath:
            read: bytes = await LOOPING.work(Path(self.filepath).read_bytes)
            return read
        if key is None or not self._keeps(storage):
            return None
        try:
            stored: bytes | None = await LOOPING.work(storage.download, key)
        except Exception as error:  # noqa: BLE001 - whatever the storage raises; there are no bytes
            self._lost(error)
            return None
        return stored

    def get_url(self, storage: Any = None, *, expires_in: int | None = None) -> str | None:
        """An address the bytes can be fetched from: its own, the reference's, or one the object store signs.

        Raises:
            ConfigurationError: (a ValueError) The storage has to be awaited.
        """
        address, key = self._address(), self._key(storage)
        if address or key is None:
            return address
        refuse_unawaited(storage, "get_url")
        if not self._keeps(storage):
            return None
        return self._kept(key, lambda key: storage.get_url(key, expires_in=expires_in) or None)

    async def aget_url(self, storage: Any = None, *, expires_in: int | None = None) -> str | None:
        """Asynchronous twin of `get_url`; takes storages of both kinds."""
        from wherry.core.waits import LOOPING

        address, key = self._address(), self._key(storage)
        if address or key is None or not self._keeps(storage):
            return address
        try:
            return await LOOPING.work(storage.get_url, key, expires_in=expires_in) or None
        except Exception as error:  # noqa: BLE001 - whatever the storage raises; there is no address
            self._lost(error)
            return None

    def _keeps(self, storage: Any) -> bool:
        """Whether a storage is where it is kept; another one's object of the same key is another medium."""
        if reference_matches_storage(self.media_reference, storage):
            return True
        log_warning(f"Medium {self.id!r} is kept by another storage and cannot be read from this one")
        return False

    def _kept(self, key: str, ask: Callable[[str], T]) -> T | None:
        try:
            return ask(key)
        except Exception as error:  # noqa: BLE001 - whatever the storage raises; there is nothing to be had
            self._lost(error)
            return None

    def _lost(self, error: Exception) -> None:
        log_warning(f"Stored medium {self.id!r} could not be read: {error!r}")

    def _fetch_declared(self) -> tuple[bytes, str] | None:
        if not self.url:
            return None
        try:
            content, declared = fetch(self.url)
        except RemoteServerUnavailableError:
            return None
        return content, declared or ""
