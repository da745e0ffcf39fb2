"""One request to call a tool (`FunctionCall`), what a tool may return, and what came of running it.

Plain data; `calls` carries requests out. Mirrors the types of `agno.tools.function`, whose other half is `function`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Any, Literal

from wherry.core.record import Record

if TYPE_CHECKING:
    from wherry.core.tools.function import Function


@dataclass(slots=True)
class ToolResult(Record):
    """A result with media; mirrors `agno.tools.function.ToolResult`."""

    content: str
    metadata: dict[str, Any] | None = None
    images: list[Any] | None = None
    videos: list[Any] | None = None
    audios: list[Any] | None = None
    files: list[Any] | None = None

    def __str__(self) -> str:
        return " ".join(f"{name}={getattr(self, name)!r}" for name in self._fields())


@dataclass(slots=True)
class FunctionExecutionResult(Record):
    """What came of running an entrypoint; mirrors `agno.tools.function.FunctionExecutionResult`."""

    status: Literal["success", "failure"]
    result: Any = None
    error: str | None = None
    updated_session_state: dict[str, Any] | None = None
    images: Sequence[Any] | None = None
    videos: Sequence[Any] | None = None
    audios: Sequence[Any] | None = None
    files: Sequence[Any] | None = None


@dataclass(slots=True)
class FunctionCall(Record):
    """One request to call a tool; mirrors `agno.tools.function.FunctionCall`."""

    function: Function
    arguments: dict[str, Any] | None = None
    result: Any = None
    call_id: str | None = None
    error: str | None = None

    def get_call_str(self) -> str:
        """The call as shown to people, cut to the width of the terminal."""
        name = self.function.name
        if self.arguments is None:
            return f"{name}()"
        width = _width()
        longest = max(20, (width - len(name) - 4) // 2)
        shown = ", ".join(
            f"{key}={'...' if isinstance(value, str) and len(value) > longest else value}"
            for key, value in self.arguments.items()
        )
        text = f"{name}({shown})"
        return text if len(text) <= width else f"{name}(...)"

    def execute(self) -> FunctionExecutionResult:
        """Run the entrypoint with its hooks in this thread; generators are returned unread.

        Raises:
            AgentRunException: Raised by the tool or a hook to steer the run.
        """
        from wherry.core.tools.calls import perform_now

        return perform_now(self)

    async def aexecute(self) -> FunctionExecutionResult:
        """Run the entrypoint with its hooks on this event loop; generators are returned unread.

        Raises:
            AgentRunException: Raised by the tool or a hook to steer the run.
        """
        from wherry.core.tools.calls import perform_later

        return await perform_later(self)


def _width() -> int:
    """Columns of the terminal; asked in a way that costs little where there is none, since every watched call asks."""
    out = sys.__stdout__
    if "COLUMNS" not in os.environ and (out is None or out.closed or not out.isatty()):
        return 80
    return get_terminal_size().columns or 80
