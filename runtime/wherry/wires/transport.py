"""One HTTP exchange with a model service: blocking or on a loop, whole or streamed, with retries.

Knows nothing about formats: a `Call` brings its bytes and says which exception an error status or a lost
connection becomes. Called by `models.wired`; pools and their end are in `wires.pools`.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from dataclasses import dataclass, field
from functools import lru_cache, partial
from http.client import HTTPException
from typing import TYPE_CHECKING, Any

from wherry.wires import direct, foreign, pools
from wherry.wires.pools import aclose, close
from wherry.wires.reply import AsyncReply, Reply
from wherry.wires.sse import DONE, Framing, ServerSentEvents

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping

    import aiohttp
    import urllib3

__all__ = ["Call", "aclose", "asend", "astream", "close", "send", "stream"]

log = logging.getLogger("wherry.models")

CONNECT_SECONDS = 5.0
READ_SECONDS = 600.0
TIMED_OUT = "Request timed out."
NOT_CONNECTED = "Connection error."
NO_EVENT = "The service answered a streaming request without sending a single event."
FIRST_PAUSE, LONGEST_PAUSE, LONGEST_RETRY_AFTER = 0.5, 8.0, 120.0
_JITTER = random.Random()  # noqa: S311 - no secret; of its own, so that a script's seed stays as it was


@dataclass(slots=True)
class Call:
    """A request that is ready to go.

    Attributes:
        url: Where to.
        headers: All of them; the transport adds only `Host` and `Content-Length`.
        body: Encoded body, or None for a GET.
        refused: Makes the exception of a reply with an error status from (status, body).
        lost: Makes the exception of a request without a usable reply from a text.
        timeout: Seconds for connecting and for each wait for bytes; None: 5 and 600.
        max_retries: Further tries after a lost connection or a status that may pass (408, 409, 429, 5xx).
        method: HTTP method.
        client: An `httpx`-like client to send through instead of the pools.
        framing: How the stream of a streamed reply is cut.
    """

    url: str
    headers: dict[str, str]
    body: bytes | None
    refused: Callable[[int, bytes], Exception]
    lost: Callable[[str], Exception]
    timeout: float | None = None
    max_retries: int = 2
    method: str = "POST"
    client: Any = None
    framing: Callable[[], Framing] = field(default=ServerSentEvents)


def pause_before_retry(call: Call, attempt: int, status: int, headers: Mapping[str, str]) -> float | None:
    """Seconds to wait before trying again, or None when another try would not help.

    Args:
        call: What was sent.
        attempt: Number of tries so far, counting from 0.
        status: Status of the reply; 0 when there was none.
        headers: Headers of the reply; `retry-after` and `x-should-retry` are honoured.
    """
    if attempt >= call.max_retries:
        return None
    wait = _retry_after(headers)
    advice = headers.get("x-should-retry")
    if wait > LONGEST_RETRY_AFTER or advice == "false":
        return None
    if advice != "true" and status and status not in {408, 409, 429} and status < 500:
        return None
    if wait > 0:
        return wait
    return min(FIRST_PAUSE * 2.0**attempt, LONGEST_PAUSE) * _JITTER.uniform(0.75, 1.0)


def _retry_after(headers: Mapping[str, str]) -> float:
    for name, divisor in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        text = headers.get(name)
        if text is None:
            continue
        try:
            return float(text) / divisor
        except ValueError:
            return _until(text)
    return 0.0


def _until(date: str) -> float:
    from email.utils import parsedate_to_datetime

    try:
        return parsedate_to_datetime(date).timestamp() - time.time()
    except ValueError:
        return 0.0


def _give_up(call: Call, error: BaseException) -> Exception | None:
    """The exception to raise for a connection that failed, or None when `error` is not about the connection."""
    if isinstance(error, TimeoutError) or foreign.is_timeout(error):
        return call.lost(TIMED_OUT)
    if isinstance(error, (OSError, HTTPException)) or foreign.is_transport_error(error) or _is_client_error(error):
        return call.lost(NOT_CONNECTED)
    return None


def _is_client_error(error: BaseException) -> bool:
    return type(error).__module__.startswith(("aiohttp.", "urllib3."))


def _broken(call: Call, error: BaseException) -> Exception | None:
    """The exception to raise for a stream that broke, or None when `error` is not about the connection."""
    lost = _give_up(call, error)
    if lost is None or isinstance(error, TimeoutError) or foreign.is_timeout(error):
        return lost
    return call.lost(f"The stream broke before its end: {error}")


# --- in the caller's thread ------------------------------------------------------------------------------------------


def send(call: Call) -> bytes:
    """Send and return the body of a good reply; raises what `call.refused` or `call.lost` make."""
    reply = _answered(call, whole=True)
    try:
        return reply.read()
    finally:
        reply.close(True)


def stream(call: Call) -> Iterator[bytes]:
    """Send and yield the payloads of a streamed reply; raises what `call.refused` or `call.lost` make."""
    reply = _answered(call, whole=False)
    framing, empty, finished = call.framing(), True, False
    try:
        for chunk in reply.chunks():
            for payload in framing.feed(chunk):
                if payload == DONE:
                    finished = True
                    return
                empty = False
                yield payload
        finished = True
        for payload in framing.rest():
            empty = False
            yield payload
    except Exception as error:
        if (broken := _broken(call, error)) is None:
            raise
        raise broken from error
    finally:
        reply.close(finished)
    if empty:
        raise call.lost(NO_EVENT)


def _answered(call: Call, *, whole: bool) -> Reply:
    attempt = 0
    while True:
        try:
            reply = _opened(call, whole=whole)
        except Exception as error:  # noqa: BLE001 - each client has exceptions of its own; others go on unchanged
            lost = _give_up(call, error)
            pause = None if lost is None else pause_before_retry(call, attempt, 0, {})
            if pause is None:
                raise (lost or error) from (error if lost else None)
        else:
            if reply.status < 400:
                return reply
            pause = pause_before_retry(call, attempt, reply.status, reply.headers)
            body = reply.read()
            reply.close(True)
            if pause is None:
                raise call.refused(reply.status, body)
        attempt += 1
        log.debug("Trying %s again in %.2f s", call.url, pause)
        time.sleep(pause)


def _opened(call: Call, *, whole: bool) -> Reply:
    if call.client is not None and foreign.fits(call.client, blocking=True):
        return foreign.opened(call)
    import urllib3

    pool = pools.thread_pool(pools.proxy_for(call.url), secure=call.url.startswith("https:"))
    seconds = call.timeout
    reply = pool.urlopen(
        call.method,
        call.url,
        body=call.body,
        headers=call.headers,
        preload_content=whole,
        timeout=urllib3.Timeout(
            connect=CONNECT_SECONDS if seconds is None else seconds, read=READ_SECONDS if seconds is None else seconds
        ),
    )
    return Reply(reply.status, reply.headers, lambda: reply.data, partial(_chunks, reply), partial(_done, reply))


def _chunks(reply: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
    while chunk := reply.read1(65536):
        yield chunk


def _done(reply: urllib3.BaseHTTPResponse, reusable: bool) -> None:
    """Read what follows the last event, so that the connection serves again; never wait for it."""
    if not reusable:
        reply.close()
        return
    connection = reply.connection
    opened = getattr(connection, "sock", None)
    if opened is None:
        return
    try:
        opened.settimeout(direct.DRAIN_SECONDS)
        reply.drain_conn()
        reply.release_conn()
    except Exception:
        log.debug("The connection could not be kept", exc_info=True)
        reply.close()


# --- on an event loop -----------------------------------------------------------------------------------------------


async def asend(call: Call) -> bytes:
    """Send and return the body of a good reply; raises what `call.refused` or `call.lost` make."""
    reply = await _aanswered(call)
    try:
        return await reply.read()
    except Exception as error:
        if (broken := _broken(call, error)) is None:
            raise
        raise broken from error
    finally:
        await reply.close(True)


async def astream(call: Call) -> AsyncIterator[bytes]:
    """Send and yield the payloads of a streamed reply; raises what `call.refused` or `call.lost` make."""
    reply = await _aanswered(call)
    framing, empty, finished = call.framing(), True, False
    try:
        async for chunk in reply.chunks():
            for payload in framing.feed(chunk):
                if payload == DONE:
                    finished = True
                    return
                empty = False
                yield payload
        finished = True
        for payload in framing.rest():
            empty = False
            yield payload
    except Exception as error:
        if (broken := _broken(call, error)) is None:
            raise
        raise broken from error
    finally:
        await reply.close(finished)
    if empty:
        raise call.lost(NO_EVENT)


async def _aanswered(call: Call) -> AsyncReply:
    attempt = 0
    while True:
        try:
            reply = await _aopened(call)
        except Exception as error:  # noqa: BLE001 - each client has exceptions of its own; others go on unchanged
            lost = _give_up(call, error)
            pause = None if lost is None else pause_before_retry(call, attempt, 0, {})
            if pause is None:
                raise (lost or error) from (error if lost else None)
        else:
            if reply.status < 400:
                return reply
            pause = pause_before_retry(call, attempt, reply.status, reply.headers)
            body = await reply.read()
            await reply.close(True)
            if pause is None:
                raise call.refused(reply.status, body)
        attempt += 1
        log.debug("Trying %s again in %.2f s", call.url, pause)
        await asyncio.sleep(pause)


async def _aopened(call: Call) -> AsyncReply:
    if call.client is not None and foreign.fits(call.client, blocking=False):
        return await foreign.aopened(call)
    session = await pools.loop_session()
    tls, proxy = pools.tls() if call.url.startswith("https:") else True, pools.proxy_for(call.url)
    timeout = _timeout(call.timeout)
    if call.body is not None and proxy is None and len(call.body) <= direct.LARGEST:
        known = direct.prepared(session, call.method, call.url, call.headers, tls)
        found = None if known is None else await direct.exchange(session, known, call.body, timeout)
        if found is not None:
            return found
    reply = await session.request(
        call.method, _url(call.url), data=call.body, headers=call.headers, timeout=timeout, proxy=proxy, ssl=tls
    )
    return AsyncReply(reply.status, reply.headers, reply.read, reply.content.iter_any, partial(_adone, reply))


async def _adone(reply: aiohttp.ClientResponse, reusable: bool) -> None:
    if reusable and not reply.content.at_eof():
        await direct.drained(reply.content)
    if reply.content.at_eof():
        reply.release()
    else:
        reply.close()


@lru_cache(maxsize=256)
def _url(text: str) -> Any:
    from yarl import URL

    return URL(text)


@lru_cache(maxsize=64)
def _timeout(seconds: float | None) -> aiohttp.ClientTimeout:
    import aiohttp

    return aiohttp.ClientTimeout(
        total=None,
        sock_connect=CONNECT_SECONDS if seconds is None else seconds,
        sock_read=READ_SECONDS if seconds is None else seconds,
    )
