"""Groups of steps at their edges: nothing to run, a selector that errs, a step that fails, stops or waits."""

from __future__ import annotations

import io

import pytest
from rich.console import Console
from workflow_ways import WAYS, continue_in, run_in

from wherry.db.in_memory import InMemoryDb
from wherry.workflow import Condition, HumanReview, Loop, OnError, Parallel, Router, Step, StepOutput, Steps, Workflow
from wherry.workflow.types import StepProgress

four_ways = pytest.mark.parametrize("way", WAYS)


def says(text):
    def work(given):
        return StepOutput(content=text)

    return Step(name=text, executor=work)


def fails(name="broken", **given):
    def work(given):
        raise RuntimeError("no wind")

    return Step(name=name, executor=work, max_retries=0, human_review=HumanReview(on_error=OnError.fail), **given)


def flow(*steps, **given):
    return Workflow(name="w", id="w", steps=list(steps), telemetry=False, **given)


def result_of(way, *steps):
    events, output = run_in(way, flow(*steps), "go")
    return events, output, output.step_results[0]


@four_ways
def test_a_sequence_without_steps_says_so(way):
    _, output, result = result_of(way, Steps(name="none", steps=[]))
    assert (result.content, output.status) == ("No steps to execute", "COMPLETED")


@four_ways
def test_a_failing_step_fails_its_sequence_with_the_reason(way):
    _, _, result = result_of(way, Steps(name="trip", steps=[says("sail"), fails()]))
    assert (result.success, "no wind" in result.content) == (False, True)


@four_ways
@pytest.mark.parametrize(
    ("group", "what"),
    [
        (lambda steps: Condition(name="trip", evaluator=True, steps=steps), "Condition trip completed with 2 results"),
        (lambda steps: Router(name="trip", selector=lambda _: steps, choices=steps), "Router trip completed with 2"),
    ],
    ids=["condition", "router"],
)
def test_a_failing_step_ends_its_branch_and_shows_among_the_results(way, group, what):
    _, output, result = result_of(way, group([says("sail"), fails(), says("moor")]))
    assert result.content.startswith(what)
    assert [step.step_name for step in result.steps] == ["sail", "broken"]
    assert (result.success, result.steps[1].error) == (False, "no wind")
    assert output.status == "COMPLETED"


@four_ways
@pytest.mark.parametrize("evaluator", [lambda given: "yes", 7], ids=["no boolean", "no function"])
def test_what_is_no_boolean_counts_as_no(way, evaluator):
    events, output, result = result_of(
        way, Condition(name="wind?", evaluator=evaluator, steps=[says("sail")], else_steps=[says("row")])
    )
    assert result.content == "Condition wind? completed with 1 results (else branch)"
    assert output.content == "row" or result.steps[0].content == "row"
    if events:
        [started] = [event for event in events if event.event == "ConditionExecutionStarted"]
        assert started.condition_result is False


@four_ways
@pytest.mark.parametrize(
    ("choice", "ran"),
    [
        ("sail", ["sail"]),
        (["sail", ["row"]], ["sail", "row"]),
        ("fly", []),
        (None, []),
        (Step(name="by foot", executor=lambda given: StepOutput(content="by foot")), ["by foot"]),
        (lambda given: StepOutput(content="by foot"), []),
        (("sail",), []),
        (7, []),
    ],
    ids=["a name", "names in lists", "an unknown name", "nothing", "a step", "a function", "a tuple", "a number"],
)
def test_a_selector_may_return(way, choice, ran):
    events, output = run_in(
        way, flow(Router(name="how", selector=lambda _: choice, choices=[says("sail"), says("row")])), "go"
    )
    done = [inner.content for result in output.step_results for inner in result.steps or ()]
    assert done == ran
    if events:
        [chosen] = [event.selected_steps for event in events if event.event == "RouterExecutionStarted"]
        assert len(chosen) == len(ran)


@four_ways
def test_a_router_without_a_selector_runs_nothing(way):
    _, output = run_in(way, flow(Router(name="how", choices=[says("sail")]), says("moor")), "go")
    assert output.content == "moor"


@four_ways
@pytest.mark.parametrize(
    "group",
    [
        lambda steps: Steps(name="g", steps=steps),
        lambda steps: Condition(name="g", evaluator=True, steps=steps),
        lambda steps: Router(name="g", selector=lambda _: steps, choices=steps),
        lambda steps: Loop(name="g", steps=steps, max_iterations=1),
    ],
    ids=["steps", "condition", "router", "loop"],
)
def test_a_step_that_stops_the_run_inside_a_group_stops_what_follows(way, group):
    stop = Step(name="stop", executor=lambda given: StepOutput(content="aground", stop=True))
    _, output = run_in(way, flow(group([stop, says("sail")]), says("moor")), "go")
    assert "moor" not in [result.step_name for result in output.step_results]
    assert [inner.content for inner in output.step_results[0].steps] == ["aground"]


@four_ways
def test_a_paused_step_behind_a_router_is_given_what_the_router_said(way):
    """The requirement shows the router's own line, the step receives the answer of the step it chose, as in Agno."""
    seen = []

    def launch(given):
        seen.append(given.previous_step_content)
        return StepOutput(content="afloat")

    review = HumanReview(requires_confirmation=True)
    router = Router(name="style", selector=lambda _: "clinker", choices=[says("clinker")])
    workflow = flow(router, Step(name="launch", executor=launch, human_review=review), db=InMemoryDb())
    _, output = run_in(way, workflow, "go", session_id="s")
    [waiting] = output.step_requirements
    shown = waiting.to_dict()["step_input"]["previous_step_content"]
    assert (output.status, shown) == ("PAUSED", "Router style completed with 1 results")
    waiting.confirm()
    _, output = continue_in(way, workflow, output, session_id="s")
    assert (output.content, seen) == ("afloat", ["clinker"])


@four_ways
def test_a_function_that_is_the_whole_workflow_may_stream_and_take_what_was_passed(way):
    def steps(workflow, execution_input, session_state):
        session_state["seen"] = workflow.name
        yield "Heave "
        yield StepOutput(content="ho, ")
        yield execution_input.input

    events, output = run_in(way, Workflow(name="w", steps=steps, telemetry=False), "Ada", user_id="u")
    assert output.content == "Heave ho, Ada"
    if events:
        assert events[-1].event == "WorkflowCompleted"


@four_ways
def test_a_database_of_another_kind_is_asked_by_agnos_method_names(way):
    class Plain:
        """A database with Agno's methods and none of Wherry's."""

        def __init__(self):
            self.sessions, self.asked = {}, []

        def get_session(self, session_id, session_type, user_id=None, **given):
            self.asked.append(session_id)
            return self.sessions.get(session_id)

        def upsert_session(self, session, **given):
            self.sessions[session.session_id] = session
            return session

    db = Plain()
    workflow = flow(says("sail"), db=db)
    run_in(way, workflow, "go", session_id="s", user_id="u")
    _, output = run_in(way, workflow, "go", session_id="s", user_id="u")
    assert output.content == "sail"
    assert set(db.asked) == {"s"}
    assert len(db.sessions["s"].runs) == 2


@pytest.mark.parametrize(
    ("steps", "asked", "given", "shown"),
    [
        ([says("sail")], {"boat": "Maud"}, {"user_id": "u"}, ["Structured Input", "Maud", "User ID: u", "1 steps"]),
        ([Step(name="list", executor=lambda given: StepOutput(content=["a"]))], "go", {}, ["Structured Output"]),
        ([Step(name="count", executor=lambda given: StepOutput(content=7))], "go", {}, ["7"]),
        (lambda workflow, execution_input: "all", "go", {}, ["Custom Function (Completed)", "all"]),
    ],
    ids=["structured input", "structured content", "a number", "one function"],
)
@pytest.mark.parametrize("markdown", [True, False])
def test_a_run_is_drawn(steps, asked, given, shown, markdown):
    console = Console(file=io.StringIO(), width=100)
    workflow = Workflow(name="w", description="A tour.", steps=steps, metadata={"season": 1}, telemetry=False)
    workflow.print_response(asked, console=console, markdown=markdown, stream=False, **given)
    text = console.file.getvalue()
    for part in [*shown, "A tour.", "Execution Summary", "Completed in"]:
        assert part in text.replace("**", "")


@four_ways
def test_a_function_tells_how_far_it_is_to_those_who_watch(way):
    def row(given):
        yield StepProgress(content="half way", data={"locks": 2})
        yield "there"

    events, output = run_in(way, flow(Step(name="row", executor=row)), "go")
    assert output.content == "there"
    if events:
        [told] = [event for event in events if event.event == "StepProgress"]
        assert (told.content, told.data, told.step_name) == ("half way", {"locks": 2}, "row")


@four_ways
def test_parallel_steps_have_contexts_of_their_own_over_one_state(way):
    seen = {}

    def marking(name):
        def mark(given, run_context):
            seen[name] = run_context.output_schema
            run_context.output_schema = name
            run_context.session_state[name] = True
            return name

        return Step(name=name, executor=mark)

    def last(given, run_context):
        seen["last"] = run_context.output_schema
        return str(sorted(name for name in run_context.session_state if len(name) == 1))

    workflow = Workflow(name="w", steps=[Parallel(marking("a"), marking("b")), last], telemetry=False)
    _, output = run_in(way, workflow, "go", session_id="s")
    assert seen == {"a": None, "b": None, "last": None}
    assert output.content == "['a', 'b']"


@four_ways
def test_what_decides_gets_the_state_by_the_run_context_only(way):
    def old(_given, session_state):
        return "a"

    def new(_given, run_context, step_choices=None):
        run_context.session_state["asked"] = True
        return [step_choices[0]] if step_choices else True

    _, output = run_in(way, flow(Condition(name="c", evaluator=old, steps=[says("a")]), says("b")), "go")
    assert "session_state" in output.step_results[0].content, "a condition is skipped"
    with pytest.raises(TypeError, match="session_state"):
        run_in(way, flow(Router(name="r", selector=old, choices=[says("a")])), "go")
    groups = [
        Condition(name="c", evaluator=new, steps=[says("a")]),
        Router(name="r", selector=new, choices=[says("b")]),
    ]
    made = flow(*groups, db=InMemoryDb())
    _, output = run_in(way, made, "go", session_id="s")
    assert [step.steps[0].content for step in output.step_results] == ["a", "b"]
    assert made.get_session_state(session_id="s")["asked"] is True
