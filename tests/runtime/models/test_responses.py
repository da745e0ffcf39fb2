"""OpenAIResponses: chaining, reasoning, formats, background work, in the four ways."""

import functools

import pytest
from model_kit import asked, each_way, says, tool
from pydantic import BaseModel, TypeAdapter

from wherry.core.errors import ConfigurationError
from wherry.core.errors_services import ModelProviderError
from wherry.core.media import File, Image
from wherry.models.openai import OpenAIResponses, OpenResponses
from wherry.testing import ReplayServer


def responses(server, **kwargs):
    return OpenAIResponses(**{"id": "gpt-5-mini", "api_key": "k", "base_url": server.base_url, **kwargs})


@functools.cache
def requests(stream):
    """What OpenAI's own types take; a process that runs none of these tests does without the import of seconds."""
    from openai.types.responses import response_create_params as sdk

    return TypeAdapter(sdk.ResponseCreateParamsStreaming if stream else sdk.ResponseCreateParamsNonStreaming)


def check(body):
    requests(bool(body.get("stream"))).validate_python(body)


@each_way
async def test_an_answer_its_id_and_its_tokens(way):
    with ReplayServer(["Hello there"]) as server:
        answer = await asked(way, responses(server), says(("system", "Be kind."), "Hi"))
        body = server.requests[0].body
    assert answer.content == "Hello there"
    assert answer.provider_data == {"response_id": "resp_0"}
    assert (answer.metrics.input_tokens, answer.metrics.output_tokens, answer.metrics.cache_read_tokens) == (20, 5, 4)
    assert body["input"] == [{"role": "developer", "content": "Be kind."}, {"role": "user", "content": "Hi"}]
    assert (body["reasoning"], body["store"]) == ({}, True)
    assert "previous_response_id" not in body
    check(body)


@each_way
async def test_a_conversation_goes_on_by_the_id_of_its_last_response(way):
    script = [{"tool_calls": [["add", {"a": 1}, "call_1"]]}, "three", "four"]
    with ReplayServer(script) as server:
        model, messages = responses(server), says("add")
        answer = await asked(way, model, messages, tools=[tool(a={"type": "integer"})])
        (call,) = answer.tool_calls
        assert (call["id"], call["call_id"]) == ("fc_call_1", "call_1")
        messages += says({"role": "tool", "content": "3", "tool_call_id": call["id"]})
        await asked(way, model, messages, tools=[tool(a={"type": "integer"})])
        messages += says("and now?")
        await asked(way, model, messages)
        second, third = (request.body for request in server.requests[1:])
    assert second["previous_response_id"] == "resp_0"
    assert second["input"] == [{"type": "function_call_output", "call_id": "call_1", "output": "3"}]
    assert third["previous_response_id"] == "resp_1"
    assert third["input"] == [{"role": "user", "content": "and now?"}]
    assert second["tools"] == [
        {
            "type": "function",
            "name": "add",
            "description": "add it",
            "parameters": {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]},
        }
    ]


@each_way
async def test_when_the_service_has_forgotten_the_whole_conversation_goes_out_again(way):
    script = ["one", {"status": 400, "error": "Previous response with id 'resp_0' not found."}, "two"]
    with ReplayServer(script) as server:
        model, messages = responses(server), says("first")
        await asked(way, model, messages)
        messages += says("second")
        answer = await asked(way, model, messages)
        again = server.requests[2].body
    assert answer.content == "two"
    assert "previous_response_id" not in again
    assert [item["content"] for item in again["input"]] == ["first", "one", "second"]


def test_an_id_the_user_pinned_is_not_replaced():
    script = [{"status": 400, "error": "Previous response with id 'mine' not found."}]
    with ReplayServer(script) as server:
        model = responses(server, request_params={"previous_response_id": "mine"})
        with pytest.raises(ModelProviderError, match="not found"):
            model.response(says("hi"))
        assert len(server.requests) == 1


@pytest.mark.parametrize("settings", [{"store": False}, {"use_previous_response_id": False}])
@each_way
async def test_without_chaining_reasoning_goes_back_with_the_conversation(way, settings):
    script = [{"content": "one", "reasoning": "hm"}, "two"]
    with ReplayServer(script) as server:
        model, messages = responses(server, **settings), says("first")
        answer = await asked(way, model, messages)
        assert answer.provider_data["reasoning_output"]["type"] == "reasoning"
        messages += says("second")
        await asked(way, model, messages)
        first, second = (request.body for request in server.requests)
    assert first["include"] == ["reasoning.encrypted_content"]
    assert [item.get("type", item.get("role")) for item in second["input"]] == [
        "user",
        "reasoning",
        "assistant",
        "user",
    ]
    assert "previous_response_id" not in second
    check(second)


def test_models_that_do_not_reason_get_the_whole_conversation_with_item_ids():
    with ReplayServer([{"tool_calls": [["add", {}, "call_1"]]}, "ok"]) as server:
        model, messages = responses(server, id="gpt-4o"), says("add")
        model.response(messages)
        messages += says({"role": "tool", "content": "3", "tool_call_id": "fc_call_1"})
        model.response(messages)
        body = server.requests[1].body
    assert "store" not in body
    assert [item.get("type") for item in body["input"]] == [None, "function_call", "function_call_output"]
    assert body["input"][1]["id"] == "fc_call_1"
    assert body["input"][1]["call_id"] == body["input"][2]["call_id"] == "call_1"
    check(body)


@each_way
async def test_a_summary_of_the_reasoning_is_the_reasoning(way):
    with ReplayServer([{"content": "42", "reasoning": "six times seven"}]) as server:
        answer = await asked(way, responses(server, reasoning_summary="auto", reasoning_effort="low"), says("?"))
        assert server.requests[0].body["reasoning"] == {"effort": "low", "summary": "auto"}
    assert answer.reasoning_content == "six times seven"


def test_the_users_settings_of_reasoning_are_not_changed():
    mine = {"effort": "high"}
    with ReplayServer(["ok"]) as server:
        responses(server, reasoning=mine, reasoning_summary="auto").response(says("hi"))
        assert server.requests[0].body["reasoning"] == {"effort": "high", "summary": "auto"}
    assert mine == {"effort": "high"}


class City(BaseModel):
    name: str


@each_way
async def test_a_schema_is_the_format_of_the_text(way):
    with ReplayServer(['{"name": "Rome"}']) as server:
        await asked(way, responses(server, verbosity="low"), says("city"), response_format=City)
        text = server.requests[0].body["text"]
    assert text["verbosity"] == "low"
    assert (text["format"]["type"], text["format"]["name"], text["format"]["strict"]) == ("json_schema", "City", True)
    assert text["format"]["schema"]["additionalProperties"] is False


def test_pictures_and_files_become_parts():
    message = {
        "role": "user",
        "content": "look",
        "images": [Image(url="https://x/y.png", detail="high")],
        "files": [File(url="https://x/y.pdf"), File(content=b"abc", filename="a.txt"), File(id="file-1")],
    }
    with ReplayServer(["seen"]) as server:
        responses(server).response(says(message))
        body = server.requests[0].body
    parts = body["input"][0]["content"]
    assert parts[1] == {"type": "input_image", "image_url": "https://x/y.png", "detail": "high"}
    assert parts[2] == {"type": "input_file", "file_url": "https://x/y.pdf"}
    assert parts[3]["file_data"] == "data:text/plain;base64,YWJj"
    assert parts[4] == {"type": "input_file", "file_id": "file-1"}
    check(body)


def test_files_for_a_file_search_are_refused_because_nothing_is_uploaded():
    message = {"role": "user", "content": "look", "files": [File(content=b"abc", filename="a.txt")]}
    with ReplayServer([]) as server, pytest.raises(ConfigurationError, match="file_search"):
        responses(server).response(says(message), tools=[{"type": "file_search", "vector_store_ids": ["vs"]}])


def test_tools_built_into_the_service_go_out_as_they_are():
    with ReplayServer(["ok"]) as server:
        responses(server).response(says("hi"), tools=[{"type": "web_search_preview"}])
        assert server.requests[0].body["tools"] == [{"type": "web_search_preview"}]


@each_way
async def test_an_error_the_service_reports_inside_the_reply(way):
    failed = {"id": "r", "status": "failed", "error": {"message": "out of luck"}, "output": []}
    script = [{"raw": failed if way in {"run", "arun"} else [{"type": "response.failed", "response": failed}]}]
    with ReplayServer(script) as server, pytest.raises(ModelProviderError, match="out of luck"):
        await asked(way, responses(server), says("hi"))


WORKING = {"id": "resp_1", "status": "in_progress", "output": []}
FINISHED = {
    "id": "resp_1",
    "status": "completed",
    "output": [{"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "at last"}]}],
}


@pytest.fixture
def working_service():
    """A service that works in the background; `states` says what it answers, `seen` what it was asked."""
    import threading
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    import orjson

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self):
            self.rfile.read(int(self.headers.get("content-length") or 0))
            server.seen.append((self.command, self.path))
            body = orjson.dumps(server.states.pop(0) if len(server.states) > 1 else server.states[0])
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = answer  # noqa: N815 - http.server's names

        def log_message(self, *args):
            """Silence."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.seen, server.states = [], []
    server.base_url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("way", ["run", "arun"])
async def test_background_work_is_asked_for_until_it_is_done(way, working_service):
    working_service.states = [{**WORKING, "status": "queued"}, WORKING, FINISHED]
    model = responses(working_service, background=True, background_poll_interval=0.01)
    answer = await asked(way, model, says("hi"))
    assert answer.content == "at last"
    assert working_service.seen == [
        ("POST", "/v1/responses"),
        ("GET", "/v1/responses/resp_1"),
        ("GET", "/v1/responses/resp_1"),
    ]


@pytest.mark.parametrize("way", ["run", "arun"])
async def test_background_work_that_takes_too_long_is_cancelled(way, working_service):
    working_service.states = [WORKING]
    model = responses(working_service, background=True, background_poll_interval=0.01, background_max_wait=0.05)
    with pytest.raises(ModelProviderError, match="exceeded max wait"):
        await asked(way, model, says("hi"))
    assert working_service.seen[-1] == ("POST", "/v1/responses/resp_1/cancel")


def test_other_services_keep_nothing_by_default():
    with ReplayServer(["ok"]) as server:
        model = OpenResponses(id="gpt-5", base_url=server.base_url)
        messages = says("hi", {"role": "assistant", "content": "a", "provider_data": {"response_id": "r"}}, "go on")
        model.response(messages)
        body = server.requests[0].body
    assert body["store"] is False
    assert "previous_response_id" not in body
    assert len(body["input"]) == 3


def test_arguments_that_only_came_in_pieces_are_put_together():
    item = {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "add", "arguments": ""}
    events = [
        {"type": "response.created", "response": {"id": "r"}},
        {"type": "response.output_item.added", "item": item},
        {"type": "response.function_call_arguments.delta", "item_id": "fc_1", "delta": '{"a"'},
        {"type": "response.function_call_arguments.delta", "item_id": "fc_1", "delta": ": 1}"},
        {"type": "response.output_item.done", "item": item},
        {"type": "response.completed", "response": {"id": "r", "output": [item]}},
    ]
    with ReplayServer([{"raw": events}]) as server:
        messages = says("add")
        list(responses(server).response_stream(messages))
    assert messages[-1].tool_calls[0]["function"] == {"name": "add", "arguments": '{"a": 1}'}


def test_the_scripted_replies_are_what_the_sdk_expects():
    import urllib.request

    import orjson
    from openai.types.responses import Response

    with ReplayServer([{"content": "x", "tool_calls": [["add", {}]]}]) as server:
        request = urllib.request.Request(
            f"{server.base_url}/responses", data=b'{"model": "m", "input": "hi"}', method="POST"
        )
        with urllib.request.urlopen(request, timeout=60) as reply:
            Response.model_validate(orjson.loads(reply.read()))


@pytest.mark.parametrize("way", ["stream", "astream"])
async def test_a_stream_that_ends_as_incomplete_tells_its_tokens(way):
    usage = {"input_tokens": 10, "output_tokens": 4, "total_tokens": 14}
    whole = {"id": "resp_1", "object": "response", "status": "incomplete", "output": [], "usage": usage}
    events = [
        {"type": "response.created", "response": {**whole, "status": "in_progress", "usage": None}},
        {"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "item_id": "m", "delta": "hel"},
        {"type": "response.incomplete", "response": {**whole, "incomplete_details": {"reason": "max_output_tokens"}}},
    ]
    with ReplayServer([{"raw": events}]) as server:
        model = OpenAIResponses(id="gpt-5", api_key="k", base_url=server.base_url, max_retries=0)
        answer = await asked(way, model, says("Hi"))
    assert (answer.content, answer.metrics.total_tokens) == ("hel", 14)
