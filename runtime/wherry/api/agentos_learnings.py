"""AgentOS's endpoints of learnings: what agents learned is listed, shown, made, changed and deleted.

Plain calls of a database's methods for learnings. A caller with a token of the server that is not an admin's lists
those of the user it names; a JWT, where users are kept apart, reads its own user's and nobody's. Mirrors
`agno.os.routers.learnings`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, Field, TypeAdapter
from starlette.responses import Response

from wherry.api.agentos_asked import DIRECTION, Direction, asked_of, body_as, checked, database, number, paged, reading
from wherry.api.agentos_memories import named
from wherry.api.agentos_refused import Refused
from wherry.api.running import Answer
from wherry.api.stored import ask
from wherry.core.ids import new_id
from wherry.learn.utils import (
    DEFAULT_LEARNING_NAMESPACE,
    IDENTITY_KEYED_LEARNING_TYPES,
    build_learning_id,
    same_user,
)

if TYPE_CHECKING:
    from starlette.requests import Request

    from wherry.api.context import Served

_LIMIT: TypeAdapter[int] = TypeAdapter(Annotated[int, Field(ge=1, le=1000)])
_ABOUT = ("learning_type", "agent_id", "team_id", "session_id", "namespace", "entity_id", "entity_type")
_TOLD: tuple[str, ...] = (
    "learning_id",
    "learning_type",
    "namespace",
    "user_id",
    "agent_id",
    "team_id",
    "session_id",
    "entity_id",
)
_TOLD += ("entity_type", "content", "metadata", "created_at", "updated_at")
# A namespace like that would make the id of a row that is about somebody else's entity.
_RESERVED = re.compile(r"user_[0-9a-f]{16}(_.*)?", re.DOTALL)
_KEY = {
    "user_profile": "user_id",
    "user_memory": "user_id",
    "session_context": "session_id",
    "entity_memory": "entity_id and entity_type, and in the namespace 'user' user_id",
}


class Learned(BaseModel):
    """A learning as a client writes it."""

    learning_type: str
    content: dict[str, Any]
    namespace: str | None = None
    user_id: str | None = None
    agent_id: str | None = None
    team_id: str | None = None
    session_id: str | None = None
    entity_id: str | None = None
    entity_type: str | None = None
    metadata: dict[str, Any] | None = None


class Relearned(BaseModel):
    """What is to be different about a learning."""

    content: dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None


@reading("listing learnings")
async def list_learnings(request: Request, here: Served) -> Any:
    """`GET /learnings`."""
    limit, page = checked(request, "limit", _LIMIT, 100), number(request, "page", 1, 1)
    asked: dict[str, Any] = {name: request.query_params.get(name) for name in _ABOUT}
    asked |= {"session_id": here.caller.inside(asked["session_id"]), "user_id": whose(request, here, "list")}
    asked |= {"include_global": here.caller.user is not None, **sorting(request)}
    rows, total = await of_database(request, here, "list_learnings", **asked, limit=limit, page=page)
    return paged([line(row) for row in rows], page, limit, total)


@reading("listing users with learnings")
async def list_users(request: Request, here: Served) -> Any:
    """`GET /learnings/users`."""
    limit, page = checked(request, "limit", _LIMIT, 20), number(request, "page", 1, 1)
    asked: dict[str, Any] = {
        "learning_type": request.query_params.get("learning_type"),
        "user_id": whose(request, here, "list"),
    }
    asked |= {**sorting(request), "limit": limit, "page": page}
    rows, total = await of_database(request, here, "get_learnings_user_stats", **asked)
    return paged([{**row, "user_id": str(row["user_id"])} for row in rows], page, limit, total)


@reading("creating a learning", "run")
async def create_learning(request: Request, here: Served) -> Any:
    """`POST /learnings`: what an agent looks for by whom or what it is about gets the id that the agent looks for."""
    made = await body_as(request, Learned)
    if here.caller.tenant:
        here.caller.need("admin")
    made.user_id = own(here, made.user_id, "create")
    if made.session_id and here.caller.user is not None:
        db = database(request, here)
        session = await ask(db, "get_session", session_id=made.session_id, deserialize=False)
        if session is not None and session.get("user_id") not in (None, here.caller.user):
            raise Refused(404, "Session not found")
    learning_id = id_of(made)
    if made.learning_type == "entity_memory" and not made.namespace:
        made.namespace = DEFAULT_LEARNING_NAMESPACE
    if learning_id is not None and await of_database(request, here, "get_learning_by_id", id=learning_id) is not None:
        said = f"There is a {made.learning_type!r} with the id {learning_id!r}. Use PATCH /learnings/{learning_id}."
        raise Refused(409, said)
    learning_id = learning_id or new_id()
    await of_database(request, here, "upsert_learning", id=learning_id, **made.model_dump())
    return Answer(line(await found(request, here, learning_id)), 201)


@reading("retrieving a learning")
async def get_learning(request: Request, here: Served) -> Any:
    """`GET /learnings/{learning_id}`."""
    return line(await found(request, here, request.path_params["learning_id"]))


@reading("updating a learning", "run")
async def update_learning(request: Request, here: Served) -> Any:
    """`PATCH /learnings/{learning_id}`: what is given takes the place of what was there."""
    learning_id, changed = request.path_params["learning_id"], await body_as(request, Relearned)
    before = await found(request, here, learning_id, changing=True)
    given = changed.model_dump(exclude_unset=True)
    if not given:
        return line(before)
    if given.get("content", {}) is None:
        raise Refused(422, "content cannot be null; leave it out to keep what there is")
    kept = {"content": before.get("content") or {}, "metadata": before.get("metadata"), **given}
    if not await of_database(request, here, "update_learning", id=learning_id, **kept):
        raise missing()
    return line(await found(request, here, learning_id))


@reading("deleting a learning", "run")
async def delete_learning(request: Request, here: Served) -> Response:
    """`DELETE /learnings/{learning_id}`."""
    learning_id = request.path_params["learning_id"]
    await found(request, here, learning_id, changing=True)
    if not await of_database(request, here, "delete_learning", id=learning_id):
        raise missing()
    return Response(status_code=204)


@reading("deleting the learnings of a user", "run")
async def delete_user(request: Request, here: Served) -> Response:
    """`DELETE /learnings/users/{user_id}`; that there are none is no error."""
    if here.caller.tenant:
        here.caller.need("admin")
    user_id = own(here, request.path_params["user_id"], "delete")
    kind = request.query_params.get("learning_type")
    await of_database(request, here, "delete_user_learnings", user_id=user_id, learning_type=kind)
    return Response(status_code=204)


def whose(request: Request, here: Served, action: str) -> str | None:
    """The user that a query asks about, or None for all; see `own` and `agentos_memories.named`."""
    return named(here, own(here, request.query_params.get("user_id"), action))


def own(here: Served, user_id: str | None, action: str) -> str | None:
    """The user that is meant; where users are kept apart, the caller's own.

    Raises:
        Refused: 403: somebody else is meant.
    """
    if here.caller.user is not None and user_id not in (None, here.caller.user):
        raise Refused(403, f"Cannot {action} learnings of another user")
    return here.caller.only(user_id)


def sorting(request: Request) -> dict[str, Any]:
    """The order that a query asks for."""
    return {
        "sort_by": request.query_params.get("sort_by"),
        "sort_order": checked(request, "sort_order", DIRECTION, Direction.desc).value,
    }


def id_of(made: Learned) -> str | None:
    """The id of a learning by whom or what it is about; None for kinds that have ids of their own.

    Raises:
        Refused: 422: it does not say about whom or what, or would take somebody else's place.
    """
    if made.learning_type == "entity_memory" and _RESERVED.fullmatch(made.namespace or ""):
        raise Refused(422, f"The namespace {made.namespace!r} is kept for entities of single users; choose another.")
    about = {name: getattr(made, name) for name in ("user_id", "session_id", "entity_id", "entity_type", "namespace")}
    learning_id = build_learning_id(made.learning_type, **about)
    if learning_id is None and made.learning_type in IDENTITY_KEYED_LEARNING_TYPES:
        needed = _KEY[made.learning_type]
        raise Refused(422, f"Agents look for a {made.learning_type!r} by what it is about: give {needed}.")
    return learning_id


async def found(request: Request, here: Served, learning_id: str, *, changing: bool = False) -> dict[str, Any]:
    """The learning with an id.

    Raises:
        Refused: 404: there is none, or it is another user's; 403: it is nobody's, and for admins to change.
        Problem: 403: a token of the server that is not an admin's, which names no user here.
    """
    if here.caller.tenant:
        here.caller.need("admin")
    row: dict[str, Any] | None = await of_database(request, here, "get_learning_by_id", id=learning_id)
    user = here.caller.user
    if row is None or (user is not None and row.get("user_id") is not None and not same_user(row["user_id"], user)):
        raise missing()
    if changing and user is not None and row.get("user_id") is None:
        raise Refused(403, "Learnings of nobody (user_id is null) are for admins to change")
    return row


def missing() -> Refused:
    """AgentOS's answer for a learning that is not there."""
    return Refused(404, "Learning not found")


async def of_database(request: Request, here: Served, method: str, **arguments: Any) -> Any:
    """What a method of the database gives.

    Raises:
        Refused: 501: the database keeps no learnings.
    """
    return await asked_of(database(request, here), "learnings", 501, method, **arguments)


def line(row: dict[str, Any]) -> dict[str, Any]:
    """A learning as AgentOS tells it."""
    told = {name: row.get(name) for name in _TOLD}
    return {**told, "user_id": None if told["user_id"] is None else str(told["user_id"])}
