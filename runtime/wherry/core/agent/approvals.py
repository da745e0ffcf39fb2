"""Rows of approvals around a run: made when it pauses, read when it goes on, kept up when it ends.

The marks on tools are made in `approval_mark`, the statements in `stores.plans_approvals`. A database that keeps no
approvals is left alone. Mirrors `agno.run.approval`.
"""

from __future__ import annotations

from dataclasses import replace
from time import time
from typing import TYPE_CHECKING, Any

from wherry.core.events.outputs import RunStatus
from wherry.core.ids import new_id
from wherry.core.log import log_warning
from wherry.core.sessions.session_store import ask_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wherry.core.run import Run


PENDING = "The approval is still pending; resolve it before the run goes on."


class Undecided(ValueError):
    """A run cannot go on, for an approval of it waits for somebody's decision."""


def marked(output: Any) -> Iterator[Any]:
    """The calls of a run that are marked with `@approval`, members' among them."""
    for tool in output.tools or ():
        if tool.approval_type is not None:
            yield tool
    for requirement in output.requirements or ():
        tool = requirement.tool_execution
        if tool is not None and tool.approval_type is not None:
            yield tool


async def tell(run: Run, method: str, *args: Any, **given: Any) -> Any:
    """Call a method of the owner's database; None when it keeps no approvals, or fails, which is logged."""
    return await tell_to(run, run.owner.db, method, *args, **given)


async def tell_to(run: Run, db: Any, method: str, *args: Any, **given: Any) -> Any:
    """`tell` for any database."""
    if not hasattr(db, method):
        return None
    try:
        return await ask_store(run, db, method, *args, **given)
    except NotImplementedError:
        return None
    except Exception as error:  # noqa: BLE001 - a record that cannot be written must not break the run
        log_warning(f"{type(db).__name__}.{method}() failed: {error!r}")
        return None


def source(run: Run) -> dict[str, Any]:
    """Who asks, as columns of a row."""
    owner = run.owner
    if hasattr(run.output, "member_responses"):
        return {"source_type": "team", "team_id": owner.id, "user_id": owner.user_id, "source_name": owner.name}
    return {"source_type": "agent", "agent_id": owner.id, "user_id": run.context.user_id, "source_name": owner.name}


def pause_type(tool: Any) -> str:
    """What a call waits for."""
    if tool.requires_user_input:
        return "user_input"
    return "external_execution" if tool.external_execution_required else "confirmation"


def row_of(run: Run, tool: Any, names: list[str]) -> dict[str, Any]:
    """The columns that all rows have."""
    context: dict[str, Any] = {"tool_names": names} if names else {}
    if run.owner.name:
        context["source_name"] = run.owner.name
    return {
        "id": new_id(),
        "run_id": run.output.run_id,
        "session_id": run.output.session_id or "",
        "approval_type": tool.approval_type,
        "pause_type": pause_type(tool),
        "tool_name": tool.tool_name,
        "tool_args": tool.tool_args,
        "team_id": None,
        "agent_id": None,
        **source(run),
        "context": context or None,
        "created_at": int(time()),
        "updated_at": None,
    }


async def ask_for_approval(run: Run) -> None:
    """Store a row for the calls this pause waits for, and write its id on them."""
    output = run.output
    if run.owner.db is None:
        return
    new: dict[Any, Any] = {}
    for tool in marked(output):
        if tool.approval_type == "required" and tool.approval_id is None:
            new.setdefault(tool.tool_call_id or id(tool), tool)
    if not new:
        return
    row = row_of(run, next(iter(new.values())), [tool.tool_name for tool in new.values() if tool.tool_name])
    row |= {
        "status": "pending",
        "requirements": [one.to_dict() for one in output.requirements or () if in_this_pause(one, new)] or None,
        "workflow_id": None,
        "schedule_id": None,
        "schedule_run_id": None,
        "resolved_by": None,
        "resolved_at": None,
        "run_status": RunStatus.paused.value,
    }
    if await tell(run, "create_approval", row) is None:
        return
    run.extra["approvals"] = True
    for tool in marked(output):
        if tool.approval_type == "required" and tool.approval_id is None:
            tool.approval_id = row["id"]


def in_this_pause(requirement: Any, new: dict[Any, Any]) -> bool:
    """Whether a requirement belongs in the row: its call is asked about, or it waits beside one that is."""
    tool = requirement.tool_execution
    if tool is None:
        return False
    if (tool.tool_call_id or id(tool)) in new:
        return True
    return tool.approval_type is None and not requirement.is_resolved()


async def decided_elsewhere(run: Run, output: Any) -> str | None:
    """Take the decisions of the stored rows into a run's calls.

    Returns:
        Why the run cannot go on: a row that waits, or none; None when every call is decided, or none has to be.
    """
    waiting = list(to_decide(output)) if run.owner.db is not None else []
    if not waiting:
        return None
    rows = [await row_for(run, output, tool) for tool in waiting]
    if any(row is None for row in rows):
        return "There is no approval of this run in the database."
    if any(row["status"] == "pending" for row in rows):
        return PENDING
    take_all(output, waiting, rows)
    return None


def to_decide(output: Any) -> Iterator[Any]:
    """Calls that have to be allowed and have not run yet, each once; a requirement may hold a copy of its call."""
    answered = {m.tool_call_id for m in output.messages or () if m.role == "tool" and m.tool_call_id}
    seen: set[int] = set()
    for tool in marked(output):
        if tool.approval_type != "required" or id(tool) in seen:
            continue
        seen.add(id(tool))
        if not (tool.tool_call_id in answered and not tool.external_execution_required):
            yield tool


async def row_for(run: Run, output: Any, tool: Any) -> Any:
    """The row that speaks for a call: in the run's database, or, for a member's call, in one of the members' own."""
    member_run = next((r.member_run_id for r in output.requirements or () if r.tool_execution is tool), None)
    owners = [run.owner, *(await inside_run(run, run.owner) if member_run else ())]
    for db in {id(one.db): one.db for one in owners if getattr(one, "db", None) is not None}.values():
        row = await row_in(run, db, member_run or output.run_id, tool)
        if row is not None:
            return row
    return None


async def row_in(run: Run, db: Any, run_id: str, tool: Any) -> Any:
    """The row of a database for a call: by its own id, else the newest of its run that names the call."""
    if tool.approval_id is not None:
        row = await tell_to(run, db, "get_approval", tool.approval_id)
        if row is not None:
            return row
    found = await tell_to(run, db, "get_approvals", run_id=run_id, approval_type="required", limit=1)
    row = found[0][0] if found and found[0] else None
    return row if row is not None and names_call(row, tool) else None


def inside(owner: Any) -> Iterator[Any]:
    """The members of a team at any depth, without those that are chosen for each run (`inside_run` asks for them)."""
    members = getattr(owner, "members", None)
    for member in members if isinstance(members, (list, tuple)) else ():
        yield member
        yield from inside(member)


async def inside_run(run: Run, team: Any) -> list[Any]:
    """`inside` of a team, with the members that callables choose: each is asked as it would be in this run."""
    from wherry.core.agent.own_tools import from_factory

    members = getattr(team, "members", None)
    if callable(members):
        members = await from_factory(replace(run, owner=team), members, "members", team.callable_members_cache_key)
    found = []
    for member in members or ():
        found += [member, *await inside_run(run, member)]
    return found


def names_call(row: dict[str, Any], tool: Any) -> bool:
    """Whether a row is about this call: it lists it, or lists none."""
    listed = [(one.get("tool_execution") or {}).get("tool_call_id") for one in row.get("requirements") or ()]
    known = [call for call in listed if call is not None]
    return not known or tool.tool_call_id in known


def take_all(output: Any, waiting: list[Any], rows: list[Any]) -> None:
    """Write the decisions of rows on a run: on the calls that wait for them, on their requirements, in its metadata."""
    for tool, row in zip(waiting, rows, strict=True):
        take(tool, row)
        for requirement in output.requirements or ():
            if requirement.tool_execution is tool:
                mirror(requirement, row["status"])
    output.metadata = {**(output.metadata or {}), "approval": rows[0]}


def take(tool: Any, row: dict[str, Any]) -> None:
    """Write a row's decision on a call."""
    data = row.get("resolution_data") or {}
    if row["status"] == "rejected":
        # What is refused is told to the model as a rejected call, whatever it waited for.
        tool.answered, tool.requires_confirmation, tool.confirmed = True, True, False
        tool.requires_user_input = tool.external_execution_required = False
    if row["status"] != "approved":
        return
    if tool.requires_confirmation:
        tool.confirmed = True
    if tool.requires_user_input:
        values = data.get("values", data)
        for field in tool.user_input_schema or ():
            field.value = values.get(field.name, field.value)
    if tool.external_execution_required and "result" in data:
        tool.result = data["result"]


def mirror(requirement: Any, status: str) -> None:
    """Write a call's decision on the requirement that waits for it."""
    tool = requirement.tool_execution
    if status == "rejected":
        requirement.confirmation = False
        return
    if tool.requires_confirmation and tool.confirmed:
        requirement.confirmation = True
    if tool.requires_user_input:
        fields = {field.name: field.value for field in tool.user_input_schema or ()}
        for field in requirement.user_input_schema or ():
            field.value = fields.get(field.name, field.value)
        if all(value is not None for value in fields.values()):
            tool.answered = True
    if tool.external_execution_required and tool.result is not None:
        requirement.external_execution_result = tool.result


async def note_decision(run: Run, tool: Any, status: str) -> None:
    """Store what a person decided about a call that is marked for audit."""
    if tool.approval_type == "audit" and run.owner.db is not None:
        row = row_of(run, tool, [tool.tool_name] if tool.tool_name else [])
        await tell(run, "create_approval", {**row, "user_id": None, "status": status, "resolved_at": int(time())})


async def note_status(run: Run) -> None:
    """Write on the run's rows how the run stands."""
    if run.owner.db is not None:
        await tell(run, "update_approval_run_status", run.output.run_id, run.output.status)
