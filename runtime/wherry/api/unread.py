"""A limit on clients that do not read: uvicorn waits for them without end, and keeps what it wrote for them.

The base of the protocol in `heads`. What a run does and keeps does not depend on its readers (`runs`); one that was
hung up on follows it again by `Last-Event-ID`.
"""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.auto import AutoHTTPProtocol

if TYPE_CHECKING:
    import asyncio

# So many bytes a slow reader must take within the limit: less is no reading.
LEAST_READ = 16 * 1024
_UVICORNS: Any = AutoHTTPProtocol


class ReadInTime(_UVICORNS):  # type: ignore[misc]
    """A connection that is broken off when its client leaves what was written for it unread.

    It is looked at when the system and uvicorn hold more than they want to (then the application waits), and when the
    connection was closed before all of it was sent. Below that a client holds no more than 64 KiB until then.
    """

    write_seconds = 60.0
    _reading: asyncio.TimerHandle | None = None
    _unread = 0

    def pause_writing(self) -> None:
        """Nothing more is written until the client has read."""
        super().pause_writing()
        self._expect_reading()

    def resume_writing(self) -> None:
        """The client has read; one that is being hung up on must read the rest, too."""
        super().resume_writing()
        if not self.transport.is_closing():
            self._expect_nothing()

    def on_response_complete(self) -> None:
        """An answer was written, after which the connection may have been closed."""
        super().on_response_complete()
        self._expect_rest()

    def timeout_keep_alive_handler(self) -> None:
        """No further request came."""
        super().timeout_keep_alive_handler()
        self._expect_rest()

    def shutdown(self) -> None:
        """The server stops."""
        super().shutdown()
        self._expect_rest()

    def connection_lost(self, exc: Exception | None) -> None:
        """Expect nothing more."""
        self._expect_nothing()
        super().connection_lost(exc)
        self._expect_nothing()

    def _expect_rest(self) -> None:
        if self._reading is None and self.transport.is_closing() and self.transport.get_write_buffer_size():
            self._expect_reading()

    def _expect_reading(self) -> None:
        self._unread = unread(self.transport)
        self._reading = self.loop.call_later(self.write_seconds, self._look)

    def _expect_nothing(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None

    def _look(self) -> None:
        if self._unread - unread(self.transport) >= LEAST_READ:
            self._expect_reading()
        else:
            self._reading = None
            self.transport.abort()


def unread(transport: asyncio.Transport) -> int:
    """Bytes that were written to a connection and have not arrived; where the system does not tell, those it refused.

    The system takes megabytes for a client before it refuses any, and asks for more only when much of it was read:
    without them a slow reader could not be told from none.
    """
    held = 0
    connection = transport.get_extra_info("socket")
    if sys.platform == "linux" and connection is not None:
        import fcntl
        import termios

        with contextlib.suppress(OSError, ValueError):
            answer = fcntl.ioctl(connection.fileno(), termios.TIOCOUTQ, b"\0\0\0\0")
            held = int.from_bytes(answer, sys.byteorder)
    return transport.get_write_buffer_size() + held
