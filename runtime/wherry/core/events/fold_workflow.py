"""The part of `fold` that knows the events of workflows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.events.outputs_workflow import executor_output
from wherry.core.status import RunStatus

if TYPE_CHECKING:
    from wherry.core.events.outputs_workflow import WorkflowRunOutput

_ENDS = {
    "WorkflowStarted": RunStatus.running,
    "WorkflowCompleted": RunStatus.completed,
    "WorkflowPaused": RunStatus.paused,
    "WorkflowCancelled": RunStatus.cancelled,
    "WorkflowError": RunStatus.error,
}
_STATED = (
    "content_type",
    "step_results",
    "step_executor_runs",
    "metadata",
    "metrics",
    "step_requirements",
    "paused_step_index",
    "paused_step_name",
    "pause_kind",
)


def note_workflow(output: WorkflowRunOutput, name: str, event: Any) -> None:
    """Take over what an event of a workflow states; steps below the top level are inside of their container's."""
    if name in _ENDS:
        output.status = _ENDS[name]
        content = getattr(event, "error", None) or getattr(event, "reason", None) or getattr(event, "content", None)
        if content is not None:
            output.content = content
        for field in _STATED:
            value = getattr(event, field, None)
            if value:
                setattr(
                    output, field, [executor_output(run) for run in value] if field == "step_executor_runs" else value
                )
    elif (
        name == "StepCompleted" and event.step_response is not None and not isinstance(event.step_index, (tuple, list))
    ):
        output.step_results.append(event.step_response)
        output.content = event.step_response.content
