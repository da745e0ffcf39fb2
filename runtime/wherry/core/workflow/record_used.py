"""What was thought and used inside a workflow's run: by agents, teams, their members, and workflows in steps.

For the run's record; called by `record_making`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.workflow.workflow_record import ResourcesUsed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wherry.core.events.step_io import StepOutput


def runs_inside(output: Any) -> Iterator[Any]:
    """The runs below a run, each behind those that it waited for; as far as they are kept."""
    seen: set[str] = set()
    for listed in ("step_executor_runs", "member_responses"):
        for run in getattr(output, listed, None) or ():
            if run.run_id is None or run.run_id not in seen:  # Agno lists one that went on after a pause twice
                seen.add(run.run_id or "")
                yield from runs_inside(run)
                yield run


def thoughts_of(output: Any) -> Iterator[str]:
    """What was thought inside a workflow's run."""
    for run in runs_inside(output):
        steps = getattr(run, "reasoning_steps", None) or ()
        for step in steps:
            yield str(getattr(step, "reasoning", None) or getattr(step, "title", None) or step)
        if not steps and getattr(run, "reasoning_content", None):
            yield run.reasoning_content


def leaves(results: list[StepOutput] | None) -> Iterator[StepOutput]:
    """The outputs of steps that are no groups; of a loop those of all rounds."""
    for result in results or ():
        if result.steps:
            yield from leaves(result.steps)
        else:
            yield result


def resources_of(output: Any) -> ResourcesUsed:
    """Tokens of all that talked to a model, and the run's seconds."""
    # A workflow's metrics have those of its own steps, of each the last round, and of no members.
    listed = list(runs_inside(output))
    talked = [run.metrics for run in listed if not hasattr(run, "step_results")]
    known = {run.run_id for run in listed}
    talked += [step.metrics for step in leaves(output.step_results) if step.step_run_id not in known]
    used = [metrics for metrics in talked if metrics]
    return ResourcesUsed(
        prompt_tokens=sum(metrics.input_tokens or 0 for metrics in used),
        completion_tokens=sum(metrics.output_tokens or 0 for metrics in used),
        latency=(output.metrics.duration or 0.0) if output.metrics else 0.0,
    )
