"""Data with a secret somewhere in it, and events that carry it, for `test_planted_anywhere` and `test_read_once`."""

from hypothesis import strategies as st

from wherry.core.events import events_agent, events_team
from wherry.core.events.model_response import ToolExecution

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
