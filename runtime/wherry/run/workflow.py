"""Public path of workflows' runs: events and output; mirrors `agno.run.workflow`."""

from wherry.core.events.event_names import (
    WorkflowRunEvent,
)
from wherry.core.events.event_registry import (
    WORKFLOW_RUN_EVENT_TYPE_REGISTRY,
    WORKFLOW_RUN_OUTPUT_EVENT_TYPES,
    WorkflowRunOutputEvent,
    workflow_run_output_event_from_dict,
)
from wherry.core.events.events import (
    BaseWorkflowRunOutputEvent,
)
from wherry.core.events.events_steps import (
    ConditionExecutionCompletedEvent,
    ConditionExecutionStartedEvent,
    LoopExecutionCompletedEvent,
    LoopExecutionStartedEvent,
    LoopIterationCompletedEvent,
    LoopIterationStartedEvent,
    ParallelExecutionCompletedEvent,
    ParallelExecutionStartedEvent,
    RouterExecutionCompletedEvent,
    RouterExecutionStartedEvent,
    RouterPausedEvent,
    StepsExecutionCompletedEvent,
    StepsExecutionStartedEvent,
)
from wherry.core.events.events_workflow import (
    CustomEvent,
    StepCompletedEvent,
    StepContinuedEvent,
    StepErrorEvent,
    StepExecutorContinuedEvent,
    StepExecutorPausedEvent,
    StepOutputEvent,
    StepOutputReviewEvent,
    StepPausedEvent,
    StepProgressEvent,
    StepStartedEvent,
    WorkflowAgentCompletedEvent,
    WorkflowAgentStartedEvent,
    WorkflowCancelledEvent,
    WorkflowCompletedEvent,
    WorkflowErrorEvent,
    WorkflowPausedEvent,
    WorkflowStartedEvent,
)
from wherry.core.events.outputs_workflow import (
    WorkflowRunOutput,
)
from wherry.core.matrix import module_getattr
from wherry.core.status import (
    RunStatus,
)

__all__ = [
    "WORKFLOW_RUN_EVENT_TYPE_REGISTRY",
    "WORKFLOW_RUN_OUTPUT_EVENT_TYPES",
    "BaseWorkflowRunOutputEvent",
    "ConditionExecutionCompletedEvent",
    "ConditionExecutionStartedEvent",
    "CustomEvent",
    "LoopExecutionCompletedEvent",
    "LoopExecutionStartedEvent",
    "LoopIterationCompletedEvent",
    "LoopIterationStartedEvent",
    "ParallelExecutionCompletedEvent",
    "ParallelExecutionStartedEvent",
    "RouterExecutionCompletedEvent",
    "RouterExecutionStartedEvent",
    "RouterPausedEvent",
    "RunStatus",
    "StepCompletedEvent",
    "StepContinuedEvent",
    "StepErrorEvent",
    "StepExecutorContinuedEvent",
    "StepExecutorPausedEvent",
    "StepOutputEvent",
    "StepOutputReviewEvent",
    "StepPausedEvent",
    "StepProgressEvent",
    "StepStartedEvent",
    "StepsExecutionCompletedEvent",
    "StepsExecutionStartedEvent",
    "WorkflowAgentCompletedEvent",
    "WorkflowAgentStartedEvent",
    "WorkflowCancelledEvent",
    "WorkflowCompletedEvent",
    "WorkflowErrorEvent",
    "WorkflowPausedEvent",
    "WorkflowRunEvent",
    "WorkflowRunOutput",
    "WorkflowRunOutputEvent",
    "WorkflowStartedEvent",
    "workflow_run_output_event_from_dict",
]

__getattr__ = module_getattr(__name__, "agno.run.workflow")
