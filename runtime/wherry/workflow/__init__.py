"""`agno.workflow`: the workflow and its steps."""

from wherry.core.expressions import CEL_AVAILABLE, validate_cel_expression
from wherry.core.matrix import module_getattr
from wherry.core.review import HumanReview, OnError, OnReject, OnTimeout, pause
from wherry.core.step import Step
from wherry.core.step_groups import Condition, Router, Steps
from wherry.core.step_io import StepInput, StepOutput, WorkflowExecutionInput
from wherry.core.step_loop import Loop
from wherry.core.step_parallel import Parallel
from wherry.core.workflow import Workflow
from wherry.core.workflow_agent import WorkflowAgent

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

__getattr__ = module_getattr(__name__, "agno.workflow")
