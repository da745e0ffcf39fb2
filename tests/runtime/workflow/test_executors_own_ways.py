"""Agents and teams whose `run` and `arun` are overridden do a step's work by those methods."""

from __future__ import annotations

from base64 import b64encode

import pytest
from team_kit import delegate, four_ways, on
from workflow_ways import names, run_in

from wherry.agent import Agent
from wherry.core.errors import ConfigurationError
from wherry.db.sqlite import SqliteDb
from wherry.media import Image
from wherry.run.agent import RunOutput
from wherry.team import Team
from wherry.workflow import Step, Workflow


class Watched(Agent):
    """An agent that notes what it is given, and runs as any other."""

    def run(self, input=None, **given):
        self.seen = [("run", input, given)]
        return super().run(input, **given)

    def arun(self, input=None, **given):
        self.seen = [("arun", input, given)]
        return super().arun(input, **given)


class WatchedTeam(Team):
    """The same for a team."""

    def run(self, input=None, **given):
        self.seen = [("run", input, given)]
        return super().run(input, **given)

    def arun(self, input=None, **given):
        self.seen = [("arun", input, given)]
        return super().arun(input, **given)


class Canned(Agent):
    """An agent that asks no model, and is no coroutine function where it need not be."""

    def run(self, input=None, *, stream=False, **given):
        output = RunOutput(run_id=given["run_id"], content=f"canned {input}")
        return iter([output]) if stream else output

    async def arun(self, input=None, **given):
        return RunOutput(run_id=given["run_id"], content=f"canned {input}")


def workflow(step, **options):
    return Workflow(name="w", steps=[step], telemetry=False, **options)


@four_ways
def test_an_overridden_run_is_given_what_agno_gives_it(way):
    with on(["High at six."]) as crew:
        ann = Watched(name="Ann", model=crew.model(), dependencies={"port": "Hull"}, telemetry=False)
        made = workflow(Step(name="a", agent=ann), user_id="nobody", add_dependencies_to_context=True)
        events, output = run_in(way, made, "Tide?", session_id="s", user_id="alice")
    [(called, asked, given)] = ann.seen
    assert (called, asked, output.content) == (way.split()[0], "Tide?", "High at six.")
    assert (given["user_id"], given["session_id"]) == ("alice", "s")
    assert given["add_dependencies_to_context"] is True
    assert given["run_context"].dependencies == {"port": "Hull"}, "the agent's, for want of the workflow's"
    [inner] = output.step_executor_runs
    assert inner.run_id == given["run_id"] == output.step_results[0].step_run_id
    assert inner.parent_run_id == output.run_id
    if way.endswith("stream"):
        assert given["stream"] is given["stream_events"] is given["yield_run_output"] is True
        assert {"StepStarted", "RunStarted", "RunContent", "RunCompleted", "StepCompleted"} <= set(names(events))
        started = next(event for event in events if event.event == "RunStarted")
        assert (started.workflow_run_id, started.step_name) == (output.run_id, "a")
    else:
        assert not {"stream", "background_tasks"} & given.keys()


@four_ways
def test_a_teams_overridden_run_does_the_step(way):
    with on([delegate("bo", "Look."), "I looked.", "Done."]) as crew:
        team = WatchedTeam(name="Crew", id="crew", members=[crew.agent("Bo")], model=crew.model(), telemetry=False)
        _, output = run_in(way, workflow(Step(name="a", team=team)), "Go", session_id="s", user_id="alice")
    [(called, _, given)] = team.seen
    assert (called, given["user_id"], output.content) == (way.split()[0], "alice", "Done.")


@four_ways
def test_such_a_run_is_stored_with_the_workflow_alone(way, tmp_path):
    db = SqliteDb(db_file=str(tmp_path / "w.db"))
    with on(["High."]) as crew:
        ann = Watched(name="Ann", id="ann", model=crew.model(), db=db, telemetry=False)
        made = workflow(Step(name="a", agent=ann), db=db)
        run_in(way, made, "Tide?", session_id="s")
    session = made.get_session(session_id="s")
    assert [type(run).__name__ for run in session.runs] == ["WorkflowRunOutput"]
    assert (session.workflow_id, ann.get_session(session_id="s").agent_id) == ("w", None)


@pytest.mark.parametrize("way", ["run", "run stream", "arun"])
def test_a_run_that_asks_no_model_is_taken_as_it_is(way):
    made = workflow(Step(name="a", agent=Canned(name="Ann", telemetry=False)))
    _, output = run_in(way, made, "Tide?", session_id="s")
    assert output.content == "canned Tide?"
    assert output.step_results[0].success


def test_one_that_gives_no_output_is_told_so():
    class Silent(Agent):
        def run(self, input=None, **given):
            return iter([])

    made = workflow(Step(name="a", agent=Silent(name="Ann", telemetry=False), max_retries=0))
    with pytest.raises(ConfigurationError, match=r"Silent\.run\(\) of step 'a' gave no output"):
        run_in("run stream", made, "Tide?", session_id="s")


class Framed(Step):
    """A step that changes the pictures which its executor is given."""

    def _convert_image_artifacts_to_images(self, image_artifacts):
        return [*super()._convert_image_artifacts_to_images(image_artifacts), Image(url="https://tides.example/frame")]


@four_ways
def test_a_step_of_ones_own_changes_the_pictures(way, tmp_path):
    (tmp_path / "a.png").write_bytes(b"\x89PNG")
    given = [
        Image(content=b"\xff\xd8raw"),
        Image(content=b64encode(b"chart"), mime_type="image/png"),
        Image(filepath=tmp_path / "a.png", mime_type="image/png"),
        Image(filepath=tmp_path / "a.png", mime_type="image/png", format="apng"),
        Image(url="https://tides.example/1"),
    ]
    with on(["High at six."]) as crew:
        ann = Watched(name="Ann", model=crew.model(), telemetry=False)
        run_in(way, workflow(Framed(name="a", agent=ann)), "Tide?", session_id="s", images=given)
    pictures = ann.seen[0][2]["images"]
    assert [picture.content for picture in pictures[:2]] == [b"\xff\xd8raw", b"chart"]
    assert [picture.format for picture in pictures] == [None, "png", "png", "apng", None, None]
    assert [picture.url for picture in pictures[4:]] == ["https://tides.example/1", "https://tides.example/frame"]


def test_a_picture_that_is_kept_elsewhere_is_handed_on_as_it_is(tmp_path):
    place = {"media_id": "i", "storage_key": "k", "storage_backend": "local", "url": "https://store.example/k"}
    kept = Image.from_dict({"id": "i", "mime_type": "image/png", "media_reference": place})
    kept.filepath = tmp_path / "a.png"
    (handed,) = Step(name="a", executor=print)._convert_image_artifacts_to_images([kept])
    assert handed is kept
