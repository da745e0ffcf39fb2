"""How events are stored: a row for what one run told in a row, read back one by one, whatever is in them."""

import sqlite3
from dataclasses import dataclass

import pytest

from wherry.core.events.events_agent import CustomEvent, RunContentEvent, RunStartedEvent, ToolCallStartedEvent
from wherry.core.events.model_response import ToolExecution
from wherry.core.ids import new_id
from wherry.telemetry import Recorder, Redactor, TelemetryStore

KEY = "sk-abcdefghijklmnopqrstuv"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def store(request, tmp_path):
    """A store on each kind of database."""
    if request.param == "sqlite":
        made = TelemetryStore(str(tmp_path / "t.db"))
    else:
        made = TelemetryStore(request.getfixturevalue("postgres"), f"telemetry_{new_id()[:8]}")
    yield made
    made.close()


def recorded(store, *events, **options):
    recorder = Recorder(store, content=True, **options)
    for event in events:
        recorder(event, None)
    recorder.flush()
    return recorder


def started(run="r1", session="s1", **given):
    return RunStartedEvent(run_id=run, session_id=session, agent_id="ada", **given)


def piece(text, run="r1", session="s1", **given):
    return RunContentEvent(run_id=run, session_id=session, agent_id="ada", content=text, **given)


def test_runs_that_take_turns_in_a_session_keep_their_order(store):
    order = [("a", "s1"), ("b", "s1"), ("a", "s1"), ("c", "s2"), ("a", "s1")]
    recorded(store, *(piece(str(number), run, session) for number, (run, session) in enumerate(order)))
    found = store.query({"sessionId": "s1"})[0]
    assert [one["payload"]["content"] for one in found] == ["0", "1", "2", "4"]
    assert [one["run_id"] for one in found] == ["a", "b", "a", "a"]
    assert len({one["event_id"] for one in found}) == 4
    assert [one["timestamp"] for one in found] == sorted(one["timestamp"] for one in found)


def test_pages_end_inside_of_rows_too(store):
    recorded(store, *(piece(str(number)) for number in range(1200)), *(piece("x", run="r2") for _ in range(3)))
    seen, cursor, pages = [], 0, 0
    while cursor is not None:
        page, cursor = store.query({"runId": "r1"}, limit=7 if pages % 2 else 450, cursor=cursor)
        seen += [one["payload"]["content"] for one in page]
        pages += 1
    assert seen == [str(number) for number in range(1200)]


def test_a_type_is_found_wherever_it_is_in_a_row(store):
    events = [started(f"r{number}", f"s{number % 3}") for number in range(200)]
    recorded(store, *(one for event in events for one in (event, piece("x", event.run_id, event.session_id))))
    seen, cursor = [], 0
    while cursor is not None:
        page, cursor = store.query({"eventType": "RunStarted"}, limit=9, cursor=cursor)
        seen += [one["run_id"] for one in page]
    assert sorted(seen) == sorted(event.run_id for event in events)
    assert store.query({"eventType": "Run"})[0] == []


def test_since_holds_for_each_event_of_a_row(store):
    recorded(store, piece("old"))
    found = store.query({})[0]
    recorded(store, piece("new"))
    later = store.query({}, since=found[0]["timestamp"] + "~")[0]
    assert [one["payload"]["content"] for one in later] == ["new"]


def test_the_view_has_a_row_for_each_event(store):
    recorded(store, started(model="m"), piece("a"), piece("b"))
    columns = "event_type, session_id, provider_id, timestamp"
    rows = store._run(
        f"SELECT {columns} FROM {store.table}_list ORDER BY position"  # noqa: S608 - our own name
    )
    assert [row[:3] for row in rows] == [
        ("RunStarted", "s1", "m"),
        ("RunContent", "s1", None),
        ("RunContent", "s1", None),
    ]
    assert [row[3] for row in rows] == [one["timestamp"] for one in store.query({})[0]]


def test_a_table_is_opened_again_with_its_view(postgres):
    name = f"telemetry_{new_id()[:8]}"
    first, second = TelemetryStore(postgres, name), TelemetryStore(postgres, name)
    recorded(first, started())
    assert len(second.query({})[0]) == 1
    first.close()
    second.close()


class Odd(CustomEvent):
    """An event that cannot tell what it has."""

    def to_dict(self):
        raise RuntimeError("no")


@dataclass
class Place:
    """Something of a user's own."""

    name: str
    api_key: str = KEY


def endless():
    made = {}
    made["self"] = made
    return made


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (2**70, 2**70),
        ("half \ud83d", "half ?"),
        ({("a", 1): 2}, {"('a', 1)": 2}),
        (float("nan"), None),
        (Place("Acle"), {"name": "Acle", "api_key": "[redacted]"}),
        ([2**70, {"token": "abcdef"}], [2**70, {"token": "[redacted]"}]),
    ],
)
def test_what_json_does_not_know_stops_nothing(store, value, kept):
    assert the_place(store, value) == kept


def test_nul_is_kept_where_the_database_can_ask_for_it(store, request):
    postgres = request.node.callspec.params["store"] == "postgres"
    assert the_place(store, "a\0b") == ("a\ufffdb" if postgres else "a\0b")


def the_place(store, value):
    """What is kept of a value that an event between two others has."""
    recorder = recorded(store, started(), CustomEvent(run_id="r1", session_id="s1", place=value), piece("after"))
    assert (recorder.recorded, recorder.dropped, recorder.failures) == (3, 0, 0)
    return store.query({"eventType": "CustomEvent"})[0][0]["payload"].get("place")


def test_ids_that_a_database_refuses_are_mended(store):
    recorder = recorded(store, started("r\0 1", "s\ud83d"), started(KEY, "s2"), started("r3", 5))
    assert recorder.failures == 0
    assert [(one["run_id"], one["session_id"]) for one in store.query({})[0]] == [
        ("r� 1", "s?"),
        ("[redacted]", "s2"),
        ("r3", "5"),
    ]


def test_an_event_that_cannot_be_told_is_counted_and_the_others_are_kept(store):
    broken = CustomEvent(run_id="r2", session_id="s1", place=endless())
    recorder = recorded(store, started(), Odd(run_id="r1", session_id="s1"), broken, piece("after"))
    assert (recorder.recorded, recorder.dropped, recorder.failures) == (2, 2, 0)
    assert [one["event_type"] for one in store.query({})[0]] == ["RunStarted", "RunContent"]


def test_a_secret_in_one_of_many_events_is_found(store):
    events = [piece(f"text {number}", f"r{number}") for number in range(300)]
    events[137] = piece(f"the key is {KEY}", "r137")
    events[200] = CustomEvent(run_id="r200", session_id="s1", deep={"list": [{"client_secret": "quiet words"}]})
    events[250] = piece("x", "r250", agent_name="Bearer abcdefgh1234")
    recorded(store, *events, redactor=Redactor(values=["blue-horse"], keys=["diagnosis"]))
    text = str(store._run(f"SELECT * FROM {store.table}"))  # noqa: S608 - our own name
    assert KEY not in text
    assert "quiet words" not in text
    assert "abcdefgh1234" not in text
    assert text.count("[redacted]") == 3


def test_a_call_that_waited_for_a_person_is_kept_as_it_began(store):
    tool = ToolExecution(tool_call_id="c", tool_name="sell", requires_confirmation=True, confirmed=True)
    recorder = Recorder(store)
    recorder(ToolCallStartedEvent(run_id="r1", session_id="s1", tool=tool), None)
    tool.result = "sold"
    recorder.flush()
    assert store.query({})[0][0]["payload"]["tool"]["result"] is None


def test_the_file_of_a_store_can_be_read_by_others(tmp_path):
    store = TelemetryStore(str(tmp_path / "t.db"))
    recorded(store, started(), piece("a"))
    with sqlite3.connect(tmp_path / "t.db") as other:
        assert other.execute("SELECT COUNT(*), SUM(events) FROM wherry_events").fetchone() == (1, 2)
        assert other.execute("SELECT COUNT(*) FROM wherry_events_list").fetchone() == (2,)
    store.close()
