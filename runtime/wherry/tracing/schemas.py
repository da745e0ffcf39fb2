"""Public path of `wherry.stores.traces`; mirrors `agno.tracing.schemas`."""

from wherry.stores.traces import Span, Trace, create_trace_from_spans

__all__ = ["Span", "Trace", "create_trace_from_spans"]
