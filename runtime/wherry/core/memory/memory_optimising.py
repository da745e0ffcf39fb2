"""Rewriting a user's memories into fewer. Mirrors `agno.memory.strategies`."""

from __future__ import annotations

from enum import Enum
from time import time
from typing import Any

from wherry.core.asking.exchange import plain_request
from wherry.core.ids import new_id
from wherry.core.messages import Message
from wherry.core.waits import BLOCKING, LOOPING, Waits, finish
from wherry.db.schemas.memory import UserMemory

SUMMARY_PROMPT = (
    "Join the memories about one user into one text in the third person. Keep every fact, name and preference, say "
    "nothing twice, and leave out what the memories say about themselves. Answer with the text only."
)


class MemoryOptimizationStrategyType(str, Enum):
    """The strategies by name; mirrors `agno.memory.strategies.types`."""

    SUMMARIZE = "summarize"


class MemoryOptimizationStrategy:
    """How memories are rewritten; subclass it with `optimize` and `aoptimize`."""

    def optimize(self, memories: list[UserMemory], model: Any) -> list[UserMemory]:
        """Fewer memories that say the same."""
        raise NotImplementedError

    async def aoptimize(self, memories: list[UserMemory], model: Any) -> list[UserMemory]:
        """`optimize` on the event loop."""
        raise NotImplementedError

    def count_tokens(self, memories: list[UserMemory]) -> int:
        """About how many tokens the memories take: a quarter of their characters."""
        return sum(len(memory.memory or "") for memory in memories) // 4


class SummarizeStrategy(MemoryOptimizationStrategy):
    """All memories of a user as one."""

    async def _work(self, waits: Waits, memories: list[UserMemory], model: Any) -> list[UserMemory]:
        if not memories:
            return []
        listed = "\n".join(f"- {memory.memory}" for memory in memories)
        messages = [Message(role="system", content=SUMMARY_PROMPT), Message(role="user", content=listed)]
        reply = await plain_request(model, waits, messages, None, "memory_model")
        topics = list(dict.fromkeys(topic for memory in memories for topic in memory.topics or ()))
        first = memories[0]
        text = (reply.content or "").strip() or " ".join(str(memory.memory) for memory in memories)
        made = UserMemory(
            memory_id=new_id(),
            memory=text,
            topics=topics or None,
            user_id=first.user_id,
            agent_id=first.agent_id,
            team_id=first.team_id,
            updated_at=int(time()),
        )
        return [made]

    def optimize(self, memories: list[UserMemory], model: Any) -> list[UserMemory]:
        """One memory that says what all say."""
        return finish(self._work(BLOCKING, memories, model))

    async def aoptimize(self, memories: list[UserMemory], model: Any) -> list[UserMemory]:
        """`optimize` on the event loop."""
        return await self._work(LOOPING, memories, model)


async def optimise(manager: Any, waits: Waits, user_id: str | None, strategy: Any, *, apply: bool) -> list[UserMemory]:
    """Rewrite a user's memories; with `apply` they replace the stored ones."""
    user_id = user_id or "default"
    memories = await manager._memories(waits, user_id)  # noqa: SLF001 - a part of the same object
    if not memories:
        return []
    if isinstance(strategy, (str, MemoryOptimizationStrategyType)):
        MemoryOptimizationStrategyType(strategy)
        strategy = SummarizeStrategy()
    model = manager.get_model()
    made: list[UserMemory] = await waits.wire(strategy.optimize, strategy.aoptimize, memories=memories, model=model)
    if apply and manager.db:
        await manager._clear_user(waits, user_id)  # noqa: SLF001 - a part of the same object
        for memory in made:
            memory.memory_id = memory.memory_id or new_id()
            await manager._ask(waits, "upsert_user_memory", memory=memory)  # noqa: SLF001 - a part of the same object
    return made
