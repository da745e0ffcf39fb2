"""Rebuilding a `RunRequirement` from JSON, which may carry a client's answer in either of two places.

`to_dict` writes each answer at the top and inside `tool_execution`; the run reads only the latter. A client that
fills in the top alone must be heard. Called by `RunRequirement.from_dict` only.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from wherry.core.errors import ConfigurationError
from wherry.core.events.model_response import ToolExecution
from wherry.core.events.user_input import UserFeedbackQuestion, UserInputField

if TYPE_CHECKING:
    from wherry.core.events.pause import RunRequirement


def restore(requirement: RunRequirement, data: dict[str, Any]) -> None:
    """Fill in a fresh requirement.

    Raises:
        ConfigurationError: `data` is not a dictionary.
    """
    if not isinstance(data, dict):
        raise ConfigurationError(f"A requirement cannot be made from {data!r}.", hint="Pass what to_dict() returned.")
    tool = _tool(data.get("tool_execution"))
    requirement.tool_execution = tool
    requirement.user_input_schema = _rows(UserInputField, data.get("user_input_schema"), tool.user_input_schema)
    requirement.user_feedback_schema = _rows(
        UserFeedbackQuestion, data.get("user_feedback_schema"), tool.user_feedback_schema
    )
    requirement.id = data.get("id") or requirement.id
    requirement.created_at = _moment(data.get("created_at")) or requirement.created_at
    for name in (
        "confirmation",
        "confirmation_note",
        "external_execution_result",
        "member_agent_id",
        "member_agent_name",
        "member_run_id",
    ):
        setattr(requirement, name, data.get(name))
    _pass_on_decision(requirement, tool)
    _pass_on_input(requirement, tool)
    _pass_on_feedback(requirement, tool)


def _tool(stored: Any) -> ToolExecution:
    if isinstance(stored, ToolExecution):
        return stored
    if isinstance(stored, dict):
        return ToolExecution.from_dict(stored)
    return ToolExecution(tool_name="unknown", tool_args={})


def _rows(kind: Any, stored: Any, otherwise: Any) -> Any:
    if stored is None:
        return otherwise
    rows = [
        item if isinstance(item, kind) else kind.from_dict(item) for item in stored if isinstance(item, (kind, dict))
    ]
    return rows or None


def _moment(stored: Any) -> datetime | None:
    if isinstance(stored, datetime):
        return stored
    if isinstance(stored, str):
        try:
            return datetime.fromisoformat(stored)
        except ValueError:
            return None
    return None


def _pass_on_decision(requirement: RunRequirement, tool: ToolExecution) -> None:
    if requirement.confirmation is not None and tool.confirmed is None:
        tool.confirmed = requirement.confirmation
        if requirement.confirmation is False and requirement.confirmation_note is not None:
            tool.confirmation_note = requirement.confirmation_note
    if requirement.external_execution_result is not None and tool.result is None:
        tool.result = requirement.external_execution_result


def _pass_on_input(requirement: RunRequirement, tool: ToolExecution) -> None:
    if not requirement.user_input_schema:
        return
    if tool.user_input_schema is None:
        tool.user_input_schema = requirement.user_input_schema
        return
    values = {item.name: item.value for item in requirement.user_input_schema if item.value is not None}
    filled = False
    for item in tool.user_input_schema:
        if item.value is None and item.name in values:
            item.value = values[item.name]
            filled = True
    # A model may have filled in every value itself: only an answer that completes the form counts as one.
    if filled and tool.answered is None and all(item.value is not None for item in tool.user_input_schema):
        tool.answered = True


def _pass_on_feedback(requirement: RunRequirement, tool: ToolExecution) -> None:
    if not requirement.user_feedback_schema:
        return
    if tool.user_feedback_schema is None:
        tool.user_feedback_schema = requirement.user_feedback_schema
        return
    chosen = {
        question.question: question.selected_options
        for question in requirement.user_feedback_schema
        if question.selected_options is not None
    }
    filled = False
    for question in tool.user_feedback_schema:
        labels = chosen.get(question.question)
        if question.selected_options is None and labels is not None:
            question.select(labels)
            filled = True
    if filled and tool.answered is None and all(q.selected_options is not None for q in tool.user_feedback_schema):
        tool.answered = True
