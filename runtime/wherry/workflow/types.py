"""`agno.workflow.types`: what goes into steps and comes out, and what a person is asked."""

from wherry.core.events.review import HumanReview, OnError, OnReject, OnTimeout
from wherry.core.events.step_io import (
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
from wherry.core.events.step_requirements import ErrorRequirement, StepRequirement, UserInputField
from wherry.core.matrix import module_getattr

__all__ = [
    "ErrorRequirement",
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
    "StepRequirement",
    "StepType",
    "UserInputField",
    "WorkflowExecutionInput",
    "WorkflowMetrics",
]

__getattr__ = module_getattr(__name__, "agno.workflow.types")
