"""`wherry.utils.models.claude`: requests in Anthropic's format and what its models take, as in Agno 3.1.10."""

from __future__ import annotations

import pytest

from wherry.models.anthropic import Claude
from wherry.models.message import Message
from wherry.utils.models.claude import (
    core_model_id,
    format_messages,
    format_tools_for_model,
    supports_prefill,
    supports_sampling_params,
    supports_thinking_budget,
)

CALL = {"id": "c1", "type": "function", "function": {"name": "tide", "arguments": '{"port": "wells"}'}}


def _plain(blocks):
    return [block if isinstance(block, dict) else block.model_dump(exclude_none=True) for block in blocks]


def test_a_conversation_in_turns():
    given = [
        Message(role="system", content="Be brief."),
        Message(role="developer", content="Be kind."),
        Message(role="user", content="hi"),
        Message(role="user", content=[{"type": "text", "text": "there"}]),
        Message(role="assistant", tool_calls=[CALL]),
        Message(role="tool", content="ebb", tool_call_id="c1", compressed_content="e"),
        Message(role="user", content="thanks"),
        Message(role="assistant", content="welcome"),
    ]
    before = [message.to_dict() for message in given]
    turns, system = format_messages(given)
    assert system == "Be brief. Be kind."
    assert [(turn["role"], _plain(turn["content"])) for turn in turns] == [
        ("user", [{"type": "text", "text": "hi"}, {"type": "text", "text": "there"}]),
        ("assistant", [{"type": "tool_use", "id": "c1", "input": {"port": "wells"}, "name": "tide"}]),
        (
            "user",
            [{"type": "tool_result", "tool_use_id": "c1", "content": "ebb"}, {"type": "text", "text": "thanks"}],
        ),
        ("assistant", [{"type": "text", "text": "welcome"}]),
    ]
    assert [message.to_dict() for message in given] == before
    assert format_messages(given, compress_tool_results=True)[0][2]["content"][0]["content"] == "e"


def test_the_user_has_the_last_word_when_asked_for():
    asked = [Message(role="user", content="hi")]
    both = [*asked, Message(role="assistant", content="ho")]
    assert format_messages(both, append_trailing_user_message=True)[0][-1] == {
        "role": "user",
        "content": [{"type": "text", "text": "continue"}],
    }
    told = format_messages(both, append_trailing_user_message=True, trailing_user_message_content="on")
    assert told[0][-1]["content"][0]["text"] == "on"
    assert len(format_messages(both)[0]) == 2
    assert len(format_messages(asked, append_trailing_user_message=True)[0]) == 1


def test_tools_in_its_format():
    schema = {"type": "object", "properties": {"port": {"type": "string"}}, "required": ["port"]}
    (tool,) = format_tools_for_model([{"type": "function", "function": {"name": "tide", "parameters": schema}}])
    assert (tool["name"], tool["input_schema"]["required"]) == ("tide", ["port"])
    assert tool["input_schema"]["additionalProperties"] is False
    assert format_tools_for_model([]) is format_tools_for_model() is None


@pytest.mark.parametrize(
    ("model", "core", "prefill", "sampling", "schemas"),
    [
        ("claude-3-haiku-20240307", "claude-3-haiku-20240307", True, True, False),
        ("claude-sonnet-4", "claude-sonnet-4", True, True, False),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4-5-20250929", True, True, True),
        ("claude-opus-4-6@20260101", "claude-opus-4-6", False, True, True),
        ("anthropic/claude-opus-4-8", "claude-opus-4-8", False, False, True),
        ("gpt-5", "gpt-5", True, True, True),
    ],
)
def test_what_a_model_takes(model, core, prefill, sampling, schemas):
    assert core_model_id(model) == core
    assert supports_prefill(model) is prefill
    assert supports_sampling_params(model) is supports_thinking_budget(model) is sampling
    assert Claude(id=model)._supports_structured_outputs() is schemas
    assert Claude(id=model).supports_native_structured_outputs is schemas


def test_a_subclass_decides_whether_its_model_takes_schemas():
    class Older(Claude):
        def _supports_structured_outputs(self):
            return False

    assert not Older(id="claude-opus-4-6").supports_native_structured_outputs
    schema = {"type": "json_schema", "schema": {}}
    assert [kind(id="claude-opus-4-6")._output_format_enabled(schema) for kind in (Claude, Older)] == [True, False]
    assert not Claude()._output_format_enabled({"type": "json_object"})
    assert not Claude()._output_format_enabled()
