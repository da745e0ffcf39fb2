"""What a paused run waits for, and how the answer is given back.

The loop makes `RunRequirement`s from tool calls that need a person; `continue_run` reads the answers from their tool
execution. What a person is asked for is in `user_input`. Mirrors `agno.run.requirement`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, Self

from wherry.core.errors import ConfigurationError
from wherry.core.ids import new_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wherry.core.events.model_response import ToolExecution
    from wherry.core.events.user_input import UserFeedbackQuestion, UserInputField

PauseType = Literal["confirmation", "user_input", "user_feedback", "external_execution"]


def _refusal(kind: str) -> ConfigurationError:
    return ConfigurationError(
        f"This requirement does not require {kind}.", hint="Ask its needs_* properties what it waits for."
    )


@dataclass(init=False)
class RunRequirement:
    """One thing a paused run needs before it can go on; mirrors `agno.run.requirement.RunRequirement`.

    Answer it with `confirm`, `reject`, `provide_user_input`, `provide_user_feedback` or
    `set_external_execution_result`; the answer is also written to `tool_execution`, which is what the run reads.
    """

    tool_execution: ToolExecution | None = None
    created_at: datetime = None  # type: ignore[assignment]
    confirmation: bool | None = None
    confirmation_note: str | None = None
    user_input_schema: list[UserInputField] | None = None
    user_feedback_schema: list[UserFeedbackQuestion] | None = None
    external_execution_result: str | None = None
    member_agent_id: str | None = None
    member_agent_name: str | None = None
    member_run_id: str | None = None

    def __init__(
        self, tool_execution: ToolExecution | None, id: str | None = None, created_at: datetime | None = None
    ) -> None:
        self.id = id or new_id()
        self.tool_execution = tool_execution
        self.created_at = created_at or datetime.now(UTC)
        self.user_input_schema = tool_execution.user_input_schema if tool_execution else None
        self.user_feedback_schema = tool_execution.user_feedback_schema if tool_execution else None
        self.confirmation = None
        self.confirmation_note = None
        self.external_execution_result = None
        self.member_agent_id = None
        self.member_agent_name = None
        self.member_run_id = None
        self._member_run_response: Any = None

    @property
    def needs_confirmation(self) -> bool:
        """Whether a yes or no is outstanding."""
        tool = self.tool_execution
        if tool is None or self.confirmation is not None or tool.confirmed is not None:
            return False
        return bool(tool.requires_confirmation)

    @property
    def needs_user_input(self) -> bool:
        """Whether values are outstanding."""
        tool = self.tool_execution
        if tool is None or tool.answered is True:
            return False
        return bool(tool.requires_user_input) or any(item.value is None for item in self.user_input_schema or ())

    @property
    def needs_user_feedback(self) -> bool:
        """Whether choices are outstanding."""
        tool = self.tool_execution
        if tool is None or tool.answered is True:
            return False
        return any(question.selected_options is None for question in self.user_feedback_schema or ())

    @property
    def needs_external_execution(self) -> bool:
        """Whether the result of a call made elsewhere is outstanding."""
        tool = self.tool_execution
        if tool is None or self.external_execution_result is not None:
            return False
        return bool(tool.external_execution_required)

    @property
    def external_execution_silent(self) -> bool:
        """Whether the run should not mention that it waits for a call made elsewhere."""
        tool = self.tool_execution
        return bool(tool and self.needs_external_execution and tool.external_execution_silent)

    @property
    def pause_type(self) -> PauseType:
        """What kind of answer it is about, the most specific one."""
        tool = self.tool_execution
        if tool is not None:
            if tool.user_feedback_schema:
                return "user_feedback"
            if tool.external_execution_required:
                return "external_execution"
            if tool.requires_user_input:
                return "user_input"
        return "confirmation"

    def is_resolved(self) -> bool:
        """Whether nothing is outstanding."""
        return not (
            self.needs_confirmation
            or self.needs_user_input
            or self.needs_user_feedback
            or self.needs_external_execution
        )

    def confirm(self) -> None:
        """Say yes.

        Raises:
            ConfigurationError: (a ValueError) no yes or no is outstanding; the other answers raise it likewise.
        """
        if not self.needs_confirmation:
            raise _refusal("confirmation")
        self.confirmation = True
        if self.tool_execution:
            self.tool_execution.confirmed = True

    def reject(self, note: str | None = None) -> None:
        """Say no, with a note for the model."""
        if not self.needs_confirmation:
            raise _refusal("confirmation")
        self.confirmation = False
        self.confirmation_note = note
        if self.tool_execution:
            self.tool_execution.confirmed = False
            self.tool_execution.confirmation_note = note

    def provide_user_input(self, values: Mapping[str, Any]) -> None:
        """Fill in values by field name; the requirement is answered once all fields have one."""
        if not self.needs_user_input:
            raise _refusal("user input")
        tool = self.tool_execution
        if not self.user_input_schema or tool is None:
            return
        for item in (*self.user_input_schema, *(tool.user_input_schema or ())):
            if item.name in values:
                item.value = values[item.name]
        if all(item.value is not None for item in self.user_input_schema):
            tool.answered = True

    def provide_user_feedback(self, selections: Mapping[str, list[str]]) -> None:
        """Choose labels by question text; the requirement is answered once all questions have a choice."""
        if not self.needs_user_feedback:
            raise _refusal("user feedback")
        tool = self.tool_execution
        if not self.user_feedback_schema or tool is None:
            return
        for question in (*self.user_feedback_schema, *(tool.user_feedback_schema or ())):
            if question.question in selections:
                question.select(selections[question.question])
        if all(question.selected_options is not None for question in self.user_feedback_schema):
            tool.answered = True

    def set_external_execution_result(self, result: str) -> None:
        """Hand in the result of the call made elsewhere."""
        if not self.needs_external_execution:
            raise _refusal("external execution")
        self.external_execution_result = result
        if self.tool_execution:
            self.tool_execution.result = result

    def to_dict(self) -> dict[str, Any]:
        """As stored: JSON types, without what is None."""
        created_at: Any = self.created_at
        stored: dict[str, Any] = {
            "id": self.id,
            "created_at": created_at.isoformat() if isinstance(created_at, datetime) else created_at,
            "confirmation": self.confirmation,
            "confirmation_note": self.confirmation_note,
            "external_execution_result": self.external_execution_result,
            "member_agent_id": self.member_agent_id,
            "member_agent_name": self.member_agent_name,
            "member_run_id": self.member_run_id,
        }
        if self.tool_execution is not None:
            stored["tool_execution"] = _stored(self.tool_execution)
        if self.user_input_schema is not None:
            stored["user_input_schema"] = [_stored(item) for item in self.user_input_schema]
        if self.user_feedback_schema is not None:
            stored["user_feedback_schema"] = [_stored(item) for item in self.user_feedback_schema]
        return {name: value for name, value in stored.items() if value is not None}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """From a stored dictionary or a client's answer.

        An answer given at the top reaches the tool execution unless that holds one already.
        """
        from wherry.core.events.pause_restore import restore

        requirement = cls(None)
        restore(requirement, data)
        return requirement


def _stored(item: Any) -> Any:
    return item.to_dict() if hasattr(item, "to_dict") else item
