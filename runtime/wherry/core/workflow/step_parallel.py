"""`Parallel`: steps that run side by side. Mirrors `agno.workflow.parallel.Parallel`."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any

from wherry.core.errors import RunCancelledException
from wherry.core.events.step_io import JOINED, StepInput, StepOutput, StepType
from wherry.core.ids import new_id
from wherry.core.log import log_error
from wherry.core.metrics import RunMetrics
from wherry.core.run import listeners
from wherry.core.workflow.group_record import Turn, events_of
from wherry.core.workflow.step_groups import Group

if TYPE_CHECKING:
    from wherry.core.events.review import HumanReview
    from wherry.core.workflow.group_record import Back
    from wherry.core.workflow.workflow_run import Index, WorkflowRun, Yields

_MEDIA = ("images", "videos", "audio", "files")


class Parallel(Group):
    """Steps that run side by side on the same input.

    Args:
        *args: The steps; the first may be the name.
        name: Name by which later steps find its output.
        joined_output: Hand the joined outputs on as the next step's previous content (Agno hands on the last
            step's output only, agno issue 5634). Wherry only.
    """

    step_type = StepType.PARALLEL
    extends_index = False
    index_start = 0

    def __init__(
        self,
        *args: Any,
        name: str | None = None,
        description: str | None = None,
        human_review: HumanReview | None = None,
        joined_output: bool = False,
    ) -> None:
        if args and isinstance(args[0], str):
            name, args = name or args[0], args[1:]
        super().__init__(args, name, description, human_review)
        self.joined_output = joined_output

    async def events(
        self, run: WorkflowRun, given: StepInput, index: Index, parent: str | None = None, *, back: Back | None = None
    ) -> Yields:
        """Run the steps side by side: events as they come, then one StepOutput."""
        run.stop_if_cancelled()
        steps, step_id = self.prepare(), new_id()
        where = {"step_name": self.name, "step_index": index, "step_id": step_id, "parent_step_id": parent}
        count = {"parallel_step_count": len(steps)}
        if run.watched:
            if listeners:  # as of a step
                run.extra.setdefault("at_step", {})[step_id] = (self, given)
            yield run.event("ParallelExecutionStartedEvent", **count, **where)
        turn = back.turn(given, whole=len(steps)) if back else Turn(given)
        finished: list[tuple[int, StepOutput]] = []
        works = [
            self.one(run, step, turn, self.index_of(index, position), step_id, position, finished)
            for position, step in enumerate(steps)
        ]
        async for event in run.waits.merge(works):
            yield event
        # In the order of the steps, so that what follows never depends on who was faster; Agno's streams list them as
        # they finish.
        finished.sort(key=lambda pair: pair[0])
        results = [output for _, output in finished]
        if run.workflow.finish_groups and any(output.is_paused for output in results):
            turn.results, turn.at, turn.paused = results, [position for position, _ in finished], True
            yield self.paused(run, turn, step_id)
            return
        made = self.joined(results)
        if run.watched:
            yield run.event("ParallelExecutionCompletedEvent", step_results=results, **count, **where)
        yield made

    async def one(
        self,
        run: WorkflowRun,
        step: Any,
        turn: Turn,
        index: Index,
        parent: str,
        position: int,
        finished: list[tuple[int, StepOutput]],
    ) -> Yields:
        """One of the steps; an exception becomes a failed output."""
        own = copy(turn.given)
        # What one step sets on its context, such as a schema, is not for the others; the session state is shared.
        apart = copy(run)
        apart.context = copy(run.context)
        try:
            async for item in events_of(apart, step, turn, position, index, parent, own):
                if isinstance(item, StepOutput):
                    finished.append((position, item))
                else:
                    yield item
        except RunCancelledException:
            raise
        except Exception as error:
            if run.workflow.strict:
                raise
            # The others go on; the failure is an output.
            name = step.name or f"step_{position}"
            log_error(f"Parallel step {name!r} failed: {error}")
            text = f"Step {name} failed: {error}"
            failed = StepOutput(step_name=name, content=text, success=False, error=str(error))
            finished.append((position, failed))

    def joined(self, results: list[StepOutput]) -> StepOutput:
        """One output for all steps.

        Raises:
            ValueError: A step inside waits for a person, which cannot be continued here.
        """
        for output in results:
            if output.is_paused:
                raise ValueError(
                    f"Step {output.step_name!r} waits for a person inside a Parallel, which cannot be continued. Give "
                    "the workflow finish_groups=True, or move the step out of the Parallel."
                )
        name = self.name or "Parallel"
        if not results:
            text = "No parallel steps executed"
            return StepOutput(step_name=name, step_id=new_id(), step_type="Parallel", content=text, steps=[])
        media = {kind: [item for output in results for item in getattr(output, kind) or ()] for kind in _MEDIA}
        single = len(results) == 1
        return StepOutput(
            step_name=name,
            step_id=new_id(),
            step_type=StepType.PARALLEL,
            executor_type=JOINED if self.joined_output else None if single else "parallel",
            executor_name=name,
            content=joined_text(results),
            success=all(output.success is not False for output in results),
            error=results[0].error if single else None,
            stop=any(output.stop for output in results),
            metrics=joined_metrics(results),
            steps=results,
            **{kind: items or None for kind, items in media.items()},  # type: ignore[arg-type]
        )


def joined_text(results: list[StepOutput]) -> str:
    """All outputs as one Markdown text."""
    parts = ["## Parallel Execution Results\n\n"]
    for number, output in enumerate(results, 1):
        mark = "❌ FAILURE:" if output.success is False else "✅ SUCCESS:"
        content = output.content
        text = f"{content}\n\n" if content is not None and str(content).strip() else "*(No content)*\n\n"
        parts.append(f"### {mark} {output.step_name or f'Step {number}'}\n{text}")
    return "".join(parts).strip()


def joined_metrics(results: list[StepOutput]) -> RunMetrics | None:
    """The sum of the steps' metrics, or None when none has any."""
    total = RunMetrics()
    for output in results:
        if output.metrics:
            total = total + output.metrics
    return total if total.total_tokens or total.input_tokens or total.output_tokens or total.duration else None
