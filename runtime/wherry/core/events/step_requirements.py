"""What a paused workflow waits for, and how a person answers.

Data and answers only: `workflow_pause` makes these, `workflow_continue` reads the answers. Mirrors `StepRequirement`,
`ErrorRequirement` and `UserInputField` of `agno.workflow.types`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from wherry.core.events.pause import RunRequirement
from wherry.core.events.review import OnReject, OnTimeout
from wherry.core.events.step_io import StepInput, StepOutput
from wherry.core.events.storing import is_model

_KINDS: dict[str, tuple[type, ...]] = {"str": (str,), "int": (int,), "float": (int, float), "bool": (bool,)}

# Written in this order; the rest only when it is set.
_STORED = (
    "step_id",
    "step_name",
    "step_index",
    "step_type",
    "requires_confirmation",
    "confirmation_message",
    "confirmed",
    "on_reject",
    "requires_user_input",
    "user_input_message",
    "user_input",
    "requires_route_selection",
    "available_choices",
    "allow_multiple_selections",
    "selected_choices",
    "requires_output_review",
    "output_review_message",
    "is_post_execution",
    "rejection_feedback",
    "retry_count",
    "max_retries",
    "timeout_at",
    "on_timeout",
)
_EXECUTOR = (
    "requires_executor_input",
    "executor_requirements",
    "executor_id",
    "executor_name",
    "executor_run_id",
    "executor_type",
    "executor_session_id",
)


def plain(value: Any) -> Any:
    """A value as JSON has it."""
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return getattr(value, "value", value)


@dataclass
class UserInputField:
    """One value a step asks a person for; mirrors `agno.workflow.types.UserInputField`.

    Attributes:
        field_type: str, int, float, bool, list or dict.
        required: None and the empty text are no answer.
        allowed_values: Nothing else is accepted.
    """

    name: str
    field_type: str
    description: str | None = None
    value: Any = None
    required: bool = True
    allowed_values: list[Any] | None = None

    def to_dict(self) -> dict[str, Any]:
        """As stored."""
        names = ("name", "field_type", "description", "value", "required")
        stored = {name: getattr(self, name) for name in names}
        if self.allowed_values is not None:
            stored["allowed_values"] = self.allowed_values
        return stored

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """From a stored dictionary; the type is str when none is given."""
        known = {name: data[name] for name in cls.__dataclass_fields__ if name in data}
        return cls(**{"field_type": "str", **known})

    def complaint(self, value: Any) -> str | None:
        """What is wrong with a value, or None."""
        if self.required and (value is None or value == ""):
            return f"Required field '{self.name}' is missing or empty"
        if value is None:
            return None
        wanted = _KINDS.get(self.field_type)
        confused = isinstance(value, bool) and self.field_type in ("int", "float")
        if wanted is not None and (confused or not isinstance(value, wanted)):
            return f"Field '{self.name}' expected {self.field_type}, got {type(value).__name__}"
        if self.allowed_values and value not in self.allowed_values:
            return f"Field '{self.name}' value '{value}' is not in allowed values: {self.allowed_values}"
        return None


def input_fields(schema: Any) -> list[UserInputField] | None:
    """The fields of a schema given as dictionaries or fields; each call makes new ones."""
    if not schema:
        return None
    return [item if isinstance(item, UserInputField) else UserInputField.from_dict(item) for item in schema]


@dataclass
class StepRequirement:
    """One thing a paused workflow waits for; mirrors `agno.workflow.types.StepRequirement`.

    Answer it with `confirm`, `reject`, `edit`, `set_user_input` or `select`, or resolve its executor's requirements.

    Attributes:
        step_type: What paused: Step, Loop, Condition, Steps or Router.
        is_post_execution: The step has run; its output waits for review.
        executor_requirements: Of the agent or team that runs the step, as dictionaries or RunRequirements.
        timeout_at: After this moment `on_timeout` decides; looked at when the run is continued.
    """

    step_id: str
    step_name: str | None = None
    step_index: int | None = None
    step_type: str | None = None
    requires_confirmation: bool = False
    confirmation_message: str | None = None
    confirmed: bool | None = None
    on_reject: OnReject | str = OnReject.cancel
    requires_user_input: bool = False
    user_input_message: str | None = None
    user_input_schema: list[UserInputField] | None = None
    user_input: dict[str, Any] | None = None
    requires_route_selection: bool = False
    available_choices: list[str] | None = None
    allow_multiple_selections: bool = False
    selected_choices: list[str] | None = None
    step_input: StepInput | None = None
    requires_executor_input: bool = False
    executor_requirements: list[Any] | None = None
    executor_id: str | None = None
    executor_name: str | None = None
    executor_run_id: str | None = None
    executor_type: Any = None
    executor_session_id: str | None = None
    requires_output_review: bool = False
    output_review_message: str | None = None
    step_output: StepOutput | None = None
    is_post_execution: bool = False
    rejection_feedback: str | None = None
    edited_output: Any = None
    retry_count: int = 0
    max_retries: int | None = None
    timeout_at: datetime | None = None
    on_timeout: OnTimeout | str = OnTimeout.cancel

    def confirm(self) -> None:
        """Say yes."""
        self.confirmed = True

    def reject(self, feedback: str | None = None) -> None:
        """Say no; a step that is tried again is shown the feedback."""
        self.confirmed = False
        if feedback is not None:
            self.rejection_feedback = feedback

    def edit(self, new_output: Any) -> None:
        """Say yes to another output than the step's own."""
        self.confirmed = True
        self.edited_output = new_output

    def set_user_input(self, validate: bool = True, **kwargs: Any) -> None:
        """Give the values that are asked for.

        Raises:
            ValueError: A required value is missing, or one has the wrong type.
        """
        self.user_input = {**(self.user_input or {}), **kwargs}
        for item in self.user_input_schema or ():
            if item.name in kwargs:
                item.value = kwargs[item.name]
        if validate:
            found = [item.complaint(kwargs.get(item.name)) for item in self.user_input_schema or ()]
            wrong = [text for text in found if text]
            if wrong:
                raise ValueError("User input validation failed:\n  - " + "\n  - ".join(wrong))

    def get_user_input(self, field_name: str) -> Any:
        """A value that was given."""
        return (self.user_input or {}).get(field_name)

    def select(self, *choices: str) -> None:
        """Choose a router's steps by name.

        Raises:
            ValueError: Several were chosen and the router takes one.
        """
        if len(choices) > 1 and not self.allow_multiple_selections:
            raise ValueError("This router only allows single selection. Use select() with one choice.")
        self.selected_choices = list(choices)

    def select_single(self, choice: str) -> None:
        """Choose one step of a router."""
        self.selected_choices = [choice]

    def select_multiple(self, choices: list[str]) -> None:
        """Choose several steps of a router; raises ValueError when it takes one."""
        if not self.allow_multiple_selections:
            raise ValueError("This router does not allow multiple selections.")
        self.selected_choices = choices

    @property
    def needs_confirmation(self) -> bool:
        """Whether a yes or no is outstanding that is not about an output."""
        return self.requires_confirmation and self.confirmed is None and not self.requires_output_review

    @property
    def needs_output_review(self) -> bool:
        """Whether a yes or no about an output is outstanding."""
        return self.requires_output_review and self.confirmed is None

    @property
    def is_timed_out(self) -> bool:
        """Whether nobody decided in time."""
        return self.timeout_at is not None and datetime.now(UTC) >= self.timeout_at

    @property
    def needs_user_input(self) -> bool:
        """Whether values are outstanding."""
        if not self.requires_user_input:
            return False
        if self.user_input_schema:
            return any(item.required and item.value is None for item in self.user_input_schema)
        return not self.user_input

    @property
    def needs_route_selection(self) -> bool:
        """Whether a router's choice is outstanding."""
        return self.requires_route_selection and not self.selected_choices

    @property
    def needs_executor_resolution(self) -> bool:
        """Whether the agent or team of the step waits for an answer still."""
        if not self.requires_executor_input:
            return False
        return any(not requirement.is_resolved() for requirement in self.run_requirements())

    def run_requirements(self) -> list[RunRequirement]:
        """The executor's requirements as objects."""
        given = self.executor_requirements or ()
        return [RunRequirement.from_dict(item) if isinstance(item, dict) else item for item in given]

    @property
    def is_resolved(self) -> bool:
        """Whether nothing is outstanding."""
        decided = self.confirmed is not None or not (self.requires_confirmation or self.requires_output_review)
        return decided and not (self.needs_user_input or self.needs_route_selection or self.needs_executor_resolution)

    def to_dict(self) -> dict[str, Any]:
        """As stored: 23 keys, and more for what is set."""
        stored = {name: plain(getattr(self, name)) for name in _STORED}
        if self.user_input_schema is not None:
            stored["user_input_schema"] = [item.to_dict() for item in self.user_input_schema]
        if self.step_input is not None:
            stored["step_input"] = self.step_input.to_dict()
        if self.requires_executor_input:
            stored.update((name, plain(getattr(self, name))) for name in _EXECUTOR)
            given = self.executor_requirements or ()
            stored["executor_requirements"] = [item.to_dict() if hasattr(item, "to_dict") else item for item in given]
        if self.step_output is not None:
            stored["step_output"] = self.step_output.to_dict()
        edited = self.edited_output
        if edited is not None:
            if is_model(edited):
                edited = edited.model_dump(exclude_none=True, mode="json")
            stored["edited_output"] = edited if isinstance(edited, (dict, list)) else str(edited)
        return stored

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """From a stored dictionary or a client's answer; unknown keys are ignored.

        Raises:
            ValueError: The user's values do not fit the schema.
        """
        fields = {name: data[name] for name in cls.__dataclass_fields__ if name in data}
        fields["user_input_schema"] = input_fields(fields.get("user_input_schema"))
        for name, kind in (("step_input", StepInput), ("step_output", StepOutput)):
            value = fields.get(name)
            fields[name] = kind.from_dict(value) if isinstance(value, dict) and value else value or None
        moment = fields.get("timeout_at")
        fields["timeout_at"] = datetime.fromisoformat(moment) if isinstance(moment, str) and moment else moment or None
        made = cls(**{"on_reject": "cancel", "on_timeout": "cancel", **fields})
        if made.user_input:
            try:
                made.set_user_input(**made.user_input)
            except ValueError as error:
                raise ValueError(f"Invalid user_input for step '{made.step_name}': {error}") from error
        return made


@dataclass
class ErrorRequirement:
    """A failed step that waits for the decision to try again or skip; mirrors `agno.workflow.types.ErrorRequirement`.

    Attributes:
        decision: retry, skip, or None while nobody decided.
    """

    step_id: str
    step_name: str | None = None
    step_index: int | None = None
    error_message: str = ""
    error_type: str | None = None
    retry_count: int = 0
    decision: str | None = None
    step_input: StepInput | None = None

    def retry(self) -> None:
        """Try the step again."""
        self.decision = "retry"

    def skip(self) -> None:
        """Go on with the step after it."""
        self.decision = "skip"

    @property
    def needs_decision(self) -> bool:
        """Whether nobody decided yet."""
        return self.decision is None

    @property
    def is_resolved(self) -> bool:
        """Whether somebody decided."""
        return self.decision is not None

    @property
    def should_retry(self) -> bool:
        """Whether the decision is to try again."""
        return self.decision == "retry"

    @property
    def should_skip(self) -> bool:
        """Whether the decision is to skip."""
        return self.decision == "skip"

    def to_dict(self) -> dict[str, Any]:
        """As stored; the step's input is left out."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "step_input"}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """From a stored dictionary; unknown keys are ignored."""
        names = cls.__dataclass_fields__.keys() - {"step_input"}
        return cls(**{name: data[name] for name in names if name in data})
