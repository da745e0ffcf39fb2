"""Where a workflow waits for a person, and how it goes on: before a step, after it, or inside its executor.

Called by `workflow_life` around each top-level step, and by `continue_run`.
"""

from __future__ import annotations

from typing import Any

from wherry.core.errors import InputCheckError, OutputCheckError
from wherry.core.review import OnError
from wherry.core.run import Event
from wherry.core.step import Step
from wherry.core.step_groups import Condition
from wherry.core.step_io import StepInput, StepOutput
from wherry.core.workflow_run import WorkflowRun


async def pause_before(
    run: WorkflowRun, step: Any, index: int, name: str, given: StepInput
) -> list[Event] | None:
    """The events of a pause before a step, or None when it may run."""
    return None


async def pause_after(
    run: WorkflowRun, step: Any, index: int, name: str, given: StepInput, output: StepOutput | None
) -> list[Event] | None:
    """The events of a pause after a step, or None when the workflow may go on."""
    return None


async def executor_paused(run: WorkflowRun, step: Any, index: int, name: str, output: StepOutput) -> list[Event]:
    """The events of a pause inside a step's executor."""
    return []


async def failed_step(
    run: WorkflowRun, step: Any, index: int, name: str, error: Exception, made: list[StepOutput]
) -> list[Event]:
    """What follows an exception of a step: a skipped output, or the exception again.

    Raises:
        Exception: The error, when the step's policy is to fail.
    """
    if isinstance(error, (InputCheckError, OutputCheckError)) or not isinstance(step, (Step, Condition)):
        raise error
    if step.human_review.on_error == OnError.skip:
        output = StepOutput(
            step_name=name,
            step_id=step.step_id,
            content=f"Step skipped due to error: {error}",
            success=True,
            error=str(error),
        )
        run.results.append(output)
        run.named[name] = output
        made.append(output)
        return []
    raise error
