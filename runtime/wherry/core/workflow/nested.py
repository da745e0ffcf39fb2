"""A workflow as a step of another one. Called by `Step`."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from wherry.core.cancel import register_member_run
from wherry.core.errors import ConfigurationError
from wherry.core.events.outputs import RunStatus
from wherry.core.events.step_io import StepInput, StepOutput
from wherry.core.ids import new_id
from wherry.core.log import log_warning
from wherry.core.metrics import RunMetrics
from wherry.core.run import visible
from wherry.core.workflow.step import asked
from wherry.core.workflow.workflow_life import finished, ids_of_run
from wherry.core.workflow.workflow_saving import TRANSIENT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wherry.core.workflow.workflow_run import Index, WorkflowRun, Yields


# So many workflows may stand in one another, as in Agno.
DEEPEST = 10


async def run_nested(run: WorkflowRun, step: Any, given: StepInput, index: Index) -> Yields:
    """Run the inner workflow: its events, then one StepOutput.

    Raises:
        ValueError: Too many workflows stand in one another.
        ConfigurationError: The inner one waits for a person and the outer one is strict.
    """
    depth = run.extra.get("depth", 0) + 1
    if depth > DEEPEST:
        raise ValueError(
            f"Step {step.name!r} is in the {DEEPEST}th workflow inside a workflow, and may not begin another "
            f"({step.workflow.name!r}). Does a workflow contain itself?"
        )
    inner, run_id = step.workflow, new_id()
    register_member_run(run.output.run_id, run_id)
    arguments = settings_of_inner(run, given.additional_data) | {
        "run_id": run_id,
        "session_id": run.output.session_id,
        "user_id": run.context.user_id,
        "session_state": run.context.session_state,
        "images": given.images or None,
        "videos": given.videos or None,
        "audio": given.audio or None,
        "files": given.files or None,
    }
    child = inner.make_run(step.message(run, given) if tells_inner(run) else asked(given), run.waits, arguments)
    place_inner(run, child)
    child.session = inner.new_session(run.output.session_id, run.context.user_id)
    child.output.parent_run_id = run.output.run_id
    child.output.workflow_step_id = step.step_id
    with one_state(run):
        if run.stream:
            async for event in visible(child, inner.events(child)):
                if hasattr(event, "nested_depth"):
                    event.nested_depth += 1
                yield run.place(event, step, index)
        else:
            await finished(child)
    yield ended_inner(run, step, child)


def settings_of_inner(run: WorkflowRun, data: Any) -> dict[str, Any]:
    """How an inner run streams, and what it is told besides its input: without the option nothing, as in Agno."""
    settings: dict[str, Any] = {"stream": run.stream, "stream_events": run.stream and run.lifecycle}
    if tells_inner(run):
        told = {"additional_data": data, "dependencies": run.context.dependencies, "metadata": run.output.metadata}
        settings |= told
    return settings


def place_inner(run: WorkflowRun, child: WorkflowRun) -> None:
    """Tell an inner run how deep it is, and what holds for it because it holds for the outer one."""
    child.extra |= {"nested": True, "depth": run.extra.get("depth", 0) + 1}
    child.extra |= {"tells": tells_inner(run), "waits": waits_for_inner(run)}


def ended_inner(run: WorkflowRun, step: Any, child: WorkflowRun) -> StepOutput:
    """Keep the inner run with the outer one's, and give the output of the step.

    Raises:
        ConfigurationError: The inner run waits for a person, and the outer one, which is strict, does not wait with it.
    """
    output = child.output
    waiting = output.is_paused and waits_for_inner(run)
    if output.is_paused and not waiting:
        cannot_wait(run, step)
    # A run that waits is kept in any case: without it nobody could go on.
    if run.workflow.store_executor_outputs or waiting:
        output.events = None  # the outer run has them
        known = [item for item in run.output.step_executor_runs or () if item is not output]
        run.output.step_executor_runs = [*known, output]
    return from_output(step, output, waiting=waiting)


def waits_for_inner(run: WorkflowRun) -> bool:
    """Whether the run waits when a workflow inside waits for a person, and so on inwards."""
    return bool(run.extra.get("waits") or run.workflow.wait_for_inner)


def tells_inner(run: WorkflowRun) -> bool:
    """Whether inner workflows are told what the outer one was given; and so on inwards."""
    return bool(run.extra.get("tells") or run.workflow.tell_inner)


@contextmanager
def one_state(run: WorkflowRun) -> Iterator[None]:
    """Let an inner run work on the outer one's state; the ids in it are the outer one's again afterwards.

    As in Agno, what an inner step changed stays when the inner run fails. In Agno the inner run's ids stay, too.
    """
    state = run.context.session_state
    if state is None:
        yield
        return
    own = ids_of_run(run)
    own |= {name: state[name] for name in TRANSIENT if name in state and name not in own}
    try:
        yield
    finally:
        for name in TRANSIENT:
            state.pop(name, None)
        state.update(own)


def cannot_wait(run: WorkflowRun, step: Any) -> None:
    """The inner run waits for a person, and the outer one cannot wait with it: as in Agno it goes on with a warning.

    Raises:
        ConfigurationError: The outer workflow is strict.
    """
    told = f"Workflow {step.workflow.name!r} in step {step.name!r} waits for a person, and the outer workflow "
    hint = "Give the outer workflow wait_for_inner=True, or ask at its step instead."
    if run.workflow.strict:
        raise ConfigurationError(f"{told}cannot wait with it.", hint=hint)
    log_warning(f"{told}goes on without it. {hint}")


def from_output(step: Any, output: Any, *, waiting: bool = False) -> StepOutput:
    """The inner workflow's output as a step's; as in Agno, its media stay with its own steps."""
    failed = output.status == RunStatus.error
    return StepOutput(
        content=output.content,
        step_run_id=output.run_id,
        success=not failed,
        error=str(output.content) if failed else None,
        steps=list(output.step_results or ()) or None,
        metrics=summed(output.metrics),
        is_paused=waiting,
    )


def summed(metrics: Any) -> RunMetrics | None:
    """The tokens of all steps of a workflow, with its duration."""
    if metrics is None:
        return None
    total = RunMetrics()
    for step in (metrics.steps or {}).values():
        if step.metrics:
            total = total + step.metrics
    total.duration = metrics.duration
    return total
