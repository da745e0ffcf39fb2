"""Connections to Postgres for an event loop, which listen for as long as they are used.

psycopg has the loop watch the socket anew for each answer that it waits for, and sets a timer that looks after it. Here
the socket is watched from one statement to the next, and what arrives is read as soon as the loop hears of it.
Used by `loop_pool`; psycopg is imported along with this module.
"""

from __future__ import annotations

from asyncio import CancelledError, get_running_loop
from typing import TYPE_CHECKING, Any

from psycopg import AsyncConnection
from psycopg.waiting import Ready, Wait

from wherry.stores.postgres_lines import Line

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Future

_READ, _READABLE = Wait.R, Ready.R


class LoopLine(Line, AsyncConnection[Any]):
    """A connection for an event loop."""

    _listening: AbstractEventLoop | None = None
    _socket = -1
    _going_on: Any = None
    _answer: Future[Any] | None = None

    async def exchanged(self, key: Any, parameters: list[bytes | None]) -> Any:
        """Carry out an `exchange`."""
        going_on = self.exchange(key, parameters)
        try:
            state = next(going_on)
        except StopIteration as done:
            return done.value
        if state == _READ:
            self._listen()
            self._going_on = going_on
            answer = self._answer = get_running_loop().create_future()
            try:
                heard = await answer
            except CancelledError:
                if self._going_on is None:  # it had its answer already
                    raise
                self._going_on = None
                state = _READ if answer.cancelled() else answer.result()
                return await self.wait(_Rest(going_on, state, given_up=True))
            if self._going_on is None:
                return heard
            self._going_on = None
            state = heard
        return await self.wait(_Rest(going_on, state))

    def _listen(self) -> None:
        if self._listening is None:
            loop = get_running_loop()
            self._socket = self.pgconn.socket
            loop.add_reader(self._socket, self._hear)
            self._listening = loop

    def _hear(self) -> None:
        """Go on with the exchange that waits."""
        going_on, answer = self._going_on, self._answer
        if going_on is None or answer is None or answer.done():
            self._stop_listening()  # the end of the connection, mostly; whoever takes it next finds out
            return
        try:
            state = going_on.send(_READABLE)
        except StopIteration as done:
            self._going_on = self._answer = None  # rows are not kept
            answer.set_result(done.value)
        except BaseException as error:
            self._going_on = self._answer = None
            self._stop_listening()  # libpq may have closed the socket
            answer.set_exception(error)
            if not isinstance(error, Exception):
                raise
        else:
            if state != _READ:  # more is to be sent than the socket takes at once; the exchange is not at its end
                answer.set_result(state)

    def _stop_listening(self) -> None:
        loop, self._listening = self._listening, None
        if loop is not None and not loop.is_closed():
            loop.remove_reader(self._socket)

    async def wait(self, gen: Any, *args: Any, **options: Any) -> Any:
        """Carry out something else: psycopg watches the socket by itself."""
        self._stop_listening()
        return await super().wait(gen, *args, **options)

    async def close(self) -> None:
        """Close the connection; nobody must watch a socket that is somebody else's by then."""
        self._stop_listening()
        await super().close()


class _Rest:
    """An exchange that has begun, as psycopg takes it; when it is `given_up`, psycopg has the server stop it."""

    def __init__(self, going_on: Any, state: Any, *, given_up: bool = False) -> None:
        self._going_on, self._state, self._given_up = going_on, state, given_up
        self.send = going_on.send

    def __iter__(self) -> _Rest:
        return self

    def __next__(self) -> Any:
        if self._given_up:
            self._given_up = False
            raise CancelledError
        return self._state
