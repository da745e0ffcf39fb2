"""The tools of the model that reads messages for `UserMemoryStore`: names and parameters are Agno's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.learn.shapes.record import without
from wherry.learn.stores.base import tool_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from wherry.core.waits import Waits

NO_MEMORIES = "No memories found"
SOURCE = 200
"""So many letters of the conversation are kept with a memory."""


class Desk:
    """Where the tools of one reading write; a method for each tool.

    Args:
        store: Whose memories.
        waits: How to wait.
        user_id: About whom.
        source: What was said.
        owner: Ids of the agent and the team that learn.
    """

    def __init__(self, store: Any, waits: Waits, user_id: str, source: str, owner: dict[str, str | None]) -> None:
        self.store, self.waits, self.user_id, self.source, self.owner = store, waits, user_id, source, owner
        self.ids = {"agent_id": owner["agent"], "team_id": owner["team"]}

    def _noted(self, how: str) -> dict[str, Any]:
        by = {f"{how}_by_{kind}": name for kind, name in self.owner.items() if name}
        return {"source": self.source[:SOURCE] if self.source else None, **by}

    async def _known(self) -> Any:
        return await self.waits.wire(self.store.get, self.store.aget, user_id=self.user_id)

    async def _save(self, memories: Any) -> None:
        given = {"user_id": self.user_id, "memories": memories, **self.ids}
        await self.waits.wire(self.store.save, self.store.asave, **given)

    async def add(self, memory: str) -> str:
        """See `add_memory`."""
        memories = await self._known()
        if memories is None:
            memories = self.store.schema(user_id=self.user_id)
        if hasattr(memories, "add_memory"):
            memories.add_memory(memory, **self._noted("added"))
        await self._save(memories)
        return f"Memory saved: {memory}"

    async def update(self, memory_id: str, memory: str) -> str:
        """See `update_memory`."""
        memories = await self._known()
        if memories is None:
            return NO_MEMORIES
        if not hasattr(memories, "update_memory"):
            return "No memories field"
        if not memories.update_memory(memory_id, memory, **self._noted("updated")):
            return f"Memory {memory_id} not found"
        await self._save(memories)
        return f"Memory updated: {memory}"

    async def delete(self, memory_id: str) -> str:
        """See `delete_memory`."""
        memories = await self._known()
        if memories is None:
            return NO_MEMORIES
        if not hasattr(memories, "memories"):
            return "No memories field"
        left = without(memories.memories, memory_id)
        if len(left) == len(memories.memories):
            return f"Memory {memory_id} not found"
        memories.memories = left
        await self._save(memories)
        return f"Memory {memory_id} deleted"

    async def clear(self) -> str:
        """See `clear_all_memories`."""
        await self.waits.wire(self.store.clear, self.store.aclear, user_id=self.user_id, **self.ids)
        return "All memories cleared"


def memory_tools(desk: Desk) -> list[Callable[..., Any]]:
    """The tools that the store's configuration allows."""
    config = desk.store.config
    offered = (
        (config.enable_add_memory, desk.add, add_memory),
        (config.enable_update_memory, desk.update, update_memory),
        (config.enable_delete_memory, desk.delete, delete_memory),
        (config.enable_clear_memories, desk.clear, clear_all_memories),
    )
    return [tool_for(desk.waits, work, like, "Memories could not be changed") for on, work, like in offered if on]


# The forms of the tools: `tool_for` puts the work behind them.


def add_memory(memory: str) -> str:
    """Remember something new about the user. When it adds to a memory, rewrite that one with `update_memory`.

    Args:
        memory: One short sentence about the user, in the third person.

    Returns:
        What was done.
    """
    raise NotImplementedError


def update_memory(memory_id: str, memory: str) -> str:
    """Rewrite a memory that has changed or to which something is to be added.

    Args:
        memory_id: The id of the memory, which stands in brackets before it.
        memory: The whole memory as it is to read from now on.

    Returns:
        What was done.
    """
    raise NotImplementedError


def delete_memory(memory_id: str) -> str:
    """Forget a memory that is wrong or holds no longer.

    Args:
        memory_id: The id of the memory, which stands in brackets before it.

    Returns:
        What was done.
    """
    raise NotImplementedError


def clear_all_memories() -> str:
    """Forget everything about the user.

    Returns:
        What was done.
    """
    raise NotImplementedError
