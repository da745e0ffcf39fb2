"""What an agent, a team or a workflow changes in a session by hand undoes nothing of a run that is stored meanwhile."""

from __future__ import annotations

import inspect
from functools import partial
from typing import Any

import pytest
from agent_kit import agent, chat, model
from kit_stores import agent_session, run, team_run, team_session, workflow_run, workflow_session
from redis import ConnectionPool, Redis

from wherry.core.errors import SessionConflict, StoreError
from wherry.db.in_memory import InMemoryDb
from wherry.db.sqlite import SqliteDb
from wherry.session.summary import SessionSummary
from wherry.stores.redis_documents import RedisDocuments
from wherry.team import Team
from wherry.workflow import Step, StepOutput, Workflow

from .conftest import ALL, DOCUMENTS, POSTGRES, REDIS


class HandsOver:
    """A database that lets something else happen once, after it has read a session."""

    def __init__(self, db: Any) -> None:
        self._db, self.meanwhile = db, None

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._db, name)
        if name != "get_session":
            return found

        def read(*args: Any, **given: Any) -> Any:
            session = found(*args, **given)
            if meanwhile := self._next():
                meanwhile()
            return session

        async def aread(*args: Any, **given: Any) -> Any:
            session = await found(*args, **given)
            if meanwhile := self._next():
                await meanwhile()
            return session

        return aread if inspect.iscoroutinefunction(found) else read

    def _next(self) -> Any:
        meanwhile, self.meanwhile = self.meanwhile, None
        return meanwhile


def awaited(store):
    return inspect.iscoroutinefunction(store.store.get_session)


def asked(store, runner, owner, method, *args, twin=False, **given):
    if twin or (awaited(store) and hasattr(owner, f"a{method}")):
        return runner.run(getattr(owner, f"a{method}")(*args, **given))
    return getattr(owner, method)(*args, **given)


def change(store, session_id, **state):
    """What a run may do to a session meanwhile."""
    session = store.load_run_context(session_id)
    session.session_data["session_state"].update(state)
    store.save_run(session)


CHANGES = {
    "update_session_state": {"session_state_updates": {"by_hand": 1}},
    "set_session_name": {"session_name": "Quay"},
}


def test_a_run_that_is_stored_while_a_session_is_changed_keeps_its_state_and_its_counts(store, runner):
    ways = [True] if awaited(store) else [False, True]
    with model(*["Low."] * 3 * len(ways)):
        db = HandsOver(store.store)
        other, ada = agent(db=store.store, id="ada"), agent(db=db, id="ada")
        run = other.arun if awaited(store) else other.run
        for twin in ways:
            named = {"session_id": f"s{twin}"}
            asked(store, runner, other, "run", "One?", session_state={"old": 0}, twin=twin, **named)
            for method, given in CHANGES.items():
                db.meanwhile = partial(run, "And?", session_state={method: True, "old": method}, **named)
                asked(store, runner, ada, method, **given, twin=twin, **named)
            kept = store.get_session(named["session_id"])
            state = {"old": "set_session_name", **dict.fromkeys(CHANGES, True), "by_hand": 1}
            assert kept.session_data["session_state"] == state
            assert kept.session_data["session_name"] == "Quay"
            assert kept.session_data["session_metrics"]["total_tokens"] == 75
            assert len(kept.runs) == 3


def stores_of(tmp_path):
    return [SqliteDb(db_file=str(tmp_path / "s.db")), InMemoryDb()]


def owners(db):
    step = Step(name="tell", executor=lambda step_input: StepOutput(content="Low."))
    return [
        Team(id="crew", members=[agent(id="bea")], model=chat(), db=db, telemetry=False),
        Workflow(id="flow", name="flow", steps=[step], db=db, telemetry=False),
    ]


def test_so_it_is_with_teams_and_workflows(tmp_path):
    for store in stores_of(tmp_path):
        db = HandsOver(store)
        for other, owner in zip(owners(store), owners(db), strict=True):
            with model(*["Low."] * 3 if isinstance(owner, Team) else ()):
                other.run("One?", session_id=owner.id, session_state={"old": 0})
                for method, given in CHANGES.items():
                    db.meanwhile = partial(other.run, "And?", session_id=owner.id, session_state={method: True})
                    getattr(owner, method)(session_id=owner.id, **given)
            kept = owner.get_session(owner.id)
            state = {"old": 0, **dict.fromkeys(CHANGES, True), "by_hand": 1}
            assert kept.session_data["session_state"] == state
            assert kept.session_data["session_name"] == "Quay"
            assert len([run for run in kept.runs if run.parent_run_id is None]) == 3
        store.close()


def test_a_name_that_a_model_writes_and_a_new_name_of_the_agent_undo_nothing(tmp_path):
    for store in stores_of(tmp_path):
        db = HandsOver(store)
        other, ada = agent(db=store, id="ada"), agent(db=db, id="ada", name="Ada")
        with model("Low.", "High.", "Tides", "Slack."):
            other.run("One?", session_id="s1", session_state={"n": 1})
            db.meanwhile = partial(other.run, "And?", session_id="s1", session_state={"n": 2})
            ada.set_session_name("s1", autogenerate=True)
            db.meanwhile = partial(other.run, "Then?", session_id="s1", session_state={"n": 3})
            ada.rename("Bea", session_id="s1")
        kept = store.get_session("s1")
        assert kept.session_data["session_state"] == {"n": 3}
        assert (kept.session_data["session_name"], kept.agent_data["name"]) == ("Tides", "Bea")
        store.close()


@pytest.mark.parametrize("kind", ALL)
def test_a_session_that_was_read_and_is_saved_gives_back_only_what_was_changed_in_it(kind, new_store, runner):
    store = new_store(kind)
    store.save_run(agent_session(session_data={"session_state": {"a": 1, "b": 1}}), run(0))
    ada = agent(db=store.store, id="ada")
    mine, other = store.get_session("s1"), store.load_run_context("s1")
    other.session_data["session_state"]["b"] = 2
    other.session_data["session_metrics"] = {"total_tokens": 9}
    other.summary = SessionSummary("Tides.", ["sea"])
    store.save_run(other, run(1))
    del mine.session_data["session_state"]["a"]
    mine.session_data["session_state"]["c"] = 3
    asking = (lambda: runner.run(ada.asave_session(mine))) if awaited(store) else (lambda: ada.save_session(mine))
    asking()
    kept = store.get_session("s1")
    assert kept.session_data == {"session_state": {"b": 2, "c": 3}, "session_metrics": {"total_tokens": 9}}
    assert kept.summary == SessionSummary("Tides.", ["sea"])
    change(store, "s1", late=4)
    mine.session_data["session_state"].pop("c")
    asking()
    assert store.get_session("s1").session_data["session_state"] == {"b": 2, "late": 4}


def test_a_session_that_was_made_and_not_read_replaces_what_is_stored(new_store):
    for kind in DOCUMENTS:
        store = new_store(kind)
        store.save_run(agent_session(), run(0))
        agent(db=store.store, id="ada").save_session(agent_session(session_data={"session_state": {"only": 1}}))
        assert store.get_session("s1").session_data == {"session_state": {"only": 1}}


def test_a_key_that_a_run_changed_meanwhile_is_an_error_where_that_is_asked_for():
    store = InMemoryDb(on_conflict="raise")
    db = HandsOver(store)
    other, ada = agent(db=store, id="ada"), agent(db=db, id="ada")
    with model("Low.", "High."):
        other.run("One?", session_id="s1", session_state={"n": 1})
        db.meanwhile = partial(other.run, "And?", session_id="s1", session_state={"n": 2})
        with pytest.raises(SessionConflict, match=r"session_state\.n"):
            ada.update_session_state({"n": 3, "m": 1}, session_id="s1")
    assert store.get_session("s1").session_data["session_state"] == {"n": 2, "m": 1}


def test_a_summary_that_another_run_wrote_stays_unless_a_newer_one_is_written(store):
    store.save_run(agent_session(summary=SessionSummary("First.")), run(0))
    first, second, third = (store.load_run_context("s1") for _ in range(3))
    first.summary = SessionSummary("Second.")
    store.save_run(first, run(1))
    assert store.save_run(second, run(2)).merged
    assert store.get_session("s1").summary == SessionSummary("Second.")
    third.summary = SessionSummary("Third.")
    store.save_run(third, run(3))
    assert store.get_session("s1").summary == SessionSummary("Third.")


def test_a_summary_that_was_taken_out_by_hand_does_not_come_back(store):
    store.save_run(agent_session(summary=SessionSummary("First.")), run(0))
    going_on, mine = store.load_run_context("s1"), store.get_session("s1")
    mine.summary = None
    store.save_run(mine)
    store.save_run(going_on, run(1))
    assert store.get_session("s1").summary is None


def test_a_new_name_of_the_owner_stays_when_a_run_that_read_the_session_before_is_stored(store):
    for kind, made, ended in (
        ("agent", agent_session(), run),
        ("team", team_session(), team_run),
        ("workflow", workflow_session(), workflow_run),
    ):
        name = f"{kind}_data"
        store.save_run(made, ended(0))
        going_on, mine = store.load_run_context(made.session_id), store.get_session(made.session_id)
        setattr(mine, name, {"name": "Bea"})
        assert store.save_run(mine).conflicts == []
        assert store.save_run(going_on, ended(1)).merged
        assert getattr(store.get_session(made.session_id), name) == {"name": "Bea"}
        setattr(going_on, name, {"name": "Cid"})
        store.save_run(going_on)
        assert getattr(store.get_session(made.session_id), name) == {"name": "Cid"}
        setattr(mine, name, {"name": "Dan"})  # of two new names the one that is stored later stays
        store.save_run(mine)
        assert getattr(store.get_session(made.session_id), name) == {"name": "Dan"}


def test_two_new_names_of_the_owner_are_an_error_where_that_is_asked_for(store, monkeypatch):
    monkeypatch.setattr(store.store, "on_conflict", "raise")
    for kind, made, ended in (
        ("agent", agent_session(agent_data={"name": "Ada"}), run),
        ("team", team_session(team_data={"name": "Ada"}), team_run),
        ("workflow", workflow_session(workflow_data={"name": "Ada"}), workflow_run),
    ):
        name = f"{kind}_data"
        store.save_run(made, ended(0))
        first, second = store.load_run_context(made.session_id), store.load_run_context(made.session_id)
        setattr(first, name, {"name": "Bea"})
        setattr(second, name, {"name": "Dan"})
        store.save_run(first, ended(1))
        with pytest.raises(SessionConflict, match=rf"{name}\.name"):
            store.save_run(second, ended(2))
        kept = store.get_session(made.session_id)
        assert getattr(kept, name) == {"name": "Bea"}
        assert len(kept.runs) == 3


def test_keys_that_two_runs_write_for_the_first_time_are_an_error_where_that_is_asked_for(store, monkeypatch):
    """In a session that both begin, and in one that both have read; the stored values stay."""
    monkeypatch.setattr(store.store, "on_conflict", "raise")
    first = agent_session(session_data={"session_state": {"a": 1}}, metadata={"m": 1})
    second = agent_session(session_data={"session_state": {"a": 2, "b": 2}}, metadata={"m": 2, "n": 2})
    store.save_run(first, run(0))
    with pytest.raises(SessionConflict, match=r"session_state\.a, metadata\.m of session 's1'"):
        store.save_run(second, run(1))
    first, second = store.load_run_context("s1"), store.load_run_context("s1")
    for number, session in enumerate((first, second)):
        session.session_data["session_state"]["c"] = session.metadata["o"] = number
    store.save_run(first, run(2))
    with pytest.raises(SessionConflict, match=r"session_state\.c, metadata\.o of session 's1'"):
        store.save_run(second, run(3))
    kept = store.get_session("s1")
    assert kept.session_data["session_state"] == {"a": 1, "b": 2, "c": 0}
    assert kept.metadata == {"m": 1, "n": 2, "o": 0}
    assert len(kept.runs) == 4


def test_two_agents_that_begin_one_session_at_once_have_changed_nothing_of_each_other(store, monkeypatch):
    monkeypatch.setattr(store.store, "on_conflict", "raise")
    store.save_run(agent_session(agent_data={"name": "Ada"}), run(0))
    assert store.save_run(agent_session(agent_data={"name": "Bea"}), run(1)).conflicts == []
    assert store.get_session("s1").agent_data == {"name": "Bea"}


def test_what_was_changed_is_stored_with_the_next_run_when_one_cannot_be_stored(sql_store):
    sql_store.save_run(agent_session(session_data={"session_state": {"a": 1}}))
    for number, read in enumerate((sql_store.load_run_context, sql_store.get_session)):
        session = read("s1")
        session.session_data["session_state"]["b"] = number
        session.agent_data = {"name": f"Bea {number}"}
        with pytest.raises(StoreError, match="cannot be stored"):
            sql_store.save_run(session, {**run(number).to_dict(), "content": object()})
        assert sql_store.get_session("s1").session_data["session_state"].get("b") != number
        sql_store.save_run(session, run(number))
        kept = sql_store.get_session("s1")
        assert kept.session_data["session_state"] == {"a": 1, "b": number}
        assert kept.agent_data == {"name": f"Bea {number}"}


def test_what_was_stored_as_it_is_counts_as_read(store):
    store.save_run(agent_session(session_data={"session_state": {"a": 1}}), run(0))
    session = store.get_session("s1")
    session.session_data["session_state"]["b"] = 1
    store.upsert_session(session)
    session.session_data["session_state"] = {"a": 2}
    assert store.save_run(session).conflicts == []
    assert store.get_session("s1").session_data["session_state"] == {"a": 2}


@pytest.mark.redis
def test_in_redis_a_name_and_a_new_owner_undo_nothing_of_a_run_that_is_stored_meanwhile(new_store, monkeypatch):
    store = new_store("redis")
    store.save_run(agent_session(session_data={"session_state": {"a": 1}}), run(0))
    read, pending = RedisDocuments.session, []

    def then_a_run(documents, session_id):
        found = read(documents, session_id)
        if pending:
            number = pending.pop()
            other = store.load_run_context("s1")
            other.session_data["session_state"][f"late{number}"] = True
            store.save_run(other, run(number))
        return found

    monkeypatch.setattr(RedisDocuments, "session", then_a_run)
    pending.append(1)
    assert store.rename_session("s1", "agent", "Quay").session_data["session_name"] == "Quay"
    pending.append(2)
    assert store.reassign_session_owner("s1", previous_user_id="u1", user_id="u2")
    kept = store.get_session("s1", user_id="u2")
    assert kept.session_data["session_state"] == {"a": 1, "late1": True, "late2": True}
    assert (kept.session_data["session_name"], len(kept.runs)) == ("Quay", 3)


@pytest.mark.parametrize("kind", ALL)
def test_a_session_that_was_read_elsewhere_replaces_what_is_stored(kind, new_store, runner):
    first, second = new_store(kind, fresh=True), new_store(kind)
    first.save_run(agent_session(session_data={"session_state": {"a": 1}}), run(0))
    second.save_run(agent_session(session_data={"session_state": {"a": 2}}))
    second.save_run(agent_session("s2", session_data={"session_state": {"a": 3}}))
    ada = agent(db=second.store, id="ada")
    copies = [first.get_session("s1"), second.get_session("s1")]
    copies[1].session_id = "s2"
    for copy, state in zip(copies, ({"a": 1}, {"a": 2}), strict=True):
        asked(second, runner, ada, "save_session", copy)
        assert second.get_session(copy.session_id).session_data["session_state"] == state
        change(second, copy.session_id, late=4)  # from here on it is a session of this database
        copy.session_data["session_state"]["b"] = 5
        asked(second, runner, ada, "save_session", copy)
        assert second.get_session(copy.session_id).session_data["session_state"] == {**state, "b": 5, "late": 4}


@pytest.mark.parametrize("kind", ["sqlite", "async_sqlite", *POSTGRES, "json", *REDIS])
def test_a_session_that_was_read_through_another_object_for_the_same_database_undoes_nothing(kind, new_store, runner):
    first, second = new_store(kind, where="one"), new_store(kind, where="one")
    first.save_run(agent_session("two", session_data={"session_state": {"a": 1}}))
    mine = first.get_session("two")
    change(second, "two", late=4)
    mine.session_data["session_state"]["b"] = 5
    asked(second, runner, agent(db=second.store, id="ada"), "save_session", mine)
    assert second.get_session("two").session_data["session_state"] == {"a": 1, "b": 5, "late": 4}


def test_a_copy_that_goes_to_a_database_of_documents_takes_its_runs_along(new_store):
    for kind in DOCUMENTS:
        first, second = new_store(kind), new_store(kind)
        first.save_run(agent_session(), run(0))
        agent(db=second.store, id="ada").save_session(first.get_session("s1"))
        assert [one.run_id for one in second.get_session("s1").runs] == ["r0"]


@pytest.mark.parametrize("base", [SqliteDb, InMemoryDb])
def test_a_class_of_ones_own_that_stores_sessions_its_way_is_asked(base, tmp_path):
    class Told(base):
        def upsert_session(self, session, deserialize=True):
            heard.append(session.session_id)
            return super().upsert_session(session, deserialize)

    heard = []
    store = Told(db_file=str(tmp_path / "t.db")) if base is SqliteDb else Told()
    store.save_run(agent_session(session_data={}), run(0))
    ada = agent(db=store, id="ada")
    ada.update_session_state({"a": 1}, session_id="s1")
    ada.set_session_name("s1", session_name="Quay")
    assert heard == ["s1", "s1"]
    assert store.get_session("s1").session_data == {"session_state": {"a": 1}, "session_name": "Quay"}
    store.close()


@pytest.mark.redis
def test_in_redis_a_change_that_fails_gives_its_connection_back(new_store, redis_url):
    with ConnectionPool.from_url(redis_url, max_connections=2) as pool:
        store = new_store("redis", redis_client=Redis(connection_pool=pool))
        key = store.store.keys.record("sessions", "s1")
        store.redis_client.set(key, "no row")
        kept = []  # errors that somebody holds hold what their frames hold
        for _ in range(3):
            with pytest.raises(StoreError, match="Expecting value") as failed:
                store.rename_session("s1", "agent", "Quay")
            kept.append(failed)
        store.redis_client.delete(key)
        assert store.rename_session("s1", "agent", "Quay") is None
