"""What psycopg's pools log while there is no server: once, not at each of their attempts.

Used by `postgres_pools` for its own pools; those of an application log as before.
"""

from __future__ import annotations

import logging
from itertools import count
from time import monotonic

AGAIN_SECONDS = 60.0
"""After so long the same is said again."""

_OURS = "wherry-"
_numbers = count(1)


class Once(logging.Filter):
    """Lets a warning of one of our pools pass once, until the pool has a connection again or a minute is over."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[str, dict[str, float]] = {}
        self._why: dict[str, str] = {}

    def named(self) -> str:
        """A name for one more pool."""
        return f"{_OURS}{next(_numbers)}"

    def connected(self, name: str) -> None:
        """Say all anew: the pool of that name has opened a connection."""
        self._said.pop(name, None)
        self._why.pop(name, None)

    def why(self, name: str) -> str | None:
        """Why the last attempt of the pool of that name to connect failed, in one line; None: none did."""
        return self._why.get(name)

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a record is logged."""
        pool = record.args[0] if isinstance(record.args, tuple) and record.args else None
        if not isinstance(pool, str) or not pool.startswith(_OURS) or record.levelno < logging.WARNING:
            return True
        if isinstance(record.args, tuple) and isinstance(record.args[-1], Exception):
            self._why[pool] = " ".join(str(record.args[-1]).split())
        said, text, now = self._said.setdefault(pool, {}), record.getMessage(), monotonic()
        if now - said.get(text, -AGAIN_SECONDS) < AGAIN_SECONDS:
            return False
        said[text] = now
        return True


once = Once()
logging.getLogger("psycopg.pool").addFilter(once)
