"""Saves of one session in memory, one after the other.

With `cache_session` runs that overlap share one session. What a save has to store is found by comparing with what the
save before it has stored, which is known when that one is committed, or refused. So each waits for its turn: on event
loops, in threads, and between them. A task that is cancelled while it saves is let go at once; its save goes on, and
keeps the turn until it has ended. Called where sessions are saved; sessions that no other run can have take no turns.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections import deque
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, TypeVar

from wherry.core.log import log_error

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from wherry.core.waits import Waits

T = TypeVar("T")

LONGEST_SECONDS = 60.0
"""So long a thread waits for its turn, and saves without one then: a loop may have it that waits for the thread."""

# Who saves: the thread, and the task where a loop waits for the database.
Saver = tuple[int, "asyncio.Task[Any] | None"]


class Turns:
    """Who saves a session, and who is next."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._saver: Saver | None = None
        self._next: deque[tuple[Future[None], Saver]] = deque()
        self._process = os.getpid()

    async def taken(self, waits: Waits) -> bool:
        """Wait for a turn; False when there is none to wait for: the saver before is this one, or waits for it."""
        me = threading.get_ident(), None if waits.blocking else asyncio.current_task()
        with self._lock:
            if self._saver is None or self._process != os.getpid():  # a fork has none of its parent's savers
                self._saver, self._process = me, os.getpid()
                self._next.clear()
                return True
            thread, task = self._saver
            if thread == me[0] and (waits.blocking or task in {None, me[1]}):
                return False
            mine: Future[None] = Future()
            self._next.append((mine, me))
        try:
            if waits.blocking:
                mine.result(LONGEST_SECONDS)
            else:
                await asyncio.wrap_future(mine)
        except BaseException as error:
            if not mine.cancel():  # it has come meanwhile
                if isinstance(error, TimeoutError):
                    return True
                self.ended()
            elif isinstance(error, TimeoutError):
                return False
            raise
        return True

    def unless_saving(self, data: dict[str, Any], state: dict[str, Any]) -> None:
        """Put the state of a run that begins into the session's data, unless they are just being saved."""
        with self._lock:
            if self._saver is None or self._process != os.getpid():
                data["session_state"] = state

    def passed_to(self, task: asyncio.Task[Any]) -> None:
        """Let a task save in the place of the one that has the turn."""
        with self._lock:
            self._saver = threading.get_ident(), task

    def ended(self) -> None:
        """Let the next one save."""
        following: Future[None] | None = None
        with self._lock:
            self._saver = None
            while self._next and following is None:
                future, saver = self._next.popleft()
                if future.set_running_or_notify_cancel():
                    self._saver, following = saver, future
        if following is not None:
            following.set_result(None)

    def __deepcopy__(self, memo: dict[int, Any]) -> Turns:
        return Turns()

    def __reduce__(self) -> Any:
        return Turns, ()


async def saved_in_turn(session: Any, waits: Waits, saving: Coroutine[Any, Any, T]) -> T:
    """Save a session when the saves before it have ended, if it may have others at all.

    Args:
        session: The session.
        waits: How its run waits.
        saving: What changes it and saves it.
    """
    turns: Turns | None = getattr(session, "turns", None)
    if turns is None:
        return await saving
    try:
        taken = await turns.taken(waits)
    except BaseException:
        saving.close()
        raise
    if not taken:
        return await saving
    if waits.blocking:
        try:
            return await saving
        finally:
            turns.ended()
    task = asyncio.get_running_loop().create_task(saving)
    turns.passed_to(task)
    task.add_done_callback(lambda _: turns.ended())
    try:
        await asyncio.wait((task,))  # to await the task itself would cancel it with its caller
    except asyncio.CancelledError:
        task.add_done_callback(_heard)
        raise
    return task.result()


def _heard(task: asyncio.Task[Any]) -> None:
    """Say what became of a save whose run does not wait for it any more."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log_error(f"What a cancelled task was about to store is not stored: {error}")
