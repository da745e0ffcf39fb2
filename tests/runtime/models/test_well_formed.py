"""Whatever the history looks like, what goes out is well-formed: each call has its result, each result its call."""

import itertools
import json
from datetime import date

import pytest
from agno.metrics import MessageMetrics as TheirMetrics
from agno.models.message import Message as TheirMessage
from agno.utils.message import normalize_tool_messages as their_normalize_tool_messages
from hypothesis import given
from hypothesis import strategies as st

from wherry.agent import Agent
from wherry.core.messages import Message
from wherry.metrics import MessageMetrics
from wherry.models.anthropic import Claude
from wherry.models.google import Gemini
from wherry.models.groq import Groq
from wherry.models.mistral import MistralChat
from wherry.models.ollama import Ollama
from wherry.models.openai import OpenAIChat, OpenAIResponses
from wherry.models.wired import Ask, encode_body
from wherry.testing import ReplayServer
from wherry.utils.message import normalize_tool_messages
from wherry.wires.exchanges import paired

texts = st.text("ab ", max_size=3)
ids = st.sampled_from(["call_1", "call_2", "toolu_3", "fc_4", "x" * 50])


@st.composite
def calls(draw):
    chosen = draw(st.lists(ids, min_size=1, max_size=3, unique=True))
    second = draw(st.booleans())
    return [
        {
            "id": i,
            "type": "function",
            "function": {"name": "f", "arguments": "{}"},
            **({"call_id": f"call_{i}"} if second else {}),
        }
        for i in chosen
    ]


@st.composite
def histories(draw):
    """Any order of any messages: cut in the middle, results lost or doubled, ids used again."""
    kinds = st.one_of(
        st.builds(lambda t: Message(role="system", content=t), texts),
        st.builds(lambda t: Message(role="user", content=t), texts),
        st.builds(lambda t, d: Message(role="assistant", content=t, provider_data=d), texts, provider_data),
        st.builds(
            lambda c, t, d: Message(role="assistant", content=t, tool_calls=c, provider_data=d),
            calls(),
            st.none() | texts,
            provider_data,
        ),
        st.builds(
            lambda i, t: Message(role="tool", content=t, tool_call_id=i, tool_name="f"),
            ids | ids.map("call_{}".format),
            texts,
        ),
    )
    return draw(st.lists(kinds, max_size=8))


provider_data = st.sampled_from([None, None, {"response_id": "r"}, {"id": "x"}])


def body(model, messages):
    call = model._request(Ask(messages, Message(role="assistant")))
    return json.loads(call.body)


def exchange_is_whole(turns, called, answered):
    """Right behind each turn with calls come exactly its results, and results come nowhere else."""
    expected: list[str] = []
    for turn in turns:
        results = answered(turn)
        if results:
            for result in results:
                assert result in expected, f"{result} was not called"
                expected.remove(result)
            continue
        assert not expected, f"{expected} got no result"
        expected = list(called(turn))
    assert not expected, f"{expected} got no result"


def chat_called(turn):
    return [call["id"] for call in turn.get("tool_calls", ())]


def chat_answered(turn):
    return [turn["tool_call_id"]] if turn["role"] == "tool" else []


@pytest.mark.parametrize("model", [OpenAIChat(api_key="k"), Groq(api_key="k"), MistralChat(api_key="k")])
@given(messages=histories())
def test_chat_completions(model, messages):
    before = [message.to_dict() for message in messages]
    turns = body(model, messages)["messages"]
    exchange_is_whole(turns, chat_called, chat_answered)
    assert [message.to_dict() for message in messages] == before
    if isinstance(model, OpenAIChat):
        assert all(len(i) <= 40 and i.startswith("call_") for turn in turns for i in chat_called(turn))
    if isinstance(model, MistralChat):
        assert all(len(i) <= 9 and i.isalnum() for turn in turns for i in chat_called(turn))


@given(messages=histories(), reasons=st.booleans(), keeps=st.booleans())
def test_responses(messages, reasons, keeps):
    model = OpenAIResponses(id="gpt-5" if reasons else "gpt-4o", api_key="k", store=None if keeps else False)
    sent = body(model, messages)
    called, waiting = set(), []
    for item in sent["input"]:
        if item.get("type") == "function_call":
            waiting.append(item["call_id"])
            assert item.get("id", "fc_").startswith("fc_")
        elif item.get("type") == "function_call_output":
            if item["call_id"] in waiting:
                waiting.remove(item["call_id"])
            else:
                assert "previous_response_id" in sent
        called.add(item.get("call_id"))
    assert waiting == []


@given(messages=histories())
def test_claude(messages):
    sent = body(Claude(api_key="k"), messages)
    turns = sent["messages"]
    assert all(one["role"] != other["role"] for one, other in itertools.pairwise(turns))
    assert all(turn["content"] for turn in turns)
    exchange_is_whole(
        [block for turn in turns for block in grouped(turn)],
        lambda blocks: [block["id"] for block in blocks if block["type"] == "tool_use"],
        lambda blocks: [block["tool_use_id"] for block in blocks if block["type"] == "tool_result"],
    )


def grouped(turn):
    """A user's turn as its results and the rest, since both may stand in one turn."""
    results = [block for block in turn["content"] if block["type"] == "tool_result"]
    rest = [block for block in turn["content"] if block["type"] != "tool_result"]
    return [blocks for blocks in (results, rest) if blocks]


@given(messages=histories())
def test_gemini(messages):
    turns = body(Gemini(api_key="k"), messages)["contents"]
    assert all(one["role"] != other["role"] for one, other in itertools.pairwise(turns))
    asked = sum("functionCall" in part for turn in turns for part in turn["parts"])
    answered = sum("functionResponse" in part for turn in turns for part in turn["parts"])
    assert asked == answered


@given(messages=histories())
def test_ollama(messages):
    turns = body(Ollama(), messages)["messages"]
    asked = sum(len(turn.get("tool_calls", ())) for turn in turns)
    assert asked == sum(turn["role"] == "tool" for turn in turns)


@given(messages=histories())
def test_pairing_a_second_time_changes_nothing(messages):
    once = paired(messages)
    assert paired(once) == once


def test_a_whole_history_goes_out_unchanged():
    call = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    messages = [
        Message(role="user", content="a"),
        Message(role="assistant", tool_calls=[call]),
        Message(role="tool", content="r1", tool_call_id="call_1"),
        Message(role="assistant", content="b"),
        Message(role="assistant", tool_calls=[call]),
        Message(role="tool", content="r2", tool_call_id="call_1"),
    ]
    assert all(one is other for one, other in zip(paired(messages), messages, strict=True))


def test_a_response_that_lost_a_call_is_not_continued():
    """A paused run that was given up: the service would refuse to go on from its response."""
    call = {"id": "fc_1", "call_id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    messages = [
        Message(role="user", content="a"),
        Message(role="assistant", content="let me see", tool_calls=[call], provider_data={"response_id": "r"}),
        Message(role="user", content="never mind"),
    ]
    sent = body(OpenAIResponses(id="gpt-5", api_key="k"), messages)
    assert "previous_response_id" not in sent
    assert [item["content"] for item in sent["input"]] == ["a", "let me see", "never mind"]


def test_results_that_old_sessions_keep_in_one_message_are_split():
    calls = [{"id": f"call_{n}", "type": "function", "function": {"name": "f", "arguments": "{}"}} for n in (1, 2)]
    together = [{"tool_call_id": f"call_{n}", "tool_name": "f", "content": f"r{n}"} for n in (1, 2)]
    messages = [
        Message(role="user", content="a"),
        Message(role="assistant", tool_calls=calls),
        Message(role="tool", content=["first"], tool_calls=together),
    ]
    turns = body(OpenAIChat(api_key="k"), messages)["messages"]
    assert [(turn["tool_call_id"], turn["content"]) for turn in turns[2:]] == [("call_1", "first"), ("call_2", "r2")]


def pays(service, url):
    """A model of a service that is asked at `url`."""
    if service in (OpenAIChat, OpenAIResponses):
        return service(id="m", api_key="k", base_url=f"{url}/v1")
    if service is Claude:
        return Claude(id="claude-sonnet-4-5", api_key="k", client_params={"base_url": url})
    return Gemini(id="gemini-3.7-flash", api_key="k", client_params={"http_options": {"base_url": url}})


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("service", [OpenAIChat, OpenAIResponses, Claude, Gemini], ids=lambda cls: cls.__name__)
def test_whole_numbers_keep_all_their_digits_on_every_wire(service, stream):
    """More than 64 bits: what a model asks for reaches the tool, and goes back in the history, to the last digit."""
    amount, got = 10**30 + 7, []

    def pay(amount: int) -> str:
        """Pay."""
        got.append(amount)
        return "paid"

    call = {"name": "pay", "arguments": {"amount": amount}}
    with ReplayServer([{"tool_calls": [call]}, "Done."]) as server:
        agent = Agent(model=pays(service, server.url), tools=[pay], telemetry=False)
        asked = agent.run("Pay.", stream=stream)
        for _ in asked if stream else ():
            pass
        sent = json.dumps(server.requests[1].body)
    assert got == [amount]
    assert str(amount) in sent


def test_long_numbers_change_nothing_else_of_a_body():
    """Neither what stands for no number, nor keys that are no text."""
    body = {"ratio": float("nan"), "days": {date(2026, 1, 2): [1, (2**64, -(2**63) - 1)]}, "amount": 10**30}
    told = json.loads(encode_body(body))
    assert told == {"ratio": None, "days": {"2026-01-02": [1, [2**64, -(2**63) - 1]]}, "amount": 10**30}
    assert encode_body({**body, "amount": 1, "days": {}}) == b'{"ratio":null,"days":{},"amount":1}'


def test_what_a_combined_result_cost_is_counted_once_as_in_agno():
    results = [{"tool_call_id": f"call_{n}", "tool_name": "f", "content": f"r{n}"} for n in range(3)]
    told = []
    for message, cost, normalize in (
        (Message, MessageMetrics, normalize_tool_messages),
        (TheirMessage, TheirMetrics, their_normalize_tool_messages),
    ):
        metrics = cost(input_tokens=100)
        split = normalize([message(role="tool", content=["r0", "r1", "r2"], tool_calls=results, metrics=metrics)])
        told.append([(one.tool_call_id, one.content, one.metrics.input_tokens) for one in split])
    assert told[0] == told[1] == [("call_0", "r0", 100), ("call_1", "r1", 0), ("call_2", "r2", 0)]
