"""The tools of a model that writes memories: names and parameters are Agno's.

Built for one user and one piece of work; called by `MemoryManager`.
"""

from __future__ import annotations

from time import time
from typing import TYPE_CHECKING, Any, Optional

from wherry.core.ids import new_id
from wherry.core.log import log_warning
from wherry.core.memory.memory_database import ask_database
from wherry.core.waits import Waits, finish
from wherry.db.schemas.memory import UserMemory

if TYPE_CHECKING:
    from collections.abc import Callable


class Desk:
    """Where the tools of one piece of work write.

    Attributes:
        manager: Who is told that memories have changed.
        db: The database.
        user_id: About whom the memories are.
    """

    def __init__(
        self, manager: Any, db: Any, waits: Waits, user_id: str, asked: str, owner: dict[str, str | None]
    ) -> None:
        self.manager, self.db, self.waits = manager, db, waits
        self.user_id, self.asked, self.owner = user_id, asked, owner

    async def ask(self, method: str, **given: Any) -> Any:
        """Call a method of the database."""
        return await ask_database(self.waits, self.db, method, **given)

    async def put(self, memory_id: str, text: str, topics: list[str] | None) -> None:
        """Store a memory."""
        memory = UserMemory(
            memory_id=memory_id,
            user_id=self.user_id,
            memory=text,
            topics=topics,
            input=self.asked,
            updated_at=int(time()),
            **self.owner,  # type: ignore[arg-type]
        )
        await self.ask("upsert_user_memory", memory=memory)
        self.manager.memories_updated = True

    async def drop_one(self, memory_id: str) -> None:
        """Remove a memory."""
        await self.ask("delete_user_memory", memory_id=memory_id, user_id=self.user_id)
        self.manager.memories_updated = True

    async def drop(self, ids: list[str]) -> None:
        """Remove memories."""
        await self.ask("delete_user_memories", memory_ids=ids, user_id=self.user_id)
        self.manager.memories_updated = True


def memory_tools(desk: Desk, allowed: dict[str, bool]) -> list[Callable[..., Any]]:
    """The tools that are allowed, for this kind of waiting."""

    async def add(memory: str, topics: list[str] | None = None) -> str:
        return await said(desk.put(new_id(), memory, topics), "Memory added successfully", "Error adding memory")

    async def update(memory_id: str, memory: str, topics: list[str] | None = None) -> str:
        if not memory:
            return "An empty memory cannot be stored"
        return await said(desk.put(memory_id, memory, topics), "Memory updated successfully", "Error updating memory")

    async def delete(memory_id: str) -> str:
        return await said(desk.drop_one(memory_id), "Memory deleted successfully", "Error deleting memory")

    async def clear() -> str:
        known = await desk.ask("get_user_memories", user_id=desk.user_id)
        ids = [item.memory_id for item in known or () if item.memory_id]
        return await said(desk.drop(ids), "Memory cleared successfully", "Error clearing memory")

    # Optional, as in Agno: a union written with | tells the model about null.
    def add_memory(memory: str, topics: Optional[list[str]] = None) -> Any:  # noqa: UP045
        """Store a new memory about the user.

        Args:
            memory (str): The memory, one short statement.
            topics (Optional[List[str]]): What it is about, for example ["name", "hobbies"].
        """
        return add(memory, topics)

    def update_memory(memory_id: str, memory: str, topics: Optional[list[str]] = None) -> Any:  # noqa: UP045
        """Rewrite a memory about the user.

        Args:
            memory_id (str): The id of the memory.
            memory (str): The memory as it is to read from now on.
            topics (Optional[List[str]]): What it is about, for example ["name", "hobbies"].
        """
        return update(memory_id, memory, topics)

    def delete_memory(memory_id: str) -> Any:
        """Remove a memory about the user.

        Args:
            memory_id (str): The id of the memory.
        """
        return delete(memory_id)

    def clear_memory() -> Any:
        """Remove all memories about the user."""
        return clear()

    made: dict[str, Callable[..., Any]] = {
        "add": add_memory,
        "update": update_memory,
        "delete": delete_memory,
        "clear": clear_memory,
    }
    chosen = [tool for name, tool in made.items() if allowed.get(name)]
    return [blocking(tool) for tool in chosen] if desk.waits.blocking else [looping(tool) for tool in chosen]


async def said(work: Any, done: str, failed: str) -> str:
    """Do the work; what the model is told about it."""
    try:
        await work
    except Exception as error:  # noqa: BLE001 - whatever a user's code, database or provider raises must not break the run
        log_warning(f"{failed}: {error}")
        return failed
    return done


def _like(made: Any, tool: Callable[..., Any]) -> Any:
    import inspect

    made.__name__, made.__doc__ = tool.__name__, tool.__doc__
    made.__signature__ = inspect.signature(tool, eval_str=True)
    made.__annotations__ = {**inspect.get_annotations(tool, eval_str=True), "return": str}
    return made


def blocking(tool: Callable[..., Any]) -> Callable[..., Any]:
    """A tool for blocking runs."""

    def run(*args: Any, **kwargs: Any) -> Any:
        return finish(tool(*args, **kwargs))

    return _like(run, tool)  # type: ignore[no-any-return]


def looping(tool: Callable[..., Any]) -> Callable[..., Any]:
    """A tool for runs on a loop."""

    async def run(*args: Any, **kwargs: Any) -> Any:
        return await tool(*args, **kwargs)

    return _like(run, tool)  # type: ignore[no-any-return]
