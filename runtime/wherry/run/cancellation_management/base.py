"""`agno.run.cancellation_management.base`."""

from wherry.core.cancel import BaseRunCancellationManager

__all__ = ["BaseRunCancellationManager"]
