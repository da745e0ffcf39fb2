"""`SessionContextStore`: what a session has come to; mirrors `agno.learn.stores.session_context`.

One row for each session, replaced after each run by a model that reads it and the messages. No tools for the agent.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Optional

from wherry.core.messages import Message
from wherry.core.sessions.session_history import conversation
from wherry.learn.config import LearningMode, SessionContextConfig
from wherry.learn.prompts import CONTEXT_OPENING, CONTEXT_USE, context_prompt
from wherry.learn.schemas import SessionContext
from wherry.learn.stores.base import RowStore, tool_for
from wherry.learn.twins import blocking, looping
from wherry.learn.utils import from_dict_safe, print_panel

if TYPE_CHECKING:
    from collections.abc import Callable

    from wherry.core.metrics import RunMetrics
    from wherry.core.waits import Waits

TOOL = "save_session_context"


@dataclass(repr=False)
class SessionContextStore(RowStore):
    """Keeps the context of each session.

    Attributes:
        config: How it learns.
        debug_mode: Show debug records.
        context_updated: Whether the model saved a context when it last read messages.
    """

    _type: ClassVar[str] = "session_context"
    _key: ClassVar[str] = "session_id"
    _updated: ClassVar[str] = "context_updated"
    _about: ClassVar[str] = "context"
    config: SessionContextConfig = field(default_factory=SessionContextConfig)
    debug_mode: bool = False
    context_updated: bool = field(default=False, init=False)
    _schema: Any = field(default=None, init=False)

    def __post_init__(self) -> None:
        others = tuple(mode for mode in LearningMode if mode is not LearningMode.ALWAYS)
        self._settle(SessionContext, others, "It learns in ALWAYS only.")

    # --- a run ---
    async def _recall(self, waits: Waits, session_id: str | None = None, **kwargs: Any) -> Any | None:
        """The context of the session, or None."""
        return await waits.wire(self.get, self.aget, session_id=session_id) if session_id else None

    recall, arecall = blocking(_recall), looping(_recall)

    async def _process(
        self,
        waits: Waits,
        messages: list[Any],
        session_id: str | None = None,
        user_id: str | None = None,
        agent_id: str | None = None,
        team_id: str | None = None,
        **kwargs: Any,
    ) -> None:
        """Bring the context up to the messages of a run."""
        if self.config.mode is not LearningMode.ALWAYS or not session_id or not messages:
            return
        given = {"session_id": session_id, "user_id": user_id, "agent_id": agent_id, "team_id": team_id}
        given["run_metrics"] = kwargs.get("run_metrics")
        await waits.wire(self.extract_and_save, self.aextract_and_save, messages=messages, **given)

    process, aprocess = blocking(_process), looping(_process)

    def build_context(self, data: Any) -> str:
        """The context as the system message shows it."""
        if not data:
            return ""
        tell = getattr(data, "get_context_text", None)
        text = tell() if tell is not None else _plain_text(data)
        if not text:
            return ""
        return f"<session_context>\n{CONTEXT_OPENING}\n\n{text}\n\n{CONTEXT_USE}\n</session_context>"

    def instructions(self) -> str:
        """Nothing: there are no tools."""
        return ""

    def get_tools(self, **kwargs: Any) -> list[Callable[..., Any]]:
        """None."""
        return []

    async def aget_tools(self, **kwargs: Any) -> list[Callable[..., Any]]:
        """None."""
        return []

    # --- rows ---
    async def _get(self, waits: Waits, session_id: str) -> Any | None:
        """The context of a session, or None."""
        return await self._load(waits, session_id)

    get, aget = blocking(_get), looping(_get)

    async def _save(
        self,
        waits: Waits,
        session_id: str,
        context: Any,
        user_id: str | None = None,
        agent_id: str | None = None,
        team_id: str | None = None,
    ) -> None:
        """Store the context of a session."""
        await self._keep(waits, session_id, context, user_id=user_id, agent_id=agent_id, team_id=team_id)

    save, asave = blocking(_save), looping(_save)

    async def _delete(self, waits: Waits, session_id: str) -> bool:
        """Delete the context of a session; whether there was one."""
        return await self._drop(waits, session_id)

    delete, adelete = blocking(_delete), looping(_delete)

    async def _clear(
        self, waits: Waits, session_id: str, agent_id: str | None = None, team_id: str | None = None
    ) -> None:
        """Store an empty context."""
        if self.db:
            owner = {"user_id": None, "agent_id": agent_id, "team_id": team_id}
            await self._keep(waits, session_id, self._empty(session_id), **owner)

    clear, aclear = blocking(_clear), looping(_clear)

    # --- learning ---
    async def _extract_and_save(
        self,
        waits: Waits,
        messages: list[Any],
        session_id: str,
        user_id: str | None = None,
        agent_id: str | None = None,
        team_id: str | None = None,
        run_metrics: RunMetrics | None = None,
    ) -> str:
        """Let the model read messages and write the context anew; what it says about it."""
        if (problem := self._unable()) is not None:
            return problem
        known = await waits.wire(self.get, self.aget, session_id=session_id)
        owner = {"user_id": user_id, "agent_id": agent_id, "team_id": team_id}
        system = Message(role="system", content=context_prompt(self.config, known, conversation(messages)))
        user = Message(role="user", content=f"Please write the context as it is now, with `{TOOL}`.")
        tools = [self._tool(waits, session_id, known, owner)]
        return await self._read_out(waits, system, user, tools, run_metrics, last=TOOL)

    extract_and_save, aextract_and_save = blocking(_extract_and_save), looping(_extract_and_save)

    def _tool(self, waits: Waits, session_id: str, known: Any, owner: dict[str, str | None]) -> Callable[..., Any]:
        async def save(summary: str, **planned: Any) -> str:
            values: dict[str, Any] = {"session_id": session_id, "summary": summary}
            for name in ("goal", "plan", "progress") if self.config.enable_planning else ():
                if planned.get(name) is not None:
                    values[name] = planned[name]
                elif known is not None and hasattr(known, name):
                    values[name] = getattr(known, name) or (None if name == "goal" else [])
            context = from_dict_safe(self.schema, values)
            await waits.wire(self.save, self.asave, session_id=session_id, context=context, **owner)
            return "Session context saved"

        form = with_plan.save_session_context if self.config.enable_planning else save_session_context
        return tool_for(waits, save, form, "The session context could not be saved")

    # --- people ---
    def __repr__(self) -> str:
        planning = self.config.enable_planning
        return self._state(db=self.db is not None, model=self.model is not None, enable_planning=planning)

    def print(self, session_id: str, *, raw: bool = False) -> None:
        """Draw the context of a session in the terminal; with `raw` as it is stored."""
        context = self.get(session_id=session_id)
        blocks = [
            [f"{name.title()}: {value}"] for name in ("summary", "goal") if (value := getattr(context, name, None))
        ]
        if plan := getattr(context, "plan", None):
            blocks.append(["Plan:", *(f"  {number}. {step}" for number, step in enumerate(plan, 1))])
        if progress := getattr(context, "progress", None):
            blocks.append(["Progress:", *(f"  [green]✓[/green] {step}" for step in progress)])
        lines = [line for block in blocks for line in ["", *block]][1:]
        told: dict[str, Any] = {"empty_message": "No session context", "raw_data": context, "raw": raw}
        print_panel("Session Context", session_id, lines, **told)


def _plain_text(data: Any) -> str:
    """The context of a schema that does not say how it reads."""
    if not getattr(data, "summary", None):
        return ""
    parts = [f"**Summary:** {data.summary}"]
    if goal := getattr(data, "goal", None):
        parts.append(f"**Current Goal:** {goal}")
    if plan := getattr(data, "plan", None):
        parts.append("**Plan:**\n  - " + "\n  - ".join(plan))
    if progress := getattr(data, "progress", None):
        parts.append("**Completed:**\n  - " + "\n  - ".join(f"✓ {item}" for item in progress))
    return "\n\n".join(parts)


# The forms of the tool: `tool_for` puts the work behind them.


def save_session_context(summary: str) -> str:
    """Keep what the session has come to; it takes the place of what was kept before.

    Args:
        summary: The whole summary.

    Returns:
        What was done.
    """
    raise NotImplementedError


class with_plan:  # noqa: N801 - a name space
    """The form with a plan."""

    @staticmethod
    def save_session_context(
        summary: str,
        goal: Optional[str] = None,  # noqa: UP045 - Agno's form: a union written with | tells the model about null
        plan: Optional[list[str]] = None,  # noqa: UP045
        progress: Optional[list[str]] = None,  # noqa: UP045
    ) -> str:
        """Keep what the session has come to; it takes the place of what was kept before.

        Args:
            summary: The whole summary.
            goal: What the user wants to reach; leave it out when it is as before.
            plan: The steps to it; leave it out when they are as before.
            progress: The steps that are done; leave it out when they are as before.

        Returns:
            What was done.
        """
        raise NotImplementedError
