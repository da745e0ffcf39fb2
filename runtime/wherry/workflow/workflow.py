"""`agno.workflow.workflow`."""

from wherry.core.events.outputs_workflow import WorkflowRunOutput
from wherry.core.matrix import module_getattr
from wherry.core.workflow.workflow import Workflow

__all__ = ["Workflow", "WorkflowRunOutput"]

__getattr__ = module_getattr(__name__, "agno.workflow.workflow")
