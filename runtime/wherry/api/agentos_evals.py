"""AgentOS's endpoints of results of evals: listed, shown, named, deleted. Evals themselves are run by Agno's classes.

Plain calls of a database's methods for results. A caller with a token of the server needs `admin`: results are
nobody's, or of users, which such tokens do not keep apart. Mirrors `agno.os.routers.evals`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, Field, TypeAdapter
from starlette.responses import Response

from wherry.api.agentos_asked import DIRECTION, Direction, asked_of, body_as, checked, database, number, paged, reading
from wherry.api.agentos_refused import Refused
from wherry.api.agentos_trace_forms import at
from wherry.db.schemas.evals import EvalFilterType, EvalType

if TYPE_CHECKING:
    from starlette.requests import Request

    from wherry.api.context import Served

_FILTER: TypeAdapter[EvalFilterType] = TypeAdapter(EvalFilterType)
_TOLD = ("name", "agent_id", "model_id", "model_provider", "team_id", "workflow_id", "evaluated_component_name")
_ABOUT = ("agent_id", "team_id", "workflow_id", "model_id")


class Chosen(BaseModel):
    """Results to delete."""

    eval_run_ids: Annotated[list[str], Field(min_length=1)]


class Named(BaseModel):
    """A result's name."""

    name: Annotated[str, Field(min_length=1, max_length=255)]


@reading("retrieving eval runs")
async def list_evals(request: Request, here: Served) -> Any:
    """`GET /eval-runs`."""
    limit = number(request, "limit", 20, 1)
    # What is below 0 is refused as AgentOS does it; 0, which fails there, as other numbers are.
    page = number(request, "page", 1, 0) or number(request, "page", 1, 1)
    asked: dict[str, Any] = {name: request.query_params.get(name) for name in _ABOUT}
    asked |= {"filter_type": checked(request, "type", _FILTER, None), "eval_type": kinds(request)}
    asked["sort_by"] = request.query_params.get("sort_by", "created_at")
    asked["sort_order"] = checked(request, "sort_order", DIRECTION, Direction.desc).value
    about = {**asked, "limit": limit, "page": page, "deserialize": False}
    rows, total = await of_database(request, here, "get_eval_runs", **about)
    return paged([line(row) for row in rows], page, limit, total)


@reading("retrieving an eval run")
async def get_eval(request: Request, here: Served) -> Any:
    """`GET /eval-runs/{eval_run_id}`."""
    return line(await found(request, here, "get_eval_run"))


@reading("renaming an eval run", "run")
async def rename_eval(request: Request, here: Served) -> Any:
    """`PATCH /eval-runs/{eval_run_id}`."""
    given = await body_as(request, Named)
    return line(await found(request, here, "rename_eval_run", name=given.name))


@reading("deleting eval runs", "run")
async def delete_evals(request: Request, here: Served) -> Response:
    """`DELETE /eval-runs`, with their ids in the body; that they are not there is no error."""
    chosen = await body_as(request, Chosen)
    await of_database(request, here, "delete_eval_runs", eval_run_ids=chosen.eval_run_ids)
    return Response(status_code=204)


def kinds(request: Request) -> list[EvalType] | None:
    """The kinds of evals of a query, with commas between them.

    Raises:
        Refused: 422: there is no such kind.
    """
    given = request.query_params.get("eval_types")
    if not given:
        return None
    known = {kind.value: kind for kind in EvalType}
    names = [name.strip() for name in given.split(",")]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise Refused(422, f"There is no kind of evals {unknown[0]!r}; there are {', '.join(known)}.")
    return [known[name] for name in names]


async def found(request: Request, here: Served, method: str, **given: Any) -> dict[str, Any]:
    """The result that a path names, after a method of the database.

    Raises:
        Refused: 404.
    """
    eval_run_id = request.path_params["eval_run_id"]
    row = await of_database(request, here, method, eval_run_id=eval_run_id, deserialize=False, **given)
    if not row:
        raise Refused(404, f"Eval run with id '{eval_run_id}' not found")
    told: dict[str, Any] = row
    return told


async def of_database(request: Request, here: Served, method: str, **arguments: Any) -> Any:
    """What a method of the database gives; where users are kept apart, of the caller's own.

    Raises:
        Problem: 403: a token of the server that is not an admin's.
        Refused: 501: the database keeps no results.
    """
    if here.caller.tenant:
        here.caller.need("admin")
    return await asked_of(
        database(request, here), "results of evals", 501, method, **arguments, user_id=here.caller.only(None)
    )


def line(row: dict[str, Any]) -> dict[str, Any]:
    """A result as AgentOS tells it."""
    kept = {name: row.get(name) for name in ("user_id", "eval_data", "eval_input")}
    times = {name: at(row.get(name)) for name in ("created_at", "updated_at")}
    kind = getattr(row["eval_type"], "value", row["eval_type"])
    return {"id": row["run_id"], **{name: row.get(name) for name in _TOLD}, "eval_type": kind, **kept, **times}
