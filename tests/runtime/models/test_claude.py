"""Claude: blocks, thinking, caching, families of models, in the four ways."""

import functools

import pytest
from model_kit import asked, each_way, says, tool
from pydantic import BaseModel, TypeAdapter

from wherry.core.errors import ConfigurationError
from wherry.core.errors_services import ModelProviderError, ModelRateLimitError
from wherry.core.media import File, Image
from wherry.models.anthropic import Claude, SystemPromptBlock
from wherry.testing import ReplayServer

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20


def claude(server, **kwargs):
    settings = {"id": "claude-sonnet-4-5", "api_key": "k", "client_params": {"base_url": server.url, "max_retries": 0}}
    return Claude(**{**settings, **kwargs})


@functools.cache
def requests(stream):
    """What Anthropic's own types take; a process that runs none of these tests does without the import of seconds."""
    from anthropic.types import message_create_params as sdk

    return TypeAdapter(sdk.MessageCreateParamsStreaming if stream else sdk.MessageCreateParamsNonStreaming)


def check(body):
    requests(bool(body.get("stream"))).validate_python(body)


@each_way
async def test_an_answer_its_blocks_and_its_tokens(way):
    with ReplayServer(["Hello there"]) as server:
        answer = await asked(way, claude(server), says(("system", "Be kind."), ("system", "Be brief."), "Hi"))
        request = server.requests[0]
    assert answer.content == "Hello there"
    assert answer.provider_data["content_blocks"] == [{"type": "text", "text": "Hello there"}]
    assert (answer.metrics.input_tokens, answer.metrics.output_tokens, answer.metrics.total_tokens) == (20, 5, 25)
    assert request.path == "/v1/messages"
    assert request.body["system"] == [{"type": "text", "text": "Be kind. Be brief."}]
    assert request.body["max_tokens"] == 8192
    assert request.body["messages"] == [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}]
    check(request.body)


@each_way
async def test_tool_calls_and_results(way):
    script = [
        {"content": "Let me see.", "tool_calls": [["add", {"a": 1}, "toolu_1"], ["add", {"a": 2}, "toolu_2"]]},
        "3",
    ]
    with ReplayServer(script) as server:
        model, messages = claude(server), says("add")
        answer = await asked(way, model, messages, tools=[tool(a={"type": "integer"})])
        assert [call["function"] for call in answer.tool_calls] == [
            {"name": "add", "arguments": '{"a": 1}'},
            {"name": "add", "arguments": '{"a": 2}'},
        ]
        messages += says(
            {"role": "tool", "content": "1", "tool_call_id": "toolu_1"},
            {"role": "tool", "content": "2", "tool_call_id": "toolu_2"},
        )
        await asked(way, model, messages, tools=[tool(a={"type": "integer"})])
        body = server.requests[1].body
    assert body["tools"][0]["input_schema"] == {
        "type": "object",
        "properties": {"a": {"type": "integer", "description": ""}},
        "required": ["a"],
        "additionalProperties": False,
    }
    assert [block["type"] for block in body["messages"][1]["content"]] == ["text", "tool_use", "tool_use"]
    assert body["messages"][2]["content"] == [
        {"type": "tool_result", "tool_use_id": "toolu_1", "content": "1"},
        {"type": "tool_result", "tool_use_id": "toolu_2", "content": "2"},
    ]
    check(body)


@each_way
async def test_signed_thinking_goes_back_word_for_word(way):
    with ReplayServer([{"content": "42", "reasoning": "six times seven"}, "ok"]) as server:
        model, messages = claude(server, thinking={"type": "enabled", "budget_tokens": 1024}), says("?")
        answer = await asked(way, model, messages)
        messages += says("sure?")
        await asked(way, model, messages)
        sent = server.requests[1].body["messages"][1]["content"]
    assert answer.reasoning_content == "six times seven"
    assert sent[0]["type"] == "thinking"
    assert sent[0]["thinking"] == "six times seven"
    assert sent[0]["signature"]
    assert sent[1] == {"type": "text", "text": "42"}


@pytest.mark.parametrize("way", ["stream", "astream"])
async def test_of_arguments_that_were_cut_off_there_is_what_came(way):
    """As Anthropic's library reads them; a whole reply has no such arguments."""
    cut = {"tool_calls": [{"name": "add", "arguments": '{"a": [1, 2], "b": "Ac'}]}
    with ReplayServer([cut, {"tool_calls": [{"name": "add", "arguments": "no"}]}]) as server:
        answer = await asked(way, claude(server), says("?"), tools=[tool(a={"type": "array"})])
        assert answer.tool_calls[0]["function"]["arguments"] == '{"a": [1, 2]}'
        with pytest.raises(ModelProviderError):
            await asked(way, claude(server), says("?"), tools=[tool(a={"type": "array"})])


def test_a_tool_call_that_was_cut_off_is_not_sent_back():
    cut = {"type": "tool_use", "id": "toolu_9", "name": "add", "input": {}}
    stored = {"content_blocks": [{"type": "text", "text": "so"}, cut]}
    with ReplayServer(["ok"]) as server:
        claude(server).response(says("hi", {"role": "assistant", "content": "so", "provider_data": stored}, "go on"))
        assert server.requests[0].body["messages"][1]["content"] == [{"type": "text", "text": "so"}]


def test_stored_blocks_are_not_changed_by_sending_them():
    stored = {"content_blocks": [{"type": "text", "text": "a", "citations": [{"type": "page_location"}]}]}
    messages = says("hi", {"role": "assistant", "content": "a", "provider_data": stored}, "b")
    with ReplayServer(["ok"]) as server:
        claude(server).response(messages)
        sent = server.requests[0].body["messages"][1]["content"][0]["citations"]
    assert sent == [{"type": "page_location", "document_title": None}]
    assert stored["content_blocks"][0]["citations"] == [{"type": "page_location"}]


class City(BaseModel):
    name: str
    size: int = 3
    tags: list[str] = []


@each_way
async def test_a_schema_travels_in_the_output_config(way):
    with ReplayServer(['{"name": "Rome"}']) as server:
        model = claude(server, output_config={"effort": "low"})
        await asked(way, model, says("city"), response_format=City)
        request = server.requests[0]
    schema = request.body["output_config"]["format"]["schema"]
    assert request.body["output_config"]["effort"] == "low"
    assert request.headers["anthropic-beta"] == "structured-outputs-2025-11-13"
    assert schema["additionalProperties"] is False
    assert schema["properties"]["size"]["description"] == "{default: 3}"
    assert model.output_config == {"effort": "low"}


def test_a_reply_that_fits_the_schema_is_parsed():
    with ReplayServer(['{"name": "Rome"}', "no json"]) as server:
        model = claude(server)
        assert model.response(says("city"), response_format=City).parsed == City(name="Rome")
        assert model.response(says("city"), response_format=City).parsed is None


def test_older_models_take_no_schema(caplog):
    with ReplayServer(["{}"]) as server:
        model = claude(server, id="claude-3-haiku-20240307")
        model.response(says("city"), response_format=City)
        assert "output_config" not in server.requests[0].body
    assert model.supports_native_structured_outputs is False
    assert "does not support structured outputs" in caplog.text


def test_older_models_do_not_think():
    with pytest.raises(ConfigurationError, match="extended thinking"):
        Claude(id="claude-3-haiku-20240307", thinking={"type": "enabled", "budget_tokens": 5})


def test_newer_models_go_without_what_they_refuse(caplog):
    with ReplayServer(["ok"]) as server:
        settings = {"temperature": 0.5, "top_k": 3, "thinking": {"type": "enabled", "budget_tokens": 5}}
        claude(server, id="claude-sonnet-5-5", **settings).response(says("hi", ("assistant", "and")))
        body = server.requests[0].body
    assert "temperature" not in body
    assert "top_k" not in body
    assert body["thinking"] == {"type": "adaptive", "display": "summarized"}
    assert body["messages"][-1] == {"role": "user", "content": [{"type": "text", "text": "continue"}]}
    assert "temperature, top_k" in caplog.text


@pytest.mark.parametrize(
    ("model_id", "prefill"),
    [
        ("claude-3-opus", True),
        ("claude-sonnet-4-5-20250929", True),
        ("claude-sonnet-4", True),
        ("claude-sonnet-4-6", False),
        ("us.anthropic.claude-sonnet-4-6-v1:0", False),
        ("anthropic/claude-opus-4-1", True),
        ("claude-sonnet-4@20250514", True),
        ("claude-sonnet-5-5", False),
        ("another-model", True),
    ],
)
def test_which_models_may_go_on_with_the_assistants_words(model_id, prefill):
    assert Claude(id=model_id).append_trailing_user_message is not prefill


def test_what_the_service_may_cache():
    blocks = [SystemPromptBlock(text="fixed"), SystemPromptBlock(text="fresh", cache=False)]
    with ReplayServer(["ok", "ok"]) as server:
        settings = {"cache_system_prompt": True, "extended_cache_time": True, "cache_tools": True}
        claude(server, **settings, system_prompt_blocks=blocks).response(
            says(("system", "s"), "hi"), tools=[tool("a"), tool("b")]
        )
        claude(server, system_prompt_blocks=lambda: [SystemPromptBlock(text="now")]).response(says("hi"))
        first, second = (request.body for request in server.requests)
    hour = {"type": "ephemeral", "ttl": "1h"}
    assert first["system"] == [
        {"type": "text", "text": "s", "cache_control": hour},
        {"type": "text", "text": "fixed", "cache_control": hour},
        {"type": "text", "text": "fresh"},
    ]
    assert [tool.get("cache_control") for tool in first["tools"]] == [None, {"type": "ephemeral"}]
    assert second["system"] == [{"type": "text", "text": "now", "cache_control": {"type": "ephemeral"}}]


def test_an_order_of_caches_that_the_service_refuses_is_refused_before():
    with ReplayServer([]) as server:
        model = claude(server, cache_system_prompt=True, system_prompt_blocks=[SystemPromptBlock(text="x", ttl="1h")])
        with pytest.raises(ConfigurationError, match="1h follows"):
            model.response(says(("system", "s"), "hi"))


def test_pictures_and_documents_become_blocks():
    message = {
        "role": "user",
        "content": "look",
        "images": [Image(content=PNG)],
        "files": [File(url="https://x/y.pdf"), File(content=b"a,b", mime_type="text/csv", citations=False)],
    }
    with ReplayServer(["seen"]) as server:
        claude(server).response(says(message))
        body = server.requests[0].body
    blocks = body["messages"][0]["content"]
    assert blocks[1]["source"]["media_type"] == "image/png"
    assert blocks[2]["source"] == {"type": "url", "url": "https://x/y.pdf"}
    assert blocks[2]["citations"] == {"enabled": True}
    assert blocks[3]["source"] == {"type": "text", "media_type": "text/plain", "data": "a,b"}
    assert "citations" not in blocks[3]
    check(body)


def test_skills_bring_their_betas_their_tool_and_their_container():
    skills = [{"type": "anthropic", "skill_id": "pptx", "version": "latest"}]
    before = {"role": "assistant", "content": "a", "provider_data": {"container": {"id": "c1"}}}
    with ReplayServer(["ok"]) as server:
        claude(server, skills=skills, betas=["mine"]).response(says("hi", before, "go on"))
        request = server.requests[0]
    assert request.body["container"] == {"skills": skills, "id": "c1"}
    assert request.body["tools"] == [{"type": "code_execution_20250825", "name": "code_execution"}]
    assert request.headers["anthropic-beta"] == "mine,code-execution-2025-08-25,skills-2025-10-02"


@each_way
async def test_too_much_traffic_is_a_rate_limit(way):
    with ReplayServer([{"status": 529, "error": {"error": {"type": "overloaded_error", "message": "busy"}}}]) as server:
        with pytest.raises(ModelRateLimitError, match="busy") as caught:
            await asked(way, claude(server), says("hi"))
        assert caught.value.status_code == 529


@pytest.mark.parametrize("way", ["stream", "astream"])
async def test_an_error_inside_a_stream(way):
    events = [
        {"type": "message_start", "message": {"usage": {}}},
        {"type": "error", "error": {"type": "api_error", "message": "oops"}},
    ]
    with ReplayServer([{"raw": events}]) as server, pytest.raises(ModelProviderError, match="oops"):
        await asked(way, claude(server), says("hi"))


@each_way
async def test_without_a_key_nothing_is_sent(way, monkeypatch):
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    monkeypatch.delenv("ANTHROPIC_AUTH_TOKEN", raising=False)
    with ReplayServer([]) as server, pytest.raises(ModelProviderError, match="ANTHROPIC_API_KEY"):
        await asked(way, claude(server, api_key=None), says("hi"))


def test_key_and_address_come_from_the_environment():
    with ReplayServer(["ok"]) as server, server.environment():
        assert Claude().response(says("hi")).content == "ok"


def test_a_model_with_tools_asks_for_plain_answers():
    assert Claude().get_system_message_for_model([tool()])
    assert Claude().get_system_message_for_model([]) is None


def test_citations_files_and_server_tools_of_a_reply():
    blocks = [
        {"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {"query": "x"}},
        {"type": "bash_code_execution_tool_result", "tool_use_id": "s2", "content": {"content": [{"file_id": "f1"}]}},
        {
            "type": "text",
            "text": "so",
            "citations": [
                {"type": "web_search_result_location", "url": "https://x", "cited_text": "X"},
                {"type": "page_location", "document_title": "D", "cited_text": "p"},
            ],
        },
    ]
    usage = {"input_tokens": 1, "output_tokens": 2, "server_tool_use": {"web_search_requests": 1}}
    reply = {"id": "m", "role": "assistant", "content": blocks, "stop_reason": "end_turn", "usage": usage,
             "container": {"id": "c", "expires_at": "later"}}  # fmt: skip
    with ReplayServer([{"raw": reply}]) as server:
        response = claude(server).response(says("hi"))
    assert [(u.url, u.title) for u in response.citations.urls] == [("https://x", "X")]
    assert [(d.document_title, d.cited_text) for d in response.citations.documents] == [("D", "p")]
    assert [block["type"] for block in response.provider_data["server_tool_blocks"]] == [
        "server_tool_use",
        "bash_code_execution_tool_result",
    ]
    assert response.provider_data["file_ids"] == ["f1"]
    assert response.provider_data["container"] == {"id": "c", "expires_at": "later"}
    assert response.response_usage.provider_metrics == {"server_tool_use": {"web_search_requests": 1}}


def test_the_scripted_replies_are_what_the_sdk_expects():
    import urllib.request

    import anthropic.types as sdk
    import orjson

    with ReplayServer([{"content": "x", "tool_calls": [["add", {}]]}]) as server:
        request = urllib.request.Request(f"{server.url}/v1/messages", data=b'{"model": "m"}', method="POST")
        with urllib.request.urlopen(request, timeout=60) as reply:
            sdk.Message.model_validate(orjson.loads(reply.read()))
