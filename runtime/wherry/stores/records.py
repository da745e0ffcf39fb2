"""Rows that users see as objects: memories and knowledge contents.

Mirrors `agno.db.schemas`. `KnowledgeRow` is a pydantic model in Agno and is built as one, when first asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from time import time
from typing import Any

from wherry.core.errors import ConfigurationError


def epoch(value: Any) -> int:
    """Unix seconds from a number, a datetime or ISO text; times without a zone are taken as UTC.

    Raises:
        ConfigurationError: It is none of these.
    """
    if isinstance(value, str):
        text = value.strip()
        if text.isdigit():
            return int(text)
        try:
            value = datetime.fromisoformat(text)
        except ValueError as error:
            raise ConfigurationError(f"{value!r} is no time.", hint="Use Unix seconds or ISO 8601.") from error
    if isinstance(value, datetime):
        return int((value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp())
    if isinstance(value, (int, float)):
        return int(value)
    raise ConfigurationError(f"{value!r} is no time.", hint="Use Unix seconds, a datetime or ISO 8601 text.")


@dataclass
class UserMemory:
    """Something remembered about a user; mirrors `agno.db.schemas.UserMemory`.

    Attributes:
        memory: The text.
        memory_id: Identity; made by the store when missing.
        topics: What it is about.
        user_id: Whom it is about.
        input: What the user said when it was made.
        created_at: Unix seconds.
        updated_at: Unix seconds.
        feedback: What the user thought of it.
        agent_id: Agent that made it.
        team_id: Team that made it.
    """

    memory: str
    memory_id: str | None = None
    topics: list[str] | None = None
    user_id: str | None = None
    input: str | None = None
    created_at: int | None = None
    updated_at: int | None = None
    feedback: str | None = None
    agent_id: str | None = None
    team_id: str | None = None

    def __post_init__(self) -> None:
        self.created_at = int(time()) if self.created_at is None else epoch(self.created_at)
        if self.updated_at is not None:
            self.updated_at = epoch(self.updated_at)

    def to_dict(self) -> dict[str, Any]:
        """Without empty fields; times in ISO format, local."""
        created = _iso(self.created_at)
        told = {
            "memory_id": self.memory_id,
            "memory": self.memory,
            "topics": self.topics,
            "created_at": created,
            "updated_at": _iso(self.updated_at) or created,
            "input": self.input,
            "user_id": self.user_id,
            "agent_id": self.agent_id,
            "team_id": self.team_id,
            "feedback": self.feedback,
        }
        return {name: value for name, value in told.items() if value is not None}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> UserMemory:
        """From a stored dictionary."""
        return cls(**data)


def _iso(seconds: int | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds).isoformat()  # noqa: DTZ006  Agno shows local times


def memory_values(memory: UserMemory) -> dict[str, Any]:
    """A memory's columns, without `updated_at`, in the order in which Agno writes them to Redis."""
    return {
        "user_id": memory.user_id,
        "agent_id": memory.agent_id,
        "team_id": memory.team_id,
        "memory_id": memory.memory_id,
        "memory": memory.memory,
        "topics": memory.topics,
        "input": memory.input,
        "feedback": memory.feedback,
        "created_at": memory.created_at,
    }


@cache
def knowledge_row_class() -> Any:
    """The class of knowledge contents; imports pydantic."""
    from pydantic import BaseModel, ConfigDict, Field

    from wherry.core.ids import new_id

    class KnowledgeRow(BaseModel):
        """A knowledge content as it is stored; mirrors `agno.db.schemas.knowledge.KnowledgeRow`."""

        model_config = ConfigDict(from_attributes=True, arbitrary_types_allowed=True)

        id: str | None = Field(default_factory=new_id)
        name: str
        description: str
        metadata: dict[str, Any] | None = None
        type: str | None = None
        size: int | None = None
        linked_to: str | None = None
        access_count: int | None = None
        status: str | None = None
        status_message: str | None = None
        user_id: str | None = None
        created_at: int | None = None
        updated_at: int | None = None
        external_id: str | None = None

        def model_post_init(self, _context: Any) -> None:
            self.id = self.id or new_id()

        def to_dict(self) -> dict[str, Any]:
            """All fields; the time of the last change in ISO format."""
            told = self.model_dump(exclude={"updated_at"})
            told["updated_at"] = _iso(self.updated_at) if self.updated_at else None
            return told

    KnowledgeRow.__module__ = "wherry.db.schemas.knowledge"
    KnowledgeRow.__qualname__ = "KnowledgeRow"
    return KnowledgeRow


def knowledge_row(row: dict[str, Any]) -> Any:
    """A knowledge content from a row."""
    return knowledge_row_class().model_validate(row)
