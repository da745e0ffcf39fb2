"""What is kept about users and sessions: `UserProfile`, `Memories`, `SessionContext`.

Subclass one to add fields; ``metadata={"description": …}`` of a field is what the model reads about it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any, ClassVar

from wherry.core.log import log_debug
from wherry.learn.shapes.record import Record, entry, now_text, open_fields, short_id, without

_ROW = frozenset({"user_id", "created_at", "updated_at", "agent_id", "team_id"})


@dataclass
class UserProfile(Record):
    """Fields about a user; mirrors `agno.learn.schemas.UserProfile`.

    Attributes:
        user_id: The user.
        name: Full name.
        preferred_name: How to call them.
        agent_id, team_id, created_at, updated_at: Columns of the row; not in its content.
    """

    _needed: ClassVar[tuple[str, ...]] = ("user_id",)
    user_id: str
    name: str | None = field(default=None, metadata={"description": "The user's full name"})
    preferred_name: str | None = field(
        default=None, metadata={"description": "What the user wants to be called, such as a first name or nickname"}
    )
    agent_id: str | None = field(default=None, metadata={"internal": True})
    team_id: str | None = field(default=None, metadata={"internal": True})
    created_at: str | None = field(default=None, metadata={"internal": True})
    updated_at: str | None = field(default=None, metadata={"internal": True})

    def to_dict(self) -> dict[str, Any]:
        """The fields, without those that are columns of the row."""
        try:
            inner = {one.name for one in fields(self) if one.metadata.get("internal")}
            return {name: value for name, value in asdict(self).items() if name not in inner}
        except Exception as error:  # noqa: BLE001 - as in `Record.to_dict`
            log_debug(f"{type(self).__name__} cannot be stored: {error}")
            return {}

    @classmethod
    def get_updateable_fields(cls) -> dict[str, dict[str, Any]]:
        """The fields that `update_profile` sets, each with `type` and `description`."""
        return open_fields(cls, _ROW, "User's")

    def __repr__(self) -> str:
        return f"UserProfile(user_id={self.user_id})"


@dataclass
class Memories(Record):
    """Sentences about a user; mirrors `agno.learn.schemas.Memories`.

    Attributes:
        user_id: The user.
        memories: Entries with `id`, `content`, `created_at`, `updated_at` and what else was said of them.
        agent_id, team_id, created_at, updated_at: Of the row.
    """

    _needed: ClassVar[tuple[str, ...]] = ("user_id",)
    user_id: str
    memories: list[Any] = field(default_factory=list)
    agent_id: str | None = field(default=None, metadata={"internal": True})
    team_id: str | None = field(default=None, metadata={"internal": True})
    created_at: str | None = field(default=None, metadata={"internal": True})
    updated_at: str | None = field(default=None, metadata={"internal": True})

    def add_memory(self, content: str, **kwargs: Any) -> str:
        """Add an entry with further fields; its id, which an empty text gets, too, without being added."""
        memory_id, text = short_id(), (content or "").strip()
        if text:
            now = now_text()
            self.memories.append({"id": memory_id, "content": text, "created_at": now, "updated_at": now, **kwargs})
        return memory_id

    def get_memory(self, memory_id: str) -> dict[str, Any] | None:
        """One entry, or None."""
        return entry(self.memories, memory_id)

    def update_memory(self, memory_id: str, content: str, **kwargs: Any) -> bool:
        """Rewrite an entry; whether there was one."""
        found = entry(self.memories, memory_id)
        if found is None:
            return False
        found.update({"content": content.strip(), **kwargs})
        found["updated_at"] = now_text()
        return True

    def delete_memory(self, memory_id: str) -> bool:
        """Remove an entry; whether there was one."""
        before = len(self.memories)
        self.memories = without(self.memories, memory_id)
        return len(self.memories) < before

    def get_memories_text(self) -> str:
        """The entries as bullets."""
        texts = (one.get("content") if isinstance(one, dict) else str(one) for one in self.memories)
        return "\n".join(f"- {text}" for text in texts if text)

    def __repr__(self) -> str:
        return f"Memories(user_id={self.user_id})"


@dataclass
class SessionContext(Record):
    """What a session has come to; mirrors `agno.learn.schemas.SessionContext`. Each update replaces it.

    Attributes:
        session_id: The session.
        user_id: Whose it is.
        summary: What has happened.
        goal: What the user wants.
        plan: Steps to it.
        progress: Steps that are done.
        agent_id, team_id, created_at, updated_at: Of the row.
    """

    _needed: ClassVar[tuple[str, ...]] = ("session_id",)
    session_id: str
    user_id: str | None = None
    summary: str | None = field(default=None, metadata={"description": "What has happened in this session"})
    goal: str | None = field(default=None, metadata={"description": "What the user wants to reach"})
    plan: list[str] | None = field(default=None, metadata={"description": "The steps to the goal"})
    progress: list[str] | None = field(default=None, metadata={"description": "The steps that are done"})
    agent_id: str | None = field(default=None, metadata={"internal": True})
    team_id: str | None = field(default=None, metadata={"internal": True})
    created_at: str | None = field(default=None, metadata={"internal": True})
    updated_at: str | None = field(default=None, metadata={"internal": True})

    def get_context_text(self) -> str:
        """Summary, goal, plan and progress, as the system message shows them."""
        parts = [f"Summary: {self.summary}"] if self.summary else []
        if self.goal:
            parts.append(f"Goal: {self.goal}")
        if self.plan:
            parts.append("Plan:\n" + "\n".join(f"  {number}. {step}" for number, step in enumerate(self.plan, 1)))
        if self.progress:
            parts.append("Completed:\n" + "\n".join(f"  ✓ {step}" for step in self.progress))
        return "\n\n".join(parts)

    def __repr__(self) -> str:
        return f"SessionContext(session_id={self.session_id})"
