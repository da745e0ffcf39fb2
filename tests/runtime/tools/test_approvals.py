"""`@approval`: a call waits for a row in the database to be resolved, or its decision is kept there."""

from __future__ import annotations

import pytest
from continue_ways import continued_in
from team_kit import call, delegate, four_ways, on, run_in

from wherry.approval import ApprovalType, approval
from wherry.db.in_memory import InMemoryDb
from wherry.db.sqlite import SqliteDb
from wherry.tools import tool


@approval
def book(boat: str) -> str:
    """Book a boat."""
    return f"{boat} is booked"


@approval()
@tool(requires_user_input=True, user_input_fields=["boat"])
def choose(boat: str) -> str:
    """Choose a boat."""
    return f"{boat} is chosen"


@approval(type=ApprovalType.required)
@tool(external_execution=True)
def fetch(boat: str) -> str:
    """Fetch a boat."""
    return boat


@tool(requires_confirmation=True)
@approval(type="audit")
def sell(boat: str) -> str:
    """Sell a boat."""
    return f"{boat} is sold"


@approval(type="audit")
@tool(external_execution=True)
def weigh(boat: str) -> str:
    """Weigh a boat."""
    return boat


@approval(type="audit")
@tool(requires_user_input=True, user_input_fields=["boat"])
def paint(boat: str) -> str:
    """Paint a boat."""
    return f"{boat} is painted"


@pytest.fixture
def db(tmp_path):
    store = SqliteDb(db_file=str(tmp_path / "approvals.db"))
    yield store
    store.close()


def only(db):
    [row], total = db.get_approvals()
    assert total == 1
    return row


def resolve(db, status="approved", **given):
    assert db.update_approval(only(db)["id"], expected_status="pending", status=status, resolved_by="boss", **given)


def by_id(way, owner, output, **given):
    """Go on with a run as another process would, which knows its id only."""
    return continued_in(way, owner, None, run_id=output.run_id, session_id="s", **given)


@four_ways
@pytest.mark.parametrize(
    ("asked", "pause", "resolution", "result"),
    [
        (book, "confirmation", {}, "Ant is booked"),
        (choose, "user_input", {"resolution_data": {"values": {"boat": "Maud"}}}, "Maud is chosen"),
        (fetch, "external_execution", {"resolution_data": {"result": "it is here"}}, "it is here"),
    ],
)
def test_a_run_goes_on_by_its_id_once_the_row_is_approved(way, db, asked, pause, resolution, result):
    name = getattr(asked, "name", "book")
    with on([call(name, boat="Ant"), "Done."]) as crew:
        ada = crew.agent("Ada", tools=[asked], db=db)
        _, output = run_in(way, ada, "A boat.", session_id="s", user_id="u")
        row = only(db)
        expected = {"status": "pending", "pause_type": pause, "tool_name": name, "tool_args": {"boat": "Ant"}}
        expected |= {"source_type": "agent", "agent_id": "ada", "user_id": "u", "run_status": "PAUSED"}
        assert {key: row[key] for key in expected} == expected
        assert output.tools[0].approval_id == row["id"]
        with pytest.raises(ValueError, match="resolved"):
            by_id(way, ada, output)
        resolve(db, **resolution)
        _, output = by_id(way, ada, output)
    assert (output.status, output.content, output.tools[0].result) == ("COMPLETED", "Done.", result)
    assert output.metadata["approval"]["resolved_by"] == "boss"
    assert only(db)["run_status"] == "COMPLETED"


@four_ways
@pytest.mark.parametrize("asked", [book, choose, fetch])
def test_a_rejected_row_is_told_to_the_model_and_nothing_runs(way, db, asked):
    with on([call(getattr(asked, "name", "book"), boat="Ant"), "Then not."]) as crew:
        ada = crew.agent("Ada", tools=[asked], db=db)
        _, output = run_in(way, ada, "A boat.", session_id="s")
        resolve(db, "rejected")
        _, output = by_id(way, ada, output)
        assert crew.asked(1) == "The user rejected this call"
    assert (output.content, output.tools[0].result, output.tools[0].confirmed) == ("Then not.", None, False)


@four_ways
@pytest.mark.parametrize("asked", [sell, weigh, paint])
def test_an_audited_decision_is_kept_after_it_was_made(way, db, asked):
    with on([call(asked.name, boat="Ant"), "Done."]) as crew:
        ada = crew.agent("Ada", tools=[asked], db=db)
        _, output = run_in(way, ada, "A boat.", session_id="s")
        assert db.get_approvals() == ([], 0)
        [need] = output.requirements
        if asked is sell:
            need.confirm()
        elif asked is weigh:
            need.set_external_execution_result("a ton")
        else:
            need.provide_user_input({"boat": "Maud"})
        _, output = by_id(way, ada, output, requirements=output.requirements)
    row = only(db)
    assert (row["status"], row["approval_type"], row["tool_name"]) == ("approved", "audit", asked.name)
    assert row["pause_type"] == "confirmation"  # whatever it waited for, as in Agno
    assert row["resolved_at"] is not None
    assert output.content == "Done."


@four_ways
def test_an_audited_no_is_kept_as_rejected(way, db):
    with on([call("sell", boat="Ant"), "Kept."]) as crew:
        ada = crew.agent("Ada", tools=[sell], db=db)
        _, output = run_in(way, ada, "A boat.", session_id="s")
        output.requirements[0].reject("Never.")
        by_id(way, ada, output, requirements=output.requirements)
    assert only(db)["status"] == "rejected"


@four_ways
def test_a_teams_run_pauses_again_until_its_members_call_is_approved(way, db):
    with on([delegate("ann", "Book."), call("book", boat="Ant"), "Booked.", "All set."]) as crew:
        team = crew.team(crew.agent("Ann", tools=[book]), db=db)
        _, output = run_in(way, team, "A boat.", session_id="s")
        row = only(db)
        assert (row["source_type"], row["team_id"], row["tool_name"]) == ("team", "crew", "book")
        _, output = by_id(way, team, output)
        assert (output.status, len(crew.requests)) == ("PAUSED", 2)
        for requirement in output.requirements:
            requirement.confirm()
        with pytest.raises(ValueError, match="still pending"):
            by_id(way, team, output, requirements=output.requirements)
        resolve(db)
        _, output = by_id(way, team, output)
    assert (output.status, output.content) == ("COMPLETED", "All set.")
    assert [member.tools[0].result for member in output.member_responses] == ["Ant is booked"]
    assert only(db)["run_status"] == "COMPLETED"


@four_ways
@pytest.mark.parametrize(("depth", "chosen"), [(1, False), (2, False), (1, True), (2, True)])
def test_the_row_of_a_member_with_a_database_of_its_own_is_found_there(way, db, tmp_path, depth, chosen):
    other = SqliteDb(db_file=str(tmp_path / "other.db"))
    script = [delegate("ann", "Book."), call("book", boat="Ant"), "Booked.", *["All set."] * depth]
    if depth > 1:
        script.insert(0, delegate("inner", "Book."))
    with on(script) as crew:
        ann = crew.agent("Ann", tools=[book], db=other)
        team = crew.team(ann, db=db)
        if chosen:
            team.members = lambda session_state: [ann]
        if depth > 1:
            team.name, team.id = "Inner", "inner"
            team = crew.team(team, db=db)
        _, output = run_in(way, team, "A boat.", session_id="s")
        row = only(other)
        assert db.get_approvals()[0] == []
        for requirement in output.requirements:
            requirement.confirm()
        with pytest.raises(ValueError, match="still pending"):
            by_id(way, team, output, requirements=output.requirements)
        other.update_approval(row["id"], status="approved", resolved_by="bo")
        _, output = by_id(way, team, output, requirements=output.requirements)
    assert (output.status, output.content) == ("COMPLETED", "All set.")
    assert only(other)["run_status"] == "COMPLETED"
    other.close()


@four_ways
def test_a_row_that_is_gone_allows_nothing(way, db):
    with on([call("book", boat="Ant")]) as crew:
        ada = crew.agent("Ada", tools=[book], db=db)
        _, output = run_in(way, ada, "A boat.", session_id="s")
        db.delete_approval(only(db)["id"])
        with pytest.raises(ValueError, match="resolved"):
            by_id(way, ada, output)


@four_ways
@pytest.mark.parametrize("store", [InMemoryDb, lambda: None], ids=["in memory", "no database"])
def test_without_rows_the_person_who_continues_decides(way, store):
    with on([call("book", boat="Ant"), "Done."]) as crew:
        ada = crew.agent("Ada", tools=[book], db=store())
        _, output = run_in(way, ada, "A boat.", session_id="s")
        output.requirements[0].confirm()
        _, output = continued_in(way, ada, output)
    assert (output.content, output.tools[0].result) == ("Done.", "Ant is booked")


def test_each_pause_of_a_run_has_a_row_of_its_own(db):
    with on([call("book", boat="Ant"), call("book", boat="Maud"), "Both."]) as crew:
        ada = crew.agent("Ada", tools=[book], db=db)
        output = ada.run("Two boats.", session_id="s")
        resolve(db)
        output = ada.continue_run(run_id=output.run_id, session_id="s")
        rows, total = db.get_approvals(status="pending")
        assert (total, rows[0]["tool_args"]) == (1, {"boat": "Maud"})
        # The first row does not speak for the second call.
        with pytest.raises(ValueError, match="resolved"):
            ada.continue_run(run_id=output.run_id, session_id="s")
        db.update_approval(rows[0]["id"], status="approved")
        output = ada.continue_run(run_id=output.run_id, session_id="s")
    assert [item.result for item in output.tools] == ["Ant is booked", "Maud is booked"]


@pytest.mark.parametrize("mark", [lambda: approval(type="maybe"), lambda: approval(type="audit")(tool(print))])
def test_a_mark_that_means_nothing_is_refused(mark):
    with pytest.raises(ValueError, match="audit"):
        mark()


def test_only_tools_can_be_marked():
    with pytest.raises(TypeError, match="'text'"):
        approval()("text")


def test_a_database_with_a_fault_is_not_taken_for_one_that_keeps_none(tmp_path, caplog):
    class Faulty(SqliteDb):
        def create_approval(self, approval_data):
            return approval_data.run_id

    with on([call("book", boat="Ant")]) as crew:
        crew.agent("Ada", tools=[book], db=Faulty(db_file=str(tmp_path / "faulty.db"))).run("A boat.")
    assert "Faulty.create_approval() failed: AttributeError" in caplog.text
