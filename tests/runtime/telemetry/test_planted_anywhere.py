"""Wherever in an event a secret is, and however the event is told, no row of telemetry has it."""

from types import SimpleNamespace

from hypothesis import given, settings
from hypothesis import strategies as st

from wherry.core.events import events_agent, events_team
from wherry.core.events.events_agent import CustomEvent
from wherry.core.events.model_response import ToolExecution
from wherry.telemetry import Recorder, Redactor, TelemetryStore

KNOWN = "blue-horse-of-Wroxham"
SHAPED = "sk-abcdefghijklmnopqrstuv"
QUIET = "only its key tells"
ODD = 'blue \N{PILE OF POO} "horse"\\ of\n\u2028Wroxham'

WORDS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)
PLANTED = st.one_of(
    st.sampled_from([KNOWN, SHAPED, ODD]).flatmap(lambda one: st.builds(lambda a, b: f"{a} {one} {b}", WORDS, WORDS)),
    st.sampled_from(
        [{KNOWN: 1}, {SHAPED: "x"}, {"client_secret": QUIET}, {"api_key": [QUIET]}, {"Password": {"a": QUIET}}]
    ),
)
# Data in a text.
TEXTS = st.sampled_from([f'{{"api_key": "{QUIET}", "n": 1}}', f"{{'n': [{{'Password': '{QUIET}'}}]}}"])
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), WORDS, st.just(2**70))


def around(inner):
    """Data with one thing in it somewhere."""
    rest = st.lists(LEAVES, max_size=2)
    return st.one_of(
        st.builds(lambda one, more, at: [*more[:at], one, *more[at:]], inner, rest, st.integers(0, 2)),
        st.builds(lambda one, key, more: {**more, key: one}, inner, WORDS, st.dictionaries(WORDS, LEAVES, max_size=2)),
    )


DATA = st.recursive(PLANTED | TEXTS, around, max_leaves=4)
FAMILIES = st.sampled_from([events_agent, events_team])
IDS = {"run_id": "r", "session_id": "s"}


def tool(data):
    """The record of a call that was given data."""
    return ToolExecution(
        tool_call_id="c",
        tool_name="stow",
        tool_args={"given": data},
        result=data if isinstance(data, str) else "done",
    )


PLACES = {
    "session_state": ("RunCompletedEvent", lambda data: {"session_state": {"one": data}}),
    "metadata": ("RunCompletedEvent", lambda data: {"metadata": {"one": data}}),
    "content": ("RunCompletedEvent", lambda data: {"content": data}),
    "model_provider_data": ("RunCompletedEvent", lambda data: {"model_provider_data": {"one": data}}),
    "tool begun": ("ToolCallStartedEvent", lambda data: {"tool": tool(data)}),
    "tool ended": ("ToolCallCompletedEvent", lambda data: {"tool": tool(data), "content": "done"}),
}


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
