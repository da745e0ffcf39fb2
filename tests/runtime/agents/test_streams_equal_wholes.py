"""However a run is asked for, it comes to the same: whole, streamed, folded from its events, blocking or on a loop."""

import asyncio
import json

import pytest
from agent_ways import WAYS, run_in
from hypothesis import given, settings
from hypothesis import strategies as st

from wherry.agent import Agent
from wherry.core.events.fold import fold
from wherry.exceptions import ModelProviderError
from wherry.metrics import MessageMetrics
from wherry.models.base import Model
from wherry.models.response import ModelResponse
from wherry.testing.sequence import check_sequence
from wherry.tools import tool

texts = st.text("ab ", min_size=1, max_size=4)


class Scripted(Model):
    """A model that says what it is given, whole or in pieces: lists of texts, thoughts and tool calls."""

    def __init__(self, script):
        super().__init__(id="scripted", name="Scripted", provider="Here")
        self.script = list(script)

    def parts(self):
        reply = self.script.pop(0)
        if reply["fails"]:
            raise ModelProviderError("the model is out")
        pieces = [ModelResponse(reasoning_content=text) for text in reply["thoughts"]]
        pieces += [ModelResponse(content=text) for text in reply["texts"]]
        pieces.append(ModelResponse(tool_calls=reply["calls"], response_usage=usage()))
        return pieces

    def invoke(self, *args, **options):
        pieces = self.parts()
        thoughts = "".join(piece.reasoning_content or "" for piece in pieces) or None
        text = "".join(piece.content or "" for piece in pieces) or None
        calls = pieces[-1].tool_calls
        return ModelResponse(
            role="assistant", content=text, reasoning_content=thoughts, tool_calls=calls, response_usage=usage()
        )

    def invoke_stream(self, *args, **options):
        yield from self.parts()

    async def ainvoke(self, *args, **options):
        return self.invoke()

    async def ainvoke_stream(self, *args, **options):
        for piece in self.parts():
            yield piece


def usage():
    return MessageMetrics(input_tokens=3, output_tokens=2, total_tokens=5)


def double(number: int) -> int:
    """Twice the number."""
    if number > 7:
        raise ValueError("too big")
    return number * 2


@tool(requires_confirmation=True)
def sink(boat: str) -> str:
    """Sink a boat."""
    return f"{boat} sunk"


@tool(show_result=True)
def shout(word: str) -> str:
    """Shout."""
    return word.upper()


@st.composite
def scripts(draw):
    """Replies with calls until one has none; the last may fail."""
    rounds = draw(st.integers(0, 3))
    script = [draw(replies(with_calls=True, number=number)) for number in range(rounds)]
    return [*script, draw(replies(with_calls=False, number=rounds))]


@st.composite
def replies(draw, with_calls, number):
    asked = st.one_of(
        st.integers(0, 9).map(lambda n: ("double", {"number": n})),
        st.just(("shout", {"word": "ahoy"})),
        st.just(("sink", {"boat": "Maud"})),
        st.just(("nothing_like_it", {})),
        st.just(("double", {"number": "many"})),
    )
    calls = draw(st.lists(asked, min_size=1, max_size=3)) if with_calls else []
    return {
        "fails": not with_calls and draw(st.integers(0, 9)) == 0,
        "texts": draw(st.lists(texts, min_size=0 if with_calls else 1, max_size=3)),
        "thoughts": draw(st.lists(texts, max_size=2)),
        "calls": [
            {
                "id": f"call_{number}_{index}",
                "type": "function",
                "function": {"name": name, "arguments": json.dumps(arguments)},
            }
            for index, (name, arguments) in enumerate(calls)
        ],
    }


def outcome(output):
    """What of an output does not depend on how it was asked for."""
    return {
        "status": output.status,
        "messages": [(m.role, m.content, m.tool_call_id, m.tool_call_error) for m in output.messages or ()],
        "tools": sorted(
            (tool.tool_call_id, str(tool.result), bool(tool.tool_call_error)) for tool in output.tools or ()
        ),
        "waits": [need.tool_execution.tool_name for need in output.active_requirements],
        "tokens": (output.metrics.input_tokens, output.metrics.total_tokens),
    }


def owner_of(script):
    return Agent(name="Ada", model=Scripted(script), tools=[double, sink, shout], telemetry=False)


@settings(max_examples=60)
@given(script=scripts())
def test_every_way_comes_to_the_same(script):
    outcomes = []
    for way in WAYS:
        events, output = run_in(way, owner_of(script), "Which way?")
        check_sequence(events)
        outcomes.append(outcome(output))
        if output.status == "ERROR" and not events:
            # As in Agno, a whole run takes over answer and tools when all is there; its messages have what came before.
            assert (output.content, output.reasoning_content, output.tools) == ("the model is out", None, None)
    wholes = [one for way, one in zip(WAYS, outcomes, strict=True) if not way.endswith("stream")]
    streams = [one for way, one in zip(WAYS, outcomes, strict=True) if way.endswith("stream")]
    assert wholes[0] == wholes[1]
    assert streams[0] == streams[1]
    failed = outcomes[0]["status"] == "ERROR"
    assert {**wholes[0], "tools": None if failed else wholes[0]["tools"]} == {
        **streams[0],
        "tools": None if failed else streams[0]["tools"],
    }


@settings(max_examples=60)
@given(script=scripts())
def test_a_stream_folds_to_its_output(script):
    events, output = run_in("run stream", owner_of(script), "Which way?")
    folded = fold(events)
    assert (folded.status, folded.run_id) == (output.status, output.run_id)
    if output.status == "ERROR":
        assert folded.content == "the model is out"
        return
    assert folded.content == output.content
    if output.status == "COMPLETED":
        assert folded.reasoning_content == output.reasoning_content
        assert folded.metrics.to_dict() == output.metrics.to_dict()
        done = {tool.tool_call_id: tool.result for tool in output.tools or ()}
        assert {tool.tool_call_id: tool.result for tool in folded.tools or ()} == done


@settings(max_examples=60)
@given(script=scripts())
def test_no_call_is_left_without_its_result(script):
    """Whatever a run went through, what would be sent next is well-formed."""
    output = asyncio.run(owner_of(script).arun("Which way?"))
    asked = [call["id"] for message in output.messages or () for call in message.tool_calls or ()]
    answered = [message.tool_call_id for message in output.messages or () if message.role == "tool"]
    waiting = [need.tool_execution.tool_call_id for need in output.active_requirements]
    assert sorted(answered + waiting) == sorted(asked)


@pytest.mark.parametrize("way", WAYS)
def test_a_reply_that_says_nothing_ends_the_run(way):
    empty = {"fails": False, "texts": [], "thoughts": [], "calls": []}
    _, output = run_in(way, owner_of([empty]), "Which way?")
    assert output.status == "COMPLETED"
    assert not output.content
