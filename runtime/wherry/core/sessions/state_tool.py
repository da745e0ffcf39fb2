"""The tool by which a model changes the session's state. Called by `own_tools`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wherry.core.tools.function import Function

if TYPE_CHECKING:
    from wherry.core.run import Run


def state_tool(run: Run) -> Function:
    """`update_session_state`, bound to a run's state."""

    def update_session_state(session_state_updates: dict) -> str:  # type: ignore[type-arg] # open, as in Agno
        """Change values of the session state that you and later runs share.

        Example: {"shopping_list": ["milk", "eggs"]} sets shopping_list and leaves other keys alone.

        Args:
            session_state_updates (dict): The keys to set, with their new values.
        """
        context = run.context
        if context.session_state is None:
            context.session_state = {}
        context.session_state.update(session_state_updates)
        return f"Updated session state: {context.session_state}"

    return Function(name="update_session_state", entrypoint=update_session_state)
