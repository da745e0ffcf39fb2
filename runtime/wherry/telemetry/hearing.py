"""What listeners of runs have in common: beginning, ending, spans that are open, and forked processes."""

from __future__ import annotations

import os
import weakref
from typing import TYPE_CHECKING, Any

from wherry.core.run import listeners

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Self

Key = tuple[str, str]


def in_forked_children(begin: Callable[[], None]) -> None:
    """Have a method called in each child that this process forks, as long as its object lives.

    Locks may be held there by threads that are gone, connections belong to the parent, and so does what waits.
    """
    if hasattr(os, "register_at_fork"):
        found = weakref.WeakMethod(begin)
        os.register_at_fork(after_in_child=lambda: (again := found()) and again())


class Listener:
    """Hears every run of this process between `start` and `stop`.

    Attributes:
        only: Classes of events that it wants, without `Team`; None for all. Runs that nobody else watches make no more.
    """

    only: frozenset[str] | None = None

    def __call__(self, event: Any, run: Any) -> None:
        """Take an event of a run."""
        raise NotImplementedError

    def start(self) -> Self:
        """Begin to listen; what listens already goes on."""
        if self not in listeners:
            listeners.append(self)
        return self

    def stop(self) -> None:
        """Stop listening."""
        if self in listeners:
            listeners.remove(self)


class SpanListener(Listener):
    """A listener that opens and closes spans by keys: what kind of thing goes on, and which."""

    _open: dict[Key, Any]

    def free(self, key: Key) -> Key:
        """A key for one more span: calls of one turn may share their id and their arguments."""
        return next(one for one in _numbered(key) if one not in self._open)

    def taken(self, key: Key) -> Key:
        """The newest of the open spans that share a key; nothing else tells such calls apart."""
        last = key
        for one in _numbered(key):
            if one not in self._open:
                break
            last = one
        return last


def _numbered(key: Key) -> Iterator[Key]:
    yield key
    number = 1
    while True:
        number += 1
        yield key[0], f"{key[1]}#{number}"
