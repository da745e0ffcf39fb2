"""`wherry.run.approval`: rows of approvals for code that keeps them itself.

What is expected of the rows was read off Agno 3.1.10.
"""

from __future__ import annotations

from inspect import isawaitable

import pytest

from wherry.db.in_memory import InMemoryDb
from wherry.db.schemas import Approval
from wherry.db.sqlite import AsyncSqliteDb, SqliteDb
from wherry.models.response import ToolExecution
from wherry.run import RunStatus, approval
from wherry.run.agent import RunOutput
from wherry.run.requirement import RunRequirement


class Helpers:
    """The helpers of one kind, awaited or called, and a database for them."""

    def __init__(self, path, *, awaits):
        self.prefix = "a" * awaits
        self.db = (AsyncSqliteDb if awaits else SqliteDb)(db_file=str(path))

    async def call(self, name, *args, **given):
        """A helper."""
        answer = getattr(approval, self.prefix + name)(*args, **given)
        return await answer if isawaitable(answer) else answer

    async def ask(self, method, *args, **given):
        """A method of the database."""
        answer = getattr(self.db, method)(*args, **given)
        return await answer if isawaitable(answer) else answer


@pytest.fixture(params=[False, True], ids=["called", "awaited"])
def helpers(request, tmp_path):
    return Helpers(tmp_path / "a.db", awaits=request.param)


def call_of(name, identity, **marks):
    return ToolExecution(tool_call_id=identity, tool_name=name, tool_args={}, requires_confirmation=True, **marks)


def paused(run_id="r"):
    """A run that waits for a call to be allowed, for one that is confirmed, and for one that is kept for audit."""
    tools = [
        call_of("book", "c1", approval_type="required"),
        call_of("look", "c2"),
        call_of("sell", "c3", approval_type="audit"),
    ]
    waits = [RunRequirement(tool_execution=tool) for tool in tools]
    return RunOutput(run_id=run_id, session_id="s", tools=tools, requirements=waits)


async def test_a_pause_is_stored_once_and_its_calls_know_the_row(helpers):
    output = paused()
    made = await helpers.call("create_approval_from_pause", helpers.db, output, "ada", "Ada", user_id="u")
    row = await helpers.ask("get_approval", made)
    told = ("run_id", "session_id", "status", "approval_type", "pause_type", "tool_name", "source_type", "source_name")
    assert [row[name] for name in told] == ["r", "s", "pending", "required", "confirmation", "book", "agent", "Ada"]
    assert (row["agent_id"], row["user_id"], row["run_status"]) == ("ada", "u", "PAUSED")
    assert row["context"] == {"tool_names": ["book"], "source_name": "Ada"}
    assert [one["tool_execution"]["tool_name"] for one in row["requirements"]] == ["book", "look"]
    assert [tool.approval_id for tool in output.tools] == [made, None, None]
    assert await helpers.call("create_approval_from_pause", helpers.db, output) == made
    assert (await helpers.ask("get_approvals", run_id="r"))[1] == 1


@pytest.mark.parametrize("kind", ["team", "workflow"])
async def test_a_team_or_workflow_asks_in_its_own_name(helpers, kind):
    asking = {f"{kind}_id": "t", f"{kind}_name": "Crew", "agent_id": "ada", "schedule_id": "daily"}
    row = await helpers.ask(
        "get_approval", await helpers.call("create_approval_from_pause", helpers.db, paused(), **asking)
    )
    assert (row["source_type"], row["source_name"], row[f"{kind}_id"], row["schedule_id"]) == (
        kind,
        "Crew",
        "t",
        "daily",
    )


async def test_an_audited_decision_is_stored(helpers):
    output = paused()
    await helpers.call("create_audit_approval", helpers.db, output.tools[2], output, "rejected", "ada", "Ada")
    [row] = (await helpers.ask("get_approvals", run_id="r", approval_type="audit"))[0]
    assert (row["status"], row["tool_name"], row["agent_id"]) == ("rejected", "sell", "ada")
    assert row["resolved_at"]


@pytest.mark.parametrize(("status", "allowed"), [("approved", True), ("rejected", False)])
@pytest.mark.parametrize("forgotten", [False, True])
async def test_a_decision_is_taken_into_the_run(helpers, status, allowed, forgotten):
    output = paused()
    made = await helpers.call("create_approval_from_pause", helpers.db, output)
    with pytest.raises(RuntimeError, match="pending"):
        await helpers.call("check_and_apply_approval_resolution", helpers.db, "r", output)
    decided = await approval.aresolve_approval(helpers.db, made, status, "me", 5, {"note": "n"})
    told = ("status", "resolved_by", "resolved_at", "resolution_data")
    assert [decided[name] for name in told] == [status, "me", 5, {"note": "n"}]
    assert await approval.aresolve_approval(helpers.db, made, "approved", "me", 6) is None
    if forgotten:  # its calls do not know the row: it is found by the run
        output = paused()
    output.metadata = {"tide": "low"}
    await helpers.call("check_and_apply_approval_resolution", helpers.db, "r", output)
    assert [tool.confirmed for tool in output.tools] == [allowed, None, None]
    assert [one.confirmation for one in output.requirements] == [allowed, None, None]
    assert (output.metadata["tide"], output.metadata["approval"]["status"]) == ("low", status)
    await helpers.call("update_approval_run_status", helpers.db, "r", RunStatus.completed)
    assert (await helpers.ask("get_approval", made))["run_status"] == "COMPLETED"


async def test_calls_that_have_a_row_keep_it_and_calls_without_ids_are_told_apart(helpers):
    old = call_of("book", "c1", approval_type="required", approval_id="a0")
    tools = [call_of(name, None, approval_type="required") for name in ("sell", "rent")]
    output = RunOutput(tools=[old, *tools])
    made = await helpers.call("create_approval_from_pause", helpers.db, output)
    row = await helpers.ask("get_approval", made)
    assert [tool.approval_id for tool in output.tools] == ["a0", made, made]
    assert row["context"] == {"tool_names": ["sell", "rent"]}
    assert row["run_id"]
    assert row["session_id"] == ""
    assert await helpers.call("create_approval_from_pause", helpers.db, output) == made


@pytest.mark.parametrize("marks", [{}, {"approval_id": "gone"}])
async def test_only_a_row_that_names_the_call_speaks_for_it(helpers, marks):
    await helpers.call("create_audit_approval", helpers.db, paused().tools[2], paused(), "approved")
    with pytest.raises(RuntimeError, match="no approval"):
        await helpers.call("check_and_apply_approval_resolution", helpers.db, "r", paused())
    made = await helpers.call("create_approval_from_pause", helpers.db, paused())
    await approval.aresolve_approval(helpers.db, made, "approved", "me", 5)
    await helpers.call("create_audit_approval", helpers.db, paused().tools[2], paused(), "rejected")
    other = call_of("book", "c9", approval_type="required", **marks)
    with pytest.raises(RuntimeError, match="no approval"):
        await helpers.call("check_and_apply_approval_resolution", helpers.db, "r", RunOutput(run_id="r", tools=[other]))
    same = call_of("book", "c1", approval_type="required", **marks)
    await helpers.call("check_and_apply_approval_resolution", helpers.db, "r", RunOutput(run_id="r", tools=[same]))
    assert same.confirmed


async def test_a_call_of_a_member_is_decided_by_the_row_of_the_members_run(helpers):
    made = await helpers.call("create_approval_from_pause", helpers.db, paused("member"))
    await approval.aresolve_approval(helpers.db, made, "approved", "me", 5)
    tool, alike = call_of("book", "c1", approval_type="required"), call_of("book", "c1")
    waits = [RunRequirement(tool_execution=one) for one in (tool, alike)]
    waits[0].member_run_id, waits[1].member_run_id = "nobody", "member"
    output = RunOutput(run_id="team", tools=[tool], requirements=waits)
    with pytest.raises(RuntimeError, match="'team'"):  # its own requirement says whose call it is, not one like it
        await helpers.call("check_and_apply_approval_resolution", helpers.db, "team", output)
    waits[0].member_run_id, waits[1].member_run_id = "member", "nobody"
    await helpers.call("check_and_apply_approval_resolution", helpers.db, "team", output)
    assert tool.confirmed


async def test_a_call_without_a_requirement_may_be_that_of_a_member(helpers):
    made = await helpers.call("create_approval_from_pause", helpers.db, paused("member"))
    await approval.aresolve_approval(helpers.db, made, "approved", "me", 5)
    tool, other = call_of("book", "c1", approval_type="required"), RunRequirement(tool_execution=call_of("look", "c2"))
    other.member_run_id = "member"
    output = RunOutput(run_id="team", tools=[tool], requirements=[other])
    await helpers.call("check_and_apply_approval_resolution", helpers.db, "team", output)
    assert tool.confirmed


async def test_no_members_decision_is_taken_for_anothers_call(helpers):
    made = await helpers.call("create_approval_from_pause", helpers.db, paused())
    await approval.aresolve_approval(helpers.db, made, "approved", "me", 5)

    def team(*runs):
        waits = [RunRequirement(tool_execution=call_of("book", "c1", approval_type="required")) for _ in runs]
        for one, run_id in zip(waits, runs, strict=True):
            one.member_run_id = run_id
        return RunOutput(run_id="team", tools=[call_of("book", "c1", approval_type="required")], requirements=waits)

    with pytest.raises(RuntimeError, match="'team'"):
        await helpers.call("check_and_apply_approval_resolution", helpers.db, "team", team("r", "other"))
    output = team("r", "r")
    await helpers.call("check_and_apply_approval_resolution", helpers.db, "team", output)
    assert output.tools[0].confirmed


async def test_what_keeps_no_approvals_is_left_alone(helpers, caplog):
    for db in (None, InMemoryDb(), object()):
        output = paused()
        assert await helpers.call("create_approval_from_pause", db, output) is None
        await helpers.call("create_audit_approval", db, output.tools[2], output, "approved")
        await helpers.call("update_approval_run_status", db, "r", RunStatus.completed)
        assert await approval.aresolve_approval(db, "a", "approved", "me", 5) is None
    assert await helpers.call("create_approval_from_pause", helpers.db, RunOutput(run_id="x")) is None
    assert not caplog.records


async def test_a_database_with_a_fault_is_not_taken_for_one_that_keeps_none(helpers, tmp_path, caplog):
    class Faulty(SqliteDb):
        def create_approval(self, approval_data):
            return approval_data.run_id

    assert (
        await helpers.call("create_approval_from_pause", Faulty(db_file=str(tmp_path / "faulty.db")), paused()) is None
    )
    assert "Faulty.create_approval() failed: AttributeError" in caplog.text


def test_a_database_that_has_to_be_awaited_is_not_taken_to_have_stored_anything(tmp_path, caplog):
    db, output = AsyncSqliteDb(db_file=str(tmp_path / "a.db")), paused()
    assert approval.create_approval_from_pause(db, output) is None
    assert [tool.approval_id for tool in output.tools] == [None, None, None]
    assert "AsyncSqliteDb has to be awaited" in caplog.text
    with pytest.raises(RuntimeError, match="no approval of run 'r'"):
        approval.check_and_apply_approval_resolution(db, "r", output)


async def test_arguments_that_say_nothing_known_are_refused(helpers):
    with pytest.raises(TypeError, match="'boat_id'"):
        await helpers.call("create_approval_from_pause", helpers.db, paused(), boat_id="b")
    with pytest.raises(TypeError, match="'agent_id'"):
        await helpers.call("create_approval_from_pause", helpers.db, paused(), "ada", agent_id="ada")
    with pytest.raises(TypeError, match="at most 5"):
        await helpers.call("create_audit_approval", helpers.db, None, None, "approved", *"abcdef")


async def test_a_row_is_an_object_too(helpers):
    made = await helpers.call("create_approval_from_pause", helpers.db, paused())
    row = await helpers.ask("get_approval", made)
    again = Approval.from_dict({**row, "strange": 1})
    assert again.to_dict() == row
    assert await helpers.ask("create_approval", Approval("b", "r2", "s", resolved_at="1970-01-01T00:00:05Z").to_dict())
    stored = Approval.from_dict(await helpers.ask("get_approval", "b"))
    assert (stored.status, stored.source_type, stored.resolved_at) == ("pending", "agent", 5)
    assert stored.created_at > 0
