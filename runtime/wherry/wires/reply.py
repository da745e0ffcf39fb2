"""A reply whose status is known and whose body is still to come, whichever client brought it.

Made by `wires.transport` and `wires.foreign`, read by `wires.transport` only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping


@dataclass(slots=True)
class Reply:
    """A reply read in the caller's thread.

    Attributes:
        status: HTTP status.
        headers: Header fields, looked up without regard to case.
        read: Reads the whole body.
        chunks: Yields the body as it arrives.
        close: Gives the connection back: with True for the next request, with False for good.
    """

    status: int
    headers: Mapping[str, str]
    read: Callable[[], bytes]
    chunks: Callable[[], Iterator[bytes]]
    close: Callable[[bool], None]


@dataclass(slots=True)
class AsyncReply:
    """A reply read on an event loop; fields as in `Reply`."""

    status: int
    headers: Mapping[str, str]
    read: Callable[[], Awaitable[bytes]]
    chunks: Callable[[], AsyncIterator[bytes]]
    close: Callable[[bool], Awaitable[None]]
