"""Members whose `run` and `arun` are overridden do their tasks by those methods."""

from __future__ import annotations

import pytest
from team_kit import delegate, four_ways, names, on, run_in

from wherry.agent import Agent
from wherry.db.sqlite import SqliteDb
from wherry.run.agent import RunOutput, RunStatus
from wherry.run.cancel import cancel_run, get_cancellation_manager


class Watched(Agent):
    """An agent that notes what it is given, and runs as any other."""

    def run(self, input=None, **given):
        self.seen = [("run", input, given)]
        return super().run(input, **given)

    def arun(self, input=None, **given):
        self.seen = [("arun", input, given)]
        return super().arun(input, **given)


class Canned(Agent):
    """An agent that asks no model."""

    def run(self, input=None, *, stream=False, **given):
        output = RunOutput(run_id=given["run_id"], agent_id=self.id, content=f"canned {input}")
        return iter([output]) if stream else output

    async def arun(self, input=None, **given):
        return RunOutput(run_id=given["run_id"], agent_id=self.id, content=f"canned {input}")


@four_ways
def test_an_overridden_run_does_the_members_task(way, tmp_path):
    db = SqliteDb(db_file=str(tmp_path / "t.db"))
    with on([delegate("bo", "Look."), "I looked.", "Done."]) as crew:
        bo = Watched(name="Bo", id="bo", model=crew.model(), telemetry=False)
        events, output = run_in(way, crew.team(bo, db=db), "Go", session_id="s", user_id="alice")
        told = crew.requests[2].turns
    [(called, asked, given)] = bo.seen
    assert (called, asked, output.content) == (way.split()[0], "Look.", "Done.")
    assert (given["user_id"], given["session_id"]) == ("alice", "s")
    [member] = output.member_responses
    assert (member.run_id, member.parent_run_id, member.content) == (given["run_id"], output.run_id, "I looked.")
    assert any("I looked." in str(turn) for turn in told), "the leader is told"
    assert given["stream"] is way.endswith("stream")
    if way.endswith("stream"):
        assert {"TeamRunStarted", "RunStarted", "RunCompleted", "TeamRunCompleted"} <= set(names(events))
        assert next(event for event in events if event.event == "RunStarted").parent_run_id == output.run_id


@pytest.mark.parametrize("way", ["run", "run stream", "arun"])
def test_a_member_that_asks_no_model_is_heard(way):
    with on([delegate("bo", "Look."), "Done."]) as crew:
        _, output = run_in(way, crew.team(Canned(name="Bo", id="bo", telemetry=False)), "Go")
    assert [member.content for member in output.member_responses] == ["canned Look."]
    assert output.member_responses[0].parent_run_id == output.run_id
    assert output.content == "Done."


class Stopped(Agent):
    """An agent whose team is cancelled while it works, without a model."""

    def run(self, input=None, *, stream=False, **given):
        self.seen = given["run_id"]
        cancel_run("crews")
        output = RunOutput(run_id=self.seen, agent_id=self.id, content="late")
        return iter([output]) if stream else output

    async def arun(self, input=None, **given):
        return self.run(input, **given)


@pytest.mark.parametrize("way", ["run", "run stream", "arun"])
def test_a_cancelled_member_that_asks_no_model_leaves_no_mark(way):
    with on([delegate("bo", "Look.")]) as crew:
        bo = Stopped(name="Bo", id="bo", telemetry=False)
        _, output = run_in(way, crew.team(bo), "Go", run_id="crews")
    assert output is None or output.status == RunStatus.cancelled
    assert not {bo.seen, "crews"} & get_cancellation_manager().get_active_runs().keys()
