"""A tool by which a model asks the user for values. Mirrors `agno.tools.user_control_flow`.

The run pauses when the model calls it (`toolcalls.held_back`); the function itself is only reached afterwards.
"""

from __future__ import annotations

from typing import Any

from wherry.core.tools.toolkit import Toolkit


class UserControlFlowTools(Toolkit):
    """`get_user_input`; mirrors `agno.tools.user_control_flow.UserControlFlowTools`.

    Args:
        instructions: Text for the system message instead of the default one.
        add_instructions: Whether to add it.
        enable_get_user_input: Offer the tool.
        all: Offer it.
    """

    DEFAULT_INSTRUCTIONS = """\
When you lack something that only the user can tell you, call `get_user_input`. Do not ask in your answer, and do not
make values up.

- Ask for everything you need in one call, and for nothing you already know.
- Each field has a name, a type (a Python type such as str, int, float, bool, list or dict) and a description that a
  person understands.
- Take the values as they come, empty ones too: never ask for a field a second time, and do not check or correct them.
- A bool field is true only for a clear yes ("true", "yes", "y", "1", "on", "t" in any case); everything else, an empty
  value included, is false.
- Go on with the task as soon as the values are there, without asking for confirmation."""

    def __init__(
        self,
        instructions: str | None = None,
        add_instructions: bool = True,
        enable_get_user_input: bool = True,
        all: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            name="user_control_flow_tools",
            instructions=self.DEFAULT_INSTRUCTIONS if instructions is None else instructions,
            add_instructions=add_instructions,
            tools=[self.get_user_input] if all or enable_get_user_input else [],
            **kwargs,
        )

    def get_user_input(self, user_input_fields: list[dict]) -> str:  # type: ignore[type-arg]
        """Ask the user to fill in a form, with one field for each value you need.

        Args:
            user_input_fields (list[dict[str, str]]): The fields, each with these keys:
                - field_name: Name of the field.
                - field_type: Its Python type, for example str, int, float, bool, list or dict.
                - field_description: What the user is asked for.

        """
        return "The user has filled in the fields"
