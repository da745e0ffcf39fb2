"""`UserMemoryStore`: sentences about a user; mirrors `agno.learn.stores.user_memory`.

One row for each user, shared by all agents. In ALWAYS a model reads the messages of each run; in AGENTIC the agent has
`update_user_memory`, which hands a task to that model.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from wherry.core.messages import Message
from wherry.learn.config import LearningMode, UserMemoryConfig
from wherry.learn.prompts import MEMORY_USE, memory_prompt
from wherry.learn.schemas import Memories
from wherry.learn.shapes.record import short_id
from wherry.learn.stores.base import told, tool_for
from wherry.learn.stores.memory_tools import Desk, memory_tools
from wherry.learn.stores.of_users import UserStore
from wherry.learn.twins import blocking, looping
from wherry.learn.utils import print_panel

if TYPE_CHECKING:
    from collections.abc import Callable

    from wherry.core.metrics import RunMetrics
    from wherry.core.waits import Waits

NOTHING = "<user_memory>\nNothing is remembered about this user yet.\n</user_memory>"


@dataclass(repr=False)
class UserMemoryStore(UserStore):
    """Keeps memories of each user.

    Attributes:
        config: How it learns.
        debug_mode: Show debug records.
        memories_updated: Whether the model changed something when it last read messages.
    """

    _type: ClassVar[str] = "user_memory"
    _updated: ClassVar[str] = "memories_updated"
    _about: ClassVar[str] = "memories"
    config: UserMemoryConfig = field(default_factory=UserMemoryConfig)
    debug_mode: bool = False
    memories_updated: bool = field(default=False, init=False)
    _schema: Any = field(default=None, init=False)

    def __post_init__(self) -> None:
        self._settle(Memories, (LearningMode.PROPOSE, LearningMode.HITL), "Use ALWAYS or AGENTIC.")

    # --- a run ---
    def build_context(self, data: Any) -> str:
        """The memories as the system message shows them."""
        text = ""
        if data and hasattr(data, "get_memories_text"):
            text = data.get_memories_text()
        elif data:
            text = "\n".join(f"- {one['content']}" for one in self._memories_to_list(data))
        if not text:
            return NOTHING if self._should_expose_tools else ""
        return f"<user_memory>\n{text}\n\n{MEMORY_USE}\n</user_memory>"

    def instructions(self) -> str:
        """When the agent uses its tool."""
        if not self._should_expose_tools or not self.config.agent_can_update_memories:
            return ""
        return (
            "<user_memory_instructions>\n"
            "What you learn about the user that will be of use in later conversations (what they do, like and want), "
            "keep with `update_user_memory`, so that they need not say it twice.\n</user_memory_instructions>"
        )

    async def _get_agent_tools(
        self, waits: Waits, user_id: str, agent_id: str | None = None, team_id: str | None = None
    ) -> list[Callable[..., Any]]:
        """The tools for the agent, whatever the mode."""
        if not self.config.agent_can_update_memories:
            return []

        async def update(task: str) -> str:
            given = {"task": task, "user_id": user_id, "agent_id": agent_id, "team_id": team_id}
            return await waits.wire(self.run_memories_update, self.arun_memories_update, **given)

        return [tool_for(waits, update, update_user_memory, "Memories could not be updated")]

    get_agent_tools, aget_agent_tools = blocking(_get_agent_tools), looping(_get_agent_tools)

    # --- rows ---
    async def _save(
        self, waits: Waits, user_id: str, memories: Any, agent_id: str | None = None, team_id: str | None = None
    ) -> None:
        """Store what is remembered about a user."""
        await self._keep(waits, user_id, memories, agent_id=agent_id, team_id=team_id)

    save, asave = blocking(_save), looping(_save)

    async def _add_memory(
        self,
        waits: Waits,
        user_id: str,
        memory: str,
        agent_id: str | None = None,
        team_id: str | None = None,
        **kwargs: Any,
    ) -> str | None:
        """Add a memory by hand, with further fields; its id."""
        known = await waits.wire(self.get, self.aget, user_id=user_id)
        if known is None:
            known = self._empty(user_id)
        memory_id = None
        if hasattr(known, "add_memory"):
            memory_id = known.add_memory(memory, **kwargs)
        elif hasattr(known, "memories"):
            memory_id = short_id()
            added = {"added_by_agent": agent_id, "added_by_team": team_id}
            owner = {name: value for name, value in added.items() if value}
            known.memories.append({"id": memory_id, "content": memory, **kwargs, **owner})
        given = {"user_id": user_id, "memories": known, "agent_id": agent_id, "team_id": team_id}
        await waits.wire(self.save, self.asave, **given)
        return memory_id

    add_memory, aadd_memory = blocking(_add_memory), looping(_add_memory)

    # --- learning ---
    async def _extract_and_save(
        self,
        waits: Waits,
        messages: list[Any],
        user_id: str,
        agent_id: str | None = None,
        team_id: str | None = None,
        instructed: bool = False,
        run_metrics: RunMetrics | None = None,
    ) -> str:
        """Let the model read messages and change what is remembered; what it says about it.

        With `instructed` the messages are a task of the agent, to be carried out as it is.
        """
        if (problem := self._unable()) is not None:
            return problem
        if (text := told(messages)) is None:
            return "No updates needed"
        known = self._memories_to_list(await waits.wire(self.get, self.aget, user_id=user_id))
        tools = memory_tools(Desk(self, waits, user_id, text, {"agent": agent_id, "team": team_id}))
        system = Message(role="system", content=memory_prompt(self.config, known, instructed=instructed))
        user = Message(role="user", content=f"Conversation, for the memories:\n\n{text}")
        return await self._read_out(waits, system, user, tools, run_metrics)

    extract_and_save, aextract_and_save = blocking(_extract_and_save), looping(_extract_and_save)

    async def _run_memories_update(
        self, waits: Waits, task: str, user_id: str, agent_id: str | None = None, team_id: str | None = None
    ) -> str:
        """Let the model carry out a task on what is remembered; what it says about it."""
        given = {"user_id": user_id, "agent_id": agent_id, "team_id": team_id, "instructed": True}
        messages = [Message(role="user", content=task)]
        return await waits.wire(self.extract_and_save, self.aextract_and_save, messages=messages, **given)

    run_memories_update, arun_memories_update = blocking(_run_memories_update), looping(_run_memories_update)

    def _memories_to_list(self, memories: Any) -> list[dict[str, str]]:
        """Entries of any schema with their ids; those without get one for the prompt."""
        entries = getattr(memories, "memories", None) or () if memories else ()
        return [
            {"id": one.get("id", short_id()), "content": one.get("content", str(one))}
            if isinstance(one, dict)
            else {"id": short_id(), "content": str(one)}
            for one in entries
        ]

    # --- people ---
    def print(self, user_id: str, *, raw: bool = False) -> None:
        """Draw what is remembered about a user in the terminal; with `raw` as it is stored."""
        known = self.get(user_id=user_id)
        lines = [f"  [dim]\\[{one['id']}][/dim] {one['content']}" for one in self._memories_to_list(known)]
        shown = ["Memories:", *lines] if lines else []
        print_panel("Memories", user_id, shown, empty_message="No memories", raw_data=known, raw=raw)


def update_user_memory(task: str) -> str:
    """Remember something about the user, or change or forget what is remembered.

    Args:
        task: What to remember, change or forget, in one clear sentence, such as "Prefers short answers" or
            "Forget the old job". What will not matter in another conversation is not worth it.

    Returns:
        What was done.
    """
    raise NotImplementedError  # the form of the tool only: `tool_for` puts the work behind it
