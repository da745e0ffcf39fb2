"""Sending spans and metrics to an OTLP address, when the operator set one. Used by `wherry serve`.

An application of its own configures the OpenTelemetry SDK itself and starts a `Tracer`; nothing here is needed then.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from wherry.core.errors import MissingPackage

if TYPE_CHECKING:
    from collections.abc import Iterator

_ADDRESSES = (
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
)


@contextmanager
def export_when_asked() -> Iterator[None]:
    """Export while the block runs when OpenTelemetry's own variables name an OTLP address; else do nothing.

    Raises:
        ConfigurationError: An address is set and the extra `otel` is not installed.
    """
    if not any(os.environ.get(name) for name in _ADDRESSES):
        yield
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.metrics import MeterProvider
        from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ModuleNotFoundError as error:
        raise MissingPackage("An OTLP address", str(error.name), "otel") from error
    from wherry.telemetry.otel import Tracer

    named = "OTEL_SERVICE_NAME" in os.environ or "service.name" in os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
    resource = Resource.create({} if named else {"service.name": "wherry"})
    spans = TracerProvider(resource=resource)
    spans.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    meters = MeterProvider([PeriodicExportingMetricReader(OTLPMetricExporter())], resource=resource)
    tracer = Tracer(spans, meters).start()
    try:
        yield
    finally:
        tracer.stop()
        spans.shutdown()
        meters.shutdown()
