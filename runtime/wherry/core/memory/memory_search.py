"""Finding memories: by age, or by a model that reads them all. Called by `MemoryManager.search_user_memories`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, Field

from wherry.core.asking.exchange import plain_request
from wherry.core.asking.replies import parse_model
from wherry.core.asking.structured import json_prompt
from wherry.core.messages import Message

if TYPE_CHECKING:
    from wherry.core.waits import Waits

SEARCH_PROMPT = (
    "Find the memories that help to answer the user's query. Give the ids of those in <user_memories> that fit, "
    "the best first, and none that does not fit."
)


class MemorySearchResponse(BaseModel):
    """The ids a model found."""

    memory_ids: list[str] = Field(..., description="Ids of the memories that fit the query")


def ordered(memories: list[Any], limit: int | None, *, newest: bool) -> list[Any]:
    """Memories by age, oldest first: the newest so many, or the oldest."""
    by_age = sorted(memories, key=lambda memory: memory.updated_at or 0)
    if not limit or limit < 0:
        return by_age
    return by_age[-limit:] if newest else by_age[:limit]


def wanted_format(model: Any, schema: Any) -> Any:
    """How a reply in a schema is asked for."""
    if model.supports_native_structured_outputs:
        return schema
    if model.supports_json_schema_outputs:
        body = {"name": schema.__name__, "schema": schema.model_json_schema()}
        return {"type": "json_schema", "json_schema": body}
    return {"type": "json_object"}


async def agentic(manager: Any, waits: Waits, memories: list[Any], query: str, limit: int | None) -> list[Any]:
    """The memories that a model finds for a query."""
    model = manager.get_model()
    wanted = wanted_format(model, MemorySearchResponse)
    lines = "\n".join(f"ID: {m.memory_id}\nMemory: {m.memory}\nTopics: {', '.join(m.topics or ())}\n" for m in memories)
    system = f"{SEARCH_PROMPT}\n\n<user_memories>\n{lines}</user_memories>"
    if wanted == {"type": "json_object"}:
        system += f"\n{json_prompt(MemorySearchResponse)}"
    messages = [Message(role="system", content=system), Message(role="user", content=f"Query: {query}")]
    reply = await plain_request(model, waits, messages, None, "memory_model", response_format=wanted)
    found = reply.parsed if isinstance(reply.parsed, MemorySearchResponse) else None
    found = found or parse_model(reply.content or "", MemorySearchResponse)
    by_id = {memory.memory_id: memory for memory in memories}
    chosen = [by_id[key] for key in (found.memory_ids if found else ()) if key in by_id]
    return chosen[:limit]
