"""Sessions and runs under Agno's method names, on every store."""

from __future__ import annotations

import pytest
from kit_stores import agent_session, run, team_run, team_session, workflow_run, workflow_session

from wherry.core.errors import ConfigurationError, StoreError
from wherry.core.status import RunStatus
from wherry.db.base import SessionType
from wherry.stores.documents import DocumentStore

from .conftest import POSTGRES


@pytest.fixture
def filled(store):
    """Three sessions of three kinds and two users."""
    store.save_run(agent_session("s1", session_data={"session_name": "Tea talk"}), run(0), run(1))
    store.save_run(team_session("t1", created_at=2000, user_id="u2"), team_run(0))
    store.save_run(workflow_session("w1", created_at=3000), workflow_run(0))
    return store


def ids(sessions):
    return [session.session_id for session in sessions]


def test_a_session_is_read_with_its_kind_and_runs(filled):
    agent, team, flow = (filled.get_session(name) for name in ("s1", "t1", "w1"))
    assert [type(session).__name__ for session in (agent, team, flow)] == [
        "AgentSession",
        "TeamSession",
        "WorkflowSession",
    ]
    assert [item.run_id for item in agent.runs] == ["r0", "r1"]
    assert [type(item).__name__ for item in (*team.runs, *flow.runs)] == ["TeamRunOutput", "WorkflowRunOutput"]


def test_a_session_is_read_as_a_row(filled):
    row = filled.get_session("s1", deserialize=False)
    assert row["session_type"] == "agent"
    assert row["session_data"] == {"session_name": "Tea talk"}
    assert [item["run_id"] for item in row["runs"]] == ["r0", "r1"]


def test_a_session_is_read_for_its_user_only(filled):
    assert filled.get_session("s1", user_id="u2") is None
    assert filled.get_session("s1", user_id="u1").session_id == "s1"


def test_a_bounded_read_brings_the_newest_runs(filled):
    assert [item.run_id for item in filled.get_session("s1", runs_limit=1).runs] == ["r1"]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, {"s1", "t1", "w1"}),
        ({"session_type": SessionType.TEAM}, {"t1"}),
        ({"user_id": "u1"}, {"s1", "w1"}),
        ({"component_id": "crew"}, {"t1"}),
        ({"session_type": SessionType.AGENT, "component_id": "ada"}, {"s1"}),
        ({"session_type": SessionType.AGENT, "component_id": "crew"}, set()),
        ({"session_name": "tea"}, {"s1"}),
        ({"session_name": "coffee"}, set()),
        ({"start_timestamp": 2000}, {"t1", "w1"}),
        ({"end_timestamp": 2000}, {"s1", "t1"}),
    ],
)
def test_sessions_are_found_by(filled, filters, expected):
    assert set(ids(filled.get_sessions(**filters))) == expected
    rows, total = filled.get_sessions(**filters, deserialize=False)
    assert {row["session_id"] for row in rows} == expected
    assert total == len(expected)


def test_sessions_are_sorted_and_paged(filled):
    assert ids(filled.get_sessions(sort_by="created_at", sort_order="asc")) == ["s1", "t1", "w1"]
    assert ids(filled.get_sessions(sort_by="created_at", sort_order="desc", limit=2)) == ["w1", "t1"]
    rows, total = filled.get_sessions(
        sort_by="created_at", sort_order="desc", limit=2, page=2, deserialize=False, include_runs=False
    )
    assert ([row["session_id"] for row in rows], total) == (["s1"], 3)
    assert rows[0]["runs"] is None


def test_a_column_that_does_not_exist_sorts_nothing(filled):
    assert len(filled.get_sessions(sort_by="nonsense; DROP TABLE x", sort_order="asc")) == 3


@pytest.mark.parametrize("page", [0, -1])
def test_pages_below_the_first_are_refused(store, page):
    for read in (store.get_sessions, store.get_runs, store.get_user_memories, store.get_knowledge_contents):
        with pytest.raises(ConfigurationError, match="pages are 1-indexed"):
            read(limit=5, page=page)


def test_a_page_without_a_limit_is_refused_where_agno_refuses_it(filled):
    """Agno's databases in memory and in files answer with everything, files refuse it of runs alone."""
    lenient = {"InMemoryDb": {"get_sessions", "get_runs", "get_user_memories"}}
    lenient["JsonDb"] = lenient["InMemoryDb"] - {"get_runs"}
    for name in ("get_sessions", "get_runs", "get_user_memories"):
        if name in lenient.get(type(filled.store).__name__, ()):
            assert getattr(filled, name)(page=2) == getattr(filled, name)()
        else:
            with pytest.raises(ConfigurationError, match="page=2 was given without limit"):
                getattr(filled, name)(page=2)


def test_a_session_is_stored_without_its_runs(store):
    session = agent_session(runs=None)
    stored = store.upsert_session(session)
    assert stored.session_id == "s1"
    assert store.get_session("s1").runs == []


def test_storing_a_session_again_replaces_what_its_owner_fills(store):
    store.save_run(agent_session(), run(0))
    again = agent_session(session_data={"session_state": {"other": 1}}, metadata={"x": 1})
    row = store.upsert_session(again, deserialize=False)
    assert row["session_data"] == {"session_state": {"other": 1}}
    kept = store.get_session("s1")
    assert (kept.session_data, kept.metadata) == ({"session_state": {"other": 1}}, {"x": 1})
    assert [item.run_id for item in kept.runs] == ["r0"]
    assert kept.created_at == 1000
    assert kept.updated_at >= 1000


def test_storing_the_session_of_another_user_changes_nothing(store):
    store.upsert_session(agent_session())
    assert store.upsert_session(agent_session(user_id="u2", metadata={"stolen": True})) is None
    assert store.get_session("s1").metadata is None


def test_an_order_that_is_not_said_is_that_of_agno(store):
    for number, user_id in enumerate(["u1", None, "u2"]):
        store.upsert_session(agent_session(f"s{number}", user_id=user_id, created_at=1000 + number))
    down = ids(store.get_sessions(sort_by="created_at"))
    assert down == (["s0", "s1", "s2"] if hasattr(store.store, "redis_client") else ["s2", "s1", "s0"])
    if isinstance(store.store, DocumentStore):  # where each SQL database puts what is missing is its own business
        assert ids(store.get_sessions(sort_by="user_id", sort_order="desc")) == ["s1", "s2", "s0"]
        assert ids(store.get_sessions(sort_by="user_id", sort_order="asc")) == ["s0", "s2", "s1"]


@pytest.mark.redis
def test_in_redis_records_vanish_after_a_time_and_sets_of_ids_stay(new_store):
    store = new_store("redis", expire=1000)
    store.save_run(agent_session(), run(0))
    store.upsert_run(run(1), "s1")
    store.rename_session("s1", SessionType.AGENT, "Quay")
    client, prefix = store.redis_client, store.db_prefix
    left = {key.removeprefix(f"{prefix}:"): client.ttl(key) for key in client.scan_iter(f"{prefix}:*")}
    records = {"sessions:s1", "runs:r0", "runs:r1", "runs:by_session:s1"}
    assert {key for key, seconds in left.items() if 900 < seconds <= 1000} == records
    assert {key for key, seconds in left.items() if seconds == -1} == {key for key in left if ":index:" in key}


def test_a_session_of_nobody_becomes_that_of_the_first_user_who_stores_it(store):
    for session_id in ("upserted", "run"):
        store.upsert_session(agent_session(session_id, user_id=None))
    assert store.upsert_session(agent_session("upserted")).user_id == "u1"
    assert not store.save_run(agent_session("run"), run(0, "run")).refused
    for session_id in ("upserted", "run"):
        assert store.get_session(session_id).user_id == "u1"
        assert store.upsert_session(agent_session(session_id, user_id=None)) is None


def test_many_sessions_are_stored_at_once(store):
    stored = store.upsert_sessions([agent_session("a"), team_session("b"), workflow_session("c")])
    assert ids(stored) == ["a", "b", "c"]
    assert store.upsert_sessions([]) == store.upsert_sessions([None]) == []
    assert ids(store.upsert_sessions([None, agent_session("a")])) == ["a"]
    row = store.upsert_sessions([agent_session("d", updated_at=1234)], deserialize=False, preserve_updated_at=True)[0]
    assert row["updated_at"] == 1234


def test_a_session_is_renamed(filled):
    renamed = filled.rename_session("s1", SessionType.AGENT, "Coffee talk")
    assert renamed.session_data["session_name"] == "Coffee talk"
    assert filled.get_session("s1").session_data["session_name"] == "Coffee talk"
    assert filled.rename_session("s1", SessionType.AGENT, "x", user_id="u2") is None
    assert filled.rename_session("nowhere", SessionType.AGENT, "x") is None
    row = filled.rename_session("t1", None, "Crew talk", deserialize=False)
    assert row["session_data"]["session_name"] == "Crew talk"


def test_deleting_a_session_deletes_its_runs(filled):
    assert filled.delete_session("s1", user_id="u2") is False
    assert filled.delete_session("s1") is True
    assert filled.get_session("s1") is None
    assert filled.get_run("r0") is None
    assert filled.get_runs(session_id="s1") == []


def test_deleting_many_sessions_spares_those_of_others(filled):
    filled.delete_sessions(["s1", "t1", "nowhere"], user_id="u1")
    assert set(ids(filled.get_sessions())) == {"t1", "w1"}
    filled.delete_sessions([])
    assert set(ids(filled.get_sessions())) == {"t1", "w1"}


def test_more_sessions_and_runs_are_deleted_than_a_statement_has_values(sql_store):
    many = [f"n{number}" for number in range(65_536)]
    sql_store.save_run(agent_session("s1"), run(0), run(1), run(2))
    sql_store.delete_runs(["r0", *many, "r1"])
    assert [one.run_id for one in sql_store.get_session("s1").runs] == ["r2"]
    sql_store.save_run(agent_session("s2"), run(3))
    sql_store.delete_sessions(["s1", *many, "s2"])
    assert sql_store.get_sessions() == []
    assert sql_store.get_run("r3") is None


def test_an_idle_session_is_handed_over(filled):
    assert filled.reassign_session_owner("s1", previous_user_id="u2", user_id="u3") is False
    assert filled.reassign_session_owner("s1", previous_user_id="u1", user_id="u3") is True
    assert filled.get_session("s1").user_id == "u3"
    filled.upsert_run(run(5, status=RunStatus.running), session_id="s1", user_id="u3")
    assert filled.reassign_session_owner("s1", previous_user_id="u3", user_id="u1") is False


def test_a_run_is_read_by_its_id(filled):
    found = filled.get_run("r1")
    assert type(found).__name__ == "RunOutput"
    assert found.content == "answer 1 é"
    assert type(filled.get_run("t0")).__name__ == "TeamRunOutput"
    assert type(filled.get_run("w0")).__name__ == "WorkflowRunOutput"
    assert filled.get_run("r1", deserialize=False)["run_id"] == "r1"


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"session_id": "s1"}, ["r0", "r1"]),
        ({"agent_id": "ada"}, ["r0", "r1"]),
        ({"team_id": "crew"}, ["t0"]),
        ({"workflow_id": "flow"}, ["w0"]),
        ({"user_id": "u2"}, ["t0"]),
        ({"status": RunStatus.completed, "session_id": "s1"}, ["r0", "r1"]),
        ({"status": "ERROR"}, []),
        ({"session_id": "s1", "limit": 1, "page": 2}, ["r1"]),
    ],
)
def test_runs_are_found_by(filled, filters, expected):
    assert [item.run_id for item in filled.get_runs(**filters)] == expected


def test_runs_are_counted_without_paging(filled):
    rows, total = filled.get_runs(session_id="s1", limit=1, deserialize=False)
    assert ([row["run_id"] for row in rows], total) == (["r0"], 2)


def test_a_run_is_stored_alone_and_keeps_its_place(store):
    store.upsert_session(agent_session())
    for number in range(3):
        store.upsert_run(run(number), session_id="s1", user_id="u1", run_index=number)
    store.upsert_run(run(1, content_type="dict"), session_id="s1", user_id="u1")
    runs = store.get_session("s1").runs
    assert [item.run_id for item in runs] == ["r0", "r1", "r2"]
    assert runs[1].content_type == "dict"


def test_a_run_without_a_place_goes_to_the_end(store):
    store.upsert_session(agent_session())
    for number in range(3):
        store.upsert_run(run(number), session_id="s1", user_id="u1")
    assert [item.run_id for item in store.get_session("s1").runs] == ["r0", "r1", "r2"]


def test_a_run_without_an_id_is_refused(store):
    store.upsert_session(agent_session())
    with pytest.raises(ConfigurationError, match="run_id"):
        store.upsert_run({"content": "x"}, session_id="s1")


def test_runs_are_deleted(filled):
    assert filled.delete_run("r0") is True
    assert filled.delete_run("r0") is False
    filled.delete_runs(["t0", "w0", "nothing"])
    assert [item.run_id for item in filled.get_runs()] == ["r1"]


def test_a_pending_run_is_cancelled_once(sql_store):
    sql_store.save_run(agent_session(), run(0, status=RunStatus.pending, content_type="str"))
    cancel = {"session_id": "s1", "reason": "too late", "user_id": "u1"}
    assert sql_store.cancel_pending_run("r0", **cancel) is True
    assert sql_store.cancel_pending_run("r0", **cancel) is False
    assert sql_store.get_run("r0").status == "CANCELLED"


def test_a_run_of_no_session_is_refused(sql_store):
    with pytest.raises(StoreError, match=r"(?i)foreign key"):
        sql_store.upsert_run(run(0), session_id="nowhere", user_id="u1")


def test_tables_are_stamped_with_the_version_of_their_layout(fresh_sql_store):
    assert fresh_sql_store.get_latest_schema_version("agno_sessions") == "2.0.0"
    fresh_sql_store.upsert_session(agent_session())
    assert fresh_sql_store.get_latest_schema_version("agno_sessions") == "3.0.0"
    fresh_sql_store.upsert_schema_version("agno_sessions", "9.9.9")
    assert fresh_sql_store.get_latest_schema_version("agno_sessions") == "9.9.9"
    assert fresh_sql_store.table_exists("agno_sessions") is True
    assert fresh_sql_store.table_exists("agno_memories") is False


@pytest.mark.parametrize("kind", ["sqlite", "sqlite_memory", *POSTGRES, "json"])
def test_tables_carry_the_names_they_are_given(kind, new_store):
    store = new_store(kind, session_table="My Sessions", memory_table="order")
    store.save_run(agent_session(), run(0))
    assert store.runs_table_name == "My Sessions_runs"
    assert [item.run_id for item in store.get_session("s1").runs] == ["r0"]
    from wherry.db.schemas import UserMemory

    store.upsert_user_memory(UserMemory(memory="x", memory_id="m"))
    assert store.get_user_memory("m").memory == "x"


def test_after_a_deleted_run_the_next_one_takes_no_place_that_is_taken(store):
    session = agent_session()
    store.save_run(session, run(0), run(1), run(2))
    store.delete_run("r0")
    store.save_run(store.load_run_context("s1", "agent", "u1", 3), run(3))
    rows, _ = store.get_runs(session_id="s1", deserialize=False)
    assert [row["run_id"] for row in rows] == ["r1", "r2", "r3"]
    assert [item.run_id for item in store.get_session("s1").runs] == ["r1", "r2", "r3"]
    assert [item.run_id for item in store.get_session("s1", runs_limit=1).runs] == ["r3"]


@pytest.mark.redis
@pytest.mark.parametrize("text", ["{half", "3", "[]", ""])
def test_a_record_in_redis_that_is_none_is_named(text, new_store):
    store = new_store("redis")
    store.upsert_session(agent_session("s1"))
    store.upsert_session(agent_session("s2"))
    key = store.keys.record("sessions", "s1")
    going_on, mine = store.load_run_context("s1", last_runs=1), store.get_session("s1")
    store.redis_client.set(key, text)
    for asked in (
        lambda: store.get_session("s1"),
        lambda: store.load_run_context("s1"),
        store.get_sessions,
        lambda: store.save_run(going_on, run(0)),
        lambda: store.save_run(mine),
        lambda: going_on.runs,
    ):
        with pytest.raises(StoreError, match=r"is not JSON|holds no record") as told:
            asked()
        assert "s1" in str(told.value)
    assert store.get_session("s2").session_id == "s2"
    store.redis_client.delete(key)
    assert store.get_session("s1") is None
