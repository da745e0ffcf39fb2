"""Public path of traces; mirrors `agno.tracing`."""

from wherry.core.matrix import module_getattr
from wherry.tracing.exporter import DatabaseSpanExporter
from wherry.tracing.setup import setup_tracing, stop_tracing

__all__ = ["DatabaseSpanExporter", "setup_tracing", "stop_tracing"]

__getattr__ = module_getattr(__name__, "agno.tracing")
