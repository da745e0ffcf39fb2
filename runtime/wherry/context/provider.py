"""A source of information that an agent asks in words: `ContextProvider`. Mirrors `agno.context.provider`.

Subclasses say how the source is asked (`query`, `aquery`) and whether it can be reached (`status`, `astatus`). Those
that ask an inner agent hand it out by `_aget_query_agent`, so that its events are told while it works.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wherry.context.asking import Answer, Document, ProviderTools, answer_from_run, serialize_answer
from wherry.context.mode import ContextMode

if TYPE_CHECKING:
    from wherry.run import RunContext

__all__ = ["Answer", "ContextProvider", "Document", "Status", "answer_from_run", "serialize_answer"]


@dataclass
class Status:
    """Whether a source can be reached, and a word about it."""

    ok: bool
    detail: str = ""


class ContextProvider(ProviderTools, ABC):
    """A source behind one or two tools. Mirrors `agno.context.provider.ContextProvider`.

    Args:
        id: Short name; the tools are called after it (`query_<id>`, `update_<id>`).
        name: What people call the source; the id by default.
        mode: What `get_tools` gives, see `ContextMode`.
        model: Model of the inner agent, where the class has one.
        query_timeout: Seconds that one call of the query tool may take, the inner agent's start included; then the
            tool answers with an error. `query`, `aquery`, the tools of ``tools`` mode and changes have no limit.
        read: Whether the source may be asked.
        write: Whether it may be changed, where the class can do that.
        query_tool_name: Name of the tool that asks.
        update_tool_name: Name of the tool that changes.
        stream_sub_agent_events: Tell the inner agent's events while it works; otherwise only its answer.

    Raises:
        ValueError: Neither `read` nor `write`, or a `query_timeout` that is not positive.
    """

    def __init__(
        self,
        id: str,
        *,
        name: str | None = None,
        mode: ContextMode = ContextMode.default,
        model: Any = None,
        query_timeout: float | None = None,
        read: bool = True,
        write: bool = True,
        query_tool_name: str | None = None,
        update_tool_name: str | None = None,
        stream_sub_agent_events: bool = True,
    ) -> None:
        kind = type(self).__name__
        if not (read or write):
            raise ValueError(f"{kind} would have no tool: at least one of `read` or `write` stays True")
        if query_timeout is not None and query_timeout <= 0:
            raise ValueError(
                f"{kind}(query_timeout={query_timeout!r}): query_timeout must be positive (seconds), or None"
            )
        word = _sanitize_id(id)
        self.id = id
        self.name = name or id
        self.mode = mode
        self.model = model
        self.query_timeout = query_timeout
        self.read = read
        self.write = write
        self.query_tool_name = query_tool_name or f"query_{word}"
        self.update_tool_name = update_tool_name or f"update_{word}"
        self.stream_sub_agent_events = stream_sub_agent_events

    @abstractmethod
    def query(self, question: str, *, run_context: RunContext | None = None) -> Answer:
        """Answer a question."""

    @abstractmethod
    async def aquery(self, question: str, *, run_context: RunContext | None = None) -> Answer:
        """`query`, awaited; this is what the tool calls where there is no inner agent."""

    def update(self, instruction: str, *, run_context: RunContext | None = None) -> Answer:
        """Change the source as an instruction says.

        Raises:
            NotImplementedError: The source can only be read, which the tool tells the asking agent.
        """
        raise NotImplementedError(f"{type(self).__name__} is read-only; override update and aupdate to change it")

    async def aupdate(self, instruction: str, *, run_context: RunContext | None = None) -> Answer:
        """`update`, awaited; this is what the tool calls where there is no inner agent."""
        raise NotImplementedError(f"{type(self).__name__} is read-only; override update and aupdate to change it")

    @abstractmethod
    def status(self) -> Status:
        """Whether the source can be reached."""

    @abstractmethod
    async def astatus(self) -> Status:
        """`status`, awaited."""

    async def asetup(self) -> None:
        """Prepare what the source needs; may be called again. Nothing by default."""
        return

    async def aclose(self) -> None:
        """Give back what is held, also when nothing was set up. Nothing by default."""
        return

    def instructions(self) -> str:
        """What the asking agent should know of this source, for its instructions."""
        if self.mode == ContextMode.tools:
            return f"`{self.name}`: look into this source with its own tools."
        return f"`{self.name}`: ask this source by `{self.query_tool_name}(question)`."

    def get_tools(self) -> list[Any]:
        """The tools of the asking agent, by `mode`."""
        if self.mode == ContextMode.default:
            return self._default_tools()
        if self.mode == ContextMode.tools:
            return self._all_tools()
        return [self._query_tool()]

    def _default_tools(self) -> list[Any]:
        """What ``default`` mode gives; subclasses override it."""
        return [self._query_tool()]

    def _all_tools(self) -> list[Any]:
        """What ``tools`` mode gives; subclasses override it."""
        return [self._query_tool()]

    def _read_write_tools(self) -> list[Any]:
        """The tool that asks and the tool that changes, as far as `read` and `write` allow; for `_default_tools`."""
        return ([self._query_tool()] if self.read else []) + ([self._update_tool()] if self.write else [])


def _sanitize_id(raw: str) -> str:
    """An id as a part of a tool's name."""
    return re.sub("[^a-z0-9]+", "_", raw.lower()).strip("_") or "context"
