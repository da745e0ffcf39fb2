"""`agno.run.cancellation_management.in_memory_cancellation_manager`."""

from wherry.core.cancel import InMemoryRunCancellationManager

__all__ = ["InMemoryRunCancellationManager"]
