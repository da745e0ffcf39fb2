"""What SQL databases do about offloaded tool results: their index, and their texts when a session is deleted.

The texts of a deleted session lie in the database itself, or in a file system that a `ResultStore` on it was given;
those are reached once the deletion is committed. Bases of the classes in `sql_methods`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.log import log_warning
from wherry.core.waits import BLOCKING, LOOPING, finish
from wherry.stores import plans_sessions as sessions
from wherry.stores import plans_tool_results as results
from wherry.stores.plan import blocking, suspending

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wherry.core.waits import Waits
    from wherry.stores.plans_leftovers import Places


async def clear_elsewhere(store: Any, places: Places, waits: Waits) -> None:
    """Delete texts of deleted sessions in the file systems that result stores on this database write to.

    Best effort: the sessions are gone whatever happens here; a text that cannot be reached is reported.
    """
    if not places:
        return
    known = list(getattr(store, "tool_result_filesystems", None) or ())
    lost = [place for place in places if not await _cleared(known, place, waits)]
    if lost:
        log_warning(
            f"{len(lost)} of {len(places)} offloaded results of deleted sessions are in a file system that this "
            f"process has no store for; delete them there: {['/'.join(place) for place in lost[:3]]}"
        )


async def _cleared(known: Sequence[Any], place: tuple[str, str], waits: Waits) -> bool:
    namespace, path = place
    for files in known:
        try:
            if await waits.wire(files.backend.delete, files.backend.adelete, namespace, path):
                return True
        except Exception as error:  # noqa: BLE001 - the sessions are deleted; whatever a file system raises comes too late
            log_warning(f"The text of an offloaded result at {namespace}/{path} could not be deleted: {error!r}")
    return False


class BlockingResults:
    """Methods of a blocking SQL database."""

    run_plan: Callable[..., Any]

    def delete_session(self, session_id: str, user_id: str | None = None) -> bool:
        """Delete a session with its runs and offloaded results; see `BaseDb.delete_session`."""
        deleted, places = self.run_plan(sessions.delete_session, session_id, user_id)
        finish(clear_elsewhere(self, places, BLOCKING))
        return bool(deleted)

    def delete_sessions(self, session_ids: Sequence[str], user_id: str | None = None) -> None:
        """Delete sessions with their runs and offloaded results; see `BaseDb.delete_sessions`."""
        places = self.run_plan(sessions.delete_sessions, session_ids, user_id)
        finish(clear_elsewhere(self, places, BLOCKING))

    upsert_tool_result = blocking(results.upsert_tool_result)
    get_tool_result = blocking(results.get_tool_result)
    get_tool_results_for_session = blocking(results.get_tool_results_for_session)
    delete_tool_results = blocking(results.delete_tool_results)
    get_expired_tool_results = blocking(results.get_expired_tool_results)


class SuspendingResults:
    """Methods of an async SQL database."""

    arun_plan: Callable[..., Any]

    async def delete_session(self, session_id: str, user_id: str | None = None) -> bool:
        """See `BlockingResults.delete_session`."""
        deleted, places = await self.arun_plan(sessions.delete_session, session_id, user_id)
        await clear_elsewhere(self, places, LOOPING)
        return bool(deleted)

    async def delete_sessions(self, session_ids: Sequence[str], user_id: str | None = None) -> None:
        """See `BlockingResults.delete_sessions`."""
        places = await self.arun_plan(sessions.delete_sessions, session_ids, user_id)
        await clear_elsewhere(self, places, LOOPING)

    upsert_tool_result = suspending(results.upsert_tool_result)
    get_tool_result = suspending(results.get_tool_result)
    get_tool_results_for_session = suspending(results.get_tool_results_for_session)
    delete_tool_results = suspending(results.delete_tool_results)
    get_expired_tool_results = suspending(results.get_expired_tool_results)
