"""What every run asks of a store: load a session with a window of history, save it with its runs."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import pytest
from kit_stores import agent_session, run, said, team_run, team_session, workflow_run, workflow_session

from wherry.core.errors import StoreError
from wherry.core.exact_json import loads_exact
from wherry.core.status import RunStatus
from wherry.db.base import SessionType
from wherry.db.json import JsonDb
from wherry.db.sqlite import SqliteDb


def test_a_session_that_does_not_exist_is_none(store):
    assert store.load_run_context("nowhere", SessionType.AGENT, "u1", 3) is None
    assert store.get_session("nowhere") is None
    assert store.get_sessions() == []
    assert store.get_run("nothing") is None
    assert store.get_runs() == []
    assert store.delete_session("nowhere") is False


def test_what_a_run_saves_the_next_run_loads(store):
    session = agent_session(metadata={"plan": "free"})
    store.save_run(session, run(0))
    again = store.load_run_context("s1", SessionType.AGENT, "u1", 3)
    assert (again.session_id, again.agent_id, again.user_id) == ("s1", "ada", "u1")
    assert again.session_data == {"session_state": {"count": 1}}
    assert again.metadata == {"plan": "free"}
    assert again.agent_data == {"name": "Ada", "agent_id": "ada"}
    assert again.created_at == 1000
    assert said(again.get_messages(last_n_runs=3)) == ["question 0", "answer 0 é"]


def test_a_history_holds_what_could_end_a_text_or_a_run_in_it(store):
    """Control characters, one of which stands between runs where Postgres is asked; without NUL, which it has not."""
    odd = "".join(map(chr, range(1, 33))) + '\x7f\u2028"\\",NULL{}'
    session = agent_session()
    for number in range(3):
        one = run(number)
        one.messages[0].content = f"{odd}{number}{odd}"
        store.save_run(session, one)
    again = store.load_run_context("s1", SessionType.AGENT, "u1", 3)
    assert said(again.get_messages(last_n_runs=3))[::2] == [f"{odd}{number}{odd}" for number in range(3)]


def test_only_the_window_is_loaded_and_the_rest_when_asked_for(store):
    session = agent_session()
    for number in range(6):
        store.save_run(session, run(number))
    again = store.load_run_context("s1", SessionType.AGENT, "u1", 2)
    assert said(again.get_messages(last_n_runs=2)) == ["question 4", "answer 4 é", "question 5", "answer 5 é"]
    assert not again.loaded_runs().complete
    assert [item.run_id for item in again.runs] == [f"r{number}" for number in range(6)]
    assert again.loaded_runs().complete


def test_a_run_added_to_a_windowed_session_is_part_of_its_history(store):
    session = agent_session()
    for number in range(3):
        store.save_run(session, run(number))
    again = store.load_run_context("s1", SessionType.AGENT, "u1", 2)
    again.upsert_run(run(3))
    assert said(again.get_messages(last_n_runs=2))[-2:] == ["question 3", "answer 3 é"]
    assert not again.loaded_runs().complete
    assert [item.run_id for item in again.runs] == ["r0", "r1", "r2", "r3"]


def test_no_history_wanted_none_read(store):
    store.save_run(agent_session(), run(0))
    again = store.load_run_context("s1", SessionType.AGENT, "u1", 0)
    assert again.get_messages(last_n_runs=0) == []
    assert [item.run_id for item in again.runs] == ["r0"]


@pytest.mark.parametrize("status", [RunStatus.paused, RunStatus.cancelled, RunStatus.error, RunStatus.regenerated])
def test_runs_that_did_not_end_well_are_no_history(store, status):
    session = agent_session()
    store.save_run(session, run(0))
    store.save_run(session, run(1, status=status))
    again = store.load_run_context("s1", SessionType.AGENT, "u1", 1)
    assert said(again.get_messages(last_n_runs=1)) == ["question 0", "answer 0 é"]
    assert [item.run_id for item in again.runs] == ["r0", "r1"]


def test_runs_of_members_are_no_history_of_the_team(store):
    session = team_session()
    member = run(7, session_id="t1", agent_id="mate", parent_run_id="t0")
    store.save_run(session, member, team_run(0))
    again = store.load_run_context("t1", SessionType.TEAM, "u1", 1)
    assert said(again.get_messages(last_n_runs=1)) == ["q0", "a"]
    assert [type(item).__name__ for item in again.runs] == ["RunOutput", "TeamRunOutput"]
    assert again.get_messages(member_ids=["mate"])[0].content == "question 7"


def test_the_history_of_a_workflow_is_its_completed_runs(store):
    session = workflow_session()
    for number, status in enumerate([RunStatus.completed, RunStatus.error, RunStatus.completed]):
        store.save_run(session, workflow_run(number, status=status))
    again = store.load_run_context("w1", SessionType.WORKFLOW, "u1", 3)
    assert again.get_workflow_history(2) == [("in 0", "out 0"), ("in 2", "out 2")]
    assert [item.run_id for item in again.runs] == ["w0", "w1", "w2"]


def test_runs_get_places_in_the_order_in_which_they_are_saved(sql_store):
    session = team_session()
    sql_store.save_run(session, run(1, session_id="t1", parent_run_id="t0"), team_run(0))
    sql_store.save_run(session, run(2, session_id="t1", parent_run_id="t1"), team_run(1))
    rows, total = sql_store.get_runs(session_id="t1", deserialize=False)
    assert total == 4
    assert [(row["run_id"], row["run_index"]) for row in rows] == [("r1", 0), ("t0", 1), ("r2", 2), ("t1", 3)]
    assert [row["run_type"] for row in rows] == ["agent", "team", "agent", "team"]


def test_places_go_on_when_somebody_else_runs_in_the_session(sql_store):
    sql_store.save_run(agent_session("s1"), run(0))
    sql_store.save_run(workflow_session("s1"), workflow_run(0, session_id="s1"))
    sql_store.save_run(agent_session("s1"), run(1))
    rows, _ = sql_store.get_runs(session_id="s1", deserialize=False)
    assert [(row["run_id"], row["run_index"]) for row in rows] == [("r0", 0), ("w0", 1), ("r1", 2)]


def test_one_store_is_asked_in_every_way_one_after_another(sql_store):
    """Statements are kept, and none is taken for another."""
    sql_store.save_run(agent_session(), run(0))
    sql_store.upsert_run(run(9), "s1", run_index=9)
    sql_store.save_run(workflow_session(), workflow_run(0), workflow_run(1, status=RunStatus.running))
    sql_store.save_run(sql_store.load_run_context("s1"), run(1), run(2))
    sql_store.save_run(sql_store.load_run_context("s1"), run(3))
    sql_store.save_run(sql_store.load_run_context("s1"))
    rows, _ = sql_store.get_runs("s1", deserialize=False)
    assert [(row["run_id"], row["run_index"]) for row in rows] == [
        ("r0", 0),
        ("r9", 9),
        ("r1", 10),
        ("r2", 11),
        ("r3", 12),
    ]
    for user_id, found in ((None, True), ("u1", True), ("u2", False), (None, True)):
        for want in (0, 2, None):
            session = sql_store.load_run_context("s1", SessionType.AGENT, user_id, want)
            assert (session is not None) == found
            if found and want:
                assert [one["run_id"] for one in session.loaded_runs().window] == ["r2", "r3"]
    flow = sql_store.load_run_context("w1", SessionType.WORKFLOW, "u1", 5)
    assert [one["run_id"] for one in flow.loaded_runs().window] == ["w0"]  # the other has not ended
    flow.workflow_data = {"name": "Flow"}
    sql_store.save_run(flow)
    assert sql_store.get_session("w1").workflow_data == {"name": "Flow"}


def test_a_run_that_is_saved_again_keeps_its_place_and_takes_the_new_content(store):
    session = agent_session()
    store.save_run(session, run(0, status=RunStatus.paused))
    store.save_run(session, run(1))
    store.save_run(session, run(0))
    again = store.load_run_context("s1", SessionType.AGENT, "u1", 5)
    assert [(item.run_id, item.status) for item in again.runs] == [("r0", "COMPLETED"), ("r1", "COMPLETED")]


def test_state_metrics_and_summary_travel_with_the_session(store):
    from wherry.session import SessionSummary

    session = agent_session()
    store.save_run(session, run(0))
    again = store.load_run_context("s1", SessionType.AGENT, "u1", 1)
    again.session_data["session_state"]["count"] = 2
    again.session_data["session_metrics"] = {"total_tokens": 15}
    again.summary = SessionSummary(summary="they talked", topics=["tea"])
    store.save_run(again, run(1))
    last = store.load_run_context("s1", SessionType.AGENT, "u1", 1)
    assert last.session_data == {"session_state": {"count": 2}, "session_metrics": {"total_tokens": 15}}
    assert last.summary.to_dict() == {"summary": "they talked", "topics": ["tea"]}


def test_a_session_saves_alone(store):
    session = agent_session()
    store.save_run(session, run(0))
    session.session_data["session_name"] = "Talk"
    store.save_run(session)
    again = store.get_session("s1")
    assert again.session_data["session_name"] == "Talk"
    assert [item.run_id for item in again.runs] == ["r0"]


def test_the_session_of_another_user_is_neither_loaded_nor_written(store, caplog):
    store.save_run(agent_session(), run(0))
    assert store.load_run_context("s1", SessionType.AGENT, "u2", 3) is None
    intruder = agent_session(user_id="u2", session_data={"session_state": {"count": 99}})
    assert store.save_run(intruder, run(1)).refused
    assert "belongs to another user" in caplog.text
    kept = store.get_session("s1")
    assert kept.session_data["session_state"] == {"count": 1}
    assert [item.run_id for item in kept.runs] == ["r0"]


def test_nobodys_session_is_taken_over_by_the_first_user_who_saves_it(store):
    store.save_run(agent_session(user_id=None), run(0))
    store.save_run(agent_session(), run(1))
    assert store.get_session("s1", user_id="u1") is not None


def test_a_cached_session_goes_on_saving(store):
    session = agent_session()
    for number in range(4):
        session.session_data["session_state"]["count"] = number
        saved = store.save_run(session, run(number))
        assert not saved.merged
        assert not saved.conflicts
    assert store.get_session("s1").session_data["session_state"] == {"count": 3}


def test_awkward_text_survives(store):
    text = "quote ' \" back\\slash \n\t é 漢 🚢 %s ? {x}"
    session = agent_session(session_id=text, session_data={"session_state": {text: [text, None, 1.5, True]}})
    store.save_run(session, run(0, session_id=text, run_id=text))
    again = store.load_run_context(text, SessionType.AGENT, "u1", 1)
    assert again.session_data["session_state"] == {text: [text, None, 1.5, True]}
    assert [item.run_id for item in again.runs] == [text]


def test_letters_that_postgres_refuses_are_dropped_there_and_kept_elsewhere(store):
    session = agent_session(session_data={"session_state": {"text": "a\x00b", "path": "c:\\u0000"}})
    store.save_run(session, run(0))
    state = store.get_session("s1").session_data["session_state"]
    assert state["text"] in {"a\x00b", "ab"}
    assert state["path"] == "c:\\u0000"


def test_letters_in_odd_places_lose_no_run(store):
    """Agno loses the whole run on Postgres, at a NUL in a key and at half of a surrogate pair anywhere."""
    odd = {"k\x00": 1, "half": ["a\ud800b"], "\udc00h": {"x": "\x00"}}
    if store.store.__class__.__name__ in {"RedisDb", "ValkeyDb"}:  # text goes there as UTF-8, in Agno, too
        with pytest.raises(StoreError, match="surrogates not allowed"):
            store.save_run(agent_session(session_data={"session_state": odd}), run(0))
        assert store.get_session("s1") is None
        return
    store.save_run(agent_session(session_data={"session_state": odd}), run(0))
    kept = {"k": 1, "half": ["ab"], "h": {"x": ""}} if store.store.__class__.__name__.endswith("PostgresDb") else odd
    assert store.get_session("s1").session_data["session_state"] == kept
    assert [item.run_id for item in store.get_session("s1").runs] == ["r0"]


def test_whole_numbers_keep_all_their_digits(store):
    """Amounts in the smallest unit of a token: more than 64 bits, alone, in lists, negative."""
    state = {
        "wei": 10**30 + 7,
        "most": 2**64,
        "least": -(2**63) - 1,
        "kept": [1, 2**64 + 1, {"x": [-(10**40)]}],
        "f": 0.1,
        "fraction": [0.00015806099999999998, 2**70, -1.0000000000000002e-30],
    }
    store.save_run(agent_session(session_data={"session_state": state}), run(0, metadata={"paid": 10**25 + 1}))
    again = store.load_run_context("s1", SessionType.AGENT, "u1", 1)
    assert again.session_data["session_state"] == state
    assert again.runs[0].metadata == {"paid": 10**25 + 1}
    assert store.get_session("s1").session_data["session_state"] == state
    assert store.get_run("r0").metadata == {"paid": 10**25 + 1}


@pytest.mark.parametrize(
    ("text", "long"),
    [
        ('{"duration": 0.00015806099999999998}', False),
        ('{"one": 0.00015806099999999998, "two": 0.00025806099999999998}', False),
        ("0.00015806099999999998", False),
        ('{"one": 0.00015806099999999998, "two": 12345678901234567890}', True),
        ("-9223372036854775809", True),
    ],
)
def test_a_long_fraction_is_no_reason_to_read_twice(text, long, monkeypatch):
    """A row that lists durations would take three times as long to read."""
    read = []
    monkeypatch.setattr(json, "loads", lambda text: read.append(text) or loads(text))
    loads = json.JSONDecoder().decode
    assert loads_exact(text) == loads(text)
    assert bool(read) == long


@pytest.mark.parametrize("state", [{"circle": []}, {"deep": {"list": [{}]}}])
def test_a_state_that_holds_itself_is_an_error_that_says_so(state, tmp_path):
    inner = state["circle"] if "circle" in state else state["deep"]["list"]
    inner.append(state)
    store = SqliteDb(db_file=str(tmp_path / "circles.db"))
    with pytest.raises(StoreError, match="cannot be stored as JSON: Circular reference"):
        store.save_run(agent_session(session_data={"session_state": state}), run(0))
    store.save_run(agent_session(session_data={"session_state": {"fine": True}}), run(0))
    store.close()


def test_a_state_without_json_form_is_an_error_that_names_the_value(text_store):
    session = agent_session(session_data={"session_state": {"socket": {1}}})
    if isinstance(text_store.store, JsonDb):  # Agno's files hold everything as text
        text_store.save_run(session, run(0))
        assert text_store.get_session("s1").session_data["session_state"] == {"socket": "{1}"}
        return
    with pytest.raises(StoreError, match="cannot be stored"):
        text_store.save_run(session, run(0))
    assert text_store.get_session("s1") is None


@dataclass
class Berth:
    number: int
    buoys: list[Berth] = field(default_factory=list)


def test_dataclasses_in_a_state_are_stored_as_dictionaries(store):
    session = agent_session(session_data={"session_state": {"berth": Berth(1, [Berth(2)]), "pair": [Berth(3)]}})
    store.save_run(session, run(0))
    state = store.get_session("s1").session_data["session_state"]
    third = {"number": 3, "buoys": []}
    assert state == {"berth": {"number": 1, "buoys": [{"number": 2, "buoys": []}]}, "pair": [third]}
    assert session.to_dict()["session_data"]["session_state"]["pair"] == [third]
    assert session.session_data["session_state"]["pair"] == [Berth(3)], "the live state keeps its objects"


def test_older_runs_load_without_blocking_the_loop(store, runner):
    session = agent_session()
    for number in range(4):
        store.save_run(session, run(number))
    again = store.load_run_context("s1", SessionType.AGENT, "u1", 1)
    runner.run(again.aload_runs())
    assert again.loaded_runs().complete
    assert [item.run_id for item in again.runs] == ["r0", "r1", "r2", "r3"]
