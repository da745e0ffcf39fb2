"""AgentOS's endpoints of knowledge: contents are listed, shown, changed, deleted, searched; sent in `…_upload`.

A knowledge belongs to all who ask the agents, so on a server with tokens changing it needs the scope `admin`, and other
callers see what belongs to nobody. Mirrors `agno.os.routers.knowledge`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, Field

from wherry.api.agentos_asked import DIRECTION, MOST, Direction, body_as, checked, number, paged, reading
from wherry.api.agentos_config import identity_of, knowledges, known_as
from wherry.api.agentos_forms import Form
from wherry.api.agentos_refused import Refused, WrongForm
from wherry.api.agentos_trace_forms import moment
from wherry.corpus.content import Content, ContentStatus
from wherry.corpus.metadata import get_agno_metadata, strip_agno_metadata
from wherry.corpus.searching import searched_by

if TYPE_CHECKING:
    from starlette.requests import Request

    from wherry.api.context import Served

_ALIKE = (ContentStatus.PARTIAL, ContentStatus.FAILED, ContentStatus.COMPLETED)
_TOLD = ("id", "name", "description", "type", "size", "linked_to", "metadata", "access_count", "status")
_FOUND = ("name", "meta_data", "usage", "reranking_score", "content_id", "content_origin", "size")


class Meta(BaseModel):
    """Which page of what was found."""

    limit: Annotated[int, Field(ge=1, le=MOST)] = 20
    page: Annotated[int, Field(ge=1, le=MOST)] = 1


class Query(BaseModel):
    """What is looked for."""

    query: str
    db_id: str | None = None
    knowledge_id: str | None = None
    vector_db_ids: list[str] | None = None
    search_type: str | None = None
    max_results: Annotated[int, Field(ge=1, le=1000)] | None = None
    filters: dict[str, Any] | None = None
    meta: Meta | None = None


@reading("retrieving contents")
async def list_contents(request: Request, here: Served) -> Any:
    """`GET /knowledge/content`."""
    limit = number(request, "limit", 20, 1)
    # What is below 0 is refused as AgentOS does it; 0, which fails there, as other numbers are.
    page = number(request, "page", 1, 0) or number(request, "page", 1, 1)
    order = {
        "sort_by": request.query_params.get("sort_by", "created_at"),
        "sort_order": checked(request, "sort_order", DIRECTION, Direction.desc).value,
    }
    base, parent = asked_base(request, here), request.query_params.get("parent_id")
    if parent is None:
        found, total = await base.aget_content(limit=limit, page=page, **order, user_id=seen_by(here))
    else:
        every, _ = await base.aget_content(**order, user_id=seen_by(here))
        below = [one for one in every if get_agno_metadata(one.metadata, "parent_id") == parent]
        first, total = (page - 1) * limit, len(below)
        found = below[first : first + limit]
    return paged([line(one) for one in found], page, limit, total)


@reading("retrieving a content")
async def get_content(request: Request, here: Served) -> Any:
    """`GET /knowledge/content/{content_id}`."""
    content = await found_content(request, here, asked_base(request, here))
    return {**line(content), "size": "0"}


@reading("retrieving a status")
async def content_status(request: Request, here: Served) -> Any:
    """`GET /knowledge/content/{content_id}/status`."""
    content_id = request.path_params["content_id"]
    status, why = await asked_base(request, here).aget_content_status(content_id, user_id=seen_by(here))
    if status is None:
        raise Refused(404, f"Content not found: {content_id}")
    return {"id": content_id, "status": told_status(status), "status_message": why or ""}


@reading("updating a content", "admin")
async def update_content(request: Request, here: Served) -> Any:
    """`PATCH /knowledge/content/{content_id}`, a form."""
    base, form = asked_base(request, here), await Form.of(request)
    try:
        changed = form.data("metadata")
    except ValueError as error:
        raise Refused(400, "Invalid JSON format for metadata") from error
    existing = await found_content(request, here, base)
    content = Content(
        id=existing.id,
        name=spoken(form.text("name")),
        description=spoken(form.text("description")),
        metadata=strip_agno_metadata(changed) if isinstance(changed, dict) else None,
        user_id=existing.user_id,
    )
    reader_id = spoken(form.text("reader_id"))
    if reader_id:
        readers = base.get_readers()
        if reader_id not in readers:
            raise Refused(400, f"Invalid reader_id: {reader_id}")
        content.reader = readers[reader_id]
    row = await base.apatch_content(content)
    if row is None:
        raise Refused(404, f"Content not found: {existing.id}")
    return line(Content.from_dict(row))


@reading("deleting a content", "admin")
async def delete_content(request: Request, here: Served) -> Any:
    """`DELETE /knowledge/content/{content_id}`."""
    base = asked_base(request, here)
    content = await found_content(request, here, base)
    if await base.aremove_content_by_id(content.id) is False:
        raise Refused(500, "Content was not fully removed; vector deletion failed")
    return {"id": content.id}


@reading("deleting contents", "admin")
async def delete_contents(request: Request, here: Served) -> Any:
    """`DELETE /knowledge/content`: all of them."""
    if await asked_base(request, here).aremove_all_content() is False:
        raise Refused(500, "Some content was not fully removed; vector deletion failed")
    return "success"


@reading("searching knowledge")
async def search_knowledge(request: Request, here: Served) -> Any:
    """`POST /knowledge/search`."""
    began, asked = perf_counter(), await body_as(request, Query)
    base = base_of(here, asked.db_id, asked.knowledge_id)
    if asked.vector_db_ids:
        store = getattr(base.vector_db, "id", None)
        if not store:
            raise Refused(400, "Knowledge base has no vector database configured")
        if store not in asked.vector_db_ids:
            said = f"None of the provided Vector DB IDs {asked.vector_db_ids} match the knowledge base Vector DB ID "
            raise Refused(400, f"{said}{store}")
    try:
        searched_by(base.vector_db, asked.search_type)
    except ValueError as error:
        raise WrongForm("search_type", str(error), given=asked.search_type) from error
    how = {"max_results": asked.max_results, "filters": asked.filters, "search_type": asked.search_type}
    documents = await base.asearch(query=asked.query, **how, user_id=seen_by(here))
    meta = asked.meta or Meta()
    shown = documents[(meta.page - 1) * meta.limit :][: meta.limit]
    data = [
        {"id": one.id, "content": one.content, **{name: getattr(one, name, None) for name in _FOUND}} for one in shown
    ]
    return paged(data, meta.page, meta.limit, len(documents), (perf_counter() - began) * 1000)


def seen_by(here: Served) -> str | None:
    """Whose contents a caller sees besides those of nobody: everybody's, or on behalf of a token nobody's at all."""
    return here.caller.user or here.caller.tenant or None


def asked_base(request: Request, here: Served) -> Any:
    """The knowledge that a query names; see `base_of`."""
    return base_of(here, request.query_params.get("db_id"), request.query_params.get("knowledge_id"))


def base_of(here: Served, db_id: str | None, knowledge_id: str | None) -> Any:
    """The knowledge with this id, else the only one with this database, else the only one.

    Raises:
        Refused: 404: there is none such; 400: there are several; 503: there is none at all.
    """
    bases = {identity(one): one for one in knowledges(here.service) if hasattr(one, "aget_content_status")}
    if knowledge_id:
        if knowledge_id not in bases:
            raise Refused(404, f"Knowledge base '{knowledge_id}' not found")
        return bases[knowledge_id]
    fitting = {name: one for name, one in bases.items() if not db_id or str(one.contents_db.id) == db_id}
    if len(fitting) == 1:
        return next(iter(fitting.values()))
    if not bases and not db_id:
        raise Refused(
            503,
            "This AgentOS has no knowledge with a database of contents: pass Knowledge(…, contents_db=…) to "
            "AgentOS(knowledge=[…]), an agent or a team.",
        )
    if not fitting:
        raise Refused(404, f"Knowledge instance with db_id '{db_id}' not found")
    raise Refused(400, f"Name a knowledge_id: there are {', '.join(fitting)}.")


def identity(base: Any) -> str:
    """The id by which AgentOS knows a knowledge."""
    return identity_of(*known_as(base))


async def found_content(request: Request, here: Served, base: Any) -> Content:
    """The content that a path names.

    Raises:
        Refused: 404.
    """
    content_id = request.path_params["content_id"]
    content: Content | None = await base.aget_content_by_id(content_id, user_id=seen_by(here))
    if content is None:
        raise Refused(404, f"Content not found: {content_id}")
    return content


def line(content: Content) -> dict[str, Any]:
    """A content as AgentOS tells it; what it does not know is told empty."""
    told = {
        "id": content.id,
        "name": content.name,
        "description": content.description,
        "type": content.file_type,
        "size": str(content.size) if content.size else "0",
        "metadata": content.metadata,
        "status": told_status(content.status),
        "status_message": content.status_message,
        "created_at": at(content.created_at),
        "updated_at": at(content.updated_at),
    }
    return {**dict.fromkeys(_TOLD), **told}


def told_status(status: Any) -> str:
    """A status as AgentOS tells it; one of an older row by what it says."""
    text = str(getattr(status, "value", status) or "processing").lower()
    return next((one.value for one in _ALIKE if one.value in text), ContentStatus.PROCESSING.value)


def spoken(text: str | None) -> str | None:
    """A text with something in it."""
    return text if text and text.strip() else None


def at(time: float | str | None) -> str | None:
    """A time in seconds or as a text, in AgentOS's form."""
    if time is None:
        return None
    return moment(datetime.fromisoformat(time) if isinstance(time, str) else datetime.fromtimestamp(time, UTC))
