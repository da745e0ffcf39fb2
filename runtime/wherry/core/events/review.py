"""`HumanReview`: when a person has to agree in a workflow, and what follows a no, an error or silence.

Data only; the pauses are made and resolved in the workflow's own modules. Mirrors `agno.workflow.types.HumanReview`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable


class OnReject(str, Enum):
    """What happens to a step that a person rejects; mirrors `agno.workflow.types.OnReject`."""

    skip = "skip"
    cancel = "cancel"
    else_branch = "else"
    retry = "retry"


class OnError(str, Enum):
    """What happens after a step failed; mirrors `agno.workflow.types.OnError`."""

    fail = "fail"
    skip = "skip"
    pause = "pause"


class OnTimeout(str, Enum):
    """What happens when nobody decides in time; mirrors `agno.workflow.types.OnTimeout`."""

    cancel = "cancel"
    skip = "skip"
    approve = "approve"


@dataclass
class HumanReview:
    """When a person has to agree; mirrors `agno.workflow.types.HumanReview`.

    Attributes:
        requires_confirmation: Ask before the step runs.
        confirmation_message: What is asked.
        requires_user_input: Ask for values before the step runs.
        user_input_message: What is asked.
        user_input_schema: The values, as dictionaries with name, field_type, description, required.
        allow_multiple_selections: A router's user may choose several.
        requires_output_review: Show the output before it counts; or a function of the output that decides.
        output_review_message: What is asked.
        requires_iteration_review: Ask after each round of a loop.
        iteration_review_message: What is asked.
        on_reject: skip, cancel, else or retry.
        on_error: fail, skip or pause.
        max_retries: How often a rejected step is done again.
        timeout: Seconds until nobody has decided.
        on_timeout: cancel, skip or approve.
    """

    requires_confirmation: bool = False
    confirmation_message: str | None = None
    requires_user_input: bool = False
    user_input_message: str | None = None
    user_input_schema: list[dict[str, Any]] | None = None
    allow_multiple_selections: bool = False
    requires_output_review: bool | Callable[..., bool] = False
    output_review_message: str | None = None
    requires_iteration_review: bool = False
    iteration_review_message: str | None = None
    on_reject: OnReject | str = OnReject.skip
    on_error: OnError | str = OnError.skip
    max_retries: int = 3
    timeout: int | None = None
    on_timeout: OnTimeout | str = OnTimeout.cancel

    def __post_init__(self) -> None:
        if self.requires_output_review and self.requires_iteration_review:
            raise ValueError(
                "requires_output_review and requires_iteration_review cannot both be set. Use the first on a Step or "
                "Router, the second on a Loop."
            )

    def to_dict(self) -> dict[str, Any]:
        """As stored; a condition of the user's is stored as True."""
        stored = {name: getattr(value, "value", value) for name, value in vars(self).items()}
        stored["requires_output_review"] = bool(stored["requires_output_review"])
        return stored

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """From a stored dictionary; unknown keys are ignored."""
        return cls(**{name: data[name] for name in cls.__dataclass_fields__ if name in data})


# What a person can be asked at each type of step.
_ASKS = ("requires_confirmation", "requires_user_input", "requires_output_review", "requires_iteration_review")
_SUPPORTED = {
    "Step": frozenset(_ASKS[:3]),
    "Router": frozenset(_ASKS[:3]),
    "Loop": frozenset({_ASKS[0], _ASKS[3]}),
    "Condition": frozenset({_ASKS[0]}),
    "Steps": frozenset({_ASKS[0]}),
    "Parallel": frozenset(),
}


def check_review(review: HumanReview, kind: str) -> None:
    """Refuse a question that steps of this type cannot ask.

    Raises:
        ValueError: Which one, and which it can.
    """
    supported = _SUPPORTED[kind]
    for name in _ASKS:
        if getattr(review, name) and name not in supported:
            can = ", ".join(ask for ask in _ASKS if ask in supported)
            raise ValueError(f"{name} is not supported on {kind}." + (f" Supported: {can}." if can else ""))


def review_of(given: HumanReview | None, function: Any = None) -> HumanReview:
    """The review settings of a step: its own, or those that `@pause` left on its function."""
    if given is not None:
        return given
    marks = {
        "requires_confirmation": getattr(function, "_hitl_requires_confirmation", None),
        "confirmation_message": getattr(function, "_hitl_confirmation_message", None),
        "requires_user_input": getattr(function, "_hitl_requires_user_input", None),
        "user_input_message": getattr(function, "_hitl_user_input_message", None),
        "user_input_schema": getattr(function, "_hitl_user_input_schema", None),
    }
    return HumanReview(**{name: value for name, value in marks.items() if value is not None})


def pause(
    name: str | None = None,
    requires_confirmation: bool = False,
    confirmation_message: str | None = None,
    requires_user_input: bool = False,
    user_input_message: str | None = None,
    user_input_schema: list[Any] | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Mark a step's function as one that a person has to agree to; mirrors `agno.workflow.decorators.pause`."""
    marks = {
        "_hitl_name": name,
        "_hitl_requires_confirmation": requires_confirmation,
        "_hitl_confirmation_message": confirmation_message,
        "_hitl_requires_user_input": requires_user_input,
        "_hitl_user_input_message": user_input_message,
        "_hitl_user_input_schema": user_input_schema,
    }

    def mark(function: Callable[..., Any]) -> Callable[..., Any]:
        for attribute, value in marks.items():
            setattr(function, attribute, value)
        return function

    return mark


def get_pause_metadata(func: Callable[..., Any]) -> dict[str, Any]:
    """What `pause` left on a function; empty when it is not marked."""
    found = {name: value for name, value in getattr(func, "__dict__", {}).items() if name.startswith("_hitl_")}
    return {name.removeprefix("_hitl_"): value for name, value in found.items()}


def has_pause_metadata(func: Callable[..., Any]) -> bool:
    """Whether a function is marked with `pause`."""
    return hasattr(func, "_hitl_requires_confirmation")
