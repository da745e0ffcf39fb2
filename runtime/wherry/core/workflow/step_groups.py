"""Groups of steps that run one after the other: `Steps`, `Condition`, `Router`.

`Loop` and `Parallel` have modules of their own.

`in_turn` is the one way in which a group runs its steps. Mirrors `agno.workflow.steps`, `.condition` and `.router`.
"""

from __future__ import annotations

from typing import Any

from wherry.core.errors import ConfigurationError, RunCancelledException
from wherry.core.events.review import HumanReview, OnError, OnReject, check_review
from wherry.core.events.step_io import StepInput, StepOutput, StepType
from wherry.core.ids import new_id
from wherry.core.log import log_exception, log_warning
from wherry.core.workflow.group_record import Back, Turn, events_of
from wherry.core.workflow.step import Step
from wherry.core.workflow.step_choices import call_with_context, expression_holds, expression_name
from wherry.core.workflow.step_surface import Surface
from wherry.core.workflow.workflow_run import Index, WorkflowRun, Yields, child_index, next_input


def as_step(value: Any, number: int = 1) -> Any:
    """A step from anything that may stand in a list of steps.

    Raises:
        ValueError: It is nothing that can be a step.
    """
    if hasattr(value, "events") and hasattr(value, "step_type"):
        return value
    kind = getattr(value, "_kind", None)
    name = getattr(value, "name", None)
    if kind in ("agent", "team", "workflow"):
        return Step(name=name or f"step_{number}", description=value.description, **{kind: value})
    if callable(value) and hasattr(value, "__name__"):
        marked = getattr(value, "_hitl_name", None)
        return Step(name=marked or value.__name__, description="User-defined callable step", executor=value)
    raise ValueError(f"Invalid step type: {type(value).__name__}")


def as_steps(values: Any) -> list[Any]:
    """A list of steps."""
    listed = list(values or ())
    if _STEPS.issuperset(map(type, listed)):
        return listed
    return [value if type(value) is Step else as_step(value, number) for number, value in enumerate(listed, 1)]


_STEPS = frozenset({Step})


class Group(Surface):
    """What groups of steps share.

    Attributes:
        steps: What is in it; anything that `as_step` takes.
        name: Name by which later steps find its output.
        human_review: When a person has to agree.
    """

    step_type = StepType.STEPS
    extends_index = True
    index_start = 1
    in_order = False

    def __init__(
        self,
        steps: Any,
        name: str | None,
        description: str | None,
        human_review: HumanReview | None,
    ) -> None:
        self.steps: Any = list(steps or ())
        self.name = name
        self.description = description
        self.human_review = human_review if human_review is not None else self.own_review()
        check_review(self.human_review, self.step_type.value)
        self.step_id = new_id()

    def own_review(self) -> HumanReview:
        """What holds when nothing was said about reviews."""
        return HumanReview()

    def prepare(self) -> list[Any]:
        """The steps, each made a step if it was not one."""
        self.steps = as_steps(self.steps)
        return self.steps  # type: ignore[no-any-return]

    def index_of(self, index: Index, position: int) -> Index:
        """The index of a step inside this group."""
        return child_index(index, position, extend=self.extends_index, start=self.index_start)

    def output(self, content: str, results: list[StepOutput], step_id: str, **more: Any) -> StepOutput:
        """The output of this group."""
        return StepOutput(
            step_name=self.name,
            step_id=step_id,
            step_type=self.step_type,
            content=content,
            success=all(result.success for result in results),
            stop=any(result.stop for result in results),
            steps=results,
            **more,
        )

    def paused(self, run: WorkflowRun, turn: Turn, step_id: str, choice: Any = None) -> StepOutput:
        """The output of this group when a step inside waits for a person; the group's record, when it is wanted."""
        return self.waiting([turn.part(choice)] if run.workflow.finish_groups else turn.results, step_id)

    def waiting(self, inside: list[StepOutput], step_id: str) -> StepOutput:
        """The output of this group when a step inside waits for a person, around what is known so far."""
        kind = self.step_type.value
        return self.output(f"{kind} {self.name} paused at inner step", inside, step_id, is_paused=True)


async def in_turn(
    group: Group, run: WorkflowRun, steps: list[Any], turn: Turn, index: Index, parent: str, *, guarded: bool
) -> Yields:
    """Run steps one after the other, each with the output of the one before.

    `guarded`: an exception becomes a failed output that ends the group, as conditions and routers have it.
    """
    named: dict[str, StepOutput] = {}
    for position, step in enumerate(steps):
        run.stop_if_cancelled()
        name = step.name or f"step_{position + 1}"
        output: StepOutput | None = None
        try:
            at = group.index_of(index, position)
            async for item in events_of(run, step, turn, position, at, parent, turn.given):
                if isinstance(item, StepOutput):
                    output = item
                    turn.take(position, item)
                else:
                    yield item
        except (RunCancelledException, ConfigurationError):
            raise
        except Exception as error:
            if not guarded or run.workflow.strict or group.human_review.on_error in (OnError.fail, OnError.pause):
                raise
            log_exception(f"Step {name!r} in {group.name!r} failed")
            text = f"Step {name} failed: {error}"
            turn.take(position, StepOutput(step_name=name, content=text, success=False, error=str(error)))
            return
        if output is None:
            continue
        if output.is_paused:
            turn.paused = True
            return
        named[name] = output
        if output.stop:
            turn.stopped = True
            return
        turn.given = next_input(turn.given, output, named, in_order=group.in_order)


class Steps(Group):
    """A named sequence of steps; mirrors `agno.workflow.steps.Steps`."""

    def __init__(
        self,
        name: str | None = None,
        description: str | None = None,
        steps: Any = None,
        human_review: HumanReview | None = None,
    ) -> None:
        super().__init__(steps, name, description, human_review)

    async def events(
        self, run: WorkflowRun, given: StepInput, index: Index, parent: str | None = None, *, back: Back | None = None
    ) -> Yields:
        """Run the steps in turn: events, then one StepOutput."""
        steps, step_id = self.prepare(), new_id()
        where = {"step_name": self.name, "step_index": index, "step_id": step_id, "parent_step_id": parent}
        if run.watched:
            yield run.event("StepsExecutionStartedEvent", steps_count=len(steps), **where)
        if not steps:
            yield StepOutput(step_name=self.name or "Steps", content="No steps to execute")
            return
        turn = back.turn(given) if back else Turn(given)
        try:
            async for item in in_turn(self, run, steps, turn, index, step_id, guarded=False):
                yield item
        except RunCancelledException:
            raise
        except Exception as error:
            if run.workflow.strict:
                raise
            # A group's failure is an output, as in Agno.
            log_exception(f"Steps {self.name!r} failed")
            text = f"Steps execution failed: {error}"
            yield StepOutput(step_name=self.name or "Steps", content=text, success=False, error=str(error))
            return
        if turn.paused:
            yield self.paused(run, turn, step_id)
            return
        if run.watched:
            counts = {"steps_count": len(steps), "executed_steps": len(turn.results), "step_results": turn.results}
            yield run.event("StepsExecutionCompletedEvent", **counts, **where)
        yield self.output(f"Steps {self.name} completed with {len(turn.results)} results", turn.results, step_id)


class Condition(Group):
    """Steps that run when a condition holds, else other steps; mirrors `agno.workflow.condition.Condition`.

    Attributes:
        evaluator: True or False, a function of the step input, or a CEL expression.
        else_steps: Run when it does not hold.
    """

    step_type = StepType.CONDITION
    extends_index = False

    def __init__(
        self,
        steps: Any,
        evaluator: Any = True,
        else_steps: Any = None,
        name: str | None = None,
        description: str | None = None,
        human_review: HumanReview | None = None,
    ) -> None:
        super().__init__(steps, name, description, human_review)
        self.evaluator = evaluator
        self.else_steps = list(else_steps) if else_steps else None

    def own_review(self) -> HumanReview:
        """A condition that is rejected runs its other branch."""
        return HumanReview(on_reject=OnReject.else_branch)

    async def holds(self, run: WorkflowRun, given: StepInput) -> bool:
        """Whether the condition holds; an evaluator that fails counts as no."""
        evaluator, state = self.evaluator, run.context.session_state
        if isinstance(evaluator, bool):
            return evaluator
        if isinstance(evaluator, str):
            return expression_holds(evaluator, given, state)
        if not callable(evaluator):
            return False
        result = await call_with_context(run, evaluator, given)
        if isinstance(result, bool):
            return result
        log_warning(f"Condition evaluator returned {result!r}, which is no boolean; it counts as False")
        return False

    async def events(
        self,
        run: WorkflowRun,
        given: StepInput,
        index: Index,
        parent: str | None = None,
        *,
        force_else: bool = False,
        back: Back | None = None,
    ) -> Yields:
        """Run one branch: events, then one StepOutput (none when there is no branch to run)."""
        self.prepare()
        step_id = new_id()
        where = {"step_name": self.name, "step_index": index, "step_id": step_id, "parent_step_id": parent}
        result = back.choice == "if" if back else False if force_else else await self.holds(run, given)
        if run.watched:
            yield run.event("ConditionExecutionStartedEvent", condition_result=result, **where)
        branch = "if" if result else "else" if self.else_steps else None
        steps = self.steps if result else as_steps(self.else_steps)
        turn = back.turn(given) if back else Turn(given)
        if branch is not None:
            async for item in in_turn(self, run, steps, turn, index, step_id, guarded=True):
                yield item
            if turn.paused:
                yield self.paused(run, turn, step_id, branch)
                return
        if run.watched:
            counts = {"executed_steps": len(steps), "branch": branch, "step_results": turn.results}
            yield run.event("ConditionExecutionCompletedEvent", condition_result=result, **counts, **where)
        if branch is None:
            if force_else:
                yield self.output(f"Condition {self.name} rejected - skipped (no else branch)", [], step_id)
            elif not run.stream:
                yield self.output(f"Condition {self.name} not met - skipped {len(self.steps)} steps", [], step_id)
            return
        text = f"Condition {self.name} completed with {len(turn.results)} results ({branch} branch)"
        yield self.output(text, turn.results, step_id)


class Router(Group):
    """Chooses which steps run; mirrors `agno.workflow.router.Router`.

    Attributes:
        choices: Steps to choose from.
        selector: A function of the step input that gives steps or names of choices, or a CEL expression.
    """

    step_type = StepType.ROUTER

    def __init__(
        self,
        choices: Any,
        selector: Any = None,
        name: str | None = None,
        description: str | None = None,
        human_review: HumanReview | None = None,
    ) -> None:
        super().__init__(choices, name, description, human_review)
        self.choices = self.steps
        self.selector = selector

    def index_of(self, index: Index, position: int) -> Index:
        """Steps below a router keep the router's own index, as in Agno."""
        return index

    def prepare(self) -> list[Any]:
        """The choices as steps; a list among them is a sequence."""
        self.steps = [
            Steps(name=f"steps_group_{number}", steps=value) if isinstance(value, list) else as_step(value, number)
            for number, value in enumerate(self.steps)
        ]
        self.choices = self.steps
        return list(self.steps)

    async def chosen(self, run: WorkflowRun, given: StepInput) -> list[Any]:
        """The steps that the selector chooses."""
        selector = self.selector
        if isinstance(selector, str):
            names = [str(step.name) for step in self.steps]
            return self.named(expression_name(selector, given, run.context.session_state, names))
        if not callable(selector):
            return []
        return self.named(await call_with_context(run, selector, given, step_choices=self.steps))

    def picked(self, names: list[str]) -> list[Any]:
        """Steps from the names that a person chose; as in Agno, the first of a name, where a selector has the last."""
        first = {step.name: step for step in reversed(self.steps)}
        return [first[name.strip()] for name in names if name.strip() in first]

    def named(self, choice: Any) -> list[Any]:
        """Steps from whatever a selector returned: names, steps, or lists of them."""
        if choice is None:
            return []
        if isinstance(choice, list):
            return [step for part in choice for step in self.named(part)]
        if isinstance(choice, str):
            found = [step for step in self.steps if step.name == choice]
            if not found:
                names = [step.name for step in self.steps]
                log_warning(f"Router {self.name!r} has no choice {choice!r}; it has {names}")
            return found[-1:]
        if hasattr(choice, "step_type") and hasattr(choice, "events"):
            return [choice]
        log_warning(
            f"The selector of router {self.name!r} returned {choice!r}, which is neither a step nor the name of one; "
            "it counts as no choice"
        )
        return []

    async def events(
        self,
        run: WorkflowRun,
        given: StepInput,
        index: Index,
        parent: str | None = None,
        *,
        selected: Any = None,
        back: Back | None = None,
    ) -> Yields:
        """Run the chosen steps in turn: events, then one StepOutput (none when nothing is chosen)."""
        self.prepare()
        step_id = new_id()
        selected = back.choice if back else selected
        steps = await self.chosen(run, given) if selected is None else self.picked(selected)
        if selected is not None and not steps:
            text = f"Router {self.name} completed with 0 results (no valid steps selected)"
            yield self.output(text, [], step_id)
            return
        names = [step.name for step in steps]
        where = {"step_name": self.name, "step_index": index, "step_id": step_id, "parent_step_id": parent}
        if run.watched:
            yield run.event("RouterExecutionStartedEvent", selected_steps=names, **where)
        turn = back.turn(given) if back else Turn(given)
        if steps:
            async for item in in_turn(self, run, steps, turn, index, step_id, guarded=True):
                yield item
            if turn.paused:
                known = all(step.name and step in self.steps for step in steps)  # others cannot be found again
                yield self.paused(run, turn, step_id, names) if known else self.waiting(turn.results, step_id)
                return
        if run.watched:
            counts = {"executed_steps": len(steps), "step_results": turn.results}
            yield run.event("RouterExecutionCompletedEvent", selected_steps=names, **counts, **where)
        if steps or not run.stream:
            text = f"Router {self.name} completed with {len(turn.results)} results"
            yield self.output(text if steps else f"{text} (no steps selected)", turn.results, step_id)
