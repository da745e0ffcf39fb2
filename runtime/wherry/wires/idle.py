"""Pools of blocking connections that hold only those that are idle. Called by `wires.pools`.

`urllib3` fills each of its pools with as many empty places as it may hold connections, and empties it place by place:
with a thousand of them the first request to an address would take milliseconds longer, and so would its end. Here are
the same connections, the last used first, and no empty places: a pool without an idle connection makes one.
"""

from __future__ import annotations

import queue
from typing import Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool


class IdleConnections(queue.LifoQueue[Any]):
    """Connections that wait for a request; an empty place is no entry."""

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        """Keep a connection; None, which stands for an empty place, is dropped."""
        if item is not None:
            super().put(item, block, timeout)


class _Plain(HTTPConnectionPool):
    QueueCls = IdleConnections


class _Secure(HTTPSConnectionPool):
    QueueCls = IdleConnections


POOLS: dict[str, type[HTTPConnectionPool]] = {"http": _Plain, "https": _Secure}
"""Classes of pools by scheme, for a `PoolManager`."""
