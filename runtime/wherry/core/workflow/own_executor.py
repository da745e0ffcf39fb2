"""Executors of steps that run in a way of their own: an agent or team whose `run` or `arun` is overridden.

Called by `Step`. What the executor's method gives is taken as what the workflow's own way would have given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.agent.own_way import own_events
from wherry.core.cancel import register_member_run
from wherry.core.errors import ConfigurationError
from wherry.core.ids import new_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from wherry.core.events.step_io import StepInput
    from wherry.core.workflow.step import Step
    from wherry.core.workflow.workflow_run import Index, WorkflowRun, Yields


async def own_executor(
    run: WorkflowRun, step: Step, given: StepInput, index: Index, method: Callable[..., Any]
) -> Yields:
    """Have the executor run by its own method: its events, then its output.

    Raises:
        ConfigurationError: The method ended without an output.
    """
    run_id, output = new_id(), None
    register_member_run(run.output.run_id, run_id)
    arguments = step.arguments(run, given, run_id)
    if not run.stream:
        del arguments["stream"]  # as in Agno, where a team says so to its members and a step does not
    async for item in own_events(method, step.message(run, given), arguments, lambda child: step.placed(run, child)):
        if hasattr(item, "event"):
            yield run.place(item, step, index)
        else:
            output = item
    if output is None:
        raise ConfigurationError(
            f"{type(step.active_executor).__name__}.{method.__name__}() of step {step.name!r} gave no output.",
            hint="Return the RunOutput; with yield_run_output=True, yield it after the events.",
        )
    yield output
