"""`agno.workflow.agent`."""

from wherry.core.matrix import module_getattr
from wherry.core.workflow.workflow_agent import WorkflowAgent

__all__ = ["WorkflowAgent"]

__getattr__ = module_getattr(__name__, "agno.workflow.agent")
