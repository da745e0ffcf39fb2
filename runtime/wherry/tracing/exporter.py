"""Spans of OpenTelemetry's SDK into a database; mirrors `agno.tracing.exporter`. Needs the extra `otel`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.log import log_error, log_warning
from wherry.stores.traces import Span, create_trace_from_spans
from wherry.telemetry.span_writing import TraceWriter, suspends

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["DatabaseSpanExporter"]


class DatabaseSpanExporter:
    """A `SpanExporter` that writes spans as rows; mirrors `agno.tracing.exporter.DatabaseSpanExporter`.

    For spans that OpenTelemetry makes, such as another library's. Runs are recorded by `setup_tracing` without it.

    Args:
        db: A SQLite or Postgres database, blocking or async. An async one is written by a thread of its own.
    """

    def __init__(self, db: Any) -> None:
        self.db = db
        self._shutdown = False
        self._writer = TraceWriter(db, most_waiting=1_000_000, most_at_once=1) if suspends(db) else None

    def export(self, spans: Sequence[Any]) -> Any:
        """Store spans; OpenTelemetry's `SpanExportResult`."""
        from opentelemetry.sdk.trace.export import SpanExportResult

        if self._shutdown:
            log_warning("Spans are not stored: their exporter was shut down")
            return SpanExportResult.FAILURE
        grouped: dict[str, list[Span]] = {}
        for one in spans:
            span = Span.from_otel_span(one)
            grouped.setdefault(span.trace_id, []).append(span)
        try:
            for found in grouped.values():
                self._write(create_trace_from_spans(found), found)
        except Exception as error:  # noqa: BLE001 - whatever a user's database raises must not break what it is a trace of
            log_error(f"Spans are not stored: {error}")
            return SpanExportResult.FAILURE
        return SpanExportResult.SUCCESS

    def _write(self, trace: Any, spans: list[Span]) -> None:
        if self._writer is not None:
            self._writer(trace, spans)
            return
        self.db.upsert_trace(trace)
        self.db.create_spans(spans)

    def shutdown(self) -> None:
        """Store nothing from now on."""
        self._shutdown = True
        if self._writer is not None:
            self._writer.stop()

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        """Wait until all is stored; whether it was in time (milliseconds)."""
        return self._writer is None or self._writer.flush(timeout_millis / 1000)
