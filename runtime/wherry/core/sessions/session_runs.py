"""The runs of a session, of which usually only the newest few are in memory.

`Runs` holds what was loaded (a window of the newest runs, as stored dictionaries), what was added since, and how to
get the rest. The session classes keep one; stores fill it; `session.runs` asks for everything.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from wherry.core.sessions.session_history import field

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class Runs:
    """Runs of one session, oldest first.

    Attributes:
        window: Newest runs that count as history, as loaded; None when `complete`.
        span: How many were asked for; the window holds fewer only when there are no more.
        loader: Reads all runs from the database, blocking.
        aloader: The same for a running loop.
    """

    __slots__ = ("_items", "_restore", "_unsaved", "aloader", "loader", "span", "window")

    def __init__(self, restore: Callable[[dict[str, Any]], Any], items: list[Any] | None = None) -> None:
        self._restore = restore
        self._items: list[Any] | None = items
        self._unsaved: dict[str, Any] = {}
        self.window: list[Any] | None = None
        self.span = 0
        self.loader: Callable[[], list[Any]] | None = None
        self.aloader: Callable[[], Awaitable[list[Any]]] | None = None

    @property
    def complete(self) -> bool:
        """Whether every run is in memory."""
        return self.loader is None and self.aloader is None

    def defer(
        self,
        window: list[Any],
        span: int,
        loader: Callable[[], list[Any]] | None,
        aloader: Callable[[], Awaitable[list[Any]]] | None = None,
    ) -> None:
        """Keep a window of stored runs and the way to the rest."""
        self.window, self.span, self.loader, self.aloader = window, span, loader, aloader
        self._items = None

    def all(self) -> list[Any] | None:
        """Every run as an object; reads the database when it has not been read."""
        if not self.complete:
            if self.loader is None:
                raise RuntimeError("Older runs of this session can only be loaded with `await session.aload_runs()`.")
            self._settle(self.loader())
        return self._items

    async def aload(self) -> None:
        """Read every run from the database without blocking the loop."""
        if self.aloader is not None:
            self._settle(await self.aloader())
        else:
            self.all()

    def replace(self, items: list[Any] | None) -> None:
        """Take the given runs instead of what a database holds."""
        self._items, self._unsaved = items, {}
        self.window = self.loader = self.aloader = None

    def recent(self, count: int | None) -> list[Any] | None:
        """The newest runs that count as history, without reading the database; None when that takes a read."""
        if self.complete or self.window is None:
            return None
        if (count is None or count > self.span) and len(self.window) >= self.span:
            return None
        runs = self.window
        if self._unsaved:
            runs = [self._unsaved.get(field(run, "run_id"), run) for run in runs]
            known = {field(run, "run_id") for run in runs}
            runs += [run for run_id, run in self._unsaved.items() if run_id not in known]
        return runs

    def put(self, run: Any) -> None:
        """Add a run, or replace the one with its id; its `queue_attempt` survives."""
        if self.loader is not None or self.aloader is not None:
            self._unsaved[run.run_id] = run
            return
        if self._items is None:
            self._items = []
        for index, known in enumerate(self._items):
            if field(known, "run_id") == run.run_id:
                if getattr(run, "queue_attempt", None) is None:
                    run.queue_attempt = field(known, "queue_attempt")
                self._items[index] = run
                return
        self._items.append(run)

    def find(self, run_id: str) -> Any:
        """The run with an id, or None."""
        if not self.complete and run_id in self._unsaved:
            return self._unsaved[run_id]
        for run in self.all() or ():
            if field(run, "run_id") == run_id:
                return run
        return None

    def __deepcopy__(self, memo: dict[int, Any]) -> Runs:
        """A copy with runs of its own; the way to the database stays the same."""
        twin = Runs(self._restore, deepcopy(self._items, memo))
        twin.window, twin.span = deepcopy(self.window, memo), self.span
        twin.loader, twin.aloader = self.loader, self.aloader
        twin._unsaved = deepcopy(self._unsaved, memo)
        return twin

    def _settle(self, stored: list[Any]) -> None:
        unsaved = self._unsaved
        self.replace([run for run in map(self._restore, stored) if run is not None])
        for run in unsaved.values():
            self.put(run)
