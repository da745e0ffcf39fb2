"""How fast the scripted model is: what it serves in a second is the most that any side could be served.

The requests are bytes written beforehand and the answers are only counted, so the client takes as little as it can.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from wherry_portal.bench.measure import model
from wherry_portal.bench.scenarios import Scenario

if TYPE_CHECKING:
    from collections.abc import Callable

LANES = 16
SECONDS = 1.0
BUFFER = 65536
END_OF_STREAM = b"0\r\n\r\n"
_PLAIN = Scenario(id="model", title="The scripted model", ratios={}, tokens=200)


def rate(seconds: float = SECONDS) -> dict[str, float]:
    """Whole replies, and tokens of streamed replies, that the scripted model serves in a second.

    Raises:
        BenchError: The model did not start.
    """
    with model(_PLAIN) as address:
        whole = asyncio.run(_lanes(address, _request(address, stream=False), _whole, seconds))
    with model(replace(_PLAIN, stream=True)) as address:
        streams = asyncio.run(_lanes(address, _request(address, stream=True), _streamed, seconds))
    return {"requests_per_s": whole, "tokens_per_s": streams * _PLAIN.tokens}


def _request(address: str, *, stream: bool) -> bytes:
    flag = b',"stream":true' if stream else b""
    body = b'{"model":"m","messages":[{"role":"user","content":"When is high water?"}]%s}' % flag
    host = urlsplit(address).netloc.encode()
    head = b"POST /v1/chat/completions HTTP/1.1\r\nhost: %s\r\ncontent-type: application/json\r\ncontent-length: %d"
    return head % (host, len(body)) + b"\r\n\r\n" + body


def _whole(read: bytes) -> bool:
    head, found, body = read.partition(b"\r\n\r\n")
    length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
    return bool(found) and len(body) >= int(length)


def _streamed(read: bytes) -> bool:
    return read.endswith(END_OF_STREAM)


async def _lanes(address: str, request: bytes, complete: Callable[[bytes], bool], seconds: float) -> float:
    place = urlsplit(address)
    begun, served = perf_counter(), 0

    async def lane() -> None:
        nonlocal served
        reader, writer = await asyncio.open_connection(place.hostname, place.port)
        while perf_counter() - begun < seconds:
            writer.write(request)
            read = b""
            while not complete(read):
                read += await reader.read(BUFFER)
            served += 1
        writer.close()
        await writer.wait_closed()

    await asyncio.gather(*(lane() for _ in range(LANES)))
    return served / (perf_counter() - begun)
