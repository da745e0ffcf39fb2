"""Public path of run state and cancellation; mirrors `agno.run`."""

from wherry.core.cancel import get_cancellation_manager, set_cancellation_manager
from wherry.core.matrix import module_getattr
from wherry.core.run_context import RunContext
from wherry.core.status import CancellationStage, RunStatus

__all__ = ["CancellationStage", "RunContext", "RunStatus", "get_cancellation_manager", "set_cancellation_manager"]

__getattr__ = module_getattr(__name__, "agno.run")
