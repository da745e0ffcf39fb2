"""Conversations that need no more than a look, and messages of a role and words, go out as by the long way."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wherry.core.media import Audio, File, Image
from wherry.core.messages import Message
from wherry.wires.chat_completions import encode_message
from wherry.wires.exchanges import (
    CHAT_IDS,
    MISTRAL_IDS,
    RESPONSES_IDS,
    paired,
    prepared,
    split_results,
    with_wire_ids,
)

ROLES = {"system": "developer"}


class Longer(Message):
    """A message that the short way is not for."""


IDS = st.sampled_from(["call_a", "call_b", "abcdefgh1", "fc_1", "call_" + "x" * 60, "", None])


@st.composite
def rounds(draw):
    """Calls and what follows them: mostly their results in order, now and then anything else."""
    ids = draw(st.lists(IDS, min_size=1, max_size=2))
    calls = [{"id": name, "type": "function", "function": {"name": "f", "arguments": "{}"}} for name in ids]
    asked = Message(role=draw(st.sampled_from(["assistant"] * 4 + ["user"])), content="x", tool_calls=calls)
    told = [Message(role="tool", content="r", tool_call_id=name) for name in ids]
    combined = Message(role="tool", content=["r"], tool_call_id=ids[0], tool_calls=[{"tool_call_id": ids[0]}])
    other = st.sampled_from([told[::-1], told[1:], [*told, told[0]], [combined], [Message(role="user", content="u")]])
    return [asked, *(told if draw(st.booleans()) else draw(other))]


@settings(max_examples=200, deadline=None)
@given(st.lists(rounds(), max_size=2), st.sampled_from([None, CHAT_IDS, RESPONSES_IDS, MISTRAL_IDS]))
def test_conversations_in_order_are_sent_as_by_the_long_way(asked, form):
    messages = [Message(role="user", content="q"), *(message for one in asked for message in one)]
    whole = paired(split_results(messages))
    assert prepared(messages, form) == (whole if form is None else with_wire_ids(whole, form))


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("content", [None, "", "text", [{"type": "text", "text": "part"}]])
@pytest.mark.parametrize(
    "beside",
    [
        {},
        {"reasoning_content": "hm", "from_history": True, "images": None, "tool_calls": []},
        {"name": "Ann"},
        {"tool_call_id": "call_1"},
        {"tool_calls": [{"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
        {"compressed_content": "short"},
        {"images": [Image(url="https://x.example/a.png")]},
        {"audio": [Audio(content=b"a", format="wav")]},
        {"files": [File(content=b"a", filename="a.pdf", mime_type="application/pdf")]},
        {"audio_output": Audio(id="a", content=b"a")},
    ],
    ids=lambda beside: "-".join(beside) or "words alone",
)
def test_words_alone_are_encoded_as_by_the_long_way(beside, content, compressed):
    given = {"role": "system", "content": content, **beside}
    short, long = (kind(**given) for kind in (Message, Longer))
    assert encode_message(short, ROLES, compressed=compressed) == encode_message(long, ROLES, compressed=compressed)
