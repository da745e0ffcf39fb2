"""Wherever in an event a secret is, and however the event is told, no row of telemetry has it."""

from types import SimpleNamespace

from hypothesis import given, settings
from hypothesis import strategies as st
from runtime.telemetry.planted import DATA, FAMILIES, IDS, KNOWN, ODD, PLACES, QUIET, SHAPED

from wherry.core.events.events_agent import CustomEvent
from wherry.telemetry import Recorder, Redactor, TelemetryStore


@settings(max_examples=150, deadline=None)
@given(data=DATA, family=FAMILIES, place=st.sampled_from(sorted(PLACES)), heard=st.booleans())
def test_a_secret_comes_out_nowhere(data, family, place, heard):
    store = TelemetryStore()
    recorder = Recorder(store, Redactor(values=[KNOWN, ODD]))
    name, made = PLACES[place]
    if heard:
        recorder.hear(SimpleNamespace(family=family, ids=IDS), name, made(data))
    else:
        recorder(getattr(family, name)(**IDS, **made(data)), None)
    recorder(CustomEvent(**IDS, anything=data), None)
    recorder.flush()
    assert (recorder.recorded, recorder.dropped) == (2, 0)
    found = store.query({})[0]
    stored = str(store._run("SELECT * FROM wherry_events"))
    store.close()
    for secret in (KNOWN, SHAPED, ODD, QUIET):
        assert secret not in stored
        assert not holds(found, secret), secret
    assert "[redacted]" in stored


def holds(data, secret):
    """Whether a text is anywhere in data."""
    if isinstance(data, dict):
        return any(holds(one, secret) for pair in data.items() for one in pair)
    if isinstance(data, list):
        return any(holds(one, secret) for one in data)
    return isinstance(data, str) and secret in data
