"""`agno.run.cancellation_management`: where cancel intents live. The one in Redis is loaded when it is asked for."""

from typing import Any

from wherry.core.cancel import BaseRunCancellationManager, InMemoryRunCancellationManager

__all__ = ["BaseRunCancellationManager", "InMemoryRunCancellationManager", "RedisRunCancellationManager"]


def __getattr__(name: str) -> Any:
    if name == "RedisRunCancellationManager":
        from wherry.run.cancellation_management.redis_cancellation_manager import RedisRunCancellationManager

        return RedisRunCancellationManager
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
