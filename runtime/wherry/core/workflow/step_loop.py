"""`Loop`: steps that run again until they are good enough. Mirrors `agno.workflow.loop.Loop`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.errors import ConfigurationError
from wherry.core.events.step_io import StepInput, StepOutput, StepType
from wherry.core.ids import new_id
from wherry.core.log import log_warning
from wherry.core.workflow.group_record import Back, Turn
from wherry.core.workflow.review_requirements import iteration_question
from wherry.core.workflow.step_choices import UNAWAITED, decided
from wherry.core.workflow.step_groups import Group, in_turn

if TYPE_CHECKING:
    from wherry.core.events.review import HumanReview
    from wherry.core.events.step_requirements import StepRequirement
    from wherry.core.workflow.workflow_run import Index, WorkflowRun, Yields


class Loop(Group):
    """Steps that run again and again.

    Attributes:
        max_iterations: So many rounds at most (default 3).
        end_condition: A function of the round's outputs that says stop, or a CEL expression.
        forward_iteration_output: A round starts from the output of the one before; else from the loop's own input.
        in_order: In a later round, too, a step is given what the step before it gave. Without it every step of a round
            that the one before was forwarded to is given what that one ended with, as in Agno 3.1.10. Wherry only.
    """

    step_type = StepType.LOOP
    index_start = 0

    def __init__(
        self,
        steps: Any,
        name: str | None = None,
        description: str | None = None,
        max_iterations: int = 3,
        end_condition: Any = None,
        forward_iteration_output: bool = False,
        human_review: HumanReview | None = None,
        *,
        in_order: bool = False,
    ) -> None:
        super().__init__(steps, name, description, human_review)
        self.max_iterations = max_iterations
        self.end_condition = end_condition
        self.forward_iteration_output = forward_iteration_output
        self.in_order = in_order

    async def done(self, run: WorkflowRun, results: list[StepOutput], iteration: int) -> bool:
        """Whether the end condition holds after a round; one that fails counts as no."""
        condition = self.end_condition
        if condition is None:
            return False
        try:
            if isinstance(condition, str):
                from wherry.core.workflow.expressions import loop_done

                return loop_done(condition, results, iteration, self.max_iterations)
            decision = await decided(run, condition, results)
            if decision is UNAWAITED:
                log_warning(f"The end condition of loop {self.name!r} returned {decision!r}; the loop ends")
            return bool(decision)
        except ConfigurationError:
            raise
        except Exception as error:  # noqa: BLE001 - a condition that fails counts as no, as in Agno
            log_warning(f"The end condition of loop {self.name!r} failed: {error}")
            return False

    async def events(
        self,
        run: WorkflowRun,
        given: StepInput,
        index: Index,
        parent: str | None = None,
        *,
        rounds: list[list[StepOutput]] | None = None,
        back: Back | None = None,
    ) -> Yields:
        """Run rounds after those done already: events, then one StepOutput."""
        step_id = new_id()
        rounds = list(rounds or ())
        parts: list[StepOutput] = []
        unfinished: Turn | None = None
        if back:
            parts, given = await self.again(run, back, given)
            rounds, unfinished = [list(part.steps or ()) for part in parts], back.turn(given)
        where = {"step_name": self.name, "step_index": index, "step_id": step_id, "parent_step_id": parent}
        limit = {"max_iterations": self.max_iterations}
        if run.watched:
            yield run.event("LoopExecutionStartedEvent", **limit, **where)
        going = True
        while going and len(rounds) < self.max_iterations:
            run.stop_if_cancelled()
            number = len(rounds) + 1
            if run.watched:
                yield run.event("LoopIterationStartedEvent", iteration=number, **limit, **where)
            turn, unfinished = unfinished or Turn(given), None
            async for item in in_turn(self, run, self.prepare(), turn, index, step_id, guarded=False):
                yield item
            rounds.append(turn.results)
            parts.append(turn.part())
            if turn.paused:
                yield self.waiting(parts if run.workflow.finish_groups else flat(rounds), step_id)
                return
            going = not (await self.done(run, turn.results, number) or turn.stopped)
            if run.watched:
                result = {"iteration_results": turn.results, "should_continue": going}
                yield run.event("LoopIterationCompletedEvent", iteration=number, **result, **limit, **where)
            if going and self.asks_after(number, turn):
                yield self.for_review(rounds)
                return
            given = turn.given if self.forward_iteration_output else given
        if run.watched:
            done = {"total_iterations": len(rounds), "all_results": rounds}
            yield run.event("LoopExecutionCompletedEvent", **done, **limit, **where)
        results = flat(rounds)
        text = f"Loop {self.name} completed {len(rounds)} iterations with {len(results)} total steps"
        yield self.output(text, results, step_id)

    async def again(self, run: WorkflowRun, back: Back, given: StepInput) -> tuple[list[StepOutput], StepInput]:
        """The rounds that were over before a pause, and what the next one receives; no step runs."""
        *over, _ = back.parts
        for part in over:
            turn = back.turn(given, part, whole=len(self.steps))
            async for _ in in_turn(self, run, self.prepare(), turn, None, "", guarded=False):
                pass
            given = turn.given if self.forward_iteration_output else given
        return over, given

    def create_iteration_review_requirement(
        self, step_index: int, iteration: int, step_input: StepInput, iteration_output: StepOutput
    ) -> StepRequirement:
        """What the loop asks after a round.

        Args:
            step_index: The loop's place in the workflow.
            iteration: The round that is over, from 0.
            step_input: What the round started from.
            iteration_output: What came of it.
        """
        return iteration_question(self, step_index, step_input, iteration_output, iteration + 1)

    def asks_after(self, number: int, turn: Turn) -> bool:
        """Whether a person decides about another round."""
        return bool(self.human_review.requires_iteration_review and number < self.max_iterations and turn.results)

    def for_review(self, rounds: list[list[StepOutput]]) -> StepOutput:
        """The output of a loop that waits for a person between two rounds."""
        text = f"Loop {self.name} completed iteration {len(rounds)}/{self.max_iterations}"
        made = self.output(text, flat(rounds), new_id(), requires_iteration_review_pause=True)
        made.success, made.stop = True, False
        return made


def flat(rounds: list[list[StepOutput]]) -> list[StepOutput]:
    """The outputs of all rounds in one list."""
    return [output for results in rounds for output in results]
