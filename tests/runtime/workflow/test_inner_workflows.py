"""Workflows inside workflows: what they are told of the outer one, and the outer one waiting with them."""

import json

import pytest
from team_kit import call, on
from workflow_ways import WAYS, continue_in, names, run_in

from wherry.db.sqlite import SqliteDb
from wherry.run.workflow import WorkflowRunOutput
from wherry.tools import tool
from wherry.workflow import Condition, HumanReview, Loop, Parallel, Router, Step, StepOutput, Steps, Workflow

four_ways = pytest.mark.parametrize("way", WAYS)


@four_ways
@pytest.mark.parametrize("told", [False, True], ids=["as in Agno", "told"])
def test_an_inner_workflow_is_told_what_the_outer_one_was_given_when_that_is_wanted(way, told):
    heard = []

    def look(given, run_context):
        heard.append((given.input, given.additional_data, run_context.dependencies, run_context.metadata))
        return StepOutput(content="seen")

    innermost = Workflow(name="Innermost", steps=[Step(name="look", executor=look)], telemetry=False)
    inner = Workflow(name="Inner", steps=[Step(name="innermost", workflow=innermost)], telemetry=False)
    review = HumanReview(requires_user_input=True, user_input_schema=[{"name": "boat", "field_type": "str"}])
    given = {"dependencies": {"tide": "high"}, "metadata": {"river": "Bure"}, "additional_data": {"miles": 3}}
    step = Step(name="inner", workflow=inner, human_review=review)
    made = Workflow(name="Outer", steps=[step], telemetry=False, tell_inner=told)
    _, output = run_in(way, made, "go", session_id="s", **given)
    output.step_requirements[-1].set_user_input(boat="Maud")
    _, output = continue_in(way, made, output, **given)
    assert output.content == "seen"
    if not told:
        assert heard == [("go", None, None, {})]
        return
    ((text, data, dependencies, metadata),) = heard
    assert text.endswith("User preferences:\n- boat: Maud")
    assert (data, dependencies, metadata) == (
        {"miles": 3, "user_input": {"boat": "Maud"}},
        {"tide": "high"},
        {"river": "Bure"},
    )


class Trail:
    """What ran, in order, and steps that write it."""

    def __init__(self):
        self.ran = []

    def step(self, name, fails=0, **options):
        def work(given, run_context):
            self.ran.append(name)
            run_context.session_state.setdefault("ran", []).append(name)
            if self.ran.count(name) <= fails:
                raise RuntimeError(f"{name} leaks")
            values = (given.additional_data or {}).get("user_input") or {}
            return StepOutput(content=" ".join([name, *map(str, values.values()), f"< {given.previous_step_content}"]))

        return Step(name=name, executor=work, max_retries=0, **options)


def review(**options):
    return HumanReview(**options)


VALUES = [{"name": "boat", "field_type": "str"}]
# By question: the step that asks, the answer, what the inner workflow gives then.
QUESTIONS = {
    "yes": (
        lambda t: t.step("ask", human_review=review(requires_confirmation=True)),
        lambda question: question.confirm(),
        "end < ask < begin < None",
    ),
    "no": (
        lambda t: t.step("ask", human_review=review(requires_confirmation=True, on_reject="skip")),
        lambda question: question.reject("later"),
        "end < begin < None",
    ),
    "values": (
        lambda t: t.step("ask", human_review=review(requires_user_input=True, user_input_schema=VALUES)),
        lambda question: question.set_user_input(boat="Maud"),
        "end < ask Maud < begin < None",
    ),
    "review": (
        lambda t: t.step("ask", human_review=review(requires_output_review=True)),
        lambda question: question.edit("mended"),
        "end < mended",
    ),
    "route": (
        lambda t: Router(
            name="r", choices=[t.step("left"), t.step("right")], human_review=review(requires_user_input=True)
        ),
        lambda question: question.select("right"),
        "end < right < begin < None",
    ),
    "error": (
        lambda t: t.step("ask", fails=1, human_review=review(on_error="pause")),
        lambda question: question.retry(),
        "end < ask < begin < None",
    ),
}


def nested(trail, asking, db=None, around=lambda step: step, deep=1, **options):
    made = Workflow(name="inner", steps=[trail.step("begin"), asking(trail), trail.step("end")], telemetry=False)
    for number in range(1, deep):
        made = Workflow(name=f"around {number}", steps=[Step(name=f"in {number}", workflow=made)], telemetry=False)
    steps = [trail.step("first"), around(Step(name="inner", workflow=made)), trail.step("last")]
    return Workflow(name="outer", steps=steps, db=db, telemetry=False, **{"wait_for_inner": True, **options})


def open_question(output):
    return (output.error_requirements or output.step_requirements)[-1]


@four_ways
@pytest.mark.parametrize(("asking", "answer", "given"), QUESTIONS.values(), ids=QUESTIONS)
def test_the_outer_workflow_waits_with_the_inner_one_and_hands_it_the_answer(way, asking, answer, given):
    trail = Trail()
    made = nested(trail, asking)
    events, output = run_in(way, made, "go", session_id="s")
    assert (output.status, output.paused_step_name, "last" in trail.ran) == ("PAUSED", "inner", False)
    assert not events or events[-1].step_name == "inner", "the outer one says last that it waits"
    answer(open_question(output))
    ids = [step.step_id for step in made.steps]
    events, output = continue_in(way, made, output)
    assert (output.status, output.content) == ("COMPLETED", f"last < {given}")
    assert [result.step_id for result in output.step_results] == ids
    assert all(event.nested_depth == (event.workflow_name == "inner") for event in events)
    assert [result.step_name for result in output.step_results] == ["first", "inner", "last"]
    assert [trail.ran.count(name) for name in ("first", "begin", "end", "last")] == [1, 1, 1, 1]
    assert [inner.status for inner in output.step_executor_runs] == ["COMPLETED"]
    assert not events or (names(events)[-1], "StepExecutorContinued" in names(events)) == ("WorkflowCompleted", True)


@four_ways
@pytest.mark.parametrize("stored", ["json", "database"])
@pytest.mark.parametrize(("asking", "answer", "given"), QUESTIONS.values(), ids=QUESTIONS)
def test_an_inner_workflow_goes_on_in_another_process(way, stored, asking, answer, given, tmp_path):
    trail, path = Trail(), str(tmp_path / "w.db")
    _, output = run_in(way, nested(trail, asking, SqliteDb(db_file=path), deep=2), "go", session_id="s")
    db = SqliteDb(db_file=path)
    made = nested(trail, asking, db, deep=2)
    if stored == "json":
        output = WorkflowRunOutput.from_dict(json.loads(json.dumps(output.to_dict())))
    else:
        output = made.get_run_output(output.run_id, "s")
    answer(open_question(output))
    _, output = continue_in(way, made, output)
    assert (output.status, output.content) == ("COMPLETED", f"last < {given}")
    assert [trail.ran.count(name) for name in ("first", "begin", "end", "last")] == [1, 1, 1, 1]
    session = db.get_session("s", "workflow")
    assert session.runs[0].status == "COMPLETED"
    assert session.session_data["session_state"]["ran"] == trail.ran


@four_ways
def test_a_no_that_cancels_inside_ends_the_outer_run(way):
    trail = Trail()
    made = nested(trail, lambda t: t.step("ask", human_review=review(requires_confirmation=True, on_reject="cancel")))
    _, output = run_in(way, made, "go", session_id="s")
    output.step_requirements[-1].reject()
    _, output = continue_in(way, made, output)
    assert (output.status, output.content) == ("CANCELLED", "Workflow cancelled: Step 'ask' was rejected")
    assert output.step_executor_runs[0].status == "CANCELLED"
    assert trail.ran == ["first", "begin"]


@four_ways
@pytest.mark.parametrize("kept", [False, True])
def test_a_tool_inside_waits_and_a_second_question_follows(way, kept):
    @tool(requires_confirmation=True)
    def book(boat: str) -> str:
        return f"{boat} booked"

    trail = Trail()
    with on([call("book", boat="Albion"), "She is booked."]) as crew:
        agent = crew.agent("Ann", tools=[book])
        reviewed = review(requires_output_review=True)
        asking = Steps(name="both", steps=[Step(name="ask", agent=agent)])
        inner = Workflow(name="inner", steps=[asking, trail.step("end", human_review=reviewed)], telemetry=False)
        steps = [Step(name="inner", workflow=inner), trail.step("last")]
        made = Workflow(name="outer", steps=steps, telemetry=False, wait_for_inner=True, store_executor_outputs=kept)
        _, output = run_in(way, made, "go", session_id="s")
        (question,) = output.step_requirements
        assert (output.pause_kind, question.executor_name) == ("executor", "Ann")
        answers = question.run_requirements()
        answers[0].confirm()
        question.executor_requirements = answers
        _, output = continue_in(way, made, output)
    assert (output.status, len(output.step_requirements)) == ("PAUSED", 2)
    assert output.step_requirements[-1].step_output.content == "end < She is booked."
    output.step_requirements[-1].confirm()
    _, output = continue_in(way, made, output)
    assert (output.status, output.content) == ("COMPLETED", "last < end < She is booked.")


AROUND = {
    "steps": lambda before, step, after: Steps(name="g", steps=[before, step, after]),
    "condition": lambda before, step, after: Condition(name="g", evaluator=True, steps=[before, step, after]),
    "loop": lambda before, step, after: Loop(name="g", steps=[before, step, after], max_iterations=1),
    "router": lambda before, step, after: Router(
        name="g", choices=[before, step, after], selector=lambda given, step_choices: step_choices
    ),
    "parallel": lambda before, step, after: Parallel(before, step, after, name="g"),
}


@four_ways
@pytest.mark.parametrize(("question", "finish"), [("yes", False), ("yes", True), ("review", True)])
@pytest.mark.parametrize("around", AROUND)
def test_an_inner_workflow_of_a_group_is_waited_for(way, around, question, finish):
    asking, answer, _ = QUESTIONS[question]
    trail = Trail()

    def group(step):
        return AROUND[around](trail.step("before"), step, trail.step("after"))

    made = nested(trail, asking, around=group, finish_groups=finish)
    if around == "parallel" and not finish:
        with pytest.raises(ValueError, match="Step 'inner' waits for a person inside a Parallel"):
            run_in(way, made, "go", session_id="s")
        return
    _, output = run_in(way, made, "go", session_id="s")
    assert output.status == "PAUSED"
    output = WorkflowRunOutput.from_dict(json.loads(json.dumps(output.to_dict())))
    answer(open_question(output))
    _, output = continue_in(way, made, output)
    assert output.status == "COMPLETED"
    once = ["first", "before", "begin", "end", "last", *(["after"] if finish else [])]
    assert {name: trail.ran.count(name) for name in once} == dict.fromkeys(once, 1)
    assert ("after" in trail.ran) is finish


@four_ways
@pytest.mark.parametrize("elsewhere", [False, True])
@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("around", ["parallel", "steps", "deep"])
def test_each_answer_goes_to_the_step_that_waits_where_two_have_workflows_of_one_name(way, around, shared, elsewhere):
    def inner(called):
        def work(given):
            return StepOutput(content=f"{called} {given.additional_data['user_input']['boat']}")

        asks = Step(name="ask", executor=work, human_review=review(requires_user_input=True, user_input_schema=VALUES))
        return Workflow(name="inner", steps=[asks], telemetry=False)

    def built():
        left = inner("left")
        parts = [Step(name="a", workflow=left), Step(name="b", workflow=left if shared else inner("right"))]
        if around == "deep":
            parts = [Steps(name=f"of {part.name}", steps=[part]) for part in parts]
        group = Steps(name="g", steps=parts) if around == "steps" else Parallel(*parts, name="g")
        return Workflow(name="outer", steps=[group], telemetry=False, wait_for_inner=True, finish_groups=True)

    made = built()
    _, output = run_in(way, made, "go", session_id="s")
    asked = []
    for boat in ("Maud", "Albion"):
        assert output.status == "PAUSED"
        waiting = [one for one in output.step_executor_runs if one.status == "PAUSED"]
        asked.append((waiting[-1].run_id, boat))
        output.step_requirements[-1].set_user_input(boat=boat)
        if elsewhere:
            made = built()
            output = WorkflowRunOutput.from_dict(json.loads(json.dumps(output.to_dict())))
        _, output = continue_in(way, made, output)
    assert output.status == "COMPLETED"
    (group,) = output.step_results
    of_steps = [one.steps[0] if around == "deep" else one for one in group.steps]
    assert [one.step_name for one in of_steps] == ["a", "b"]
    boats = dict(asked)
    said = ("left", "left" if shared else "right")
    assert [one.content for one in of_steps] == [
        f"{called} {boats[one.step_run_id]}" for called, one in zip(said, of_steps, strict=True)
    ]


@four_ways
@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize("waiting", ["a", "b", "c"])
def test_another_process_knows_which_of_two_workflows_of_one_name_waits_where_the_group_ends(
    way, waiting, deep, tmp_path
):
    def inner(called):
        asks = review(requires_confirmation=True) if called == waiting else None
        step = Step(name="ask", executor=lambda _: StepOutput(content=f"{called} did it"), human_review=asks)
        return Workflow(name="inner", steps=[step], telemetry=False)

    def built():
        parts = [Step(name=name, workflow=inner(name)) for name in "abc"]
        if deep:
            parts = [Condition(name="if", evaluator=True, steps=parts[:2]), parts[2]]
        db = SqliteDb(db_file=str(tmp_path / "w.db"))
        return Workflow(name="w", steps=[Steps(name="g", steps=parts)], db=db, telemetry=False, wait_for_inner=True)

    _, output = run_in(way, built(), "go", session_id="s")
    assert output.status == "PAUSED"
    made = built()
    stored = made.get_run_output(output.run_id, "s")
    stored.step_requirements[-1].confirm()
    _, output = continue_in(way, made, stored)
    assert (output.status, output.content) == ("COMPLETED", f"{waiting} did it")
