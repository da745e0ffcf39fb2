"""With `finish_groups=True` the rest of a group runs after a tool inside it waited for a person, in the four ways."""

import json

import pytest
from team_kit import WAYS, call, delegate, on
from workflow_ways import continue_in, names, run_in

from wherry.db.sqlite import SqliteDb
from wherry.run.workflow import WorkflowRunOutput
from wherry.tools import tool
from wherry.workflow import Condition, Loop, Parallel, Router, Step, StepOutput, Steps, Workflow

four_ways = pytest.mark.parametrize("way", WAYS)
handed = pytest.mark.parametrize("where", ["live", "json", "database"])
BOOK = call("book", boat="Albion")


def asking():
    @tool(requires_confirmation=True)
    def book(boat: str) -> str:
        return f"{boat} booked"

    return book


class Trail:
    """What ran, in order, and steps that write it."""

    def __init__(self):
        self.ran = []

    def step(self, name, **more):
        def work(given):
            self.ran.append(name)
            return StepOutput(content=f"{name} after {given.previous_step_content}", **more)

        return Step(name=name, executor=work)


def ask(crew, name="Ann"):
    return Step(name=f"ask {name}", agent=crew.agent(name, tools=[asking()]))


GROUPS = {
    "steps": lambda before, asked, after: Steps(name="g", steps=[before, asked, after]),
    "condition": lambda before, asked, after: Condition(name="g", evaluator=True, steps=[before, asked, after]),
    "else": lambda before, asked, after: Condition(
        name="g", evaluator=False, steps=[after], else_steps=[before, asked, after]
    ),
    "router": lambda before, asked, after: Router(
        name="g", choices=[after, before, asked], selector=lambda _given: ["before", "ask Ann", "after"]
    ),
    "loop": lambda before, asked, after: Loop(name="g", steps=[before, asked, after], max_iterations=1),
    "parallel": lambda before, asked, after: Parallel(before, asked, after, name="g"),
    "nested": lambda before, asked, after: Steps(
        name="g",
        steps=[
            before,
            Condition(name="c", evaluator=True, steps=[Loop(name="l", steps=[asked], max_iterations=1)]),
            after,
        ],
    ),
}


def workflow(trail, group, db, **options):
    steps = [trail.step("first"), group, trail.step("last")]
    return Workflow(name="w", steps=steps, db=db, telemetry=False, **{"finish_groups": True, **options})


def going_on(way, made, output, where):
    """Answer yes to the open question and go on, with the output at hand, as JSON or from the database."""
    if where == "live":
        output.step_requirements[-1].executor_requirements = answers(output)
        return continue_in(way, made, output)
    if where == "json":
        output = WorkflowRunOutput.from_dict(json.loads(json.dumps(output.to_dict(), default=str)))
        output.step_requirements[-1].executor_requirements = answers(output)
        return continue_in(way, made, output)
    stored = made.get_run_output(run_id=output.run_id, session_id="s")
    stored.step_requirements[-1].executor_requirements = answers(stored)
    questions = stored.step_requirements
    return continue_in(way, made, run_id=output.run_id, session_id="s", step_requirements=questions)


def answers(output):
    [*_, question] = output.step_requirements
    given = [item if isinstance(item, dict) else item.to_dict() for item in question.executor_requirements]
    for item in given:
        item["confirmation"] = True
        item["tool_execution"]["confirmed"] = True
    return given


def leaves(output):
    """Names of the steps that gave something, in order, groups opened."""
    found = []
    for result in output:
        found += leaves(result.steps) if result.steps else [result.step_name]
    return found


@four_ways
@handed
@pytest.mark.parametrize("kind", GROUPS)
def test_the_rest_of_a_group_runs_once_the_tool_is_answered(way, where, kind, tmp_path):
    trail, db = Trail(), SqliteDb(db_file=str(tmp_path / "w.db"))
    with on([BOOK, "Booked."]) as crew:
        group = GROUPS[kind](trail.step("before"), ask(crew), trail.step("after"))
        made = workflow(trail, group, db)
        events, output = run_in(way, made, "go", session_id="s")
        assert output.status == "PAUSED"
        assert [result.step_name for result in output.step_results] == ["first"]
        early = ["after"] if kind == "parallel" else []
        assert trail.ran == ["first", "before", *early]
        events, output = going_on(way, made, output, where)
        crew.assert_done()
    assert output.status == "COMPLETED"
    assert sorted(trail.ran) == ["after", "before", "first", "last"], "nothing twice, nothing left out"
    assert leaves(output.step_results) == ["first", "before", "ask Ann", "after", "last"]
    assert [result.step_name for result in output.step_results] == ["first", "g", "last"]
    assert not any(result.is_paused for result in output.step_results)
    if kind not in ("parallel", "nested"):
        assert output.content == "last after after after Booked."
    if events:
        told = names(events)
        assert "StepExecutorContinued" in told
        assert told[-1] == "WorkflowCompleted"


@four_ways
def test_without_the_option_the_group_ends_as_in_agno(way, tmp_path):
    trail, db = Trail(), SqliteDb(db_file=str(tmp_path / "w.db"))
    with on([BOOK, "Booked."]) as crew:
        group = GROUPS["steps"](trail.step("before"), ask(crew), trail.step("after"))
        made = workflow(trail, group, db, finish_groups=False)
        _, output = run_in(way, made, "go", session_id="s")
        _, output = going_on(way, made, output, "live")
    assert trail.ran == ["first", "before", "last"]
    assert output.status == "COMPLETED"


@four_ways
@handed
@pytest.mark.parametrize("forward", [False, True])
def test_a_loop_goes_on_in_the_round_that_paused(way, where, forward, tmp_path):
    trail, db = Trail(), SqliteDb(db_file=str(tmp_path / "w.db"))
    rounds = []

    def enough(outputs):
        rounds.append([output.content for output in outputs])
        return len(rounds) == 3

    def looping(crew):
        rounds.clear()
        trail.ran.clear()
        inside = [trail.step("before"), ask(crew), trail.step("after")]
        more = {"forward_iteration_output": forward, "end_condition": enough, "max_iterations": 5}
        return workflow(trail, Loop(name="g", steps=inside, **more), db)

    with on(["One.", "Two.", "Three."]) as crew:
        _, straight = run_in(way, looping(crew), "go", session_id="t")
        wanted = list(rounds)
    with on(["One.", BOOK, "Two.", "Three."]) as crew:
        made = looping(crew)
        _, output = run_in(way, made, "go", session_id="s")
        assert trail.ran == ["first", "before", "after", "before"]
        _, output = going_on(way, made, output, where)
        crew.assert_done()
    assert trail.ran == ["first", *["before", "after"] * 3, "last"]
    assert rounds == wanted
    assert [step.content for step in output.step_results] == [step.content for step in straight.step_results]
    assert len(output.step_results[1].steps) == 9


@four_ways
@handed
def test_two_questions_in_one_group_are_asked_one_after_the_other(way, where, tmp_path):
    trail, db = Trail(), SqliteDb(db_file=str(tmp_path / "w.db"))
    with on([BOOK, "Booked.", call("book", boat="Maud"), "Booked, too."]) as crew:
        made = workflow(trail, Steps(name="g", steps=[ask(crew), ask(crew, "Ben"), trail.step("after")]), db)
        _, output = run_in(way, made, "go", session_id="s")
        _, output = going_on(way, made, output, where)
        assert (output.status, trail.ran) == ("PAUSED", ["first"])
        _, output = going_on(way, made, output, where)
        crew.assert_done()
    assert leaves(output.step_results) == ["first", "ask Ann", "ask Ben", "after", "last"]
    assert output.status == "COMPLETED"


@four_ways
@handed
def test_steps_side_by_side_that_all_wait_are_answered_in_turn(way, where, tmp_path):
    trail, db = Trail(), SqliteDb(db_file=str(tmp_path / "w.db"))
    asked = [{**BOOK, "when": "Ann"}, {**call("book", boat="Maud"), "when": "Ben"}]
    with on([*asked, {"content": "Ann booked.", "when": "Ann"}, {"content": "Ben booked.", "when": "Ben"}]) as crew:
        both = [
            Step(name=name, agent=crew.agent(name, tools=[asking()], instructions=f"You are {name}."))
            for name in ("Ann", "Ben")
        ]
        made = workflow(trail, Parallel(*both, name="g"), db)
        _, output = run_in(way, made, "go", session_id="s")
        for status in ("PAUSED", "COMPLETED"):
            _, output = going_on(way, made, output, where)
            assert output.status == status
        crew.assert_done()
    assert [(step.step_name, step.content) for step in output.step_results[1].steps] == [
        ("Ann", "Ann booked."),
        ("Ben", "Ben booked."),
    ]
    assert trail.ran == ["first", "last"]


@four_ways
def test_a_condition_and_a_router_are_not_asked_again(way, tmp_path):
    trail, db, asked = Trail(), SqliteDb(db_file=str(tmp_path / "w.db")), []

    def choose(given):
        asked.append(given.input)
        return ["inner"] if len(asked) == 1 else ["other"]

    def holds(_given):
        asked.append("condition")
        return asked.count("condition") == 1

    with on([BOOK, "Booked."]) as crew:
        inner = Condition(name="inner", evaluator=holds, steps=[ask(crew), trail.step("after")])
        made = workflow(trail, Router(name="g", choices=[inner, trail.step("other")], selector=choose), db)
        _, output = run_in(way, made, "go", session_id="s")
        _, output = going_on(way, made, output, "database")
    assert asked == ["go", "condition"]
    assert leaves(output.step_results) == ["first", "ask Ann", "after", "last"]


@four_ways
@handed
def test_a_condition_that_did_not_hold_beside_a_question_is_not_asked_again(way, where, tmp_path):
    trail, db, asked = Trail(), SqliteDb(db_file=str(tmp_path / "w.db")), []

    def holds(given):
        asked.append(given.input)
        return len(asked) > 1

    with on([BOOK, "Booked."]) as crew:
        beside = Condition(name="beside", evaluator=holds, steps=[trail.step("inside")])
        made = workflow(trail, Parallel(ask(crew), beside, name="g"), db)
        _, output = run_in(way, made, "go", session_id="s")
        _, output = going_on(way, made, output, where)
        crew.assert_done()
    assert (output.status, asked) == ("COMPLETED", ["go"])
    assert trail.ran == ["first", "last"]


@four_ways
def test_a_member_of_a_team_in_a_group(way, tmp_path):
    trail, db = Trail(), SqliteDb(db_file=str(tmp_path / "w.db"))
    with on([delegate("ann", "Book."), BOOK, "Booked.", "All set."]) as crew:
        team = crew.team(crew.agent("Ann", tools=[asking()]))
        made = workflow(trail, Steps(name="g", steps=[Step(name="ask", team=team), trail.step("after")]), db)
        _, output = run_in(way, made, "go", session_id="s")
        _, output = going_on(way, made, output, "live")
        crew.assert_done()
    assert output.content == "last after after after All set."


@four_ways
def test_steps_that_a_selector_makes_end_with_the_question(way, tmp_path):
    trail, db = Trail(), SqliteDb(db_file=str(tmp_path / "w.db"))
    with on([BOOK, "Booked."]) as crew:
        ann = ask(crew)
        steps = Steps(name="made", steps=[ann, trail.step("after")])
        made = workflow(trail, Router(name="g", choices=[ann], selector=lambda _given: [steps]), db)
        _, output = run_in(way, made, "go", session_id="s")
        _, output = going_on(way, made, output, "live")
    assert output.status == "COMPLETED"
    assert trail.ran == ["first", "last"]


@four_ways
def test_a_step_that_waited_inside_a_group_keeps_its_id_in_another_process(way, tmp_path):
    db = SqliteDb(db_file=str(tmp_path / "w.db"))
    with on([BOOK, "Booked."]) as crew:

        def build():
            trail = Trail()
            return workflow(trail, Steps(name="g", steps=[trail.step("before"), ask(crew)]), db, finish_groups=False)

        _, output = run_in(way, build(), "go", session_id="s")
        [question] = output.step_requirements
        _, output = going_on(way, build(), output, "database")
    assert [inner.step_id for inner in output.step_results if inner.executor_type == "agent"] == [question.step_id]
    assert {run.workflow_step_id for run in output.step_executor_runs} == {question.step_id}
