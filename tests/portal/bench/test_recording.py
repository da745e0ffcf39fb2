"""Telemetry by hand, beside which Wherry's is measured: it writes what Wherry's recorder does, or it were no limit."""

import asyncio
import sqlite3
import threading
import time
from contextlib import closing

import orjson
import pytest

from wherry.agent import Agent
from wherry.models.openai import OpenAIChat
from wherry.telemetry import Recorder, TelemetryStore
from wherry.testing import ReplayServer
from wherry_portal.bench.children import timed
from wherry_portal.bench.children.recording import COLUMNS, ByHand

HOUR = 3600.0
NUMBERED = (0, 1)  # an event's own id and its time
CALL = {
    "when": {"last": True, "contains": "Tide?"},
    "tool_calls": [{"name": "tide_at", "arguments": {"place": "here"}}],
}


def tide_at(place: str) -> str:
    """Tide at a place."""
    return f"{place}: rising"


def rows(file):
    """Columns of the rows, without what is another at each time."""
    with closing(sqlite3.connect(file)) as base:
        asked = f"SELECT {', '.join(COLUMNS)} FROM wherry_events ORDER BY position"  # noqa: S608 - names of columns
        found = base.execute(asked).fetchall()
    said = []
    for *columns, first, last, events, kinds, body in found:
        names, *items = orjson.loads(body)
        assert (items[0][1], items[-1][1]) == (first, last)
        own = [[one for place, one in enumerate(item) if place not in NUMBERED] for item in items]
        said.append((*columns, events, kinds, names, own))
    return said


@pytest.mark.parametrize("at_a_time", [1, 2])
def test_by_hand_is_written_what_the_recorder_writes(tmp_path, at_a_time):
    files = tmp_path / "hand.db", tmp_path / "recorder.db"
    hand, recorder = ByHand(str(files[0]), HOUR), Recorder(TelemetryStore(str(files[1])), interval=HOUR)

    async def ask():
        for begin in range(0, 4, at_a_time):
            some = range(begin, begin + at_a_time)
            await asyncio.gather(*(agent.arun("Tide?", session_id=f"lane-{lane % 2}") for lane in some))

    with ReplayServer([{**CALL, "times": "forever"}, {"content": "Rising.", "times": "forever"}]) as server:
        agent = Agent(name="Pilot", model=OpenAIChat(id="m", api_key="none", base_url=server.base_url), tools=[tide_at])
        hand.start()
        recorder.start()
        try:
            asyncio.run(ask())
        finally:
            hand.stop()
            recorder.stop()
    ours, theirs = map(rows, files)
    assert ours == theirs
    assert [one[-4] for one in ours] == [9] * 4
    assert (hand.recorded, recorder.recorded, hand.dropped, recorder.dropped) == (36, 36, 0, 0)


def test_a_run_that_makes_events_is_not_recorded_by_hand(tmp_path):
    hand = ByHand(str(tmp_path / "hand.db"), HOUR)

    class Event:
        event = "RunContent"

    with pytest.raises(RuntimeError, match="RunContent") as refusal:
        hand(Event, None)
    assert refusal.type is RuntimeError
    hand.base.close()


def test_what_is_written_while_memory_is_read_is_a_part_of_the_runs(monkeypatch):
    """The thread that writes telemetry goes on while another one reads a file."""
    worked = 0.05

    def write():
        while time.thread_time() < worked:
            pass

    def rss_mb():
        writer = threading.Thread(target=write)
        writer.start()
        writer.join()
        return 1.0

    async def one(_):
        return 1, 0.0

    monkeypatch.setattr(timed, "rss_mb", rss_mb)
    order = {"runs": timed.SAMPLED, "concurrent": 1, "session": "s", "stream": False, "tokens_per_second": 0, "db": ""}
    found = asyncio.run(timed.Lanes(one, order).part())
    assert (found["held"], found["looks"]) == (1.0, 1)
    assert found["cpu"] >= 0.9 * worked
    assert found["wall"] >= 0.9 * worked
