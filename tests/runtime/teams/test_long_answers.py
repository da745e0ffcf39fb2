"""Long results in teams: one store for leader and members, stored runs of members, what callers see."""

import pytest
from team_kit import call, delegate, four_ways, on, run_in

from wherry.db.sqlite import SqliteDb
from wherry.offload import ResultStore

ANSWER = "\n".join(f"river {number}: navigable" for number in range(1, 101))


@pytest.fixture
def db(tmp_path):
    db = SqliteDb(db_file=str(tmp_path / "a.db"))
    yield db
    db.close()


def log() -> str:
    """The log."""
    return ANSWER


def settings(**given):
    return ResultStore(**{"threshold_chars": 1500, "preview_lines": 2, **given})


def messages_of(run):
    return [str(message.get("content")) for message in run["messages"] if message["role"] != "system"]


@four_ways
def test_a_members_answer_is_seen_in_part_and_stored_in_part(way, db):
    with on([delegate("ann", "List them."), ANSWER, "Many."]) as crew:
        team = crew.team(crew.agent("Ann"), db=db, offload_tool_results=settings(), store_member_responses=True)
        _, output = run_in(way, team, "Which?", session_id="s")
        assert crew.asked(2).startswith('<result id="res_')
    assert output.member_responses[0].content == ANSWER
    runs = db.get_session("s", deserialize=False)["runs"]
    member = next(run for run in runs if run.get("agent_id") == "ann")
    leader = next(run for run in runs if run.get("team_id"))
    embedded = leader["member_responses"][0]
    assert member["content"] == ANSWER
    for stored in (member, leader, embedded):
        assert all(len(text) < 1500 for text in messages_of(stored))
    assert messages_of(member)[-1] == messages_of(embedded)[-1]
    tools = sorted(row["tool_name"] for row in db.get_tool_results_for_session("s"))
    assert tools == ["assistant_message", "delegate_task_to_member"]


@four_ways
def test_a_member_reads_what_another_one_kept(way, db):
    kept = {"tool_calls": [{"name": "log", "id": "call-1", "arguments": {}}]}
    with on(
        [delegate("ann", "Look."), kept, "Looked.", delegate("ben", "Read."), call("noop"), "Read.", "Done."]
    ) as crew:
        script = crew
        store = []

        def noop() -> str:
            """Reads by code what the first member kept."""
            (ref,) = store[0].live_ids("s")
            return store[0].read(ref.result_id, 1, 1).text

        ann, ben = script.agent("Ann", tools=[log]), script.agent("Ben", tools=[noop])
        team = script.team(ann, ben, db=db, offload_tool_results=settings())
        team.initialize_team()
        store.append(ben.result_store)
        run_in(way, team, "Which?", session_id="s")
        assert script.asked(2).startswith('<result id="res_')
        assert script.asked(5) == "river 1: navigable"
    (row,) = db.get_tool_results_for_session("s")
    assert row["path"].startswith("shared/")


@four_ways
def test_a_member_that_says_no_keeps_its_own_runs_whole(way, db):
    with on([delegate("ann", "List them."), ANSWER, "Many."]) as crew:
        ann = crew.agent("Ann", offload_tool_results=False)
        team = crew.team(ann, db=db, offload_tool_results=settings())
        run_in(way, team, "Which?", session_id="s")
        assert crew.asked(2).startswith('<result id="res_')
    member = next(run for run in db.get_session("s", deserialize=False)["runs"] if run.get("agent_id") == "ann")
    assert messages_of(member)[-1] == ANSWER
    assert ann.result_store is None


def test_a_routed_answer_stays_whole(db):
    with on([delegate("ann", "List them."), ANSWER]) as crew:
        team = crew.team(crew.agent("Ann"), db=db, offload_tool_results=settings(), respond_directly=True)
        _, output = run_in("run", team, "Which?", session_id="s")
    assert output.content == ANSWER


def test_a_paused_members_run_is_stored_whole(db):
    from wherry.models.message import Message
    from wherry.offload.runs import offload_run_for_storage
    from wherry.run.agent import RunOutput
    from wherry.run.base import RunStatus

    store = settings().bound(db)
    said = [Message(role="assistant", content=ANSWER)]
    paused = RunOutput(run_id="r", messages=said, status=RunStatus.paused)
    assert offload_run_for_storage(store, paused, session_id="s") is paused
    done = RunOutput(run_id="r", messages=said, status=RunStatus.completed)
    first, second = (offload_run_for_storage(store, done, session_id="s") for _ in range(2))
    assert first.messages[0].content == second.messages[0].content != ANSWER
    assert len(store.live_ids("s")) == 1
    assert done.messages[0].content == ANSWER


def test_whose_store_a_member_works_with(db, tmp_path, caplog):
    other = SqliteDb(db_file=str(tmp_path / "b.db"))
    with on([]) as crew:
        plain, own = crew.agent("Ann"), crew.agent("Ben", offload_tool_results=ResultStore(db=other, threshold_chars=7))
        inner = crew.team(own, name="Inner", id="inner")
        team = crew.team(plain, inner, db=db, offload_tool_results=True)
        team.initialize_team()
        assert plain.result_store is inner.result_store is team.result_store
        assert (own.result_store.threshold_chars, own.result_store.db) == (7, db)
        assert "its settings count only" in caplog.text
        first = own.result_store
        team.initialize_team()
        assert own.result_store is first
        own.offload_tool_results = ResultStore(threshold_chars=8)
        team.initialize_team()
        assert own.result_store.threshold_chars == 8
        crew.team(plain).initialize_team()
        assert plain.result_store is None
        team.offload_tool_results = settings()
        team.initialize_team()
        assert plain.result_store.threshold_chars == 1500
        with pytest.raises(ValueError, match="'Cid' has compress_tool_results"):
            crew.team(crew.agent("Cid", compress_tool_results=True), db=db, offload_tool_results=True).initialize_team()
        with pytest.raises(ValueError, match="cannot be enabled together"):
            crew.team(db=db, offload_tool_results=True, compress_tool_results=True).initialize_team()
    other.close()
