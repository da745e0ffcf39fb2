"""Functions as steps and as whole workflows: plain, async, generators; what they take and what their results become."""

from __future__ import annotations

import pytest
from team_kit import on
from workflow_ways import WAYS, names, run_in

from wherry.db.sqlite import SqliteDb
from wherry.media import Image
from wherry.workflow import Step, StepOutput, Workflow

four_ways = pytest.mark.parametrize("way", WAYS)
looping_ways = pytest.mark.parametrize("way", [way for way in WAYS if way.startswith("arun")])


def run(way, *steps, **options):
    return run_in(way, Workflow(name="w", steps=list(steps), telemetry=False, **options), "go", session_id="s")


class Caller:
    """An object that is called."""

    __name__ = "caller"

    def __call__(self, given, run_context):
        run_context.session_state["called"] = given.input
        return StepOutput(content=f"called with {run_context.session_state['called']}")


def pieces(_given):
    yield "one "
    yield "two"


def pieces_then_output(_given):
    yield "thrown away"
    yield StepOutput(content="the end")


async def later(given):
    return StepOutput(content=f"later than {given.input}")


async def pieces_later(_given):
    yield "one "
    yield "two"


@four_ways
@pytest.mark.parametrize(
    ("function", "content"),
    [
        (pieces, "one two"),
        (pieces_then_output, "the end"),
        (lambda given: 7, "7"),
        (lambda given: StepOutput(content={"n": 1}), {"n": 1}),
        (Caller(), "called with go"),
    ],
    ids=["pieces", "output-at-the-end", "number", "mapping", "object"],
)
def test_what_a_function_gives_is_the_steps_content(way, function, content):
    assert run(way, Step(name="f", executor=function))[1].content == content


@looping_ways
@pytest.mark.parametrize(("function", "content"), [(later, "later than go"), (pieces_later, "one two")])
def test_async_functions_run_on_the_loop(way, function, content):
    assert run(way, Step(name="f", executor=function))[1].content == content


@pytest.mark.parametrize("way", ["run", "run stream"])
@pytest.mark.parametrize("function", [later, pieces_later])
def test_async_functions_need_a_loop(way, function):
    with pytest.raises(ValueError, match="Cannot use async function with synchronous execution"):
        run(way, Step(name="f", executor=function, max_retries=0), strict=True)


@four_ways
def test_a_function_may_let_an_agents_words_through(way):
    with on(["A wherry."]) as crew:
        agent = crew.agent("Ann")

        def ask(given):
            yield from agent.run(given.input, stream=True)

        events, output = run(way, Step(name="ask", executor=ask))
    assert output.content == "A wherry."
    if events:
        assert names(events).count("RunContent") > 1


@four_ways
def test_a_function_may_hand_an_agents_output_on(way):
    with on(["A wherry."]) as crew:
        agent = crew.agent("Ann")
        _, output = run(way, Step(name="ask", executor=lambda given: agent.run(given.input)))
    assert output.content == "A wherry."


def whole(workflow, execution_input, run_context):
    return f"{workflow.name} did {execution_input.input} in {run_context.session_id}"


def whole_in_pieces(execution_input):
    yield "did "
    yield str(execution_input.input)


async def whole_later(execution_input):
    return f"did {execution_input.input}"


async def whole_in_pieces_later(execution_input):
    yield "did "
    yield str(execution_input.input)


@four_ways
@pytest.mark.parametrize(("function", "content"), [(whole, "w did go in s"), (whole_in_pieces, "did go")])
def test_one_function_may_be_the_whole_workflow(way, function, content, tmp_path):
    made = Workflow(name="w", steps=function, db=SqliteDb(db_file=str(tmp_path / "w.db")), telemetry=False)
    _, output = run_in(way, made, "go", session_id="s")
    assert (output.content, output.status) == (content, "COMPLETED")
    assert output.metrics.duration is not None
    assert made.get_run_output(run_id=output.run_id, session_id="s").content == content
    assert made.get_session(session_id="s").workflow_data["steps"][0]["type"] == "Callable"


@looping_ways
@pytest.mark.parametrize("function", [whole_later, whole_in_pieces_later])
def test_a_whole_workflow_may_be_async(way, function):
    made = Workflow(name="w", steps=function, telemetry=False)
    assert run_in(way, made, "go", session_id="s")[1].content == "did go"


@four_ways
def test_a_whole_function_that_fails_fails_the_run(way):
    def broken(execution_input):
        raise RuntimeError(f"no {execution_input.input}")

    made = Workflow(name="w", steps=broken, telemetry=False)
    with pytest.raises(RuntimeError, match="no go"):
        run_in(way, made, "go", session_id="s")


@four_ways
def test_a_failing_agent_fails_its_step_in_streams_and_is_handed_on_whole(way):
    with on([{"status": 400, "error": "ada is out", "times": "forever"}]) as crew:
        step = Step(name="ask", agent=crew.agent("Ada"), max_retries=0)
        events, output = run(way, step)
    said = "Step skipped due to error: Step 'ask' executor (agent) failed: ada is out" if events else "ada is out"
    assert output.step_results[0].content == said
    assert output.step_results[0].success is False


@four_ways
def test_each_step_has_lists_of_media_of_its_own_and_hands_on_what_it_gives(way):
    given, seen = [Image(url="http://127.0.0.1/given.png")], []

    def append(received):
        received.images.append(Image(url="http://127.0.0.1/appended.png"))
        return StepOutput(content="done", images=[Image(url="http://127.0.0.1/handed.png")])

    def look(received):
        seen.extend(image.url.rpartition("/")[2] for image in received.images)
        return "looked"

    workflow = Workflow(name="w", steps=[append, look], telemetry=False)
    run_in(way, workflow, "go", session_id="s", images=given)
    assert seen == ["given.png", "handed.png"]
    assert len(given) == 1
