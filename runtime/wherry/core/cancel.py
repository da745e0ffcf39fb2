"""Cancelling a run by its id, from any thread.

A manager keeps the intents; a run registers itself, asks between events, and cleans up when it ends. A cancel
that arrives before its run starts is kept until the run shows up. Mirrors `agno.run.cancel`.
"""

from __future__ import annotations

import threading

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


class InMemoryRunCancellationManager(BaseRunCancellationManager):
    """Intents of this process."""

    def __init__(self) -> None:
        self._cancelled_runs: dict[str, bool] = {}
        self._member_runs: dict[str, set[str]] = {}
        self._lock = threading.Lock()

    def register_run(self, run_id: str) -> None:
        """A run has started."""
        with self._lock:
            self._cancelled_runs.setdefault(run_id, False)

    def cancel_run(self, run_id: str) -> bool:
        """Ask a run to stop; True when it is known here and was running."""
        with self._lock:
            known = run_id in self._cancelled_runs
            self._cancelled_runs[run_id] = True
            members = list(self._member_runs.get(run_id, ()))
        for member in members:
            self.cancel_run(member)
        return known

    def is_cancelled(self, run_id: str) -> bool:
        """Whether someone asked the run to stop."""
        return self._cancelled_runs.get(run_id, False)

    def cleanup_run(self, run_id: str) -> None:
        """A run has ended."""
        with self._lock:
            self._cancelled_runs.pop(run_id, None)
            self._member_runs.pop(run_id, None)

    def raise_if_cancelled(self, run_id: str) -> None:
        """Raise `RunCancelledException` when the run was cancelled."""
        own = type(self) is InMemoryRunCancellationManager  # asked between all events, so without further calls
        if self._cancelled_runs.get(run_id) if own else self.is_cancelled(run_id):
            raise RunCancelledException(f"Run {run_id} was cancelled")

    def get_active_runs(self) -> dict[str, bool]:
        """Ids of registered runs, with whether each was cancelled."""
        with self._lock:
            return dict(self._cancelled_runs)

    def register_member_run(self, run_id: str, member_run_id: str) -> None:
        """Cancelling the run cancels the member's run too."""
        with self._lock:
            self._member_runs.setdefault(run_id, set()).add(member_run_id)

    def cleanup_member_runs(self, run_id: str) -> None:
        """Members' runs below a run are no longer known."""
        with self._lock:
            self._member_runs.pop(run_id, None)

    def get_member_run_ids(self, run_id: str) -> set[str]:
        """Runs of members below a run."""
        with self._lock:
            return set(self._member_runs.get(run_id, ()))


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
    """Ask a run to stop at its next event; True when this process knows it."""
    return _cancellation_manager.cancel_run(run_id)


def is_cancelled(run_id: str) -> bool:
    """Whether someone asked the run to stop."""
    return _cancellation_manager.is_cancelled(run_id)


def cleanup_run(run_id: str) -> None:
    """A run has ended."""
    _cancellation_manager.cleanup_run(run_id)


def raise_if_cancelled(run_id: str) -> None:
    """Raise `RunCancelledException` when the run was cancelled."""
    _cancellation_manager.raise_if_cancelled(run_id)


def get_active_runs() -> dict[str, bool]:
    """Ids of registered runs, with whether each was cancelled."""
    return _cancellation_manager.get_active_runs()


def register_member_run(run_id: str, member_run_id: str) -> None:
    """Cancelling the run cancels the member's run too."""
    if isinstance(_cancellation_manager, InMemoryRunCancellationManager):
        _cancellation_manager.register_member_run(run_id, member_run_id)


def get_member_run_ids(run_id: str) -> set[str]:
    """Runs of members below a run."""
    if isinstance(_cancellation_manager, InMemoryRunCancellationManager):
        return _cancellation_manager.get_member_run_ids(run_id)
    return set()


def cleanup_member_runs(run_id: str) -> None:
    """A team's run has ended: its members' runs are no longer known."""
    if isinstance(_cancellation_manager, InMemoryRunCancellationManager):
        _cancellation_manager.cleanup_member_runs(run_id)


def cancellation_manager_explicitly_set() -> bool:
    """Whether `set_cancellation_manager` was called in this process."""
    return _cancellation_manager_explicitly_set


async def aregister_member_run(run_id: str, member_run_id: str) -> None:
    """`register_member_run` for async code."""
    register_member_run(run_id, member_run_id)


async def aget_member_run_ids(run_id: str) -> set[str]:
    """`get_member_run_ids` for async code."""
    return get_member_run_ids(run_id)


async def acleanup_member_runs(run_id: str) -> None:
    """`cleanup_member_runs` for async code."""
    cleanup_member_runs(run_id)


async def acancel_run(run_id: str) -> bool:
    """`cancel_run` for async code."""
    return await _cancellation_manager.acancel_run(run_id)


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
