"""`agno.run.cancellation_management`: where cancel intents live."""

from wherry.core.cancel import BaseRunCancellationManager, InMemoryRunCancellationManager
from wherry.core.matrix import module_getattr

__all__ = ["BaseRunCancellationManager", "InMemoryRunCancellationManager"]

__getattr__ = module_getattr(__name__, "agno.run.cancellation_management")
