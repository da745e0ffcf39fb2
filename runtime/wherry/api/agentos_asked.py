"""What AgentOS's endpoints over a database share: who may ask, which database, parameters, bodies, pages of a list.

Used by the `agentos_…` modules of sessions, memories, knowledge, metrics, traces, approvals, evals and learnings.
"""

from __future__ import annotations

import json
from enum import StrEnum
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from starlette.responses import Response

from wherry.api.agentos_refused import Refused
from wherry.api.bodies import json_body
from wherry.api.context import Served, served
from wherry.api.problems import Problem
from wherry.api.running import Answer
from wherry.api.stored import ask
from wherry.core.errors import AgnoError
from wherry.core.log import log_error

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

# A page of so many lines begins at a place that every database can count to.
MOST = 10**9
_WHOLE = {least: TypeAdapter(Annotated[int, Field(ge=least, le=MOST)]) for least in (0, 1)}


class Direction(StrEnum):
    """Which end of a list comes first."""

    asc = "asc"
    desc = "desc"


DIRECTION = TypeAdapter(Direction)


def reading(
    what: str, scope: str = "read"
) -> Callable[[Callable[[Request, Served], Awaitable[Any]]], Callable[[Request], Awaitable[Response]]]:
    """An endpoint of AgentOS over a database: needs a scope, and tells what fails as AgentOS does."""

    def wrap(endpoint: Callable[[Request, Served], Awaitable[Any]]) -> Callable[[Request], Awaitable[Response]]:
        @wraps(endpoint)
        async def wrapped(request: Request) -> Response:
            here = served(request)
            here.caller.need(scope)
            try:
                told = await endpoint(request, here)
                return told if isinstance(told, Response) else Answer(here.caller.told(told))
            except Refused as refused:
                return refused.response()
            except Problem:
                raise
            except Exception as error:  # noqa: BLE001 - whatever a database or a model raises is told to the client
                log_error(f"Error {what}: {error}")
                if isinstance(error, AgnoError):  # a model's, with the status that its provider gave
                    named = {"error_id": error.error_id, "error_type": error.type}
                    return Refused(error.status_code, str(error), **named).response()
                return Refused(500, f"Error {what}: {error}").response()

        return wrapped

    return wrap


# What tells which tables a database has.
_TABLES = tuple(f"{part}_table_name" for part in ("session", "memory", "learnings", "metrics", "eval", "knowledge"))


def database(request: Request, here: Served) -> Any:
    """The database that `db_id` names, and of several with that id the one with `table`; without both the only one.

    Raises:
        Refused: 404: there is none such, or 400: there are several, or none, or a `table` without a `db_id`.
    """
    known: dict[str, list[Any]] = {}
    for db in here.service.stores():
        known.setdefault(str(db.id), []).append(db)
    asked, table = (request.query_params.get(name) for name in ("db_id", "table"))
    if asked:
        if asked not in known:
            raise Refused(404, f"No database found with id '{asked}'")
        fitting = [db for db in known[asked] if not table or any(getattr(db, n, None) == table for n in _TABLES)]
        if not fitting:
            raise Refused(404, f"No database with id '{asked}' has table '{table}'")
        return fitting[0]
    if table:
        raise Refused(400, "The db_id query parameter is required when passing a table")
    if len(known) > 1:
        raise Refused(400, f"Name a db_id: this server has the databases {', '.join(map(repr, known))}.")
    if not known:
        raise Refused(400, "This server has no database: give one to its AgentOS, or to an agent.")
    return next(iter(known.values()))[0]


async def asked_of(db: Any, kept: str, status: int, method: str, /, **arguments: Any) -> Any:
    """What a method of a database gives.

    Args:
        db: The database.
        kept: What the method is about, as the refusal names it.
        status: Of the refusal.
        method: Its name.
        **arguments: For the method.

    Raises:
        Refused: The database keeps nothing of the kind.
    """
    try:
        return await ask(db, method, **arguments)
    except NotImplementedError as error:
        raise Refused(status, f"{type(db).__name__} keeps no {kept}; a database of SQL does.") from error


def number(request: Request, name: str, default: int, least: int) -> int:
    """A whole number of the query, refused as FastAPI refuses it."""
    return int(checked(request, name, _WHOLE[least], default))


def checked(request: Request, name: str, kind: TypeAdapter[Any], default: Any) -> Any:
    """A parameter of the query.

    Raises:
        Refused: 422: it is no such thing.
    """
    given = request.query_params.get(name)
    try:
        return default if given is None else kind.validate_python(given)
    except ValidationError as error:
        raise wrong(error, "query", name) from error


def wrong(error: ValidationError, *where: str) -> Refused:
    """Fields as FastAPI refuses them."""
    return Refused(422, [{**one, "loc": [*where, *one["loc"]]} for one in error.errors(include_url=False)])


async def body_as(request: Request, kind: type[BaseModel]) -> Any:
    """The body as a model.

    Raises:
        Refused: 422: a field is no such thing.
        Problem: 400: it is no JSON object, or has a NUL character, which databases refuse.
    """
    data = await json_body(request)
    # Without the backslashes that stand for one: a text may speak of \u0000.
    if "\\u0000" in json.dumps(data).replace("\\\\", ""):
        raise Problem("bad_request", "The body has a NUL character, which databases refuse.")
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        raise wrong(error, "body") from error


def paged(data: list[Any], page: int, limit: int, total: int, took: float = 0.0) -> dict[str, Any]:
    """A page of a list.

    Args:
        data: Its lines.
        page: Its number.
        limit: Lines of a page.
        total: Lines of all pages.
        took: Milliseconds that the database needed; only traces are timed.
    """
    counts = {"page": page, "limit": limit, "total_pages": -(-total // limit), "total_count": total}
    return {"data": data, "meta": {**counts, "search_time_ms": took}}
