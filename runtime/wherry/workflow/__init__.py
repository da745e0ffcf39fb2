"""`agno.workflow`: the workflow and its steps."""

from wherry.core.matrix import module_getattr
from wherry.core.review import HumanReview, OnError, OnReject, OnTimeout, pause
from wherry.core.step import Step
from wherry.core.step_groups import Condition, Router, Steps
from wherry.core.step_io import StepInput, StepOutput, WorkflowExecutionInput
from wherry.core.step_loop import Loop
from wherry.core.step_parallel import Parallel
from wherry.core.workflow import Workflow

__all__ = [
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
    "WorkflowExecutionInput",
    "pause",
]

__getattr__ = module_getattr(__name__, "agno.workflow")
