"""A tool by which a model lets the user choose between options. Mirrors `agno.tools.user_feedback`.

The run pauses when the model calls it (`toolcalls.held_back`). This module imports pydantic, whose models describe the
questions to the model.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from wherry.core.tools.toolkit import Toolkit


class AskUserOption(BaseModel):
    """One choice."""

    label: str = Field(..., description="What the choice is called, in one to five words.")
    description: str | None = Field(None, description="What choosing it means.")


class AskUserQuestion(BaseModel):
    """One question with its choices."""

    question: str = Field(..., description="The question; it ends with a question mark.")
    header: str = Field(..., description="A heading of at most 12 characters, such as 'Size'.")
    options: list[AskUserOption] = Field(..., description="Two to four choices.")
    multi_select: bool = Field(False, description="Whether several choices may be taken.")


class UserFeedbackTools(Toolkit):
    """`ask_user`; mirrors `agno.tools.user_feedback.UserFeedbackTools`.

    Args:
        instructions: Text for the system message instead of the default one.
        add_instructions: Whether to add it.
    """

    DEFAULT_INSTRUCTIONS = """\
When the user has to decide between a few possibilities, call `ask_user` instead of asking in your answer.

- A question has a short `header`, the `question` itself, and two to four `options`.
- An option has a `label` and, where it is not clear by itself, a `description`.
- Set `multi_select` only where several options can be true at once."""

    def __init__(self, instructions: str | None = None, add_instructions: bool = True, **kwargs: Any) -> None:
        super().__init__(
            name="user_feedback_tools",
            instructions=self.DEFAULT_INSTRUCTIONS if instructions is None else instructions,
            add_instructions=add_instructions,
            tools=[self.ask_user],
            **kwargs,
        )

    def ask_user(self, questions: list[AskUserQuestion]) -> str:
        """Put questions with ready choices to the user.

        Args:
            questions: The questions, each with a heading, a text and its choices.
        """
        return "The user has answered"
