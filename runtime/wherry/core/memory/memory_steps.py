"""What a memory manager does once it has read the database: a model with tools writes memories.

`create_user_memories` and `update_memory_task` go through these methods, so that a subclass may replace them, as with
Agno's. The tools are in `memory_tools`, the prompt in `memory_prompt`.
"""

from __future__ import annotations

from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any

from wherry.core.log import log_error, log_warning
from wherry.core.messages import Message
from wherry.core.waits import BLOCKING, LOOPING, Waits, finish

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

NO_MODEL = "No model provided for memory manager"


def _chooses_for_all(manager: type[MemorySteps]) -> bool:
    """Whether a subclass has tools of its own; without them those of a run on an event loop wait nowhere."""
    return manager._get_db_tools is not MemorySteps._get_db_tools  # noqa: SLF001 - it is this module's own


class MemorySteps:
    """The part of `MemoryManager` that asks the model; mirrors Agno's methods of the same names."""

    model: Any
    memories_updated: bool
    get_system_message: Callable[..., Message]

    def determine_tools_for_model(self, tools: Sequence[Callable[..., Any]]) -> list[Any]:
        """Functions as strict tools, each name once; what cannot be one is left out with a warning."""
        from wherry.core.tools.function import Function

        made: dict[str, Any] = {}
        for tool in tools:
            try:
                function = Function.from_callable(tool, strict=True)
            except Exception as error:  # noqa: BLE001 - whatever a user's callable raises costs that tool only
                log_warning(f"{tool!r} cannot be a tool: {error}")
                continue
            function.strict = True
            made.setdefault(function.name, function)
        return list(made.values())

    def create_or_update_memories(
        self,
        messages: list[Message],
        existing_memories: list[dict[str, Any]],
        user_id: str,
        db: Any,
        agent_id: str | None = None,
        team_id: str | None = None,
        update_memories: bool = True,
        add_memories: bool = True,
        run_metrics: Any = None,
    ) -> str:
        """Let the model remember what is worth remembering in messages; returns what it says.

        Args:
            messages: What was said; the texts of the user's are kept as the memories' input.
            existing_memories: What is known, each with `memory_id` and `memory`.
            user_id: About whom.
            db: Where memories are written.
            agent_id: The agent that listened.
            team_id: The team that listened.
            update_memories: Whether the model may rewrite memories; removing single ones it always may.
            add_memories: Whether it may add some.
            run_metrics: Where its tokens are counted, or None.
        """
        allowed = _after_a_run(update_memories, add_memories)
        owner = {"agent_id": agent_id, "team_id": team_id}
        args = (messages, existing_memories, _asked(messages), user_id, db, owner, allowed, run_metrics)
        return finish(self._let_model_work(BLOCKING, *args))

    async def acreate_or_update_memories(
        self,
        messages: list[Message],
        existing_memories: list[dict[str, Any]],
        user_id: str,
        db: Any,
        agent_id: str | None = None,
        team_id: str | None = None,
        update_memories: bool = True,
        add_memories: bool = True,
        run_metrics: Any = None,
    ) -> str:
        """`create_or_update_memories` on the event loop."""
        allowed = _after_a_run(update_memories, add_memories)
        owner = {"agent_id": agent_id, "team_id": team_id}
        args = (messages, existing_memories, _asked(messages), user_id, db, owner, allowed, run_metrics)
        return await self._let_model_work(LOOPING, *args)

    def run_memory_task(
        self,
        task: str,
        existing_memories: list[dict[str, Any]],
        user_id: str,
        db: Any,
        delete_memories: bool = True,
        update_memories: bool = True,
        add_memories: bool = True,
        clear_memories: bool = True,
    ) -> str:
        """Let the model carry out a task on a user's memories; returns what it says.

        Args:
            task: What to change.
            existing_memories: What is known, each with `memory_id` and `memory`.
            user_id: About whom.
            db: Where memories are written.
            delete_memories: Whether the model may remove single memories.
            update_memories: Whether it may rewrite some.
            add_memories: Whether it may add some.
            clear_memories: Whether it may remove all of the user's.
        """
        allowed = _allowed(add_memories, update_memories, delete_memories, clear_memories)
        messages = [Message(role="user", content=task)]
        return finish(
            self._let_model_work(BLOCKING, messages, existing_memories, task, user_id, db, NOBODY, allowed, None)
        )

    async def arun_memory_task(
        self,
        task: str,
        existing_memories: list[dict[str, Any]],
        user_id: str,
        db: Any,
        delete_memories: bool = True,
        clear_memories: bool = True,
        update_memories: bool = True,
        add_memories: bool = True,
    ) -> str:
        """`run_memory_task` on the event loop; as in Agno, `clear_memories` comes second of the four."""
        allowed = _allowed(add_memories, update_memories, delete_memories, clear_memories)
        messages = [Message(role="user", content=task)]
        return await self._let_model_work(
            LOOPING, messages, existing_memories, task, user_id, db, NOBODY, allowed, None
        )

    def _get_db_tools(
        self,
        user_id: str,
        db: Any,
        input_string: str,
        enable_add_memory: bool = True,
        enable_update_memory: bool = True,
        enable_delete_memory: bool = True,
        enable_clear_memory: bool = True,
        agent_id: str | None = None,
        team_id: str | None = None,
    ) -> list[Callable[..., Any]]:
        """The tools of one piece of work; Agno's place for subclasses to change them."""
        from wherry.core.memory.memory_tools import Desk, memory_tools

        allowed = _allowed(enable_add_memory, enable_update_memory, enable_delete_memory, enable_clear_memory)
        owner = {"agent_id": agent_id, "team_id": team_id}
        return memory_tools(Desk(self, db, BLOCKING, user_id, input_string, owner), allowed)

    async def _aget_db_tools(
        self,
        user_id: str,
        db: Any,
        input_string: str,
        enable_add_memory: bool = True,
        enable_update_memory: bool = True,
        enable_delete_memory: bool = True,
        enable_clear_memory: bool = True,
        agent_id: str | None = None,
        team_id: str | None = None,
    ) -> list[Callable[..., Any]]:
        """`_get_db_tools` for work on the event loop."""
        from wherry.core.memory.memory_tools import Desk, memory_tools

        allowed = _allowed(enable_add_memory, enable_update_memory, enable_delete_memory, enable_clear_memory)
        owner = {"agent_id": agent_id, "team_id": team_id}
        return memory_tools(Desk(self, db, LOOPING, user_id, input_string, owner), allowed)

    async def _let_model_work(
        self,
        waits: Waits,
        messages: list[Message],
        existing: list[dict[str, Any]],
        asked: str,
        user_id: str,
        db: Any,
        owner: dict[str, str | None],
        allowed: dict[str, bool],
        metrics: Any,
    ) -> str:
        from wherry.core.asking.side_talk import talk_with_tools

        if self.model is None:
            log_error(NO_MODEL)
            return NO_MODEL
        flags = {f"enable_{name}_memory": on for name, on in allowed.items()}
        system = self.get_system_message(existing, **flags)
        given = {"user_id": user_id, "db": db, "input_string": asked, **flags, **owner}
        if _chooses_for_all(type(self)) and not iscoroutinefunction(db.upsert_user_memory):
            tools = self._get_db_tools(**given)  # as Agno does: the database says which, and not the way of the run
        else:
            tools = await waits.wire(self._get_db_tools, self._aget_db_tools, **given)
        reply = await talk_with_tools(self.model, waits, [system, *messages], tools, metrics, "memory_model")
        return (reply.content if reply is not None else None) or "No response from model"


NOBODY: dict[str, str | None] = {"agent_id": None, "team_id": None}


def _after_a_run(update: bool, add: bool) -> dict[str, bool]:
    # After a run memories may always be removed, one by one: as in Agno, delete_memories is for tasks.
    return _allowed(add, update, delete=True, clear=False)


def _allowed(add: bool, update: bool, delete: bool, clear: bool) -> dict[str, bool]:
    return {"add": add, "update": update, "delete": delete, "clear": clear}


def _asked(messages: list[Message]) -> str:
    users = messages if len(messages) == 1 else [m for m in messages if m.role == "user" and m.content]
    return ", ".join(message.get_content_string() for message in users)
