"""What a workflow and its executors store, and what they do not: as told by their flags, read back from the rows."""

import asyncio
import json
import sqlite3

import pytest
from team_kit import WAYS, call, delegate, on
from workflow_ways import continue_in, run_in

from wherry.db.sqlite import SqliteDb
from wherry.media import Audio, Image
from wherry.run.workflow import WorkflowRunEvent
from wherry.tools.function import Function
from wherry.workflow import HumanReview, Parallel, Step, StepOutput, Workflow

four_ways = pytest.mark.parametrize("way", WAYS)
PNG = b"\x89PNG\r\n"


def picture(_given):
    return StepOutput(content="drawn", images=[Image(content=PNG, id="drawn", mime_type="image/png")])


def tide(place: str) -> str:
    return f"{place}: rising"


def rows(path):
    """What the rows of runs hold, oldest first, without parsing by the runtime itself."""
    with sqlite3.connect(path) as database:
        stored = database.execute("select run_data from agno_runs order by run_index, created_at").fetchall()
    return [json.loads(row[0]) for row in stored]


def run_once(way, crew, path, *steps, **flags):
    made = Workflow(name="w", steps=list(steps), db=SqliteDb(db_file=str(path)), telemetry=False, **flags)
    given = [Image(content=PNG, id="given", mime_type="image/png")]
    _, output = run_in(way, made, "Draw.", session_id="s", images=given)
    return output, rows(path)[-1]


def holds_media(stored):
    return b64(PNG) in json.dumps(stored)


def b64(content):
    return Image(content=content).to_base64()


@four_ways
def test_a_workflow_that_stores_no_media_leaves_them_to_its_caller(way, tmp_path):
    with on(["Seen."]) as crew:
        steps = [Step(name="a", executor=picture), Parallel(Step(name="b", executor=picture), name="p")]
        steps.append(Step(name="c", agent=crew.agent("Ann")))
        output, stored = run_once(way, crew, tmp_path / "w.db", *steps, store_media=False, store_events=True)
        shown = crew.requests[0].turns[-1][1]
    assert not holds_media(stored)
    assert "given" not in json.dumps(stored)
    assert [image.id for image in output.images] == ["given", "drawn", "drawn"]
    assert output.step_results[0].images[0].content == PNG
    assert output.step_executor_runs[0].input.images
    assert shown


@four_ways
def test_a_workflow_stores_media_unless_told_otherwise(way, tmp_path):
    with on([]) as crew:
        output, stored = run_once(way, crew, tmp_path / "w.db", Step(name="a", executor=picture))
    assert stored["images"] == [image.to_dict() for image in output.images]
    assert stored["step_results"][0]["images"][0]["content"] == b64(PNG)


@four_ways
def test_what_cannot_be_copied_is_stored_without_media_all_the_same(way, tmp_path):
    class Stubborn(Image):
        def __deepcopy__(self, memo):
            raise RuntimeError("no copies of me")

    def stubborn(_given):
        return StepOutput(content="drawn", images=[Stubborn(content=PNG, id="drawn")])

    with on([]) as crew:
        output, stored = run_once(way, crew, tmp_path / "w.db", Step(name="a", executor=stubborn), store_media=False)
    assert not holds_media(stored)
    assert output.status == "COMPLETED"


@four_ways
def test_an_executor_is_kept_as_its_own_flags_say(way, tmp_path):
    with on([call("tide", place="Hull"), "Rising."]) as crew:
        ann = crew.agent("Ann", tools=[tide], store_media=False, store_tool_messages=False)
        output, stored = run_once(way, crew, tmp_path / "w.db", Step(name="a", agent=ann))
    for kept in (output.to_dict(), stored):
        [run] = kept["step_executor_runs"]
        assert [message["role"] for message in run["messages"]] == ["user", "assistant"]
        assert not holds_media(run)
    assert stored["images"], "the workflow stores its own"


@four_ways
def test_history_is_no_part_of_an_executors_kept_run(way, tmp_path):
    db = SqliteDb(db_file=str(tmp_path / "w.db"))
    for wanted in (False, True):
        with on(["One.", "Two."]) as crew:
            ann = crew.agent("Ann", db=db, add_history_to_context=True, store_history_messages=wanted)
            made = Workflow(name="w", steps=[Step(name="a", agent=ann)], db=db, telemetry=False)
            for asked in ("First?", "Second?"):
                _, output = run_in(way, made, asked, session_id=f"s-{wanted}")
            told = crew.requests[1].turns
        said = [message.content for message in output.step_executor_runs[0].messages]
        assert ("Second?" in said, "First?" in said) == (True, wanted and ("user", "First?") in told)


@four_ways
def test_outputs_of_executors_are_not_kept_when_not_wanted(way, tmp_path):
    with on(["Yes."]) as crew:
        step = Step(name="a", agent=crew.agent("Ann"))
        output, stored = run_once(way, crew, tmp_path / "w.db", step, store_executor_outputs=False)
    assert output.step_executor_runs is None
    assert "step_executor_runs" not in stored
    assert stored["step_results"][0]["content"] == "Yes."


@four_ways
@pytest.mark.parametrize("wanted", [False, True])
def test_a_teams_agents_are_listed_beside_it_when_it_stores_them(way, wanted, tmp_path):
    with on([delegate("ann", "Say."), "Said.", "Done."]) as crew:
        team = crew.team(crew.agent("Ann"), store_member_responses=wanted)
        output, stored = run_once(way, crew, tmp_path / "w.db", Step(name="a", team=team))
    kept = ["crew", "ann"] if wanted else ["crew"]
    assert [run.get("team_id") or run.get("agent_id") for run in stored["step_executor_runs"]] == kept
    assert len(output.step_executor_runs) == len(kept)
    assert output.step_executor_runs[0].member_responses[0].content == "Said."


@four_ways
def test_a_nested_workflow_keeps_its_media_and_events_to_itself(way, tmp_path):
    inner = Workflow(name="in", steps=[Step(name="b", executor=picture)], store_events=True, telemetry=False)
    with on([]) as crew:
        output, stored = run_once(way, crew, tmp_path / "w.db", Step(name="a", workflow=inner))
    assert [image.id for image in output.images] == ["given"]
    assert output.step_results[0].images is None
    assert output.step_results[0].steps[0].images[0].id == "drawn"
    assert not stored["step_executor_runs"][0].get("events")


@four_ways
@pytest.mark.parametrize("content", [PNG, b64(PNG).encode(), b"<svg>a b</svg>"])
def test_base64_text_in_a_picture_reaches_the_model_once_encoded(way, content, tmp_path):
    def draw(_given):
        return StepOutput(content="drawn", images=[Image(content=content, mime_type="image/png", id="i")])

    with on(["Seen."]) as crew:
        steps = [Step(name="a", executor=draw), Step(name="b", agent=crew.agent("Ann"))]
        made = Workflow(name="w", steps=steps, telemetry=False)
        _, output = run_in(way, made, "Draw.")
        sent = json.dumps(crew.requests[0].body)
    wanted = b"<svg>a b</svg>" if content.startswith(b"<") else PNG
    assert f"base64,{b64(wanted)}" in sent
    [image] = output.step_executor_runs[0].input.images
    assert (image.content, image.format, image.id) == (wanted, "png", "i")
    assert output.images[0].content == content, "what the step made stays as it is"


@four_ways
def test_the_end_of_a_step_carries_its_media_in_the_output_only(way):
    made = Workflow(name="w", steps=[Step(name="a", executor=picture)], telemetry=False)
    events, _ = run_in(way, made, "Draw.", audio=[Audio(content=b"a", id="a")])
    for event in events:
        if event.event == "StepCompleted":
            assert "images" not in event.to_dict()
            assert event.step_response.images[0].id == "drawn"


def booking(place: str) -> str:
    return place


@four_ways
def test_a_waiting_team_stores_that_it_waits(way, tmp_path):
    booked = Function.from_callable(booking)
    booked.requires_confirmation = True
    path = tmp_path / "t.db"
    with on([delegate("ann", "Book."), call("booking", place="Hull")]) as crew:
        kept = {"store_events": True, "db": SqliteDb(db_file=str(path))}
        team = crew.team(crew.agent("Ann", tools=[booked]), **kept)
        if "stream" in way:
            streamed = team.run if way == "run stream" else team.arun
            list_of(streamed("Book.", session_id="s", stream=True, stream_events=True))
        else:
            asyncio.run(team.arun("Book.", session_id="s")) if way == "arun" else team.run("Book.", session_id="s")
    [stored] = [row for row in rows(path) if "team_id" in row]
    assert [event["event"] for event in stored["events"]][-1] == "TeamRunPaused"


def list_of(stream):
    if hasattr(stream, "__aiter__"):

        async def collected():
            return [event async for event in stream]

        return asyncio.run(collected())
    return list(stream)


@four_ways
def test_that_a_person_answered_is_stored_of_whole_runs_too(way, tmp_path):
    asked = HumanReview(requires_confirmation=True)
    kept = {"store_events": True, "telemetry": False, "db": SqliteDb(db_file=str(tmp_path / "w.db"))}
    made = Workflow(name="w", steps=[Step(name="a", executor=picture, human_review=asked)], **kept)
    _, output = run_in(way, made, "Draw.", session_id="s")
    output.step_requirements[0].confirm()
    _, output = continue_in(way, made, output)
    assert [event.step_name for event in output.events if event.event == "StepContinued"] == ["a"]
    assert [event["event"] for event in rows(tmp_path / "w.db")[-1]["events"]].count("StepContinued") == 1


@four_ways
def test_that_an_executor_went_on_is_stored_of_whole_runs_too(way, tmp_path):
    ask = Function(name="tide", entrypoint=tide, requires_confirmation=True)
    kept = {"store_events": True, "telemetry": False, "db": SqliteDb(db_file=str(tmp_path / "w.db"))}
    with on([call("tide", place="Hull"), "It rises."]) as crew:
        made = Workflow(name="w", steps=[Step(name="a", agent=crew.agent("Ann", tools=[ask]))], **kept)
        _, output = run_in(way, made, "Tide?", session_id="s")
        output.step_requirements[0].executor_requirements[0]["confirmation"] = True
        _, output = continue_in(way, made, output)
    assert output.content == "It rises."
    assert [event.step_name for event in output.events if event.event == "StepExecutorContinued"] == ["a"]


def test_what_is_not_wanted_is_not_stored_of_whole_runs(tmp_path):
    asked = HumanReview(requires_confirmation=True)
    for flags in ({}, {"store_events": True, "events_to_skip": [WorkflowRunEvent.step_continued]}):
        step = Step(name="a", executor=picture, human_review=asked)
        made = Workflow(name="w", steps=[step], telemetry=False, **flags)
        output = made.run("Draw.", session_id="s")
        output.step_requirements[0].confirm()
        assert not made.continue_run(output).events
