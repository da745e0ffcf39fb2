"""`agno.workflow.types`: what goes into steps and comes out, and what a person is asked."""

from wherry.core.matrix import module_getattr
from wherry.core.review import HumanReview, OnError, OnReject, OnTimeout
from wherry.core.step_io import (
    ExecutorType,
    PauseKind,
    StepInput,
    StepMetrics,
    StepOutput,
    StepProgress,
    StepType,
    WorkflowExecutionInput,
    WorkflowMetrics,
)

__all__ = [
    "ExecutorType",
    "HumanReview",
    "OnError",
    "OnReject",
    "OnTimeout",
    "PauseKind",
    "StepInput",
    "StepMetrics",
    "StepOutput",
    "StepProgress",
    "StepType",
    "WorkflowExecutionInput",
    "WorkflowMetrics",
]

__getattr__ = module_getattr(__name__, "agno.workflow.types")
