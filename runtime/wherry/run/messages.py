"""Public path of a run's messages; mirrors `agno.run.messages`."""

from wherry.core.agent.run_messages import RunMessages
from wherry.core.matrix import module_getattr

__all__ = ["RunMessages"]

__getattr__ = module_getattr(__name__, "agno.run.messages")
