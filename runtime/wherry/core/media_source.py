"""Where the bytes of a medium come from: memory, a URL, a file or an object store.

Only `media` uses it. A URL is read with urllib3 in a blocking call and with aiohttp in an asynchronous one; `file://`
is refused, because a URL may come from a caller who must not read local files.
"""

from __future__ import annotations

from inspect import isawaitable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wherry.core.errors import ConfigurationError
from wherry.core.errors_services import RemoteServerUnavailableError

if TYPE_CHECKING:
    from wherry.core.media_reference import MediaReference


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
        return None if key is None else storage.download(key)

    async def aget_content_bytes(self, storage: Any = None) -> bytes | None:
        """Asynchronous twin of `get_content_bytes`."""
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
        if key is None:
            return None
        stored: bytes | None = await LOOPING.work(storage.download, key)
        return stored

    def get_url(self, storage: Any = None, *, expires_in: int | None = None) -> str | None:
        """An address the bytes can be fetched from: its own, the reference's, or one the object store signs."""
        address, key = self._address(), self._key(storage)
        if address or key is None:
            return address
        return storage.get_url(key, expires_in=expires_in) or None

    async def aget_url(self, storage: Any = None, *, expires_in: int | None = None) -> str | None:
        """Asynchronous twin of `get_url`."""
        address, key = self._address(), self._key(storage)
        if address or key is None:
            return address
        signed = storage.get_url(key, expires_in=expires_in)
        return (await signed if isawaitable(signed) else signed) or None

    def _fetch_declared(self) -> tuple[bytes, str] | None:
        if not self.url:
            return None
        try:
            content, declared = fetch(self.url)
        except RemoteServerUnavailableError:
            return None
        return content, declared or ""
