"""Recording every run of the process as traces and spans; mirrors `agno.tracing.setup`."""

from __future__ import annotations

import atexit
from functools import partial
from typing import TYPE_CHECKING, Any

from wherry.core.errors import ConfigurationError
from wherry.core.log import log_info, log_warning

if TYPE_CHECKING:
    from wherry.telemetry.span_writing import TraceWriter
    from wherry.telemetry.spans import SpanMaker

__all__ = ["setup_tracing", "stop_tracing"]

_working: list[tuple[SpanMaker, TraceWriter | None]] = []


def setup_tracing(
    db: Any,
    batch_processing: bool = False,
    max_queue_size: int = 2048,
    max_export_batch_size: int = 512,
    schedule_delay_millis: int = 5000,
) -> None:
    """Record the runs of all agents, teams and workflows from now on; mirrors `agno.tracing.setup_tracing`.

    A run is stored with all below it when it has ended, in the tables `agno_traces` and `agno_spans`, where
    `db.get_traces`, `db.get_trace` and `db.get_spans` find it. Called again it does nothing. Needs no OpenTelemetry.

    Args:
        db: A SQLite or Postgres database, blocking or async. An async one is written by a thread of its own.
        batch_processing: Write in rounds, by a thread of its own, so that runs do not wait for it.
        max_queue_size: So many spans wait at most, in batches; further traces are dropped.
        max_export_batch_size: When so many spans wait they are written before their time.
        schedule_delay_millis: Milliseconds between two rounds.

    Raises:
        ConfigurationError: `db` keeps no rows, or a number is none; a ValueError.
    """
    if _working:
        return
    from wherry.telemetry.span_writing import TraceWriter, suspends, write_now
    from wherry.telemetry.spans import SpanMaker

    if not (hasattr(db, "upsert_trace") and hasattr(db, "create_spans")):
        raise ConfigurationError(
            f"Traces cannot be stored in {db!r:.200}.",
            hint="Pass a SqliteDb, PostgresDb, AsyncSqliteDb or AsyncPostgresDb.",
        )
    if not _keeps_traces(db):
        log_warning(f"{type(db).__name__} keeps no traces: none are recorded. SQLite and Postgres do.")
        return
    writer: TraceWriter | None = None
    if batch_processing:
        writer = TraceWriter(db, max_queue_size, max_export_batch_size, schedule_delay_millis / 1000)
    elif suspends(db):
        writer = TraceWriter(db, most_waiting=1_000_000, most_at_once=1)
    _working.append((SpanMaker(writer or partial(write_now, db)).start(), writer))
    atexit.register(stop_tracing)
    log_info("Runs are recorded as traces in the database")


def _keeps_traces(db: Any) -> bool:
    """Whether a database of Wherry's has the two tables; one that is not Wherry's is believed."""
    from wherry.stores.base import AsyncBaseDb, BaseDb

    if not isinstance(db, (BaseDb, AsyncBaseDb)):
        return True
    from wherry.stores.sql_methods import BlockingSql, SuspendingSql

    return isinstance(db, (BlockingSql, SuspendingSql))


def stop_tracing() -> None:
    """Stop recording and write what waits; Wherry's own. `setup_tracing` may be called again afterwards."""
    atexit.unregister(stop_tracing)
    while _working:
        maker, writer = _working.pop()
        maker.stop()
        if writer is not None:
            writer.stop()
