"""`agno.workflow`: the workflow and its steps."""

from wherry.core.events.review import HumanReview, OnError, OnReject, OnTimeout, pause
from wherry.core.events.step_io import StepInput, StepOutput, WorkflowExecutionInput
from wherry.core.matrix import module_getattr
from wherry.core.workflow.expressions import CEL_AVAILABLE, validate_cel_expression
from wherry.core.workflow.step import Step
from wherry.core.workflow.step_groups import Condition, Router, Steps
from wherry.core.workflow.step_loop import Loop
from wherry.core.workflow.step_parallel import Parallel
from wherry.core.workflow.workflow import Workflow
from wherry.core.workflow.workflow_agent import WorkflowAgent

__all__ = [
    "CEL_AVAILABLE",
    "Condition",
    "HumanReview",
    "Loop",
    "OnError",
    "OnReject",
    "OnTimeout",
    "Parallel",
    "Router",
    "Step",
    "StepInput",
    "StepOutput",
    "Steps",
    "Workflow",
    "WorkflowAgent",
    "WorkflowExecutionInput",
    "pause",
    "validate_cel_expression",
]

_missing = module_getattr(__name__, "agno.workflow")


def __getattr__(name: str) -> object:
    if name in {"get_workflow_by_id", "get_workflows"}:
        from wherry.core.workflow import stored_workflows

        return getattr(stored_workflows, name)
    if name == "RemoteWorkflow":
        from wherry.workflow.remote import RemoteWorkflow

        return RemoteWorkflow
    return _missing(name)
