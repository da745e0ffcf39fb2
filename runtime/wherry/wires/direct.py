"""A short request over a connection of `aiohttp`'s pool, written in one piece.

`aiohttp` opens, secures, pools and closes the connections and reads the replies. What it works out anew for every
request although it never changes (headers merged, a request object, a task that writes the body) is worked out once
here and kept. Requests that need more of it go through its session. Called by `wires.transport` only.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from wherry.wires.reply import AsyncReply

if TYPE_CHECKING:
    import ssl

    import aiohttp
    from aiohttp.connector import Connection

log = logging.getLogger("wherry.models")

LARGEST = 65536
"""Longest body in bytes: what a connection takes without making its writer wait."""

KEPT = 256
"""Requests prepared for one loop before it starts again; each service and key is one."""

DRAIN_SECONDS = 0.05
REDIRECTS = frozenset({301, 302, 303, 307, 308})
# Headers that change how a request is written.
_SPECIAL = ("Connection", "Content-Encoding", "Content-Length", "Expect", "Transfer-Encoding", "Upgrade")


@dataclass(slots=True)
class Prepared:
    """What stays the same between requests.

    Attributes:
        request: Tells the connector where to connect; it is never sent.
        head: The request's first lines, up to the value of `Content-Length`.
    """

    request: aiohttp.ClientRequest
    head: bytes


_prepared: WeakKeyDictionary[aiohttp.ClientSession, dict[tuple[Any, ...], Prepared | None]] = WeakKeyDictionary()


def prepared(
    session: aiohttp.ClientSession, method: str, url: str, headers: dict[str, str], tls: ssl.SSLContext | bool
) -> Prepared | None:
    """The request without its body, or None when it has to go through the session."""
    kept = _prepared.get(session)
    if kept is None:
        kept = _prepared[session] = {}
    key = (method, url, tls, *headers.items())
    try:
        return kept[key]
    except KeyError:
        if len(kept) >= KEPT:
            kept.clear()
        found = kept[key] = _prepare(session, method, url, headers, tls)
        return found


def _prepare(
    session: aiohttp.ClientSession, method: str, address: str, headers: dict[str, str], tls: ssl.SSLContext | bool
) -> Prepared | None:
    import aiohttp
    from multidict import CIMultiDict
    from yarl import URL

    url, given = URL(address), CIMultiDict(headers)
    if session.trace_configs or url.raw_user or url.scheme not in {"http", "https"} or not url.raw_host:
        return None
    if "Content-Type" not in given or any(name in given for name in _SPECIAL):
        return None
    auto, loop = session.skip_auto_headers, asyncio.get_running_loop()
    try:
        request = aiohttp.ClientRequest(method, url, headers=given, skip_auto_headers=auto, loop=loop, ssl=tls)
    except TypeError:  # a release of aiohttp that makes its requests otherwise: slower by its session, and right
        log.debug("aiohttp %s makes requests in another way; its session sends them", aiohttp.__version__)
        return None
    lines = [f"{method} {url.raw_path_qs} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in request.headers.items() if name not in _SPECIAL]
    if any(mark in line for line in lines for mark in "\r\n\0"):
        return None  # the session says what is wrong with it
    return Prepared(request, "\r\n".join([*lines, "Content-Length: "]).encode())


@dataclass(slots=True)
class Exchange:
    """A connection in use and the body that comes over it."""

    connection: Connection
    body: aiohttp.StreamReader

    async def read(self) -> bytes:
        """The whole body."""
        body = self.body
        try:
            if body.is_eof():  # as for most replies, which come in one piece with their head: nothing to wait for
                return body.read_nowait()
            return await body.read()
        except BaseException:
            self.connection.close()
            raise

    async def close(self, reusable: bool) -> None:
        """Give the connection back; for good unless it can serve again."""
        if reusable and not self.body.at_eof():
            await drained(self.body)
        if self.body.at_eof():
            self.connection.release()
        else:
            self.connection.close()


async def drained(body: aiohttp.StreamReader) -> None:
    """Read what follows the last event, so that the connection serves again; never wait for it."""
    try:
        async with asyncio.timeout(DRAIN_SECONDS):
            while not body.at_eof():
                await body.readany()
    except (TimeoutError, OSError):
        log.debug("A connection could not be kept")


async def exchange(
    session: aiohttp.ClientSession, known: Prepared, body: bytes, limits: aiohttp.ClientTimeout
) -> AsyncReply | None:
    """Send, and return the reply once its head is there; None when it leads elsewhere, for the session to follow."""
    connector = session.connector
    if connector is None:
        return None
    connection = await connector.connect(known.request, traces=[], timeout=limits)
    try:
        request = b"%b%d\r\n\r\n%b" % (known.head, len(body), body)
        status, headers, content = await _answered(connection, request, limits.sock_read)
        # The connection is free once the last byte is here, whether anybody reads it or not.
        content.on_eof(connection.release)
        found = Exchange(connection, content)
        if status in REDIRECTS and "Location" in headers:
            with suppress(Exception):
                await found.close(True)
            return None
    except BaseException:
        connection.close()
        raise
    return AsyncReply(status, headers, found.read, content.iter_any, found.close)


async def _answered(connection: Connection, request: bytes, wait: float | None) -> tuple[int, Any, Any]:
    protocol, transport = connection.protocol, connection.transport
    if protocol is None or transport is None:
        raise ConnectionResetError("the connection was closed before the request was written")
    protocol.set_response_params(read_until_eof=True, read_timeout=wait)
    protocol.start_timeout()
    transport.write(request)
    while True:
        message, content = await protocol.read()
        if not 100 <= message.code < 200 or message.code == 101:
            return message.code, message.headers, content
