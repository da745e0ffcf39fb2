"""Gemini: parts, schemas, tools of the service, guidance, in the four ways."""

import pytest
from model_kit import asked, each_way, says, tool
from pydantic import BaseModel

from wherry.core.errors import NotMigratedError
from wherry.core.errors_services import ModelProviderError
from wherry.core.media import File, Image
from wherry.models.google import Gemini
from wherry.testing import ReplayServer
from wherry.wires.gemini_schema import response_schema, simplified

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20


def gemini(server, **kwargs):
    return Gemini(
        id="gemini-3.7-flash", api_key="k", client_params={"http_options": {"base_url": server.url}}, **kwargs
    )


def check(body):
    """Contents and settings as Google's own types understand them, which take seconds to import."""
    from google.genai import types as sdk

    for content in body["contents"]:
        sdk.Content.model_validate(content)
    sdk.GenerationConfig.model_validate(body.get("generationConfig", {}))
    for offered in body.get("tools", []):
        sdk.Tool.model_validate(offered)


@each_way
async def test_an_answer_and_its_tokens(way):
    with ReplayServer(["Hello there"]) as server:
        answer = await asked(way, gemini(server, temperature=0.5), says(("system", "Be kind."), "Hi"))
        request = server.requests[0]
    assert answer.role == "assistant"
    assert answer.content == "Hello there"
    assert (answer.metrics.input_tokens, answer.metrics.output_tokens, answer.metrics.reasoning_tokens) == (20, 5, 2)
    verb = "streamGenerateContent" if "stream" in way else "generateContent"
    assert request.path == f"/v1/models/gemini-3.7-flash:{verb}"
    assert request.body["systemInstruction"] == {"role": "user", "parts": [{"text": "Be kind."}]}
    assert request.body["contents"] == [{"role": "user", "parts": [{"text": "Hi"}]}]
    check(request.body)


@each_way
async def test_tool_calls_and_results(way):
    script = [{"tool_calls": [["add", {"a": 1}, "c1"], ["sub", {"a": 2}, "c2"]]}, "3"]
    with ReplayServer(script) as server:
        model, messages = gemini(server), says("add")
        tools = [tool(a={"type": "integer"}), tool("sub", a={"type": ["integer", "null"]})]
        answer = await asked(way, model, messages, tools=tools)
        assert [call["function"]["name"] for call in answer.tool_calls] == ["add", "sub"]
        messages += says(
            {"role": "tool", "content": "1", "tool_call_id": answer.tool_calls[0]["id"], "tool_name": "add"},
            {"role": "tool", "content": "2", "tool_call_id": answer.tool_calls[1]["id"]},
        )
        await asked(way, model, messages, tools=tools)
        body = server.requests[1].body
    declared = body["tools"][0]["functionDeclarations"]
    assert declared[0]["parameters"]["properties"]["a"] == {"type": "INTEGER"}
    assert declared[1]["parameters"]["properties"]["a"] == {"type": "INTEGER", "nullable": True}
    results = body["contents"][2]["parts"]
    assert [part["functionResponse"] for part in results] == [
        {"name": "add", "response": {"result": "1"}},
        {"name": "sub", "response": {"result": "2"}},
    ]
    check(body)


@each_way
async def test_thoughts_and_their_signatures(way):
    signed = {"text": "42", "thoughtSignature": "c2ln"}
    reply = {
        "candidates": [
            {"content": {"role": "model", "parts": [{"text": "hm", "thought": True}, signed]}, "finishReason": "STOP"}
        ]
    }
    with ReplayServer([{"raw": reply if way in {"run", "arun"} else [reply]}, "ok"]) as server:
        model, messages = gemini(server, include_thoughts=True, thinking_level="low"), says("?")
        answer = await asked(way, model, messages)
        messages += says("sure?")
        await asked(way, model, messages)
        first, second = (request.body for request in server.requests)
    assert (answer.reasoning_content, answer.content) == ("hm", "42")
    assert second["contents"][1]["parts"] == [signed]
    assert first["generationConfig"]["thinkingConfig"] == {"include_thoughts": True, "thinking_level": "LOW"}


def test_pictures_come_out():
    picture = {"inlineData": {"mimeType": "image/png", "data": "aW1n"}}
    with ReplayServer([{"raw": {"candidates": [{"content": {"parts": [picture]}}]}}]) as server:
        messages = says("draw")
        response = gemini(server, response_modalities=["IMAGE"]).response(messages)
    assert response.images[0].content == b"img"
    assert messages[-1].image_output.mime_type == "image/png"
    assert response.content == ""


def test_media_go_in():
    message = {"role": "user", "content": "look", "images": [Image(content=PNG)], "files": [File(url="gs://a/b.pdf")]}
    with ReplayServer(["seen"]) as server:
        gemini(server).response(says(message))
        parts = server.requests[0].body["contents"][0]["parts"]
    assert parts[1]["inlineData"]["mime_type"] == "image/png"
    assert parts[2] == {"fileData": {"file_uri": "gs://a/b.pdf", "mime_type": "application/pdf"}}


def test_a_picture_that_cannot_be_read_is_left_out(caplog):
    with ReplayServer(["seen"]) as server:
        gone = Image(url="http://127.0.0.1:9/gone.png")
        answer = gemini(server).response(says({"role": "user", "content": "look", "images": [gone]}))
        assert server.requests[-1].body["contents"][0]["parts"] == [{"text": "look"}]
    assert answer.content == "seen"
    assert "is not sent" in caplog.text


def test_pages_that_a_search_found_are_cited():
    grounding = {"webSearchQueries": ["x"], "groundingChunks": [{"web": {"uri": "https://x", "title": "X"}}, {}]}
    read = {"urlMetadata": [{"retrievedUrl": "https://y", "urlRetrievalStatus": "URL_RETRIEVAL_STATUS_SUCCESS"}]}
    candidate = {"content": {"parts": [{"text": "so"}]}, "groundingMetadata": grounding, "urlContextMetadata": read}
    with ReplayServer([{"raw": {"candidates": [candidate]}}]) as server:
        cited = gemini(server, search=True, url_context=True).response(says("?"), tools=[tool()]).citations
        assert server.requests[0].body["tools"] == [{"googleSearch": {}}, {"urlContext": {}}]
    assert [(url.url, url.title) for url in cited.urls] == [("https://x", "X"), ("https://y", "https://y")]
    assert cited.search_queries == ["x"]
    assert cited.raw["grounding_metadata"]["web_search_queries"] == ["x"]


@each_way
async def test_a_malformed_call_is_asked_for_again_with_a_hint(way):
    malformed = {"candidates": [{"finishReason": "MALFORMED_FUNCTION_CALL", "content": {"parts": []}}]}
    with ReplayServer([{"raw": malformed if way in {"run", "arun"} else [malformed]}, "fine"]) as server:
        answer = await asked(way, gemini(server), says("hi"))
        hint = server.requests[1].body["contents"][0]["parts"][-1]["text"]
    assert answer.content == "fine"
    assert "Call the function again" in hint


def test_hints_end_with_their_limit():
    malformed = {"candidates": [{"finishReason": "MALFORMED_FUNCTION_CALL"}]}
    with ReplayServer([{"raw": malformed, "times": "forever"}]) as server:
        with pytest.raises(ModelProviderError, match="Max retries with guidance reached"):
            gemini(server, retry_with_guidance_limit=2).response(says("hi"))
        assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("choice", "config"),
    [
        ("auto", {"mode": "AUTO"}),
        ("required", {"mode": "ANY"}),
        ({"type": "function", "function": {"name": "add"}}, {"mode": "ANY", "allowedFunctionNames": ["add"]}),
    ],
)
def test_tool_choice(choice, config):
    with ReplayServer(["ok"]) as server:
        gemini(server).response(says("hi"), tools=[tool()], tool_choice=choice)
        assert server.requests[0].body["toolConfig"] == {"functionCallingConfig": config}


def test_settings_of_the_generation_are_kept_beside_the_fields():
    with ReplayServer(["ok"]) as server:
        model = gemini(server, generation_config={"temperature": 0.1, "candidate_count": 1}, top_p=0.5)
        model.response(says("hi"))
        config = server.requests[0].body["generationConfig"]
    assert config == {"temperature": 0.1, "candidateCount": 1, "topP": 0.5}


@each_way
async def test_an_error_is_told_in_the_services_words(way):
    with ReplayServer([{"status": 400, "error": {"error": {"message": "bad key"}}}]) as server:
        with pytest.raises(ModelProviderError, match="bad key") as caught:
            await asked(way, gemini(server), says("hi"))
        assert caught.value.status_code == 400


@pytest.mark.parametrize("setting", [{"vertexai": True}, {"parallel_search": True}, {"vertexai_search": True}])
def test_vertex_is_refused_at_construction(setting):
    with pytest.raises(NotMigratedError, match="Gemini"):
        Gemini(**setting)


def test_the_other_model_of_the_package_is_refused_by_name():
    with pytest.raises(NotMigratedError, match="GeminiInteractions"):
        from wherry.models.google import GeminiInteractions  # noqa: F401


class Person(BaseModel):
    name: str
    boss: "Person | None" = None


class Plain(BaseModel):
    name: str
    age: int | None = None
    tags: list[str] = []


@pytest.mark.parametrize("model", [Person, Plain])
def test_schemas_are_ones_the_service_knows(model):
    from google.genai import types as sdk

    schema = response_schema(model.model_json_schema())
    sdk.Schema.model_validate(schema)
    assert "$ref" not in str(schema)
    assert "null" not in str(schema).replace("nullable", "")


def test_a_dictionary_is_described_by_an_example():
    schema = simplified({"type": "object", "additionalProperties": {"type": "integer"}})
    assert schema["properties"]["example_key"]["type"] == "INTEGER"


@pytest.mark.parametrize("way", ["stream", "astream"])
async def test_one_json_object_instead_of_a_stream_is_read_as_googles_sdk_reads_it(way):
    reply = {
        "candidates": [{"content": {"role": "model", "parts": [{"text": "whole"}]}, "finishReason": "STOP"}],
        "usageMetadata": {"promptTokenCount": 1, "candidatesTokenCount": 2, "totalTokenCount": 3},
    }
    with ReplayServer([{"raw": reply}]) as server:
        answer = await asked(way, gemini(server), says("Hi"))
    assert (answer.content, answer.metrics.total_tokens) == ("whole", 3)
    failure = {"error": {"code": 503, "message": "Try again later.", "status": "UNAVAILABLE"}}
    for raw, told in ((failure, "Try again later"), ("{broken", "not JSON"), ("<html>", "without sending a single")):
        with ReplayServer([{"raw": raw}]) as server, pytest.raises(ModelProviderError, match=told):
            await asked(way, gemini(server), says("Hi"))
