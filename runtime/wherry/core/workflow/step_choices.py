"""How conditions and routers decide: the user's function, or a CEL expression. Called by `Condition` and `Router`."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from wherry.core.callables import accepted
from wherry.core.errors import ConfigurationError
from wherry.core.log import log_warning

if TYPE_CHECKING:
    from wherry.core.events.step_io import StepInput
    from wherry.core.workflow.workflow_run import WorkflowRun


async def call_with_context(run: WorkflowRun, function: Any, given: StepInput, **offered: Any) -> Any:
    """Call a user's evaluator or selector with the step input and what else it names.

    The session state is in the run context; as in Agno 3, a parameter `session_state` is not filled in.

    Raises:
        ConfigurationError: As `decided`.
    """
    return await decided(run, function, given, **accepted(function, run_context=run.context, **offered))


async def decided(run: WorkflowRun, function: Any, *args: Any, **named: Any) -> Any:
    """What a function of the user's decides; `UNAWAITED` when it is asynchronous and the run is not.

    Raises:
        ConfigurationError: It is, and the workflow is strict.
    """
    if not run.waits.blocking:
        return await run.waits.call(function, *args, **named)
    result = function(*args, **named)
    if not inspect.isawaitable(result):
        return result
    if inspect.iscoroutine(result):
        result.close()
    if run.workflow.strict:
        name = getattr(function, "__name__", repr(function))
        raise ConfigurationError(
            f"{name!r} is asynchronous, and a blocking run cannot wait for what it decides.",
            hint="Call arun() instead, or make it a plain function.",
        )
    return UNAWAITED


class Unawaited:
    """What stands for a decision that nobody waited for: no boolean, no step, and true; Agno takes a coroutine so."""

    def __repr__(self) -> str:
        return "a coroutine, which only arun() waits for"


UNAWAITED = Unawaited()


def expression_holds(expression: str, given: StepInput, state: dict[str, Any] | None) -> bool:
    """Whether a CEL condition holds; one that cannot be evaluated counts as no.

    Raises:
        ConfigurationError: The extra `cel` is not installed.
    """
    from wherry.core.workflow.expressions import condition_holds

    try:
        return condition_holds(expression, given, state)
    except ConfigurationError:
        raise
    except ValueError as error:
        log_warning(f"{error}; the condition counts as False")
        return False


def expression_name(expression: str, given: StepInput, state: dict[str, Any] | None, names: list[str]) -> str | None:
    """The choice a CEL selector names; None when it cannot be evaluated.

    Raises:
        ConfigurationError: The extra `cel` is not installed.
    """
    from wherry.core.workflow.expressions import selected_name

    try:
        return selected_name(expression, given, state, names)
    except ConfigurationError:
        raise
    except ValueError as error:
        log_warning(f"{error}; the router chooses nothing")
        return None
