"""AgentOS's list of sessions, `GET /sessions`. A caller with a token sees its own."""

from __future__ import annotations

import json
from itertools import count
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from wherry.api.agentos_asked import DIRECTION, Direction, checked, database, number, paged, reading
from wherry.api.agentos_trace_forms import at, known
from wherry.api.stored import ask
from wherry.stores.rows import SessionType

if TYPE_CHECKING:
    from starlette.requests import Request

    from wherry.api.context import Served

# Sessions that are looked at in one go when some may be somebody else's.
_CHUNK = 200


_KIND = TypeAdapter(SessionType)


@reading("retrieving sessions")
async def list_sessions(request: Request, here: Served) -> Any:
    """`GET /sessions`; mirrors `agno.os.routers.session`.

    A page 0, which fails there, is refused as other numbers are.
    """
    asked: dict[str, Any] = {
        name: request.query_params.get(name) for name in ("component_id", "user_id", "session_name")
    }
    asked["user_id"] = here.caller.only(asked["user_id"])
    asked["session_type"] = checked(request, "type", _KIND, None)
    asked["sort_by"] = request.query_params.get("sort_by", "created_at")
    asked["sort_order"] = checked(request, "sort_order", DIRECTION, Direction.desc).value
    limit, page = number(request, "limit", 20, 1), number(request, "page", 1, 1)
    rows, total = await _page(here, database(request, here), asked, limit, page)
    return paged([line(row) for row in rows], page, limit, total)


async def _page(
    here: Served, db: Any, asked: dict[str, Any], limit: int, page: int
) -> tuple[list[dict[str, Any]], int]:
    """The rows of a page, and how many sessions there are."""
    asked = {**asked, "deserialize": False}
    if not here.caller.tenant:
        rows, total = await ask(db, "get_sessions", **asked, limit=limit, page=page)
        return rows, total
    own: list[str] = []
    for part in count(1):
        rows, _ = await ask(db, "get_sessions", **asked, limit=_CHUNK, page=part, include_runs=False)
        own += [row["session_id"] for row in rows if here.caller.owns(row["session_id"])]
        if len(rows) < _CHUNK:
            break
    found = [
        await ask(db, "get_session", session_id=one, deserialize=False)
        for one in own[(page - 1) * limit : page * limit]
    ]
    return [row for row in found if row is not None], len(own)


def line(row: dict[str, Any]) -> dict[str, Any]:
    """A session as a line of the list."""
    data, kind = row.get("session_data") or {}, getattr(row.get("session_type"), "value", row.get("session_type"))
    metrics, about, summary = data.get("session_metrics"), row.get("agent_data"), row.get("summary")
    metadata = row.get("metadata")
    if kind == "agent":
        metadata = labelled(metadata, about)
    return known(
        {
            "session_id": row["session_id"],
            "session_name": named(row, data, kind),
            "session_state": data.get("session_state"),
            **{name: at(row.get(name)) for name in ("created_at", "updated_at")},
            "session_type": kind,
            **{name: row.get(name) for name in ("user_id", "agent_id", "team_id", "workflow_id")},
            "session_summary": summary,
            "metrics": metrics,
            "total_tokens": metrics.get("total_tokens") if metrics else None,
            "metadata": metadata,
        }
    )


def labelled(metadata: dict[str, Any] | None, about: Any) -> dict[str, Any] | None:
    """Metadata with what the agent is made with, where its data tells."""
    sdk = about.get("sdk") or about.get("framework") if isinstance(about, dict) else None
    return {**(metadata or {}), "sdk": sdk} if isinstance(sdk, str) and sdk else metadata


def named(row: dict[str, Any], data: dict[str, Any], kind: str | None) -> str:
    """The name of a session: the one it was given, else how it begins."""
    if data.get("session_name") is not None:
        return str(data["session_name"])
    runs = [run if isinstance(run, dict) else run.to_dict() for run in row.get("runs") or () if run is not None]
    if kind == "workflow":
        return _begun_with(runs[0], row) if runs else ""
    for run in runs:
        if kind == "team" and run.get("agent_id"):
            continue
        for message in run.get("messages") or ():
            if message.get("role") == "user" and message.get("content"):
                return str(message["content"])
        if run.get("input") is not None:
            return text(run["input"])
    return ""


def _begun_with(run: dict[str, Any], row: dict[str, Any]) -> str:
    given = run.get("input")
    if isinstance(given, str):
        return given
    if isinstance(given, dict):
        return json.dumps(given)
    name = (row.get("workflow_data") or {}).get("name")
    return f"New {name} Session" if name else ""


def text(given: Any) -> str:
    """What somebody asked, as text: messages by the first of them."""
    if isinstance(given, str):
        return given
    if isinstance(given, dict):
        return json.dumps(given, indent=2, default=str)
    if isinstance(given, list) and given and isinstance(given[0], dict) and given[0].get("role") == "user":
        return str(given[0].get("content", given))
    return str(given)
