"""What a stream without `stream_events` shows when an agent goes on after a person answered: that its step is done."""

import asyncio

import pytest
from team_kit import call, names, on

from wherry.db.sqlite import SqliteDb
from wherry.tools.function import Function
from wherry.workflow import Loop, Step, StepOutput, Workflow


def tide(place: str) -> str:
    return f"{place}: rising"


def close(_given):
    return StepOutput(content="closed")


async def every(stream):
    return [event async for event in stream]


def told(made, asynchronous, *asked, **given):
    """The events of a plain stream, and the output it ends with."""
    run, arun = (made.run, made.arun) if asked else (made.continue_run, made.acontinue_run)
    if not asynchronous:
        return list(run(*asked, stream=True, **given))

    async def collect():
        stream = arun(*asked, stream=True, **given)
        return await every(await stream if asyncio.iscoroutine(stream) else stream)

    return asyncio.run(collect())


@pytest.mark.parametrize("asynchronous", [False, True])
@pytest.mark.parametrize("inside", [False, True])
def test_the_end_of_a_step_that_went_on_is_shown(asynchronous, inside, tmp_path):
    ask = Function(name="tide", entrypoint=tide, requires_confirmation=True)
    with on([call("tide", place="Hull"), "It rises."]) as crew:
        step = Step(name="ask", agent=crew.agent("Ann", tools=[ask]))
        steps = [Loop(name="again", steps=[step], max_iterations=1) if inside else step, Step(name="c", executor=close)]
        made = Workflow(name="w", steps=steps, db=SqliteDb(db_file=str(tmp_path / "w.db")), telemetry=False)
        first = told(made, asynchronous, "Tide?", session_id="s")
        assert "StepCompleted" not in names(first)
        output = made.get_run_output(first[0].run_id, "s")
        output.step_requirements[0].executor_requirements[0]["confirmation"] = True
        output.step_requirements[0].executor_requirements[0]["tool_execution"]["confirmed"] = True
        events = told(made, asynchronous, run_response=output)
    done = [event for event in events if event.event.startswith(("Step", "Loop")) and event.event != "StepOutput"]
    assert names(done) == ["StepExecutorContinued", "StepCompleted"]
    assert (done[1].step_name, done[1].content) == ("ask", "It rises.")
