"""CEL expressions in conditions, loops and routers: what they see, and what their results count as.

The language itself is the library behind the extra `cel`, imported when an expression is met. Called by the steps;
`wherry.workflow.cel` re-exports. Mirrors `agno.workflow.cel`.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from wherry.core.errors import ConfigurationError, MissingPackage
from wherry.core.events.storing import is_model
from wherry.core.log import log_debug, log_warning

if TYPE_CHECKING:
    from wherry.core.events.step_io import StepInput, StepOutput

CEL_AVAILABLE = find_spec("cel") is not None

_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_SIGNS = re.compile(r"[.()\[\]<>!+\-*/%?:\"']|==|&&|\|\||true|false| in ")


def _missing(expression: str) -> MissingPackage:
    return MissingPackage(f"The CEL expression {expression!r}", "common-expression-language", "cel")


@lru_cache(maxsize=256)
def program(expression: str) -> Any:
    """A compiled expression, kept for the next time.

    Raises:
        MissingPackage: The extra is not installed.
        ValueError: It is no expression.
    """
    if not CEL_AVAILABLE:
        raise _missing(expression)
    import cel

    return cel.compile(expression)


def validate_cel_expression(expression: str) -> bool:
    """Whether an expression can be compiled; False as well when the extra is missing."""
    if not CEL_AVAILABLE:
        log_warning(str(_missing(expression)))
        return False
    try:
        program(expression)
    except Exception as error:  # noqa: BLE001 - whatever the compiler raises, it is no expression
        log_debug(f"{expression!r} is no CEL expression: {error}")
        return False
    return True


def is_cel_expression(value: str) -> bool:
    """Whether a text is an expression and not the name of a function."""
    return not _NAME.fullmatch(value) and bool(_SIGNS.search(value))


def evaluated(expression: str, names: dict[str, Any]) -> Any:
    """The result of an expression.

    Raises:
        ValueError: It cannot be compiled or evaluated.
        MissingPackage: The extra is not installed.
    """
    try:
        return program(expression).execute({name: as_data(value) for name, value in names.items()})
    except ConfigurationError:
        raise
    except Exception as error:
        raise ValueError(f"Failed to evaluate CEL expression '{expression}': {error}") from error


def as_data(value: Any) -> Any:
    """A value as the language knows it; anything else becomes text."""
    if isinstance(value, dict):
        return {str(name): as_data(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_data(item) for item in value]
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)


def as_truth(expression: str, result: Any) -> bool:
    """A result as yes or no."""
    if not isinstance(result, bool):
        log_warning(f"CEL expression {expression!r} gave {type(result).__name__}, which is no boolean")
    return bool(result)


def names_of_input(given: StepInput, state: dict[str, Any] | None) -> dict[str, Any]:
    """What conditions and routers may name."""
    before = given.previous_step_content
    if is_model(before):
        before = before.model_dump_json()
    elif isinstance(before, dict):
        before = json.dumps(before, default=str)
    outputs = given.previous_step_outputs or {}
    return {
        "input": given.get_input_as_string() or "",
        "previous_step_content": "" if before is None else str(before),
        "previous_step_outputs": {name: text_of(output) for name, output in outputs.items()},
        "additional_data": given.additional_data or {},
        "session_state": state or {},
    }


def text_of(output: StepOutput) -> str:
    """An output's content as text."""
    return str(output.content) if output.content else ""


def names_of_round(results: list[StepOutput], iteration: int, most: int) -> dict[str, Any]:
    """What the end condition of a loop may name."""
    outputs = {result.step_name or f"step_{number}": text_of(result) for number, result in enumerate(results)}
    return {
        "current_iteration": iteration,
        "max_iterations": most,
        "all_success": all(result.success for result in results),
        "last_step_content": text_of(results[-1]) if results else "",
        "step_outputs": outputs,
    }


def condition_holds(expression: str, given: StepInput, state: dict[str, Any] | None = None) -> bool:
    """Whether a condition holds; mirrors `agno.workflow.cel.evaluate_cel_condition_evaluator`."""
    return as_truth(expression, evaluated(expression, names_of_input(given, state)))


def loop_done(
    expression: str,
    results: list[StepOutput],
    iteration: int = 0,
    most: int = 3,
) -> bool:
    """Whether a loop ends after a round; mirrors `agno.workflow.cel.evaluate_cel_loop_end_condition`."""
    return as_truth(expression, evaluated(expression, names_of_round(results, iteration, most)))


def selected_name(
    expression: str, given: StepInput, state: dict[str, Any] | None = None, choices: list[str] | None = None
) -> str:
    """Name of the step a router chooses; mirrors `agno.workflow.cel.evaluate_cel_router_selector`."""
    return str(evaluated(expression, {**names_of_input(given, state), "step_choices": choices or []}))
