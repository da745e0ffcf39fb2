"""Memories in a run: who keeps them, when they are written, the tool that changes them.

Called by the lifecycle, the prompt and `own_tools`. The keeping itself is in `memory_manager`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.metrics import RunMetrics
from wherry.core.tools.function import Function

if TYPE_CHECKING:
    from wherry.core.messages import Message
    from wherry.core.run import Run


def memory_manager_of(owner: Any) -> Any:
    """The owner's memory manager, made when it has none; it works with the owner's model and database."""
    keeper = owner.memory_manager
    if keeper is None:
        from wherry.core.memory.memory_manager import MemoryManager

        keeper = owner.memory_manager = MemoryManager(model=owner.model, db=owner.db)
    if keeper.model is None:
        keeper.model = owner.model
    if keeper.db is None:
        keeper.db = owner.db
    return keeper


async def remember_messages(run: Run) -> RunMetrics:
    """Let the memory manager read what the user said in this run; returns the tokens it took."""
    keeper, metrics, owner = memory_manager_of(run.owner), RunMetrics(), run.owner
    given: dict[str, Any] = {"user_id": run.context.user_id, "run_metrics": metrics}
    given["team_id" if owner._kind == "team" else "agent_id"] = owner.id  # noqa: SLF001 - a part of the same object
    create, acreate = keeper.create_user_memories, keeper.acreate_user_memories
    said = run.user_message.get_content_string() if run.user_message is not None else ""
    if said.strip():
        await run.waits.wire(create, acreate, message=said, **given)
    others = [message for message in run.extra_messages or () if worth_reading(message)]
    if others:
        await run.waits.wire(create, acreate, messages=others, **given)
    return metrics


def worth_reading(message: Message) -> bool:
    """Whether a message says anything."""
    content = message.content
    return bool(content) and (not isinstance(content, str) or bool(content.strip()))


async def memories_of(run: Run) -> list[Any] | None:
    """What is remembered about the run's user now."""
    keeper = memory_manager_of(run.owner)
    found: list[Any] | None = await run.waits.wire(
        keeper.get_user_memories, keeper.aget_user_memories, user_id=run.context.user_id
    )
    return found


def memory_tool(run: Run) -> Function:
    """`update_user_memory`, bound to a run's user."""
    keeper = memory_manager_of(run.owner)
    user_id = run.context.user_id

    def blocking(task: str) -> str:
        return str(keeper.update_memory_task(task=task, user_id=user_id))

    async def looping(task: str) -> str:
        return str(await keeper.aupdate_memory_task(task=task, user_id=user_id))

    made = blocking if run.waits.blocking else looping
    made.__name__ = "update_user_memory"
    made.__doc__ = """Change what you remember about the user: add, rewrite or remove memories, or clear them all.

    Args:
        task: What to change, in detail.
    """
    return Function.from_callable(made, name="update_user_memory")
