"""What the stores with a row for each user share: recalling, reading messages in ALWAYS, tools, and the row itself.

Base of `UserProfileStore` and `UserMemoryStore`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.learn.config import LearningMode
from wherry.learn.stores.base import RowStore
from wherry.learn.twins import blocking, looping

if TYPE_CHECKING:
    from collections.abc import Callable

    from wherry.core.waits import Waits


class UserStore(RowStore):
    """A store of what is known about users; a subclass has `get_agent_tools`, `extract_and_save` and their twins."""

    get_agent_tools: Callable[..., list[Callable[..., Any]]]
    aget_agent_tools: Callable[..., Any]
    extract_and_save: Callable[..., str]
    aextract_and_save: Callable[..., Any]

    async def _recall(self, waits: Waits, user_id: str | None = None, **kwargs: Any) -> Any | None:
        """What is known about the user, or None."""
        return await waits.wire(self.get, self.aget, user_id=user_id) if user_id else None

    recall, arecall = blocking(_recall), looping(_recall)

    async def _process(
        self,
        waits: Waits,
        messages: list[Any],
        user_id: str | None = None,
        agent_id: str | None = None,
        team_id: str | None = None,
        **kwargs: Any,
    ) -> None:
        """Learn from the messages of a run; in ALWAYS only."""
        if self.config.mode is not LearningMode.ALWAYS or not user_id or not messages:
            return
        given = {"user_id": user_id, "agent_id": agent_id, "team_id": team_id, "run_metrics": kwargs.get("run_metrics")}
        await waits.wire(self.extract_and_save, self.aextract_and_save, messages=messages, **given)

    process, aprocess = blocking(_process), looping(_process)

    async def _get_tools(
        self,
        waits: Waits,
        user_id: str | None = None,
        agent_id: str | None = None,
        team_id: str | None = None,
        **kwargs: Any,
    ) -> list[Callable[..., Any]]:
        """The tools for the agent; none without a user."""
        if not user_id or not self._should_expose_tools:
            return []
        given = {"user_id": user_id, "agent_id": agent_id, "team_id": team_id}
        return await waits.wire(self.get_agent_tools, self.aget_agent_tools, **given)

    get_tools, aget_tools = blocking(_get_tools), looping(_get_tools)

    async def _get(self, waits: Waits, user_id: str) -> Any | None:
        """What is known about a user, or None."""
        return await self._load(waits, user_id)

    get, aget = blocking(_get), looping(_get)

    async def _delete(self, waits: Waits, user_id: str) -> bool:
        """Delete what is known about a user; whether there was a row."""
        return await self._drop(waits, user_id)

    delete, adelete = blocking(_delete), looping(_delete)

    async def _clear(self, waits: Waits, user_id: str, agent_id: str | None = None, team_id: str | None = None) -> None:
        """Forget everything about a user; the row stays."""
        if self.db:
            await self._keep(waits, user_id, self._empty(user_id), agent_id=agent_id, team_id=team_id)

    clear, aclear = blocking(_clear), looping(_clear)

    def __repr__(self) -> str:
        tools = self.config.enable_agent_tools
        return self._state(db=self.db is not None, model=self.model is not None, enable_agent_tools=tools)
