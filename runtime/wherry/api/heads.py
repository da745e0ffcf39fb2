"""Limits on the head of a request, which uvicorn waits for without end: seconds to arrive, and bytes.

A subclass of uvicorn's own HTTP protocol, whichever it chose; used by `listening`. Bodies are limited in `guard`,
clients that do not read in `unread`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wherry.api.problems import Problem
from wherry.api.unread import ReadInTime

if TYPE_CHECKING:
    import asyncio

LARGEST_HEAD = 64 * 1024
NO_HTTP = "What was sent is no HTTP request: its first line, a header, or the length of its body cannot be read."


class LimitedHttp(ReadInTime):
    """A connection that waits for the head of a request for so long, and for so many bytes, and no more.

    A first request that asks for more is answered with 408 or 413; after an answer the client is only hung up on. What
    is no HTTP is answered with 400.
    """

    head_seconds = 15.0
    _timer: asyncio.TimerHandle | None = None
    _received = 0

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Begin to wait."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Take bytes; wait on when they do not end a head."""
        super().data_received(data)
        if self.transport.is_closing() or not (self.cycle is None or self.cycle.response_complete):
            self._stop_waiting()
            return
        self._received += len(data)
        if self._received > LARGEST_HEAD:
            self._hang_up(Problem("too_large", f"The head has more than {LARGEST_HEAD} bytes."))
        elif self._timer is None:
            self._wait()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP, uvicorn's way of saying so; in the middle of an answer there is nothing to say."""
        self._stop_waiting()
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            self.transport.write(raw(Problem("bad_request", NO_HTTP)))
        self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait(self) -> None:
        late = Problem("request_timeout", f"The head took more than {self.head_seconds:g} s to arrive.")
        self._timer = self.loop.call_later(self.head_seconds, self._hang_up, late)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self._received = None, 0

    def _hang_up(self, problem: Problem) -> None:
        if self._received and self.cycle is None:
            self.transport.write(raw(problem))
        self._stop_waiting()
        self.transport.close()
        self._expect_rest()


def limited_protocol(head_seconds: float = 15.0, write_seconds: float = 60.0) -> type[LimitedHttp]:
    """The protocol for uvicorn's `http` option.

    Args:
        head_seconds: Seconds that the head of a request may take to arrive.
        write_seconds: Seconds that a client may leave unread what was written for it.
    """
    limits = {"head_seconds": head_seconds, "write_seconds": write_seconds}
    if all(getattr(LimitedHttp, name) == value for name, value in limits.items()):
        # The class itself, which can be pickled: uvicorn starts a process of its own for `reload` and `workers`.
        return LimitedHttp
    return type("LimitedHttp", (LimitedHttp,), limits)


def raw(problem: Problem) -> bytes:
    """A problem document as it goes over the wire when there is no request to answer."""
    answer = problem.response()
    fields = b"".join(b"%s: %s\r\n" % field for field in answer.raw_headers)
    return b"HTTP/1.1 %d \r\n%sconnection: close\r\n\r\n%s" % (answer.status_code, fields, bytes(answer.body))
