"""Public path of what all runs share; mirrors `agno.run.base`."""

from wherry.core.citations import Citations, MessageReferences
from wherry.core.events.events import BaseRunOutputEvent
from wherry.core.matrix import module_getattr
from wherry.core.run_context import RunContext
from wherry.core.status import HISTORY_SKIP_STATUSES, CancellationStage, RunStatus

__all__ = [
    "HISTORY_SKIP_STATUSES",
    "BaseRunOutputEvent",
    "CancellationStage",
    "Citations",
    "MessageReferences",
    "RunContext",
    "RunStatus",
]

__getattr__ = module_getattr(__name__, "agno.run.base")
