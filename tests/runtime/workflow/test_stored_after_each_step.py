"""What is stored of a workflow's run after each of its steps, and what the run has in hand meanwhile."""

from __future__ import annotations

import pytest
from kit_stores import changed
from workflow_ways import WAYS, run_in

from wherry.db.sqlite import SqliteDb
from wherry.workflow import Step, Workflow


def looking(file, first, **options):
    """A workflow of three steps: notes something, does `first`, and looks what the run holds and the database has."""
    seen = {}

    def note(given, run_context):
        run_context.session_state["noted"] = 1
        return "Noted."

    def between(given, run_context):
        seen["stored"] = SqliteDb(db_file=file).get_session("s")
        seen["held"] = dict(run_context.session_state)
        first()
        run_context.session_state["between"] = 1
        return "Done."

    def end(given, run_context):
        seen["end"] = dict(run_context.session_state)
        return "Ended."

    steps = [Step(name=step.__name__, executor=step) for step in (note, between, end)]
    return Workflow(name="w", db=SqliteDb(db_file=file), steps=steps, telemetry=False, **options), seen


def final(file):
    return SqliteDb(db_file=file).get_session("s").session_data["session_state"]


@pytest.mark.parametrize("cached", [False, True])
@pytest.mark.parametrize("way", WAYS)
def test_the_steps_done_and_their_state_are_stored_without_the_ids_of_the_run(way, cached, tmp_path):
    file = str(tmp_path / "s.db")

    def other():
        named = Workflow(db=SqliteDb(db_file=file)).get_session("s")
        named.session_data["session_state"]["other"] = 1
        Workflow(db=SqliteDb(db_file=file)).save_session(named)

    workflow, seen = looking(file, other, cache_session=cached)
    _, output = run_in(way, workflow, "Go", session_id="s", run_id="r")
    (run,) = seen["stored"].runs
    assert (run.status, [step.content for step in run.step_results]) == ("RUNNING", ["Noted."])
    assert seen["stored"].session_data["session_state"] == {"noted": 1}
    ids = {name: value for name, value in seen["held"].items() if name != "noted"}
    assert ids.get("current_run_id", "r") == "r"
    assert ("current_run_id" in ids) == (not way.startswith("arun")), "as in Agno"
    assert seen["end"] == {"noted": 1, "between": 1, "other": 1, **ids}
    assert final(file) == {"noted": 1, "between": 1, "other": 1}
    assert output.content == "Ended."


@pytest.mark.parametrize("way", WAYS)
def test_a_step_that_cannot_be_stored_is_stored_with_the_next(way, tmp_path, caplog):
    file = str(tmp_path / "s.db")
    SqliteDb(db_file=file)._create_all_tables()
    changed(file, "CREATE TRIGGER full BEFORE INSERT ON agno_runs BEGIN SELECT RAISE(ABORT, 'no room'); END")
    workflow, seen = looking(file, lambda: changed(file, "DROP TRIGGER full"))
    _, output = run_in(way, workflow, "Go", session_id="s", run_id="r")
    assert seen["stored"] is None
    assert "'r' could not be stored after a step" in caplog.text
    assert output.status.value == "COMPLETED"
    assert final(file) == {"noted": 1, "between": 1}
    (run,) = SqliteDb(db_file=file).get_session("s").runs
    assert [step.content for step in run.step_results] == ["Noted.", "Done.", "Ended."]
