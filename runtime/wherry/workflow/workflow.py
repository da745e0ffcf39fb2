"""`agno.workflow.workflow`."""

from wherry.core.events.outputs_workflow import WorkflowRunOutput
from wherry.core.matrix import module_getattr
from wherry.core.sessions.session_workflow import WorkflowSession
from wherry.core.workflow.step import Step
from wherry.core.workflow.workflow import Workflow

__all__ = ["Step", "Workflow", "WorkflowRunOutput", "WorkflowSession"]

_missing = module_getattr(__name__, "agno.workflow.workflow")


def __getattr__(name: str) -> object:
    if name in {"get_workflow_by_id", "get_workflows"}:
        from wherry.core.workflow import stored_workflows

        return getattr(stored_workflows, name)
    if name in {"WorkflowLinkCollisionError", "derive_step_links"}:
        from wherry.core.workflow import stored_workflow

        return getattr(stored_workflow, name)
    return _missing(name)
