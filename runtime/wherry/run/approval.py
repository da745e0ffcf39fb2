"""Rows of approvals for code that keeps them itself: an interface of one's own, a job that decides.

Mirrors the public functions of `agno.run.approval`. Runs of Wherry do the same by themselves in
`wherry.core.agent.approvals`, whose marks, order and forms these functions share. Each comes twice: for databases that
are called, and (`a…`) for those that are awaited or called.
"""

from __future__ import annotations

from inspect import isawaitable, iscoroutine
from time import time
from typing import TYPE_CHECKING, Any

from wherry.core.agent.approvals import PENDING, in_this_pause, marked, names_call, pause_type, take_all, to_decide
from wherry.core.events.outputs import RunStatus
from wherry.core.ids import new_id
from wherry.core.log import log_warning
from wherry.core.waits import finish

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Call = Callable[..., Awaitable[Any]]

__all__ = [
    "acheck_and_apply_approval_resolution",
    "acreate_approval_from_pause",
    "acreate_audit_approval",
    "aresolve_approval",
    "aupdate_approval_run_status",
    "check_and_apply_approval_resolution",
    "create_approval_from_pause",
    "create_audit_approval",
    "update_approval_run_status",
]


def create_approval_from_pause(db: Any, run_response: Any, *placed: Any, **named: Any) -> str | None:
    """Store a row for the calls that a paused run waits for and that are marked with `@approval`.

    Args:
        db: The database; None does nothing.
        run_response: The output of the paused run. The id of the row is written on its calls.
        *placed: The same as `named`, in this order.
        **named: Who asks: `agent_id`, `agent_name`, `team_id`, `team_name`, `workflow_id`, `workflow_name`, `user_id`,
            `schedule_id`, `schedule_run_id`.

    Returns:
        The id of the row, that of an earlier one when all calls have theirs, or None when no call is marked or the
        database keeps no approvals.
    """
    return finish(_create(_called, db, run_response, _asking(placed, named)))


async def acreate_approval_from_pause(db: Any, run_response: Any, *placed: Any, **named: Any) -> str | None:
    """`create_approval_from_pause` for async code."""
    return await _create(_awaited, db, run_response, _asking(placed, named))


def create_audit_approval(
    db: Any, tool_execution: Any, run_response: Any, status: str, *placed: Any, **named: Any
) -> None:
    """Store what was decided about a call that is marked with `@approval(type="audit")`.

    Args:
        db: The database; None does nothing.
        tool_execution: The call.
        run_response: The output of its run.
        status: `approved` or `rejected`.
        *placed: The same as `named`, in this order.
        **named: Who asked: `agent_id`, `agent_name`, `team_id`, `team_name`, `user_id`.
    """
    finish(_audit(_called, db, tool_execution, run_response, status, _asking(placed, named, _AUDITED)))


async def acreate_audit_approval(
    db: Any, tool_execution: Any, run_response: Any, status: str, *placed: Any, **named: Any
) -> None:
    """`create_audit_approval` for async code."""
    await _audit(_awaited, db, tool_execution, run_response, status, _asking(placed, named, _AUDITED))


def check_and_apply_approval_resolution(db: Any, run_id: str, run_response: Any) -> None:
    """Take the decisions of the stored rows into a paused run, before it goes on.

    Args:
        db: The database; None does nothing.
        run_id: The run's id.
        run_response: Its output; the first row is put into its `metadata["approval"]`.

    Raises:
        RuntimeError: A call that has to be allowed has no row, or one that is pending.
    """
    finish(_check(_called, db, run_id, run_response))


async def acheck_and_apply_approval_resolution(db: Any, run_id: str, run_response: Any) -> None:
    """`check_and_apply_approval_resolution` for async code."""
    await _check(_awaited, db, run_id, run_response)


def update_approval_run_status(db: Any, run_id: str, run_status: Any) -> None:
    """Write on the rows of a run how the run stands.

    Args:
        db: The database; None does nothing.
        run_id: The run's id.
        run_status: A `RunStatus`.
    """
    finish(_tell(_called, db, "update_approval_run_status", run_id, run_status))


async def aupdate_approval_run_status(db: Any, run_id: str, run_status: Any) -> None:
    """`update_approval_run_status` for async code."""
    await _tell(_awaited, db, "update_approval_run_status", run_id, run_status)


async def aresolve_approval(
    db: Any,
    approval_id: str,
    status: str,
    resolved_by: str | None,
    resolved_at: int,
    resolution_data: dict[str, Any] | None = None,
) -> dict[str, Any] | None:
    """Decide about a row that is pending.

    Args:
        db: The database.
        approval_id: The row's id.
        status: `approved` or `rejected`.
        resolved_by: Who decided.
        resolved_at: When, in seconds since 1970.
        resolution_data: What else was said: `values` of fields, a `result` from outside.

    Returns:
        The row, or None when there is none of this id that is pending.
    """
    decided: dict[str, Any] = {"status": status, "resolved_by": resolved_by, "resolved_at": resolved_at}
    if resolution_data:
        decided["resolution_data"] = resolution_data
    row: dict[str, Any] | None = await _tell(
        _awaited, db, "update_approval", approval_id, expected_status="pending", **decided
    )
    return row


# --- asking the database --------------------------------------------------------------------------------------------


async def _called(db: Any, method: str, *args: Any, **given: Any) -> Any:
    answer = getattr(db, method)(*args, **given)
    if isawaitable(answer):
        if iscoroutine(answer):
            answer.close()  # nothing was done yet, and nothing is to be
        raise TypeError(f"{type(db).__name__} has to be awaited: take the function whose name begins with an a")
    return answer


async def _awaited(db: Any, method: str, *args: Any, **given: Any) -> Any:
    answer = getattr(db, method)(*args, **given)
    return await answer if isawaitable(answer) else answer


async def _tell(call: Call, db: Any, method: str, *args: Any, **given: Any) -> Any:
    """Call a method; None when there is no database, when it keeps no approvals, or when it fails, which is logged."""
    if not hasattr(db, method):
        return None
    try:
        return await call(db, method, *args, **given)
    except NotImplementedError:
        return None
    except Exception as error:  # noqa: BLE001 - a record that cannot be written must not break what it is about
        log_warning(f"{type(db).__name__}.{method}() failed: {error!r}")
        return None


# --- rows -----------------------------------------------------------------------------------------------------------

_AUDITED = ("agent_id", "agent_name", "team_id", "team_name", "user_id")
_ASKING = (*_AUDITED[:4], "workflow_id", "workflow_name", "user_id", "schedule_id", "schedule_run_id")


def _asking(placed: tuple[Any, ...], named: dict[str, Any], names: tuple[str, ...] = _ASKING) -> dict[str, Any]:
    """Who asks, by name."""
    if len(placed) > len(names):
        raise TypeError(f"{len(placed)} arguments say who asks; at most {len(names)} do: {', '.join(names)}")
    by_place = dict(zip(names, placed, strict=False))
    wrong = [name for name in named if name not in names or name in by_place]
    if wrong:
        raise TypeError(f"unexpected argument {wrong[0]!r}; who asks is said once by {', '.join(names)}")
    return dict.fromkeys(names) | by_place | named


def _row(output: Any, tool: Any, asking: dict[str, Any], names: list[str]) -> dict[str, Any]:
    """The columns that all rows have."""
    kind = next((kind for kind in ("team", "workflow") if asking.get(f"{kind}_id")), "agent")
    source, told = asking.get(f"{kind}_name"), {name: value for name, value in asking.items() if "_name" not in name}
    context = {"tool_names": names} if names else {}
    return {
        "id": new_id(),
        "run_id": output.run_id or new_id(),
        "session_id": output.session_id or "",
        "pause_type": pause_type(tool),
        "tool_name": tool.tool_name,
        "tool_args": tool.tool_args,
        "source_type": kind,
        "source_name": source,
        **told,
        "context": (context | {"source_name": source} if source else context) or None,
        "created_at": int(time()),
        "updated_at": None,
    }


async def _create(call: Call, db: Any, output: Any, asking: dict[str, Any]) -> str | None:
    required = [tool for tool in marked(output) if tool.approval_type == "required"]
    if db is None or not required:
        return None
    new: dict[Any, Any] = {}
    for tool in required:
        if tool.approval_id is None:
            new.setdefault(tool.tool_call_id or id(tool), tool)
    if not new:
        return next((tool.approval_id for tool in reversed(output.tools or ()) if tool in required), None)
    row = _row(output, next(iter(new.values())), asking, [tool.tool_name for tool in new.values() if tool.tool_name])
    row |= {
        "status": "pending",
        "approval_type": "required",
        "requirements": [one.to_dict() for one in output.requirements or () if in_this_pause(one, new)] or None,
        "resolved_by": None,
        "resolved_at": None,
        "run_status": RunStatus.paused.value,
    }
    if await _tell(call, db, "create_approval", row) is None:
        return None
    for tool in required:
        if tool.approval_id is None:
            tool.approval_id = row["id"]
    return str(row["id"])


async def _audit(call: Call, db: Any, tool: Any, output: Any, status: str, asking: dict[str, Any]) -> None:
    if db is not None:
        row = _row(output, tool, asking, [tool.tool_name] if tool.tool_name else [])
        row |= {"status": status, "approval_type": "audit", "resolved_at": int(time())}
        await _tell(call, db, "create_approval", row)


# --- decisions ------------------------------------------------------------------------------------------------------


async def _check(call: Call, db: Any, run_id: str, output: Any) -> None:
    waiting = list(to_decide(output)) if db is not None else []
    if not waiting:
        return
    rows = [await _row_of(call, db, run_id, output, tool) for tool in waiting]
    if any(row is None for row in rows):
        raise RuntimeError(f"The database has no approval of run {run_id!r}; it cannot go on without one.")
    if any(row["status"] == "pending" for row in rows):
        raise RuntimeError(PENDING)
    take_all(output, waiting, rows)


async def _row_of(call: Call, db: Any, run_id: str, output: Any, tool: Any) -> Any:
    """The row that speaks for a call: its own, else the newest of its run that names it."""
    if tool.approval_id is not None:
        row = await _tell(call, db, "get_approval", tool.approval_id)
        if row is not None:
            return row
    members = _members_of(output, tool)
    if len(members) > 1:  # ids of calls may repeat from member to member: no decision is taken for another's call
        return None
    requirements = output.requirements or ()
    runs = [*members] or [run_id]
    if not members and tool.approval_id is None:
        runs += dict.fromkeys(one.member_run_id for one in requirements if one.member_run_id)
    for run in runs:
        found = await _tell(call, db, "get_approvals", run_id=run, approval_type="required", limit=1)
        row = found[0][0] if found and found[0] else None
        if row is not None:
            return row if names_call(row, tool) else None
    return None


def _members_of(output: Any, tool: Any) -> set[str]:
    """The runs of members that a call may belong to: that of its own requirement, else of those that look the same."""
    requirements = output.requirements or ()
    for one in requirements:
        if one.tool_execution is tool:
            return {one.member_run_id} if one.member_run_id else set()
    alike = (tool.tool_call_id, tool.tool_name)
    return {
        one.member_run_id
        for one in requirements
        if one.tool_execution is not None
        and one.member_run_id
        and tool.tool_call_id is not None
        and (one.tool_execution.tool_call_id, one.tool_execution.tool_name) == alike
    }
