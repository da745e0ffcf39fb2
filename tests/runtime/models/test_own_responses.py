"""A model of OpenAI's responses of one's own: the places where a subclass changes its requests, as in Agno 3.1.10."""

from __future__ import annotations

from inspect import signature

import pytest
from model_kit import asked, each_way, says

from wherry.media import File
from wherry.models.message import Message
from wherry.models.openai import OpenAIResponses
from wherry.models.openrouter import OpenRouterResponses
from wherry.models.ramp import RampRouter
from wherry.testing import ReplayServer


class Marked(OpenAIResponses):
    def _format_messages(self, messages, compress_tool_results=False, tools=None):
        return [*super()._format_messages(messages, compress_tool_results, tools), {"role": "user", "content": "mark"}]

    @staticmethod
    def _format_file_for_input(file):
        return {"type": "input_text", "text": f"<{file.name}>"}


@each_way
async def test_a_subclass_changes_what_is_sent(way):
    conversation = [Message(role="user", content="Read.", files=[File(content=b"ebb", name="tide.txt")])]
    with ReplayServer(["Read it."]) as server:
        await asked(way, Marked(id="gpt-5", api_key="k", base_url=server.base_url), conversation)
        told, mark = server.requests[0].body["input"]
    assert told["content"] == [{"type": "input_text", "text": "Read."}, {"type": "input_text", "text": "<tide.txt>"}]
    assert mark == {"role": "user", "content": "mark"}


def test_documents_stay_out_of_the_input_where_the_service_searches_them():
    model = OpenAIResponses(id="gpt-4.1")
    conversation = [Message(role="user", content="Read.", files=[File(url="https://tides.example/1.pdf")])]
    search, web = {"type": "file_search"}, {"type": "web_search_preview"}
    assert model._format_messages(conversation, tools=[web, search]) == [{"role": "user", "content": "Read."}]
    (told,) = model._format_messages(conversation, tools=[web])
    assert told["content"][1] == {"type": "input_file", "file_url": "https://tides.example/1.pdf"}
    assert [OpenAIResponses._has_file_search_tool(tools) for tools in (None, [], [web], [web, search])] == [
        False,
        False,
        False,
        True,
    ]


def test_results_of_tools_name_the_call_by_its_second_id():
    call = {"id": "fc_1", "call_id": "call_1", "function": {"name": "tide", "arguments": "{}"}}
    conversation = says("Hi", {"role": "assistant", "tool_calls": [call]})
    conversation += says({"role": "tool", "tool_call_id": "fc_1", "content": "ebb"})
    made = OpenAIResponses(id="gpt-4.1")._format_messages(conversation)
    assert [(item.get("type"), item.get("call_id")) for item in made[1:]] == [
        ("function_call", "call_1"),
        ("function_call_output", "call_1"),
    ]


@pytest.mark.parametrize("kind", [OpenAIResponses, RampRouter])
def test_results_of_tools_go_out_shortened_and_under_the_ids_that_a_subclass_gives(kind):
    class Renamed(kind):
        def _build_fc_id_to_call_id_map(self, messages):
            return {"fc_1": "own"}

    said = Message(role="tool", tool_call_id="fc_1", content="a long ebb", compressed_content="ebb")
    model = Renamed(id="gpt-4.1", api_key="k")
    made = [model._format_messages([said], compressed)[-1] for compressed in (False, True)]
    assert [(one["output"], one["call_id"]) for one in made] == [("a long ebb", "own"), ("ebb", "own")]


@pytest.mark.parametrize("kind", [OpenAIResponses, OpenRouterResponses])
def test_the_choice_of_a_tool_is_sent(kind):
    tools = [{"type": "function", "function": {"name": "tide", "parameters": {}}}]
    params = kind(id="gpt-5", api_key="k").get_request_params([], None, tools, "required")
    assert params["tool_choice"] == "required"


@pytest.mark.parametrize("kind", [OpenAIResponses, OpenRouterResponses, RampRouter])
def test_each_kind_takes_the_same_parameters(kind):
    wanted = ["self", "messages", "response_format", "tools", "tool_choice", "run_response"]
    assert list(signature(kind.get_request_params).parameters) == wanted
