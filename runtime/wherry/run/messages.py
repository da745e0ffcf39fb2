"""Public path of a run's messages; mirrors `agno.run.messages`."""

from wherry.core.run_messages import RunMessages

__all__ = ["RunMessages"]
