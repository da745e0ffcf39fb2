"""Calling functions that do a step's work: plain, async, or generators of either kind.

Called by `Step`. What a function is given depends on the names of its parameters.
"""

from __future__ import annotations

import inspect
from contextlib import nullcontext
from dataclasses import dataclass
from types import FunctionType
from typing import TYPE_CHECKING, Any

from wherry.core.callables import kind_of_callable
from wherry.core.events.step_io import StepInput, StepOutput, StepProgress
from wherry.core.run_context import twin
from wherry.core.tools.calls import is_event
from wherry.core.turns import alone
from wherry.core.workflow.brief import work

if TYPE_CHECKING:
    from collections.abc import Container

    from wherry.core.workflow.workflow_run import Index, WorkflowRun, Yields


@dataclass(slots=True)
class Way:
    """How a step's function is called, read from it once.

    Attributes:
        function: The function that this was read from; a step may be given another one.
        kind: Its kind, as `kind_of_callable` has it.
        takes_context: Whether it names the run context among its parameters.
        called: Its name, as outputs of the step tell it.
    """

    function: Any
    kind: str
    takes_context: bool
    called: str

    def named(self, context: Any) -> dict[str, Any]:
        """What it is given besides the step input; what it puts in the context's places is not for later steps."""
        return {"run_context": twin(context)} if self.takes_context else {}


def way_of(step: Any) -> Way:
    """How the step's function is called."""
    way: Way | None = step.way
    function = step.active_executor
    if way is None or way.function is not function:
        takes = "run_context" in _parameters(function)
        way = step.way = Way(function, kind_of_callable(function), takes, step.executor_name)
    return way


def _parameters(function: Any) -> Container[str]:
    # A signature takes longer to read than most steps take to run; a plain function's code has the names at hand.
    if type(function) is FunctionType and not hasattr(function, "__wrapped__"):
        code = function.__code__
        return code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    try:
        return inspect.signature(function).parameters
    except (TypeError, ValueError):
        return ()


def is_output(value: Any) -> bool:
    """Whether a value is the output of an agent, team or workflow."""
    return type(value).__name__ in ("RunOutput", "TeamRunOutput", "WorkflowRunOutput")


def as_output(result: Any) -> StepOutput:
    """A function's result as a step's output."""
    if isinstance(result, StepOutput):
        return result
    return StepOutput(content=result.content if is_output(result) else str(result))


class Collected:
    """What a generator function has given so far."""

    def __init__(self) -> None:
        self.content: Any = ""
        self.final: StepOutput | None = None

    def take(self, item: Any) -> bool:
        """Add an item; True when it is an event to pass on."""
        if isinstance(item, StepOutput):
            self.final = item
        elif is_output(item):
            self.content = item.content
        elif is_event(type(item)):
            if item.event.endswith("RunContent") and item.content is not None:
                whole = hasattr(item.content, "model_dump")
                self.content = item.content if whole else f"{self.content}{item.content}"
            return True
        else:
            self.content = f"{self.content}{item}"
        return False

    @property
    def output(self) -> StepOutput:
        """The step's output."""
        return self.final if self.final is not None else StepOutput(content=self.content)


def refuse_async(run: WorkflowRun, kind: str) -> None:
    """Refuse an async function in a blocking run.

    Raises:
        ValueError: Agno's type and text.
    """
    if kind in ("coroutine", "async_generator") and run.waits.blocking:
        raise ValueError("Cannot use async function with synchronous execution")


async def call_function(run: WorkflowRun, step: Any, given: StepInput, index: Index) -> Yields:
    """Call a step's function: its events, then one StepOutput.

    Raises:
        ValueError: An async function in a blocking run; Agno's type and text.
    """
    way = way_of(step)
    function, kind = way.function, way.kind
    refuse_async(run, kind)
    named = way.named(run.context)
    if kind in ("generator", "async_generator"):
        apart = kind == "generator" and run.watched and not run.waits.blocking
        with alone() if apart else nullcontext():
            async for item in generated(run, step, index, function(given, **named)):
                yield item
        return
    if kind == "coroutine":
        yield as_output(await function(given, **named))
        return
    yield as_output(await work(run.waits, step, (given,), named, watched=run.watched))


async def generated(run: WorkflowRun, step: Any, index: Index, source: Any) -> Yields:
    """What a function that is a generator gives: its events, then one StepOutput."""
    collected = Collected()
    async for item in run.waits.each(source):
        if isinstance(item, StepProgress):
            if run.watched:
                yield run.event(
                    "StepProgressEvent",
                    step_name=step.name,
                    step_index=index,
                    step_id=step.step_id,
                    content=item.content,
                    data=item.data,
                )
            continue
        if collected.take(item):
            yield run.place(item, step, index)
        if collected.final is not None:
            break
    yield collected.output
