"""OpenAIChat: what goes out, what comes back, in the four ways."""

import functools

import pytest
from model_kit import asked, each_way, says, tool
from pydantic import BaseModel, ConfigDict, TypeAdapter

from wherry.core.errors import ConfigurationError
from wherry.core.errors_services import ModelAuthenticationError, ModelProviderError
from wherry.core.media import Audio, File, Image
from wherry.models.openai import OpenAIChat, OpenAILike
from wherry.testing import ReplayServer

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20


def chat(server, **kwargs):
    return OpenAIChat(id="gpt-5-mini", api_key="k", base_url=server.base_url, **kwargs)


@functools.cache
def requests(stream):
    """What OpenAI's own types take; a process that runs none of these tests does without the import of seconds."""
    from openai.types.chat import completion_create_params as sdk

    kind = sdk.CompletionCreateParamsStreaming if stream else sdk.CompletionCreateParamsNonStreaming
    return TypeAdapter(kind, config=None)


def valid_request(body):
    """The body as OpenAI's own types understand it; an unknown key or a wrong type fails."""
    return requests(bool(body.get("stream"))).validate_python(body)


@each_way
async def test_an_answer_and_its_tokens(way):
    with ReplayServer(["Hello there"]) as server:
        answer = await asked(way, chat(server), says(("system", "Be kind."), "Hi"))
        body = server.requests[0].body
    assert answer.role == "assistant"
    assert answer.content == "Hello there"
    assert answer.metrics.input_tokens == 20
    assert answer.metrics.output_tokens == 5
    assert answer.metrics.cache_read_tokens == 4
    assert answer.metrics.reasoning_tokens == 2
    assert answer.metrics.time_to_first_token > 0
    assert answer.provider_data == {"id": "chatcmpl-0"}
    assert [m["role"] for m in body["messages"]] == ["developer", "user"]
    streamed = {"stream", "stream_options"} if "stream" in way else set()
    assert set(body) == {"model", "messages"} | streamed
    valid_request(body)


@each_way
async def test_tool_calls_are_kept_in_agnos_shape_and_go_back_as_they_came(way):
    script = [{"tool_calls": [["add", {"a": 1}, "call_1"], ["add", {"a": 2}, "call_2"]]}, "three"]
    with ReplayServer(script) as server:
        messages = says("add")
        answer = await asked(way, chat(server), messages, tools=[tool(a={"type": "integer"})])
        assert answer.tool_calls == [
            {"id": "call_1", "type": "function", "function": {"name": "add", "arguments": '{"a":1}'}},
            {"id": "call_2", "type": "function", "function": {"name": "add", "arguments": '{"a":2}'}},
        ]
        assert answer.content is None
        messages += says(
            {"role": "tool", "content": "1", "tool_call_id": "call_1"},
            {"role": "tool", "content": "2", "tool_call_id": "call_2"},
        )
        await asked(way, chat(server), messages, tools=[tool(a={"type": "integer"})])
        sent = server.requests[1].body
    assert sent["messages"][1] == {"role": "assistant", "content": "", "tool_calls": answer.tool_calls}
    assert [m["role"] for m in sent["messages"]] == ["user", "assistant", "tool", "tool"]
    valid_request(sent)


def test_tools_are_sorted_by_name():
    with ReplayServer(["ok"]) as server:
        chat(server).response(says("hi"), tools=[tool("zebra"), tool("ant")])
        assert server.requests[0].tool_names == ["ant", "zebra"]


@each_way
async def test_reasoning_is_told_apart_from_the_answer(way):
    with ReplayServer([{"content": "42", "reasoning": "six times seven"}]) as server:
        answer = await asked(way, chat(server), says("?"))
    assert (answer.reasoning_content, answer.content) == ("six times seven", "42")


def test_thinking_tags_become_reasoning_in_a_whole_reply():
    with ReplayServer(["<think>hm</think>\n42", "<think></think>7"]) as server:
        model = chat(server)
        messages = says("?")
        model.response(messages)
        model.response(messages)
    assert (messages[1].reasoning_content, messages[1].content) == ("hm", "42")
    assert (messages[2].reasoning_content, messages[2].content) == (None, "<think></think>7")


class City(BaseModel):
    name: str
    tags: list[str] = []
    scores: dict[str, float] = {}
    mayor: str | None = None


@each_way
async def test_a_schema_is_sent_closed_and_with_every_property_required(way):
    with ReplayServer(['{"name": "Rome"}']) as server:
        await asked(way, chat(server), says("city"), response_format=City)
        sent = server.requests[0].body["response_format"]
    schema = sent["json_schema"]["schema"]
    assert (sent["type"], sent["json_schema"]["name"], sent["json_schema"]["strict"]) == ("json_schema", "City", True)
    assert schema["additionalProperties"] is False
    assert schema["required"] == ["name", "tags", "mayor"]
    assert "default" not in schema["properties"]["mayor"]
    assert City.model_json_schema()["properties"]["mayor"]["default"] is None


def test_pictures_sounds_and_files_become_parts():
    with ReplayServer(["seen"]) as server:
        message = {
            "role": "user",
            "content": "look",
            "images": [Image(url="https://x/y.png", detail="low"), Image(content=PNG)],
            "audio": [Audio(content=b"RIFF", format="wav")],
            "files": [File(content=b"abc", filename="a.txt", mime_type="text/plain")],
        }
        chat(server).response(says(message))
        body = server.requests[0].body
    parts = body["messages"][0]["content"]
    assert [part["type"] for part in parts] == ["file", "text", "image_url", "image_url", "input_audio"]
    assert parts[2]["image_url"] == {"url": "https://x/y.png", "detail": "low"}
    assert parts[3]["image_url"]["url"].startswith("data:image/png;base64,")
    assert parts[0]["file"] == {"filename": "a.txt", "file_data": "data:text/plain;base64,YWJj"}
    valid_request(body)


async def test_pictures_behind_files_are_read_beside_the_loop(tmp_path):
    picture = tmp_path / "p.png"
    picture.write_bytes(PNG)
    with ReplayServer(["seen"]) as server:
        await chat(server).aresponse(says({"role": "user", "content": "look", "images": [Image(filepath=picture)]}))
        part = server.requests[0].body["messages"][0]["content"][1]
    assert part["image_url"]["url"].startswith("data:image/png;base64,")


def test_a_picture_that_cannot_be_read_is_left_out_with_an_error_in_the_log(caplog):
    with ReplayServer(["blind"]) as server:
        chat(server).response(says({"role": "user", "content": "look", "images": [Image(filepath="/no/such.png")]}))
        assert server.requests[0].body["messages"][0]["content"] == [{"type": "text", "text": "look"}]
    assert "is not sent" in caplog.text


def test_a_spoken_answer_is_referred_to_by_its_id():
    reply = {
        "id": "1",
        "choices": [
            {"message": {"role": "assistant", "content": None,
                         "audio": {"id": "audio_1", "data": "UklGRg==", "transcript": "hello", "expires_at": 9}}}
        ],
    }  # fmt: skip
    with ReplayServer([{"raw": reply}, "ok"]) as server:
        model, messages = (
            chat(server, modalities=["text", "audio"], audio={"voice": "alloy", "format": "wav"}),
            says("hi"),
        )
        answer = model.response(messages)
        assert answer.content == "hello"
        assert messages[-1].audio_output.transcript == "hello"
        model.response(messages)
        assert server.requests[1].body["messages"][1]["audio"] == {"id": "audio_1"}


def test_cited_pages_are_kept():
    cited = {
        "type": "url_citation",
        "url_citation": {"url": "https://x", "title": "X", "start_index": 0, "end_index": 1},
    }
    reply = {"id": "1", "choices": [{"message": {"role": "assistant", "content": "so", "annotations": [cited]}}]}
    with ReplayServer([{"raw": reply}]) as server:
        response = chat(server).response(says("hi"))
    assert [(url.url, url.title) for url in response.citations.urls] == [("https://x", "X")]
    assert response.citations.raw == [cited]


def test_what_the_service_adds_is_kept_as_provider_data():
    reply = {
        "id": "1", "system_fingerprint": "fp", "novel": {"x": 1},
        "choices": [{"message": {"role": "assistant", "content": "so"}}],
    }  # fmt: skip
    with ReplayServer([{"raw": reply}]) as server:
        response = chat(server).response(says("hi"))
    assert response.provider_data == {"id": "1", "system_fingerprint": "fp", "model_extra": {"novel": {"x": 1}}}


def test_every_request_parameter_goes_out_and_is_one_of_the_sdk():
    settings = {
        "store": True, "reasoning_effort": "low", "verbosity": "low", "metadata": {"a": "b"}, "frequency_penalty": 0.5,
        "logit_bias": {"1": 2}, "logprobs": True, "top_logprobs": 2, "max_tokens": 5, "max_completion_tokens": 6,
        "modalities": ["text"], "audio": {"voice": "alloy", "format": "wav"}, "presence_penalty": 0.2, "seed": 1,
        "stop": ["x"], "temperature": 0.0, "user": "u", "top_p": 0.5, "service_tier": "auto",
    }  # fmt: skip
    with ReplayServer(["ok"]) as server:
        chat(server, **settings).response(says("hi"), tools=[tool()], tool_choice="required")
        body = server.requests[0].body
    assert {name: body[name] for name in settings} == settings
    assert body["tool_choice"] == "required"
    from openai.types.chat import completion_create_params as sdk

    known = set(sdk.CompletionCreateParamsNonStreaming.__annotations__) | set(
        sdk.CompletionCreateParamsBase.__annotations__
    )
    assert set(body) <= known


def test_a_tool_choice_without_tools_is_not_sent():
    with ReplayServer(["ok"]) as server:
        chat(server).response(says("hi"), tool_choice="required")
        assert "tool_choice" not in server.requests[0].body


def test_headers_query_and_further_body_keys_go_where_they_belong():
    with ReplayServer(["ok"]) as server:
        model = chat(
            server,
            organization="org",
            default_headers={"X-Default": "d"},
            default_query={"v": 1},
            extra_headers={"X-Extra": "e"},
            extra_query={"flag": True},
            extra_body={"novel": 1},
            request_params={"n": 2, "timeout": 3},
            client_params={"project": "p"},
        )
        model.response(says("hi"))
        request = server.requests[0]
    assert request.headers["x-default"] == "d"
    assert request.headers["x-extra"] == "e"
    assert request.headers["openai-project"] == "p"
    assert "openai-organization" in request.headers
    assert request.headers["user-agent"].startswith("wherry/")
    assert request.query == "v=1&flag=true"
    assert (request.body["novel"], request.body["n"]) == (1, 2)
    assert "timeout" not in request.body


def test_key_and_address_come_from_the_environment(monkeypatch):
    with ReplayServer(["ok"]) as server, server.environment():
        monkeypatch.setenv("OPENAI_API_KEY", "from-the-environment")
        model = OpenAIChat()
        model.response(says("hi"))
        assert model.api_key == "from-the-environment"
        assert server.requests[0].headers["authorization"]
        assert server.requests[0].body["model"] == "gpt-5.4-mini"


@each_way
async def test_without_a_key_nothing_is_sent(way, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with ReplayServer([]) as server:
        with pytest.raises(ModelAuthenticationError, match="OPENAI_API_KEY not set") as caught:
            await asked(way, OpenAIChat(base_url=server.base_url), says("hi"))
        assert caught.value.status_code == 401
        assert caught.value.model_name == "OpenAIChat"


def test_a_changed_setting_takes_effect_with_the_next_request():
    with ReplayServer(["one"]) as first, ReplayServer(["two"]) as second:
        model = chat(first)
        assert model.response(says("hi")).content == "one"
        model.base_url = second.base_url
        assert model.response(says("hi")).content == "two"


def test_a_ready_client_of_the_sdk_lends_its_settings():
    import openai

    with ReplayServer(["ok"]) as server:
        client = openai.OpenAI(
            api_key="sk-lent", base_url=server.base_url, default_headers={"X-Lent": "1"}, max_retries=0
        )
        model = OpenAIChat(id="gpt-5-mini", client=client)
        assert model.response(says("hi")).content == "ok"
        assert server.requests[0].headers["x-lent"] == "1"
    assert client.is_closed() is False


def test_a_client_setting_that_cannot_be_honoured_is_refused():
    with ReplayServer([]) as server, pytest.raises(ConfigurationError, match="workload_identity"):
        chat(server, client_params={"workload_identity": object()}).response(says("hi"))


def test_the_sdks_client_is_not_offered():
    with pytest.raises(ConfigurationError, match="speaks HTTP itself"):
        OpenAIChat(api_key="k").get_client()


def test_a_value_that_is_no_json_is_a_provider_error_with_its_name():
    with ReplayServer([]) as server, pytest.raises(ModelProviderError, match="object"):
        chat(server, metadata={"x": object()}).response(says("hi"))


def test_another_service_keeps_the_names_of_the_roles():
    with ReplayServer(["ok"]) as server:
        OpenAILike(id="m", base_url=server.base_url).response(says(("system", "s"), "hi"))
        assert [m["role"] for m in server.requests[0].body["messages"]] == ["system", "user"]
        assert server.requests[0].headers["authorization"]


def test_running_totals_of_a_stream_are_counted_once():
    def chunk(text, finish, so_far):
        usage = {"prompt_tokens": 5, "completion_tokens": so_far, "total_tokens": 5 + so_far}
        return {"id": "1", "choices": [{"delta": {"content": text}, "finish_reason": finish}], "usage": usage}

    chunks = [chunk("a", None, 1), chunk("b", "stop", 2)]
    with ReplayServer([{"raw": [*chunks, "[DONE]"]}] * 2) as server:
        messages = says("hi")
        list(chat(server, collect_metrics_on_completion=True).response_stream(messages))
        assert messages[-1].metrics.total_tokens == 7
        list(chat(server).response_stream(messages))
        assert messages[-1].metrics.total_tokens == 13


def test_what_is_stored_of_a_model():
    model = OpenAIChat(id="m", temperature=0.5, metadata={"a": 1})
    assert model.to_dict() == {"id": "m", "name": "OpenAIChat", "provider": "OpenAI", "temperature": 0.5}
    assert OpenAIChat.from_dict(model.to_dict()) == OpenAIChat(id="m", temperature=0.5)
    assert model.get_provider() == "OpenAI Chat"


def test_the_scripted_replies_are_what_the_sdk_expects():
    """Guards the other tests: a server that speaks nonsense would prove nothing."""
    import openai.types.chat as sdk

    class Strict(sdk.ChatCompletion):
        model_config = ConfigDict(extra="forbid")

    import urllib.request

    import orjson

    with ReplayServer([{"content": "x", "tool_calls": [["add", {}]]}]) as server:
        request = urllib.request.Request(
            f"{server.base_url}/chat/completions", data=b'{"model": "m", "messages": []}', method="POST"
        )
        with urllib.request.urlopen(request, timeout=60) as reply:
            Strict.model_validate(orjson.loads(reply.read()))


def test_fragments_of_calls_are_put_together_without_a_model_whatever_they_came_as():
    from openai.types.chat.chat_completion_chunk import ChoiceDeltaToolCall

    from wherry.models.groq import Groq

    fragments = [
        {"index": 1, "id": "c1", "type": "function", "function": {"name": "tide", "arguments": '{"place":'}},
        {"index": 1, "function": {"arguments": ' "Acle"}'}},
        {"index": 0, "id": "c0", "type": "function", "function": {"name": "moon", "arguments": "{}"}},
    ]
    expected = [
        {"id": "c0", "type": "function", "function": {"name": "moon", "arguments": "{}"}},
        {"id": "c1", "type": "function", "function": {"name": "tide", "arguments": '{"place": "Acle"}'}},
    ]
    for kind in (OpenAIChat, Groq):
        assert kind.parse_tool_calls(fragments) == expected
        assert kind.parse_tool_calls([ChoiceDeltaToolCall(**fragment) for fragment in fragments]) == expected
