"""Cancelling a run by its id, from any thread.

A manager keeps the intents; a run registers itself, asks between events, and cleans up when it ends. A cancel
that arrives before its run starts is kept until the run shows up. Mirrors `agno.run.cancel`.
"""

from __future__ import annotations

import threading
import time

from wherry.core.errors import RunCancelledException


class BaseRunCancellationManager:
    """Where cancel intents live; subclass it to share them between processes."""

    def register_run(self, run_id: str) -> None:
        """A run has started."""
        raise NotImplementedError

    def cancel_run(self, run_id: str) -> bool:
        """Ask a run to stop."""
        raise NotImplementedError

    def is_cancelled(self, run_id: str) -> bool:
        """Whether someone asked the run to stop."""
        raise NotImplementedError

    def cleanup_run(self, run_id: str) -> None:
        """A run has ended."""
        raise NotImplementedError

    def get_active_runs(self) -> dict[str, bool]:
        """Ids of registered runs, with whether each was cancelled."""
        raise NotImplementedError

    def raise_if_cancelled(self, run_id: str) -> None:
        """Raise `RunCancelledException` when the run was cancelled."""
        if self.is_cancelled(run_id):
            raise RunCancelledException(f"Run {run_id} was cancelled")

    def look(self, run_id: str) -> None:
        """`raise_if_cancelled` between the pieces of a stream; where asking takes time, not every time. Wherry only."""
        self.raise_if_cancelled(run_id)

    async def aregister_run(self, run_id: str) -> None:
        """`register_run` for async code."""
        self.register_run(run_id)

    async def acancel_run(self, run_id: str) -> bool:
        """`cancel_run` for async code."""
        return self.cancel_run(run_id)

    async def ais_cancelled(self, run_id: str) -> bool:
        """`is_cancelled` for async code."""
        return self.is_cancelled(run_id)

    async def acleanup_run(self, run_id: str) -> None:
        """`cleanup_run` for async code."""
        self.cleanup_run(run_id)

    async def araise_if_cancelled(self, run_id: str) -> None:
        """`raise_if_cancelled` for async code."""
        self.raise_if_cancelled(run_id)

    async def aget_active_runs(self) -> dict[str, bool]:
        """`get_active_runs` for async code."""
        return self.get_active_runs()

    # Members' runs: a manager of one's own that says nothing about them passes no cancel on to them.

    def register_member_run(self, team_run_id: str, member_run_id: str) -> None:
        """The run of a member has started below a run; nothing is kept unless a subclass keeps it."""

    def get_member_run_ids(self, team_run_id: str) -> set[str]:
        """Runs of members below a run; none unless a subclass keeps them."""
        return set()

    def cleanup_member_runs(self, team_run_id: str) -> None:
        """Members' runs below a run are no longer known."""

    async def aregister_member_run(self, team_run_id: str, member_run_id: str) -> None:
        """`register_member_run` for async code."""
        self.register_member_run(team_run_id, member_run_id)

    async def aget_member_run_ids(self, team_run_id: str) -> set[str]:
        """`get_member_run_ids` for async code."""
        return self.get_member_run_ids(team_run_id)

    async def acleanup_member_runs(self, team_run_id: str) -> None:
        """`cleanup_member_runs` for async code."""
        self.cleanup_member_runs(team_run_id)


class InMemoryRunCancellationManager(BaseRunCancellationManager):
    """Intents of this process.

    Attributes:
        ttl_seconds: How long an intent or a member's run is kept when no run cleans it up, such as a cancel for a run
            that never starts; a day by default, None for ever.
    """

    DEFAULT_TTL_SECONDS = 24 * 60 * 60

    def __init__(self, ttl_seconds: float | None = DEFAULT_TTL_SECONDS) -> None:
        self.ttl_seconds = ttl_seconds
        self._cancelled_runs: dict[str, bool] = {}
        self._member_runs: dict[str, set[str]] = {}
        # When each entry above was last granted its time, oldest first.
        self._runs_since: dict[str, float] = {}
        self._members_since: dict[str, float] = {}
        self._none_before = 0.0
        self._lock = threading.Lock()

    def _drop_expired(self) -> float:
        """Forget what has outlived its time, and tell the time; the lock is held."""
        now = time.monotonic()
        if self.ttl_seconds is None:
            return now
        oldest = now - self.ttl_seconds
        if oldest < self._none_before:
            return now  # asked at the begin of each run, so without a look at the entries
        since: dict[str, float]
        kept: dict[str, bool] | dict[str, set[str]]
        for since, kept in ((self._runs_since, self._cancelled_runs), (self._members_since, self._member_runs)):
            while since and next(iter(since.values())) <= oldest:
                run_id = next(iter(since))
                del since[run_id]
                kept.pop(run_id, None)
        firsts = (next(iter(since.values())) for since in (self._runs_since, self._members_since) if since)
        self._none_before = min(firsts, default=now)
        return now

    def register_run(self, run_id: str) -> None:
        """A run has started; a cancel that came before it stays."""
        with self._lock:
            now = self._drop_expired()
            if run_id not in self._cancelled_runs:
                self._cancelled_runs[run_id] = False
                self._runs_since[run_id] = now

    def cancel_run(self, run_id: str) -> bool:
        """Ask a run to stop; True when it is known here and was running."""
        with self._lock:
            now = self._drop_expired()
            known = run_id in self._cancelled_runs
            self._cancelled_runs[run_id] = True
            self._runs_since.pop(run_id, None)
            self._runs_since[run_id] = now
            members = list(self._member_runs.get(run_id, ()))
        for member in members:
            self.cancel_run(member)
        return known

    def is_cancelled(self, run_id: str) -> bool:
        """Whether someone asked the run to stop."""
        if run_id not in self._cancelled_runs:
            return False
        with self._lock:
            self._drop_expired()
            return self._cancelled_runs.get(run_id, False)

    def cleanup_run(self, run_id: str) -> None:
        """A run has ended."""
        with self._lock:
            self._cancelled_runs.pop(run_id, None)
            self._runs_since.pop(run_id, None)
            if self._member_runs:
                self._member_runs.pop(run_id, None)
                self._members_since.pop(run_id, None)

    def raise_if_cancelled(self, run_id: str) -> None:
        """Raise `RunCancelledException` when the run was cancelled."""
        if self.is_cancelled(run_id):
            raise RunCancelledException(f"Run {run_id} was cancelled")

    def get_active_runs(self) -> dict[str, bool]:
        """Ids of registered runs, with whether each was cancelled."""
        with self._lock:
            self._drop_expired()
            return dict(self._cancelled_runs)

    def register_member_run(self, team_run_id: str, member_run_id: str) -> None:
        """Cancelling the run cancels the member's run too."""
        with self._lock:
            now = self._drop_expired()
            self._member_runs.setdefault(team_run_id, set()).add(member_run_id)
            self._members_since.pop(team_run_id, None)
            self._members_since[team_run_id] = now

    def cleanup_member_runs(self, team_run_id: str) -> None:
        """Members' runs below a run are no longer known."""
        with self._lock:
            self._member_runs.pop(team_run_id, None)
            self._members_since.pop(team_run_id, None)

    def get_member_run_ids(self, team_run_id: str) -> set[str]:
        """Runs of members below a run."""
        with self._lock:
            self._drop_expired()
            return set(self._member_runs.get(team_run_id, ()))


_cancellation_manager: BaseRunCancellationManager = InMemoryRunCancellationManager()
_cancellation_manager_explicitly_set = False
_member_drain_tasks: dict[str, set[object]] = {}


def get_cancellation_manager() -> BaseRunCancellationManager:
    """The manager in use."""
    return _cancellation_manager


def set_cancellation_manager(manager: BaseRunCancellationManager) -> None:
    """Use another manager in this process."""
    global _cancellation_manager, _cancellation_manager_explicitly_set  # noqa: PLW0603 - one manager a process, as in Agno
    _cancellation_manager = manager
    _cancellation_manager_explicitly_set = True


def register_run(run_id: str) -> None:
    """A run has started."""
    _cancellation_manager.register_run(run_id)


def cancel_run(run_id: str) -> bool:
    """Ask a run, and members' runs below it, to stop at their next events; True when the run is known."""
    known = _cancellation_manager.cancel_run(run_id)
    for member in _cancellation_manager.get_member_run_ids(run_id):
        cancel_run(member)
    return known


def is_cancelled(run_id: str) -> bool:
    """Whether someone asked the run to stop."""
    return _cancellation_manager.is_cancelled(run_id)


def cleanup_run(run_id: str) -> None:
    """A run has ended, and with it those of members below it."""
    manager = _cancellation_manager
    manager.cleanup_run(run_id)
    if type(manager) is not InMemoryRunCancellationManager:  # which has forgotten them just now
        manager.cleanup_member_runs(run_id)


def own_intents() -> tuple[BaseRunCancellationManager | None, dict[str, bool]]:
    """What tells at one look that nobody asked a run to stop: the manager in use, and its intents by run.

    No manager, where only `raise_if_cancelled` can tell.
    """
    manager = _cancellation_manager
    return (manager, manager._cancelled_runs) if type(manager) is InMemoryRunCancellationManager else (None, {})  # noqa: SLF001


def raise_if_cancelled(run_id: str) -> None:
    """Raise `RunCancelledException` when the run was cancelled."""
    manager = _cancellation_manager
    # Asked between all events: where the intents are this process's own, one look says that there is none.
    if type(manager) is InMemoryRunCancellationManager and not manager._cancelled_runs.get(run_id):  # noqa: SLF001
        return
    manager.raise_if_cancelled(run_id)


def look(run_id: str) -> None:
    """`raise_if_cancelled` between the pieces of a stream, of which there are many: a manager may ask less often."""
    manager = _cancellation_manager
    if type(manager) is InMemoryRunCancellationManager and not manager._cancelled_runs.get(run_id):  # noqa: SLF001
        return
    getattr(manager, "look", manager.raise_if_cancelled)(run_id)


def get_active_runs() -> dict[str, bool]:
    """Ids of registered runs, with whether each was cancelled."""
    return _cancellation_manager.get_active_runs()


def register_member_run(team_run_id: str, member_run_id: str) -> None:
    """Cancelling the run cancels the member's run too."""
    _cancellation_manager.register_member_run(team_run_id, member_run_id)


def get_member_run_ids(team_run_id: str) -> set[str]:
    """Runs of members below a run."""
    return _cancellation_manager.get_member_run_ids(team_run_id)


def cleanup_member_runs(team_run_id: str) -> None:
    """A team's run has ended: its members' runs are no longer known."""
    _cancellation_manager.cleanup_member_runs(team_run_id)


def cancellation_manager_explicitly_set() -> bool:
    """Whether `set_cancellation_manager` was called in this process."""
    return _cancellation_manager_explicitly_set


async def aregister_member_run(team_run_id: str, member_run_id: str) -> None:
    """`register_member_run` for async code."""
    await _cancellation_manager.aregister_member_run(team_run_id, member_run_id)


async def aget_member_run_ids(team_run_id: str) -> set[str]:
    """`get_member_run_ids` for async code."""
    return await _cancellation_manager.aget_member_run_ids(team_run_id)


async def acleanup_member_runs(team_run_id: str) -> None:
    """`cleanup_member_runs` for async code."""
    await _cancellation_manager.acleanup_member_runs(team_run_id)


async def acancel_run(run_id: str) -> bool:
    """`cancel_run` for async code."""
    known = await _cancellation_manager.acancel_run(run_id)
    for member in await _cancellation_manager.aget_member_run_ids(run_id):
        await acancel_run(member)
    return known


async def aregister_run(run_id: str) -> None:
    """`register_run` for async code."""
    await _cancellation_manager.aregister_run(run_id)


async def ais_cancelled(run_id: str) -> bool:
    """`is_cancelled` for async code."""
    return await _cancellation_manager.ais_cancelled(run_id)


async def acleanup_run(run_id: str) -> None:
    """`cleanup_run` for async code."""
    await _cancellation_manager.acleanup_run(run_id)


async def araise_if_cancelled(run_id: str) -> None:
    """`raise_if_cancelled` for async code."""
    await _cancellation_manager.araise_if_cancelled(run_id)


async def aget_active_runs() -> dict[str, bool]:
    """`get_active_runs` for async code."""
    return await _cancellation_manager.aget_active_runs()
