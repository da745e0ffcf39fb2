"""AgentOS's endpoints of memories: what is remembered about users is listed, shown, made, changed, deleted.

Plain calls of a database's memory methods. A caller whose token is not an admin's names the user it asks about, since
memories belong to users, not to tokens. Mirrors `agno.os.routers.memory`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, Field
from starlette.responses import Response

from wherry.api.agentos_asked import DIRECTION, Direction, body_as, checked, database, number, paged, reading
from wherry.api.agentos_refused import Refused
from wherry.api.agentos_trace_forms import at
from wherry.api.problems import Problem
from wherry.api.stored import ask
from wherry.core.ids import new_id
from wherry.core.memory.memory_manager import MemoryManager
from wherry.core.memory.memory_optimising import SummarizeStrategy
from wherry.db.schemas.memory import UserMemory

if TYPE_CHECKING:
    from starlette.requests import Request

    from wherry.api.context import Served

_NAMED = ("agent_id", "team_id", "search_content")


class Noted(BaseModel):
    """A memory as a client writes it."""

    memory: Annotated[str, Field(min_length=1, max_length=5000)]
    user_id: str | None = None
    topics: list[str] | None = None


class Chosen(BaseModel):
    """Memories to delete."""

    memory_ids: Annotated[list[str], Field(min_length=1)]
    user_id: str | None = None


class Tidied(BaseModel):
    """Whose memories are to become fewer, by which model, and whether the fewer ones are stored."""

    user_id: str
    model: str | None = None
    apply: bool = True


@reading("retrieving memories")
async def list_memories(request: Request, here: Served) -> Any:
    """`GET /memories`."""
    limit = number(request, "limit", 20, 1)
    # What is below 0 is refused as AgentOS does it; 0, which fails there, as other numbers are.
    page = number(request, "page", 1, 0) or number(request, "page", 1, 1)
    asked = {
        "user_id": whose(request, here),
        **{name: request.query_params.get(name) for name in _NAMED},
        "topics": topics_of(request.query_params.get("topics")),
        "sort_by": request.query_params.get("sort_by", "updated_at"),
        "sort_order": checked(request, "sort_order", DIRECTION, Direction.desc).value,
    }
    db = database(request, here)
    rows, total = await ask(db, "get_user_memories", **asked, limit=limit, page=page, deserialize=False)
    return paged([line(row) for row in rows if row["memory"] != ""], page, limit, total)


@reading("retrieving a memory")
async def get_memory(request: Request, here: Served) -> Any:
    """`GET /memories/{memory_id}`."""
    return line(await found(request, here, whose(request, here)))


@reading("creating a memory", "run")
async def create_memory(request: Request, here: Served) -> Any:
    """`POST /memories`."""
    noted = await body_as(request, Noted)
    noted.user_id = here.caller.only(noted.user_id)
    return await put(request, here, new_id(), noted)


@reading("updating a memory", "run")
async def update_memory(request: Request, here: Served) -> Any:
    """`PATCH /memories/{memory_id}`; one that is not there is made, as in AgentOS."""
    noted = await body_as(request, Noted)
    noted.user_id = here.caller.only(noted.user_id)
    if (here.caller.tenant or here.caller.user) and noted.user_id is not None:
        await found(request, here, noted.user_id)  # nobody else's
    return await put(request, here, request.path_params["memory_id"], noted)


@reading("deleting a memory", "run")
async def delete_memory(request: Request, here: Served) -> Response:
    """`DELETE /memories/{memory_id}`; that it is not there is no error."""
    user_id = whose(request, here)
    await ask(
        database(request, here), "delete_user_memory", memory_id=request.path_params["memory_id"], user_id=user_id
    )
    return Response(status_code=204)


@reading("deleting memories", "run")
async def delete_memories(request: Request, here: Served) -> Response:
    """`DELETE /memories`, with their ids in the body."""
    chosen = await body_as(request, Chosen)
    about = named(here, chosen.user_id)
    await ask(database(request, here), "delete_user_memories", memory_ids=chosen.memory_ids, user_id=about)
    return Response(status_code=204)


@reading("retrieving topics")
async def memory_topics(request: Request, here: Served) -> Any:
    """`GET /memory_topics`."""
    return await ask(database(request, here), "get_all_memory_topics", user_id=whose(request, here))


@reading("retrieving user statistics")
async def user_stats(request: Request, here: Served) -> Any:
    """`GET /user_memory_stats`."""
    limit, page = number(request, "limit", 20, 1), number(request, "page", 1, 1)
    about = {"user_id": whose(request, here), "limit": limit, "page": page}
    rows, total = await ask(database(request, here), "get_user_memory_stats", **about)
    data = [{**row, "user_id": str(row["user_id"]), **latest(row)} for row in rows]
    return paged(data, page, limit, total)


@reading("optimizing memories", "run")
async def optimize_memories(request: Request, here: Served) -> Any:
    """`POST /optimize-memories`: a model makes fewer of a user's memories."""
    order = await body_as(request, Tidied)
    about = named(here, order.user_id)
    try:
        manager = MemoryManager(model=order.model, db=database(request, here))
    except ValueError as error:
        raise Refused(400, str(error)) from error
    before = await manager.aget_user_memories(user_id=about)
    if not before:
        raise Refused(404, f"Nothing is remembered about the user {about!r}.")
    after = await manager.aoptimize_memories(user_id=about, apply=order.apply)
    tokens = [SummarizeStrategy().count_tokens(memories) for memories in (before, after)]
    saved = tokens[0] - tokens[1]
    return {
        "memories": [line(memory.to_dict()) for memory in after],
        "memories_before": len(before),
        "memories_after": len(after),
        "tokens_before": tokens[0],
        "tokens_after": tokens[1],
        "tokens_saved": saved,
        "reduction_percentage": saved / tokens[0] * 100.0 if tokens[0] else 0.0,
    }


def whose(request: Request, here: Served) -> str | None:
    """The user that a query asks about; see `named`."""
    return named(here, request.query_params.get("user_id"))


def named(here: Served, user_id: str | None) -> str | None:
    """The user that is asked about, or None for all, which only admins may ask about on a server with tokens.

    Raises:
        Problem: 403.
    """
    user_id = here.caller.only(user_id)
    if user_id is None and here.caller.tenant:
        raise Problem("forbidden", "Name a user_id: what is remembered about everybody is shown to the scope 'admin'.")
    return user_id


async def found(request: Request, here: Served, user_id: str | None) -> dict[str, Any]:
    """The memory that a path names.

    Raises:
        Refused: 404: there is none, or none of this user.
    """
    memory_id = request.path_params["memory_id"]
    asked = {"memory_id": memory_id, "user_id": user_id, "deserialize": False}
    row: dict[str, Any] | None = await ask(database(request, here), "get_user_memory", **asked)
    if row is None:
        raise Refused(404, f"Memory {memory_id!r} not found")
    return row


async def put(request: Request, here: Served, memory_id: str, noted: Noted) -> dict[str, Any]:
    """Store a memory under an id.

    Raises:
        Refused: 400: it is about nobody.
    """
    db = database(request, here)
    if noted.user_id is None:
        raise Refused(400, "User ID is required")
    made = UserMemory(memory_id=memory_id, memory=noted.memory, topics=noted.topics or [], user_id=noted.user_id)
    return line(await ask(db, "upsert_user_memory", memory=made, deserialize=False))


def topics_of(text: str | None) -> list[str] | None:
    """The topics of a query, with commas between them."""
    return [topic.strip() for topic in text.split(",") if topic.strip()] if text else None


def line(row: dict[str, Any]) -> dict[str, Any]:
    """A memory as AgentOS shows it; the oldest kind of rows keeps the text in an object."""
    memory = row["memory"]
    if isinstance(memory, dict):
        memory = memory.get("memory") or json.dumps(memory)
    return {
        "memory_id": row["memory_id"],
        "memory": memory,
        "topics": row.get("topics"),
        "agent_id": row.get("agent_id"),
        "team_id": row.get("team_id"),
        "user_id": str(row["user_id"]),
        "updated_at": at(row.get("updated_at")),
    }


def latest(row: dict[str, Any]) -> dict[str, Any]:
    """When a user's memories last changed."""
    return {"last_memory_updated_at": at(row.get("last_memory_updated_at"))}
