"""Public path of a run's messages; mirrors `agno.run.messages`."""

from wherry.core.matrix import module_getattr
from wherry.core.run_messages import RunMessages

__all__ = ["RunMessages"]

__getattr__ = module_getattr(__name__, "agno.run.messages")
