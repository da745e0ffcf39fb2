"""Secrets are looked for while payloads are made, in a batch as a whole: what is stored is what each alone would be."""

from types import SimpleNamespace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from runtime.telemetry.planted import DATA, FAMILIES, KNOWN, LEAVES, ODD, PLACES, SHAPED, WORDS, around

from wherry.core.events import events_agent
from wherry.core.media import Image
from wherry.core.metrics import RunMetrics
from wherry.telemetry import Recorder, Redactor, TelemetryStore, envelope_of
from wherry.telemetry import recorder as recording

OWN = {
    **PLACES,
    "count": ("ModelRequestCompletedEvent", lambda data: {"model": "m", "model_provider": data, "input_tokens": data}),
    "metrics": (
        "RunCompletedEvent",
        lambda data: {"metrics": RunMetrics(input_tokens=3, additional_metrics={"a": data})},
    ),
    "picture": ("RunCompletedEvent", lambda data: {"content": "a", "images": [Image(id="i", url=f"https://{data}")]}),
    "about": ("ModelRequestStartedEvent", lambda data: {"model": str(data), "model_provider": None}),
}
PLAIN = st.recursive(LEAVES | WORDS, around, max_leaves=3)
KEYS = st.sets(st.sampled_from(["tool_name", "nested_depth", "content", "a", "images", "model_provider"]), max_size=2)
TOLD = st.tuples(DATA | PLAIN, st.sampled_from(sorted(OWN)), FAMILIES, st.sampled_from(["s", "t", SHAPED, "bearer"]))
PARTS = ("payload", "attachments", "correlation", "provider_id", "session_id", "run_id", "agent_id", "event_type")


def parts(store):
    """What is stored besides the time and the number of each event, sessions by name."""
    found = [{name: one[name] for name in PARTS} for one in store.query({})[0]]
    store.close()
    return sorted(found, key=lambda one: one["session_id"])


@settings(max_examples=80, deadline=None)
@given(told=st.lists(TOLD, min_size=1, max_size=5), keys=KEYS)
@example(told=[("a", "metadata", events_agent, "s")], keys={"nested_depth"})
@example(told=[(KNOWN, "picture", events_agent, "s"), ("a", "count", events_agent, "s")], keys=set())
@example(told=[("bearer", "count", events_agent, "s"), ("abcdefgh", "content", events_agent, "t")], keys=set())
def test_a_batch_is_stored_as_each_event_alone(told, keys):
    redactor = Redactor(values=[KNOWN, ODD], keys=keys)
    batch, alone = TelemetryStore(), TelemetryStore()
    recorder = Recorder(batch, redactor)
    for data, place, family, session in told:
        ids = {"run_id": "r", "session_id": session, "agent_id": "ada"}
        if family is not events_agent:
            ids["team_id"] = ids.pop("agent_id")
        name, made = OWN[place]
        recorder.hear(SimpleNamespace(family=family, ids=ids), name, made(data))
        alone.write([envelope_of(getattr(family, name)(**ids, **made(data)), redactor)])
    recorder.flush()
    assert (recorder.recorded, recorder.dropped) == (len(told), 0)
    assert parts(batch) == parts(alone)


@pytest.mark.parametrize("size", [1, 7, 2000])
def test_a_stretch_of_any_batch_has_a_row_that_is_not_too_long(monkeypatch, size):
    monkeypatch.setattr(recording, "_BATCH", size)
    store = TelemetryStore()
    recorder = Recorder(store)
    run = SimpleNamespace(family=events_agent, ids={"run_id": "r", "session_id": "s"})
    for number in range(1203):
        recorder.hear(run, "RunCompletedEvent", {"content": str(number) if number != 700 else SHAPED})
    recorder.flush()
    rows = [count for (count,) in store._run("SELECT events FROM wherry_events ORDER BY position")]
    found = [one["payload"]["content"] for one in pages(store)]
    store.close()
    assert max(rows) <= 500
    assert sum(rows) == 1203
    assert found == [str(number) if number != 700 else "[redacted]" for number in range(1203)]


def test_runs_wait_for_a_look_at_little_of_a_batch_of_long_texts():
    """Nothing else of the process goes on while secrets are looked for in bytes."""
    looked = []

    class Watched(Redactor):
        def traces(self, texts):
            looked.append(len(texts))
            return super().traces(texts)

    store = TelemetryStore()
    recorder = Recorder(store, Watched())
    long = "the tide rises " * 1000
    for number in range(60):
        run = SimpleNamespace(family=events_agent, ids={"run_id": f"r{number}", "session_id": f"s{number}"})
        recorder.hear(run, "RunCompletedEvent", {"content": f"{number} {long}{SHAPED if number == 40 else ''}"})
    recorder.flush()
    found = [one["payload"]["content"] for one in pages(store)]
    store.close()
    assert found == [f"{number} {long}{'[redacted]' if number == 40 else ''}" for number in range(60)]
    assert max(looked) < 100_000
    assert sum(looked) > 60 * len(long)


def pages(store):
    """All events, page by page."""
    cursor = 0
    while cursor is not None:
        page, cursor = store.query({}, limit=1000, cursor=cursor)
        yield from page
