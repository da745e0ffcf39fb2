"""A small HTTP/1.1 server side as an asyncio protocol: keep-alive, bodies by length or in chunks, plain or chunked.

It knows nothing about models: `server` gives it a function from a request to an `Answer`. Written for speed on
loopback, not for the open network.
"""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from wherry.testing.errors import MalformedRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

CHUNK_END = b"0\r\n\r\n"
LONGEST_HEAD = 65536


@dataclass(slots=True)
class Answer:
    """What to send back.

    Attributes:
        head: Status line and headers, without the blank line and without the framing headers.
        body: The whole body, or None for a stream.
        frames: The pieces of a stream, in order.
        think: Seconds before the first byte.
        delays: Seconds before each frame; shorter than `frames` means 0 for the rest.
        cut_after: Close the connection after this many frames (0: before the first byte).
        split_bytes: Write the stream in pieces of this many bytes.
        on_lost: Called when the client goes away before the end.
    """

    head: bytes
    body: bytes | None = None
    frames: Sequence[bytes] = ()
    think: float = 0.0
    delays: Sequence[float] = ()
    cut_after: int | None = None
    split_bytes: int | None = None
    on_lost: Callable[[], None] | None = None


class Connection(asyncio.Protocol):
    """One client connection; requests on it are answered one after the other."""

    def __init__(
        self, answer: Callable[[str, str, dict[str, str], bytes], Answer], open_connections: set[Connection]
    ) -> None:
        self._answer = answer
        self._open = open_connections
        self._buffer = bytearray()
        self._busy = False
        self._current: Answer | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport and join the set of open connections."""
        self._transport = cast("asyncio.Transport", transport)
        self._open.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop a pending answer and tell the recorder that nobody waits for it."""
        self._open.discard(self)
        if self._timer is not None:
            self._timer.cancel()
        if self._current is not None and self._current.on_lost is not None:
            self._current.on_lost()
        self._current = None
        self._transport = None

    def close(self) -> None:
        """Drop the connection now."""
        if self._transport is not None:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """Collect bytes and answer each complete request."""
        self._buffer += data
        if not self._busy:
            self._serve()

    def _serve(self) -> None:
        while self._transport is not None and not self._busy and self._buffer:
            try:
                parsed = parse_request(self._buffer)
            except MalformedRequest as error:
                body = error.message.encode()
                self._transport.write(
                    b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body)
                )
                self._transport.close()
                return
            if parsed is None:
                return
            method, target, headers, body, used = parsed
            del self._buffer[:used]
            self._start(self._answer(method, target, headers, body))

    def _start(self, answer: Answer) -> None:
        if answer.think > 0:
            self._busy, self._current = True, answer
            self._timer = asyncio.get_running_loop().call_later(answer.think, self._send, answer)
        else:
            self._send(answer)

    def _send(self, answer: Answer) -> None:
        transport = self._transport
        if transport is None:
            return
        if answer.cut_after == 0:
            transport.close()
        elif answer.body is not None:
            transport.write(b"%scontent-length: %d\r\n\r\n%s" % (answer.head, len(answer.body), answer.body))
            self._finish()
        else:
            transport.write(answer.head + b"transfer-encoding: chunked\r\n\r\n")
            if answer.delays or answer.cut_after is not None:
                self._busy, self._current = True, answer
                self._pace(answer, 0)
            else:
                self._write_at_once(answer, transport)

    def _write_at_once(self, answer: Answer, transport: asyncio.Transport) -> None:
        wire = b"".join(_chunked(answer.frames)) + CHUNK_END
        if answer.split_bytes:
            for start in range(0, len(wire), answer.split_bytes):
                transport.write(wire[start : start + answer.split_bytes])
        else:
            transport.write(wire)
        self._finish()

    def _pace(self, answer: Answer, position: int) -> None:
        transport = self._transport
        if transport is None:
            return
        if answer.cut_after is not None and position >= answer.cut_after:
            self._current = None
            transport.close()
        elif position >= len(answer.frames):
            transport.write(CHUNK_END)
            self._finish()
        else:
            delay = answer.delays[position] if position < len(answer.delays) else 0.0
            self._timer = asyncio.get_running_loop().call_later(delay, self._frame, answer, position)

    def _frame(self, answer: Answer, position: int) -> None:
        if self._transport is not None:
            self._transport.write(b"".join(_chunked(answer.frames[position : position + 1])))
            self._pace(answer, position + 1)

    def _finish(self) -> None:
        was_busy, self._busy, self._current = self._busy, False, None
        if was_busy and self._buffer:
            self._serve()


def parse_request(buffer: bytearray) -> tuple[str, str, dict[str, str], bytes, int] | None:
    """The first request in the buffer: method, target, headers in lower case, body, bytes used; None while incomplete.

    Raises:
        MalformedRequest: When the bytes are no HTTP/1.x request.
    """
    end = buffer.find(b"\r\n\r\n")
    if end < 0:
        if len(buffer) > LONGEST_HEAD:
            raise MalformedRequest(f"replay server: headers longer than {LONGEST_HEAD} bytes")
        return None
    first, *lines = bytes(buffer[:end]).decode("latin-1").split("\r\n")
    method, _, rest = first.partition(" ")
    target, _, version = rest.partition(" ")
    if not version.startswith("HTTP/1."):
        raise MalformedRequest(f"replay server: not an HTTP/1.x request line: {first[:80]!r}")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    start = end + 4
    if "chunked" in headers.get("transfer-encoding", ""):
        found = _unchunk(buffer, start)
        return None if found is None else (method, target, headers, *found)
    try:
        length = int(headers.get("content-length") or 0)
    except ValueError:
        raise MalformedRequest(f"replay server: content-length is {headers['content-length']!r}") from None
    if len(buffer) < start + length:
        return None
    return method, target, headers, bytes(buffer[start : start + length]), start + length


def _unchunk(buffer: bytearray, position: int) -> tuple[bytes, int] | None:
    body = bytearray()
    while True:
        line_end = buffer.find(b"\r\n", position)
        if line_end < 0:
            return None
        try:
            size = int(bytes(buffer[position:line_end]).split(b";")[0], 16)
        except ValueError:
            raise MalformedRequest(f"replay server: chunk size {bytes(buffer[position:line_end])!r}") from None
        if len(buffer) < line_end + 2 + size + 2:
            return None
        body += buffer[line_end + 2 : line_end + 2 + size]
        position = line_end + 2 + size + 2
        if size == 0:
            return bytes(body), position


def _chunked(frames: Iterable[bytes]) -> Iterable[bytes]:
    return itertools.chain.from_iterable((b"%x\r\n" % len(frame), frame, b"\r\n") for frame in frames if frame)
