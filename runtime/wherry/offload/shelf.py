"""Where offloaded results lie: rows in a database, texts in a file system; listing them, and deleting them in time.

The base of `store.ResultStore`, which puts results here and reads them.
"""

from __future__ import annotations

import inspect
import time
from typing import TYPE_CHECKING, Any

from wherry.core.log import log_debug, log_warning
from wherry.core.waits import BLOCKING, LOOPING, Waits, finish
from wherry.fs.fs import FileSystem
from wherry.offload.naming import namespace_for
from wherry.offload.types import ResultRef

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_RESULT_BYTES = 8_000_000
MAX_SESSION_NAMESPACE_BYTES = 200_000_000
SWEEP_INTERVAL_SECONDS = 300
DELETE_BATCH_SIZE = 500


class Shelf:
    """Rows and texts of results."""

    db: Any
    ttl_seconds: int | None
    _fs: FileSystem | None
    _last_sweep_at: float

    @property
    def fs(self) -> FileSystem:
        """Where the texts go.

        Raises:
            RuntimeError: There is neither a file system nor a database.
        """
        if self._fs is None:
            if self.db is None:
                raise RuntimeError("A ResultStore needs a database or a FileSystem; give it db=SqliteDb(...).")
            self._fs = FileSystem(backend=self.db, namespace="tool-results")
        return self._fs

    # --- the index, in the database ---

    def _db_call(self, method: str, *args: Any) -> Any:
        found = self._method(method)
        if inspect.iscoroutinefunction(found):
            name = type(self.db).__name__
            raise RuntimeError(
                f"{name}.{method}() has to be awaited; call the method of ResultStore that begins with a."
            )
        return found(*args)

    async def _adb_call(self, method: str, *args: Any) -> Any:
        return await LOOPING.work(self._method(method), *args)

    def _method(self, method: str) -> Any:
        if self.db is None:
            raise RuntimeError("The ResultStore has no database; give it db=SqliteDb(...).")
        return getattr(self.db, method)

    async def _ask(self, waits: Waits, method: str, *args: Any) -> Any:
        return await waits.wire(self._db_call, self._adb_call, method, *args)

    # --- the texts, in the file system ---

    def _fs_for_namespace(self, namespace: str) -> FileSystem:
        limits: dict[str, Any] = {
            "max_file_bytes": MAX_RESULT_BYTES,
            "max_namespace_bytes": MAX_SESSION_NAMESPACE_BYTES,
        }
        return FileSystem(backend=self.fs.backend, namespace=namespace, **limits)

    def _session_fs(self, session_id: str) -> FileSystem:
        return self._fs_for_namespace(namespace_for(session_id, getattr(self.db, "db_schema", None) or ""))

    def _read_payload(self, row: dict[str, Any]) -> str:
        return finish(self._text(BLOCKING, row))

    async def _text(self, waits: Waits, row: dict[str, Any]) -> str:
        files = self._fs_for_namespace(row["namespace"])
        text = await waits.wire(files.read, files.aread, row["path"])
        if text is None:
            raise KeyError(f"the text of result {row['result_id']} is gone")
        return text

    async def _drop(self, waits: Waits, files: FileSystem, path: str) -> None:
        try:
            await waits.wire(files.delete, files.adelete, path)
        except Exception as error:  # noqa: BLE001 - whatever a file system raises must not hide what came before, nor keep rows
            log_warning(f"The text of a tool result at {files.namespace}/{path} could not be deleted: {error!r}")

    # --- listing and deleting ---

    def live_ids(self, session_id: str, limit: int = 20) -> list[ResultRef]:
        """The results of a session, newest first.

        Args:
            session_id: Whose.
            limit: The greatest number of them.
        """
        return [ref_of(row) for row in self._db_call("get_tool_results_for_session", session_id, limit)]

    async def alive_ids(self, session_id: str, limit: int = 20) -> list[ResultRef]:
        """`live_ids` for async code."""
        return [ref_of(row) for row in await self._adb_call("get_tool_results_for_session", session_id, limit)]

    def delete_for_sessions(self, session_ids: list[str]) -> int:
        """Delete the results of sessions; how many there were."""
        return finish(self._clear(BLOCKING, session_ids))

    async def adelete_for_sessions(self, session_ids: list[str]) -> int:
        """`delete_for_sessions` for async code."""
        return await self._clear(LOOPING, session_ids)

    async def _clear(self, waits: Waits, session_ids: Iterable[str]) -> int:
        found = [await self._ask(waits, "get_tool_results_for_session", one, None) for one in session_ids]
        return await self._delete(waits, [row for rows in found for row in rows])

    async def _delete(self, waits: Waits, rows: list[dict[str, Any]]) -> int:
        """Texts and rows, some at a time: what fails halfway leaves no row whose text is gone."""
        for begin in range(0, len(rows), DELETE_BATCH_SIZE):
            some = rows[begin : begin + DELETE_BATCH_SIZE]
            for row in some:
                await self._drop(waits, self._fs_for_namespace(row["namespace"]), row["path"])
            await self._ask(waits, "delete_tool_results", [row["result_id"] for row in some])
        return len(rows)

    def sweep_expired(self, now: int | None = None) -> int:
        """Delete results whose time is over; how many there were.

        Args:
            now: Seconds since 1970; the time of the call by default.
        """
        return finish(self._sweep(BLOCKING, now))

    async def asweep_expired(self, now: int | None = None) -> int:
        """`sweep_expired` for async code."""
        return await self._sweep(LOOPING, now)

    async def _sweep(self, waits: Waits, now: int | None) -> int:
        at = int(time.time() if now is None else now)
        return await self._delete(waits, await self._ask(waits, "get_expired_tool_results", at))

    def maybe_sweep(self) -> None:
        """`sweep_expired` when results have a `ttl_seconds` and the last time is some minutes ago; never raises."""
        finish(self._sweep_in_time(BLOCKING))

    async def amaybe_sweep(self) -> None:
        """`maybe_sweep` for async code."""
        await self._sweep_in_time(LOOPING)

    async def _sweep_in_time(self, waits: Waits) -> None:
        now = time.time()
        if not self.ttl_seconds or now - self._last_sweep_at < min(SWEEP_INTERVAL_SECONDS, self.ttl_seconds):
            return
        self._last_sweep_at = now
        try:
            gone = await waits.wire(self.sweep_expired, self.asweep_expired)
        except Exception as error:  # noqa: BLE001 - whatever a database raises must not break the run
            log_warning(f"Tool results whose time is over could not be deleted: {error!r}")
        else:
            log_debug(f"Deleted {gone} tool results whose time is over")


def ref_of(row: dict[str, Any]) -> ResultRef:
    """What is told of a result, out of its row."""
    return ResultRef(**{name: row[name] for name in ResultRef.__dataclass_fields__})
