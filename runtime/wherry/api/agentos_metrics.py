"""AgentOS's endpoints of daily metrics: what was counted, counting anew, how far that is.

`GET /metrics` is also where Prometheus asks: who takes text is answered by `system`, who asks for a part, or anything
of an AgentOS, is answered here. A caller whose token is not an admin's names the user it asks about. Mirrors
`agno.os.routers.metrics`.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter
from starlette.background import BackgroundTask

from wherry.api.agentos_asked import checked, database, reading
from wherry.api.agentos_memories import whose
from wherry.api.agentos_trace_forms import at, moment
from wherry.api.running import Answer
from wherry.api.stored import ask
from wherry.core.log import log_error
from wherry.stores.daily_metrics import day_of
from wherry.stores.metric_rows import aggregate_metrics_by_date, identify_metrics_by_owner, is_legacy_metric
from wherry.telemetry.redaction import Redactor

if TYPE_CHECKING:
    from starlette.requests import Request

    from wherry.api.context import Served

_DAY = TypeAdapter(date)
_FLAG = TypeAdapter(bool)
_KINDS = ("agent", "team", "workflow")
_COUNTS = (*(f"{kind}_{what}_count" for kind in _KINDS for what in ("runs", "sessions")), "users_count")
_IDLE = {"status": "idle", "started_at": None, "finished_at": None, "error": None}
_BUSY = {
    "status": "already_running",
    "message": "A metrics refresh is already in progress for this database",
}


@reading("getting metrics")
async def daily_metrics(request: Request, here: Served) -> Any:
    """`GET /metrics`, as JSON."""
    days = {name: checked(request, name, _DAY, None) for name in ("starting_date", "ending_date")}
    user_id = whose(request, here)
    rows, latest = await ask(database(request, here), "get_metrics", **days, user_id=user_id)
    if user_id == "":
        rows = [row for row in rows if not is_legacy_metric(row)]
    return {"metrics": told(rows, user_id), "updated_at": at(latest)}


@reading("refreshing metrics", "run")
async def refresh_metrics(request: Request, here: Served) -> Any:
    """`POST /metrics/refresh`: count, and tell what was counted; or with `background=true` count afterwards."""
    background, user_id = checked(request, "background", _FLAG, False), whose(request, here)
    db = database(request, here)
    states, name = here.server.refreshes, str(db.id)
    if states.get(name, _IDLE)["status"] == "running":
        return Answer(_BUSY, 202 if background else 200)
    states[name] = {**_IDLE, "status": "running", "started_at": now()}
    if background:
        answer = Answer({"status": "started", "message": "Metrics refresh started in background"}, 202)
        answer.background = BackgroundTask(counted_later, states, name, db)
        return answer
    rows = await counted(states, name, db) or []
    return told(rows if user_id is None else [row for row in rows if row.get("user_id") == user_id], user_id)


@reading("getting metrics refresh status")
async def refresh_status(request: Request, here: Served) -> Any:
    """`GET /metrics/refresh/status`."""
    return here.server.refreshes.get(str(database(request, here).id), _IDLE)


async def counted(states: dict[str, dict[str, Any]], name: str, db: Any) -> list[dict[str, Any]] | None:
    """Count, and note how that ended."""
    error: str | None = "The refresh was broken off"
    try:
        rows: list[dict[str, Any]] | None = await ask(db, "calculate_metrics")
        error = None
    except Exception as failure:
        error = Redactor().text(str(failure))  # one of a database may name a password
        raise
    finally:
        status = "failed" if error else "completed"
        states[name] = {**states[name], "status": status, "finished_at": now(), "error": error}
    return rows


async def counted_later(states: dict[str, dict[str, Any]], name: str, db: Any) -> None:
    """Count after the answer."""
    try:
        await counted(states, name, db)
    except Exception as error:  # noqa: BLE001 - nobody waits for it; the status tells
        log_error(f"Metrics refresh failed: {error}")


def told(rows: list[dict[str, Any]], user_id: str | None) -> list[dict[str, Any]]:
    """Rows as AgentOS tells them: one for each day, of everybody or of one user."""
    days = aggregate_metrics_by_date(rows) if user_id is None else identify_metrics_by_owner(rows, user_id)
    return [day(row) for row in days]


def day(row: dict[str, Any]) -> dict[str, Any]:
    """A day."""
    created = at(row.get("created_at")) or now()
    when = day_of(row.get("date"))
    return {
        "id": row.get("id", ""),
        **{name: row.get(name, 0) for name in _COUNTS},
        "token_metrics": row.get("token_metrics", {}),
        "model_metrics": row.get("model_metrics", []),
        "date": now() if when is None else f"{when.isoformat()}T00:00:00Z",
        "created_at": created,
        "updated_at": at(row.get("updated_at")) or created,
    }


def now() -> str:
    """This moment."""
    return moment(datetime.now(UTC))
