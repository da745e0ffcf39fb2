"""Rewriting a user's memories into fewer. Mirrors `agno.memory.strategies`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from enum import Enum
from time import time
from typing import TYPE_CHECKING, Any

from wherry.core.asking.exchange import plain_request
from wherry.core.ids import new_id
from wherry.core.messages import Message
from wherry.core.waits import BLOCKING, LOOPING, Waits, finish
from wherry.db.schemas.memory import UserMemory

if TYPE_CHECKING:
    from collections.abc import Iterable

SUMMARY_PROMPT = (
    "Join the memories about one user into one text in the third person. Keep every fact, name and preference, say "
    "nothing twice, and leave out what the memories say about themselves. Answer with the text only."
)


class MemoryOptimizationStrategyType(str, Enum):
    """The strategies by name; mirrors `agno.memory.strategies.types`."""

    SUMMARIZE = "summarize"


class MemoryOptimizationStrategy(ABC):
    """How memories are rewritten; subclass it with `optimize` and `aoptimize`."""

    def get_system_prompt(self) -> str:
        """What a model is told first, for a strategy that asks one."""
        raise NotImplementedError

    @abstractmethod
    def optimize(self, memories: list[UserMemory], model: Any) -> list[UserMemory]:
        """Fewer memories that say the same."""

    @abstractmethod
    async def aoptimize(self, memories: list[UserMemory], model: Any) -> list[UserMemory]:
        """`optimize` on the event loop."""

    def count_tokens(self, memories: list[UserMemory]) -> int:
        """About how many tokens the memories take: a quarter of their characters."""
        return sum(len(memory.memory or "") for memory in memories) // 4


class SummarizeStrategy(MemoryOptimizationStrategy):
    """All memories of a user as one."""

    async def _work(self, waits: Waits, memories: list[UserMemory], model: Any) -> list[UserMemory]:
        if not memories:
            raise ValueError("there are no memories to summarise: the list is empty")
        user_id = memories[0].user_id
        if user_id is None:
            raise ValueError(f"the first memory names no user, and its summary needs one: {memories[0]!r}")
        listed = "\n".join(f"- {memory.memory}" for memory in memories if memory.memory)
        messages = [Message(role="system", content=SUMMARY_PROMPT), Message(role="user", content=listed)]
        reply = await plain_request(model, waits, messages, None, "memory_model")
        topics = list(dict.fromkeys(topic for memory in memories for topic in memory.topics or ()))
        text = reply.content or " ".join(memory.memory for memory in memories if memory.memory)
        made = UserMemory(
            memory_id=new_id(),
            memory=str(text).strip(),
            topics=topics or None,
            user_id=user_id,
            agent_id=_only(memory.agent_id for memory in memories),
            team_id=_only(memory.team_id for memory in memories),
            updated_at=int(time()),
        )
        return [made]

    def optimize(self, memories: list[UserMemory], model: Any) -> list[UserMemory]:
        """One memory that says what all say."""
        return finish(self._work(BLOCKING, memories, model))

    async def aoptimize(self, memories: list[UserMemory], model: Any) -> list[UserMemory]:
        """`optimize` on the event loop."""
        return await self._work(LOOPING, memories, model)


class MemoryOptimizationStrategyFactory:
    """Strategies by their type; mirrors `agno.memory.strategies.types`."""

    @classmethod
    def create_strategy(
        cls, strategy_type: MemoryOptimizationStrategyType, **kwargs: Any
    ) -> MemoryOptimizationStrategy:
        """The strategy of a type, made with `kwargs`.

        Raises:
            KeyError: There is no such type.
        """
        return {MemoryOptimizationStrategyType.SUMMARIZE: SummarizeStrategy}[strategy_type](**kwargs)


def _only(ids: Iterable[str | None]) -> str | None:
    """The id that all memories share that have one."""
    found = {one for one in ids if one}
    return found.pop() if len(found) == 1 else None


async def optimise(manager: Any, waits: Waits, user_id: str | None, strategy: Any, *, apply: bool) -> list[UserMemory]:
    """Rewrite a user's memories; with `apply` they replace the stored ones.

    The new are stored before the old are forgotten: a database that fails in between has lost nothing.
    """
    user_id = user_id or "default"
    # By the manager's own methods: a subclass may look elsewhere.
    memories = await waits.wire(manager.get_user_memories, manager.aget_user_memories, user_id=user_id)
    if not memories:
        return []
    if isinstance(strategy, str):
        strategy = MemoryOptimizationStrategyFactory.create_strategy(MemoryOptimizationStrategyType(strategy))
    old = {memory.memory_id for memory in memories if memory.memory_id}
    model = manager.get_model()
    made: list[UserMemory] = await waits.wire(strategy.optimize, strategy.aoptimize, memories=memories, model=model)
    if apply and manager.db:
        for memory in made:
            memory.memory_id = memory.memory_id or new_id()
            await manager._ask(waits, "upsert_user_memory", memory=memory)  # noqa: SLF001 - a part of the same object
        gone = sorted(old - {memory.memory_id for memory in made})
        if gone:
            await manager._ask(waits, "delete_user_memories", memory_ids=gone, user_id=user_id)  # noqa: SLF001 - as above
    return made
