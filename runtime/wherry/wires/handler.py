"""The connections of `aiohttp` with less to do for every piece that comes in.

`aiohttp` starts a timer for each piece it reads and cancels the one before, and asks its parser to go on after each
piece handed over, whether reading had stopped or not. Here a connection keeps one timer, which looks when it fires how
long ago the last piece came, and the parser is asked where reading had stopped. Limits and order stay the same. Called
by `wires.pools` only.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Any

from aiohttp.client_proto import ResponseHandler

if TYPE_CHECKING:
    import asyncio

    import aiohttp

log = logging.getLogger("wherry.models")

# What of `aiohttp` is relied upon, as these releases have it; any other keeps its own connections.
_TRIED = "3.14."
_METHODS = ("_reschedule_timeout", "_drop_timeout", "_on_read_timeout", "resume_reading", "connection_lost")
_ATTRIBUTES = ("_read_timeout", "_read_timeout_handle", "_reading_paused", "_buffer_paused", "_loop")


class Handler(ResponseHandler):
    """One connection; its timer outlives pieces and requests.

    Attributes:
        due: When the peer has been silent for too long, on the loop's clock in seconds; None while nothing is awaited.
    """

    due: float | None = None

    def _reschedule_timeout(self) -> None:
        seconds, loop = self._read_timeout, self._loop
        if not seconds:
            self.due = None
            return
        self.due = due = loop.time() + seconds
        timer = self._read_timeout_handle
        if timer is not None:
            if timer.when() <= due:
                return
            timer.cancel()  # it would look too late: the request before allowed more
        self._read_timeout_handle = loop.call_at(due, self._look)

    def _drop_timeout(self) -> None:
        self.due = None

    def _look(self) -> None:
        """The timer has fired: too long a silence, or look again when it would be."""
        self._read_timeout_handle = None
        due = self.due
        if due is None:
            return
        if due > self._loop.time():
            self._read_timeout_handle = self._loop.call_at(due, self._look)
        else:
            self._on_read_timeout()

    def resume_reading(self, *args: Any, **named: Any) -> None:
        """Go on where reading had stopped."""
        if self._reading_paused or self._buffer_paused:
            super().resume_reading(*args, **named)

    def connection_lost(self, exc: BaseException | None) -> None:
        """The connection is gone, and with it the timer, which would keep it in memory."""
        if self._read_timeout_handle is not None:
            self._read_timeout_handle.cancel()
            self._read_timeout_handle = None
        super().connection_lost(exc)


def lighten(connector: aiohttp.BaseConnector, loop: asyncio.AbstractEventLoop) -> bool:
    """Let a connector open connections of this kind; False where this release of `aiohttp` is made otherwise."""
    import aiohttp

    known = aiohttp.__version__.startswith(_TRIED) and all(
        callable(getattr(ResponseHandler, name, None)) for name in _METHODS
    )
    plain = ResponseHandler(loop)
    if not known or not hasattr(connector, "_factory") or not all(hasattr(plain, name) for name in _ATTRIBUTES):
        log.debug("Connections of this release of aiohttp are used as they are")
        return False
    made: type[ResponseHandler] = Handler
    connector._factory = partial(made, loop=loop)  # noqa: SLF001 - there is no public way to give it one
    return True
