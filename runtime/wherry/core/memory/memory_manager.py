"""`MemoryManager`: what is remembered about users, written by a model with tools. Mirrors `agno.memory.manager`.

Every method that asks a database or a model exists once as a core function and twice as a public method. The
prompt is in `memory_prompt`, the search in `memory_search`, the model's work in `memory_steps`.
"""

from __future__ import annotations

from time import time
from typing import TYPE_CHECKING, Any, Literal
from uuid import uuid4

from wherry.core.errors import ConfigurationError
from wherry.core.ids import new_id
from wherry.core.log import log_warning
from wherry.core.memory.memory_database import ask_database
from wherry.core.memory.memory_prompt import manager_prompt
from wherry.core.memory.memory_steps import MemorySteps
from wherry.core.messages import Message
from wherry.core.waits import BLOCKING, LOOPING, Waits, finish
from wherry.db.base import AsyncBaseDb
from wherry.db.schemas.memory import UserMemory  # noqa: TC001 - Agno's users import it from this module
from wherry.models.names import get_model

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

NO_DB = "Please provide a db to store memories"


async def _either(
    waits: Waits, blocking: Callable[..., str], looping: Callable[..., Awaitable[str]], **given: Any
) -> str:
    """The step for this kind of waiting, by its public name: a subclass may have replaced it."""
    return blocking(**given) if waits.blocking else await looping(**given)


class MemoryManager(MemorySteps):
    """Keeps memories about users in a database.

    Args:
        model: Who writes memories; the agent's own by default. On its own a manager without one writes none and logs
            that; `search_user_memories` and `optimize_memories` then take `OpenAIChat("gpt-4o")`, as in Agno.
        system_message: Replaces the prompt.
        memory_capture_instructions: What is worth remembering; replaces ours.
        additional_instructions: Added to the prompt.
        db: Where memories live.
        delete_memories, update_memories, add_memories, clear_memories: What the model may do.
    """

    def __init__(
        self,
        model: Any = None,
        system_message: str | None = None,
        memory_capture_instructions: str | None = None,
        additional_instructions: str | None = None,
        db: Any = None,
        delete_memories: bool = False,
        update_memories: bool = True,
        add_memories: bool = True,
        clear_memories: bool = False,
        debug_mode: bool = False,
        id: str | None = None,
        name: str | None = None,
        owner_id: str | None = None,
        owner_type: str | None = None,
    ) -> None:
        self.id = id if id is not None else f"memory_manager_{uuid4().hex[:8]}"
        self.name = name
        self.owner_id, self.owner_type = owner_id, owner_type
        self.model = get_model(model) if model is not None else None
        self.system_message = system_message
        self.memory_capture_instructions = memory_capture_instructions
        self.additional_instructions = additional_instructions
        self.db = db
        self.delete_memories = delete_memories
        self.update_memories = update_memories
        self.add_memories = add_memories
        self.clear_memories = clear_memories
        self.debug_mode = debug_mode
        self.memories_updated = False

    def get_model(self) -> Any:
        """The model; `OpenAIChat("gpt-4o")` from now on when there is none."""
        if self.model is None:
            from wherry.models.openai import OpenAIChat

            self.model = OpenAIChat(id="gpt-4o")
        return self.model

    async def _ask(self, waits: Waits, method: str, *args: Any, **kwargs: Any) -> Any:
        return await ask_database(waits, self.db, method, *args, **kwargs)

    async def _read(self, waits: Waits, user_id: str | None) -> dict[str, list[UserMemory]] | None:
        if not self.db:
            return None
        found = await self._ask(waits, "get_user_memories", **({} if user_id is None else {"user_id": user_id}))
        grouped: dict[str, list[UserMemory]] = {}
        for memory in found or ():
            if memory.memory_id is not None and memory.user_id is not None:
                grouped.setdefault(memory.user_id, []).append(memory)
        return grouped

    def read_from_db(self, user_id: str | None = None) -> dict[str, list[UserMemory]] | None:
        """Stored memories by user, or None without a database."""
        return finish(self._read(BLOCKING, user_id))

    async def aread_from_db(self, user_id: str | None = None) -> dict[str, list[UserMemory]] | None:
        """`read_from_db` on the event loop."""
        return await self._read(LOOPING, user_id)

    def set_log_level(self) -> None:
        """Show debug records when `debug_mode` is on."""
        if self.debug_mode:
            from wherry.core.log import set_log_level_to_debug

            set_log_level_to_debug()

    def initialize(self, user_id: str | None = None) -> None:
        """Settle the log level."""
        self.set_log_level()

    async def _memories(self, waits: Waits, user_id: str | None) -> list[UserMemory] | None:
        if not self.db:
            log_warning("Memory Db not provided.")
            return []
        user_id = user_id or "default"
        return ((await self._read(waits, user_id)) or {}).get(user_id, [])

    def get_user_memories(self, user_id: str | None = None) -> list[UserMemory] | None:
        """What is remembered about a user (default "default")."""
        return finish(self._memories(BLOCKING, user_id))

    async def aget_user_memories(self, user_id: str | None = None) -> list[UserMemory] | None:
        """`get_user_memories` on the event loop."""
        return await self._memories(LOOPING, user_id)

    def get_user_memory(self, memory_id: str, user_id: str | None = None) -> UserMemory | None:
        """One memory, or None."""
        found = self.get_user_memories(user_id) or []
        return next((memory for memory in found if memory.memory_id == memory_id), None)

    def add_user_memory(self, memory: UserMemory, user_id: str | None = None) -> str | None:
        """Store a memory; returns its id, or None without a database."""
        return self._store(memory, memory.memory_id or new_id(), user_id)

    def replace_user_memory(self, memory_id: str, memory: UserMemory, user_id: str | None = None) -> str | None:
        """Store a memory under an id; returns the id, or None without a database."""
        return self._store(memory, memory_id, user_id)

    def _store(self, memory: UserMemory, memory_id: str, user_id: str | None) -> str | None:
        if not self.db:
            log_warning("Memory Db not provided.")
            return None
        self._not_awaited("upsert_user_memory")
        memory.memory_id, memory.user_id = memory_id, user_id or "default"
        memory.updated_at = memory.updated_at or int(time())
        self._upsert_db_memory(memory=memory)
        return memory_id

    def clear(self) -> None:
        """Forget everything about everybody."""
        if self.db:
            self._not_awaited("clear_memories")
            self.db.clear_memories()

    def delete_user_memory(self, memory_id: str, user_id: str | None = None) -> None:
        """Forget one memory."""
        if not self.db:
            log_warning("Memory DB not provided.")
            return
        self._not_awaited("delete_user_memory")
        self._delete_db_memory(memory_id=memory_id, user_id=user_id or "default")

    def _not_awaited(self, method: str) -> None:
        if isinstance(self.db, AsyncBaseDb):
            raise ConfigurationError(
                f"{type(self.db).__name__} is an async DB, which this method cannot wait for: nothing was changed.",
                hint=f"Await {method}() of the database itself.",
            )

    async def _clear_user(self, waits: Waits, user_id: str | None) -> None:
        if user_id is None:
            log_warning("Using default user id.")
            user_id = "default"
        if not self.db:
            log_warning("Memory DB not provided.")
            return
        ids = [memory.memory_id for memory in (await self._memories(waits, user_id)) or () if memory.memory_id]
        if ids:
            await self._ask(waits, "delete_user_memories", memory_ids=ids, user_id=user_id)

    def clear_user_memories(self, user_id: str | None = None) -> None:
        """Forget everything about a user."""
        finish(self._clear_user(BLOCKING, user_id))

    async def aclear_user_memories(self, user_id: str | None = None) -> None:
        """`clear_user_memories` on the event loop."""
        await self._clear_user(LOOPING, user_id)

    def _upsert_db_memory(self, memory: UserMemory) -> str:
        try:
            if not self.db:
                raise ValueError("Memory db not initialized")  # noqa: TRY301 - turned into the answer below
            self.db.upsert_user_memory(memory=memory)
        except Exception as error:  # noqa: BLE001 - whatever a user's code, database or provider raises must not break the run
            log_warning(f"A memory could not be stored: {error}")
            return "Error adding memory"
        return "Memory added successfully"

    def _delete_db_memory(self, memory_id: str, user_id: str | None = None) -> str:
        try:
            if not self.db:
                raise ValueError("Memory db not initialized")  # noqa: TRY301 - turned into the answer below
            self.db.delete_user_memory(memory_id=memory_id, user_id=user_id or "default")
        except Exception as error:  # noqa: BLE001 - whatever a user's code, database or provider raises must not break the run
            log_warning(f"A memory could not be deleted: {error}")
            return "Error deleting memory"
        return "Memory deleted successfully"

    def search_user_memories(
        self,
        query: str | None = None,
        limit: int | None = None,
        retrieval_method: Literal["last_n", "first_n", "agentic"] | None = None,
        user_id: str | None = None,
    ) -> list[UserMemory]:
        """Memories of a user: the newest, the oldest, or those a model finds for a query.

        Raises:
            ValueError: An agentic search without a query.
        """
        from wherry.core.memory.memory_search import agentic, ordered

        found = self.get_user_memories(user_id) or []
        if not found:
            return []
        if retrieval_method == "agentic":
            if not query:
                raise ValueError("Query is required for agentic search")
            return finish(agentic(self, BLOCKING, found, query, limit))
        return ordered(found, limit, newest=retrieval_method != "first_n")

    async def _create(
        self,
        waits: Waits,
        message: str | None,
        messages: list[Message] | None,
        owner: dict[str, str | None],
        user_id: str | None,
        metrics: Any,
    ) -> str:
        if not self.db:
            log_warning("MemoryDb not provided.")
            return NO_DB
        if not messages and not message:
            raise ValueError("You must provide either a message or a list of messages")
        if message:
            messages = [Message(role="user", content=message)]
        if not isinstance(messages, list):
            raise ValueError("Invalid messages list")  # noqa: TRY004 - Agno's type, which callers may catch
        about = user_id or "default"
        return await _either(
            waits,
            self.create_or_update_memories,
            self.acreate_or_update_memories,
            messages=messages,
            existing_memories=await self._known(waits, about),
            user_id=about,
            db=self.db,
            update_memories=self.update_memories,
            add_memories=self.add_memories,
            run_metrics=metrics,
            **owner,
        )

    async def _known(self, waits: Waits, user_id: str) -> list[dict[str, Any]]:
        """What is remembered, as the prompt shows it."""
        known = ((await self._read(waits, user_id)) or {}).get(user_id, [])
        return [{"memory_id": memory.memory_id, "memory": memory.memory} for memory in known]

    def create_user_memories(
        self,
        message: str | None = None,
        messages: list[Message] | None = None,
        agent_id: str | None = None,
        team_id: str | None = None,
        user_id: str | None = None,
        run_metrics: Any = None,
    ) -> str:
        """Let the model remember what is worth remembering in a message or messages; returns what it says.

        Raises:
            ValueError: Neither a message nor messages were given.
        """
        owner = {"agent_id": agent_id, "team_id": team_id}
        return finish(self._create(BLOCKING, message, messages, owner, user_id, run_metrics))

    async def acreate_user_memories(
        self,
        message: str | None = None,
        messages: list[Message] | None = None,
        agent_id: str | None = None,
        team_id: str | None = None,
        user_id: str | None = None,
        run_metrics: Any = None,
    ) -> str:
        """`create_user_memories` on the event loop."""
        owner = {"agent_id": agent_id, "team_id": team_id}
        return await self._create(LOOPING, message, messages, owner, user_id, run_metrics)

    async def _task(self, waits: Waits, task: str, user_id: str | None) -> str:
        if not self.db:
            log_warning("MemoryDb not provided.")
            return NO_DB
        about = user_id or "default"
        return await _either(
            waits,
            self.run_memory_task,
            self.arun_memory_task,
            task=task,
            existing_memories=await self._known(waits, about),
            user_id=about,
            db=self.db,
            delete_memories=self.delete_memories,
            update_memories=self.update_memories,
            add_memories=self.add_memories,
            clear_memories=self.clear_memories,
        )

    def update_memory_task(self, task: str, user_id: str | None = None) -> str:
        """Let the model carry out a task on a user's memories; returns what it says."""
        return finish(self._task(BLOCKING, task, user_id))

    async def aupdate_memory_task(self, task: str, user_id: str | None = None) -> str:
        """`update_memory_task` on the event loop."""
        return await self._task(LOOPING, task, user_id)

    def get_system_message(
        self,
        existing_memories: list[dict[str, Any]] | None = None,
        enable_delete_memory: bool = True,
        enable_clear_memory: bool = True,
        enable_update_memory: bool = True,
        enable_add_memory: bool = True,
    ) -> Message:
        """The prompt of the model that writes memories."""
        if self.system_message is not None:
            return Message(role="system", content=self.system_message)
        allowed = {
            "add": enable_add_memory,
            "update": enable_update_memory,
            "delete": enable_delete_memory,
            "clear": enable_clear_memory,
        }
        text = manager_prompt(
            existing_memories or [], allowed, self.memory_capture_instructions, self.additional_instructions
        )
        return Message(role="system", content=text)

    def optimize_memories(self, user_id: str | None = None, strategy: Any = "summarize", apply: bool = True) -> Any:
        """Rewrite a user's memories into fewer; with `apply` they replace the stored ones."""
        from wherry.core.memory.memory_optimising import optimise

        return finish(optimise(self, BLOCKING, user_id, strategy, apply=apply))

    async def aoptimize_memories(
        self, user_id: str | None = None, strategy: Any = "summarize", apply: bool = True
    ) -> Any:
        """`optimize_memories` on the event loop."""
        from wherry.core.memory.memory_optimising import optimise

        return await optimise(self, LOOPING, user_id, strategy, apply=apply)
