"""The services that copy a format: each reached at its address with its key, each with its quirks."""

import importlib
import inspect
import json

import pytest
from model_kit import asked, each_way, says, tool

from wherry.core.errors import ConfigurationError, NotMigratedError
from wherry.core.errors_services import ModelAuthenticationError, ModelProviderError
from wherry.core.media import File, Image
from wherry.models.names import PROVIDERS
from wherry.models.openai.chat import OpenAIChat
from wherry.models.openai.connection import OpenAILogin
from wherry.models.wired import HttpModel
from wherry.testing import ReplayServer


def available():
    """Class and settings of every provider that Wherry offers."""
    for module, name, *_ in PROVIDERS.values():
        try:
            cls = getattr(importlib.import_module(f"wherry.models.{module}"), name)
        except NotMigratedError:
            continue
        yield cls


CLASSES = sorted(set(available()), key=lambda cls: cls.__name__)
SPECIAL = {
    "LangDB": {"project_id": "p"},
    "Portkey": {"portkey_api_key": "k"},
    "AzureOpenAIResponses": {"id": "gpt-5-dep"},
}
OWN_ADDRESS = {
    "Claude",
    "Gemini",
    "Ollama",
    "OllamaResponses",
    "MistralChat",
    "Groq",
    "AzureOpenAI",
    "AzureOpenAIResponses",
}
COPIES = [cls for cls in CLASSES if issubclass(cls, OpenAILogin) and cls.__name__ not in OWN_ADDRESS]


def made(cls, server, **settings):
    special = SPECIAL.get(cls.__name__, {})
    return cls(**{"api_key": "k", "base_url": server.base_url, "max_retries": 0, **special, **settings})


def test_the_table_is_complete():
    """As many as Agno has, less those that speak a protocol of their own."""
    assert len(CLASSES) >= 55
    assert all(issubclass(cls, HttpModel) for cls in CLASSES)


@pytest.mark.parametrize("cls", COPIES, ids=lambda cls: cls.__name__)
@pytest.mark.parametrize("way", ["run", "astream"])
async def test_a_service_answers(cls, way):
    with ReplayServer(["Hello there"]) as server:
        messages = says(("system", "Be kind."), "Hi")
        answer = await asked(way, made(cls, server), messages, tools=[tool()])
        request = server.requests[0]
    assert answer.content == "Hello there"
    if way == "run" or not getattr(cls, "collect_metrics_on_completion", False):
        assert answer.metrics.total_tokens == 25
    assert request.path.endswith(("/chat/completions", "/responses"))
    assert "authorization" in request.headers


@pytest.mark.parametrize("cls", COPIES, ids=lambda cls: cls.__name__)
def test_a_service_needs_its_key(cls, monkeypatch):
    variable = cls.key_variable
    keyless = cls.__dataclass_fields__["api_key"].default == "not-provided" or cls.__name__ == "OllamaResponses"
    if variable:
        monkeypatch.delenv(variable, raising=False)
    for other in ("PORTKEY_API_KEY", "QWEN_API_KEY"):
        monkeypatch.delenv(other, raising=False)
    with ReplayServer(["ok"]) as server:
        if keyless:
            assert (
                cls(**{"base_url": server.base_url, **SPECIAL.get(cls.__name__, {})}).response(says("hi")).content
                == "ok"
            )
            return
        with pytest.raises(ModelAuthenticationError, match=f"{variable} not set"):
            made(cls, server, api_key=None).response(says("hi"))
        monkeypatch.setenv(variable, "from-the-environment")
        assert made(cls, server, api_key=None).response(says("hi")).content == "ok"


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: f"{cls.__module__}.{cls.__name__}")
def test_every_class_says_which_symbol_it_mirrors_and_copies_without_its_connection(cls):
    from copy import deepcopy

    model = cls(id="some-model", **{k: v for k, v in SPECIAL.get(cls.__name__, {}).items() if k != "id"})
    twin = deepcopy(model)
    assert "mirrors `agno." in inspect.getdoc(cls)
    assert twin is not model
    assert twin == model
    assert model.to_dict()["id"] == "some-model"


def test_reasoning_goes_back_where_the_service_wants_it():
    from wherry.models.deepseek import DeepSeek
    from wherry.models.moonshot import MoonShot

    turn = {"role": "assistant", "content": "a", "reasoning_content": "because"}
    with ReplayServer(["ok", "ok", "ok"]) as server:
        made(DeepSeek, server).response(says("q", turn, "q2"))
        made(MoonShot, server, use_thinking=False, reasoning_effort="low").response(says("q", turn, "q2"))
        made(DeepSeek, server, id="deepseek-chat", reasoning_effort="max").response(says("q"))
        first, second, third = (request.body for request in server.requests)
    assert first["messages"][1]["reasoning_content"] == "because"
    assert first["thinking"] == {"type": "enabled"}
    assert second["thinking"] == {"type": "disabled"}
    assert "reasoning_effort" not in second
    assert not {"thinking", "reasoning_effort"} & set(third)


def test_what_the_user_puts_into_extra_body_wins_over_the_switch():
    from wherry.models.deepseek import DeepSeek

    with ReplayServer(["ok"]) as server:
        made(DeepSeek, server, extra_body={"thinking": {"type": "disabled"}, "x": 1}).response(says("q"))
        assert server.requests[0].body["thinking"] == {"type": "disabled"}
        assert server.requests[0].body["x"] == 1


@pytest.mark.parametrize("way", ["stream", "astream"])
async def test_minimax_leaves_thinking_tags_out_of_a_stream_however_they_are_cut(way):
    from wherry.models.minimax import MiniMax

    chunks = ["a", "<th", "ink>secret", " thoughts</", "think>b", " <", "c> ", "</thi"]
    with ReplayServer([{"content": "".join(chunks), "chunks": chunks}]) as server:
        answer = await asked(way, made(MiniMax, server), says("q"))
    assert answer.content == "ab <c> </thi"


def test_openrouter_routes_sends_reasoning_back_and_shows_pictures():
    from wherry.models.openrouter import OpenRouter

    message = {
        "role": "assistant", "content": "so", "reasoning_details": [{"text": "hm"}],
        "images": [{"image_url": {"url": "data:image/png;base64,aW1n"}}, {"image_url": {"url": "https://no"}}],
    }  # fmt: skip
    with ReplayServer([{"raw": {"id": "1", "choices": [{"message": message}]}}, "ok"]) as server:
        model, messages = made(OpenRouter, server, models=["a", "b"]), says("q")
        response = model.response(messages)
        messages += says("q2")
        model.response(messages)
        second = server.requests[1].body
    assert [image.content for image in response.images] == [b"img"]
    assert second["models"] == ["a", "b"]
    assert second["messages"][1]["reasoning_details"] == [{"text": "hm"}]


@pytest.mark.parametrize("name", ["perplexity.Perplexity", "xai.xAI"])
@each_way
async def test_cited_addresses_are_citations(name, way):
    module, _, cls = name.partition(".")
    model_class = getattr(importlib.import_module(f"wherry.models.{module}"), cls)
    key = "message" if way in {"run", "arun"} else "delta"
    reply = {"id": "1", "citations": ["https://x"], "choices": [{key: {"role": "assistant", "content": "so"}}]}
    with ReplayServer([{"raw": reply if key == "message" else [reply, "[DONE]"]}]) as server:
        answer = await asked(way, made(model_class, server), says("q"))
    assert [url.url for url in answer.citations.urls] == ["https://x"]


def test_perplexity_is_not_offered_tools():
    from wherry.models.perplexity import Perplexity

    with ReplayServer(["ok"]) as server:
        made(Perplexity, server).response(says("q"), tools=[tool()], tool_choice="auto")
        assert set(server.requests[0].body) == {"model", "messages", "max_tokens"}


def test_requesty_learns_who_is_talking():
    from wherry.models.requesty import Requesty

    class Run:
        user_id, session_id = "u", "s"

    with ReplayServer(["ok"]) as server:
        made(Requesty, server).response(says("q"), run_response=Run())
        assert server.requests[0].body["requesty"] == {"user_id": "u", "trace_id": "s"}


def test_ramp_routes_among_models_and_keeps_item_ids_to_itself():
    from wherry.models.ramp import RampRouter

    call = {"id": "fc_1", "call_id": "call_1", "type": "function", "function": {"name": "add", "arguments": "{}"}}
    turns = says(
        "q", {"role": "assistant", "tool_calls": [call]}, {"role": "tool", "content": "3", "tool_call_id": "fc_1"}
    )
    with ReplayServer(["ok"]) as server:
        made(RampRouter, server, models=["a", "b"], provider_timeout=3).response(turns)
        body = server.requests[0].body
    assert body["models"] == ["a", "b"]
    assert "model" not in body
    assert "reasoning" not in body
    assert "id" not in body["input"][1]
    with pytest.raises(ConfigurationError, match="background"):
        RampRouter(background=True)


def test_xai_takes_a_token_from_its_provider_and_refuses_subscriptions():
    from wherry.models.xai import xAIResponses

    with ReplayServer(["ok"]) as server:
        asked_for = []
        model = made(xAIResponses, server, api_key=None, token_provider=lambda: asked_for.append(1) or "t")
        assert model.response(says("q")).content == "ok"
        assert asked_for == [1]
    with pytest.raises(NotMigratedError, match="token_manager"):
        xAIResponses(token_manager=object())


def test_moonshot_refuses_what_it_would_have_to_upload():
    from wherry.models.moonshot import MoonShot

    message = {"role": "user", "content": "read", "files": [File(content=b"x", filename="a.txt")]}
    with ReplayServer([]) as server, pytest.raises(ConfigurationError, match="uploads"):
        made(MoonShot, server).response(says(message))


def test_cloudflare_builds_its_address_and_the_models_full_name(monkeypatch):
    from wherry.models.cloudflare import Cloudflare

    monkeypatch.delenv("CLOUDFLARE_ACCOUNT_ID", raising=False)
    model = Cloudflare(id="@cf/meta/llama", api_key="k")
    assert model.id == "workers-ai/@cf/meta/llama"
    with pytest.raises(ModelProviderError, match="CLOUDFLARE_ACCOUNT_ID"):
        model.response(says("q"))
    model.account_id = "acc"
    assert model._service().url == "https://gateway.ai.cloudflare.com/v1/acc/default/compat"


def test_cometapi_lists_its_models():
    from wherry.models.cometapi import CometAPI

    with ReplayServer([]) as server:
        assert isinstance(made(CometAPI, server).get_available_models(), list)


# --- Azure -----------------------------------------------------------------------------------------------------------


@each_way
async def test_azure_addresses_the_deployment_and_logs_in_with_the_key(way):
    from wherry.models.azure import AzureOpenAI

    with ReplayServer(["ok"]) as server:
        await asked(way, AzureOpenAI(id="my dep", api_key="k", azure_endpoint=server.url), says("hi"))
        request = server.requests[0]
    assert request.path == "/openai/deployments/my%20dep/chat/completions"
    assert request.query == "api-version=2024-10-21"
    assert "api-key" in request.headers
    assert "authorization" not in request.headers


@each_way
async def test_azure_asks_a_token_provider_for_each_request(way):
    from wherry.models.azure import AzureOpenAI

    tokens = iter("ab")

    async def later():
        return next(tokens)

    provider = later if way in {"arun", "astream"} else lambda: next(tokens)
    with ReplayServer(["ok", "ok"]) as server:
        model = AzureOpenAI(id="d", azure_endpoint=server.url, azure_ad_token_provider=provider)
        await asked(way, model, says("hi"))
        await asked(way, model, says("hi"))
    assert list(tokens) == []


def test_azure_without_a_login_or_an_endpoint(monkeypatch):
    from wherry.models.azure import AzureOpenAI, AzureOpenAIResponses

    for name in ("AZURE_OPENAI_API_KEY", "AZURE_OPENAI_AD_TOKEN", "AZURE_OPENAI_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ModelAuthenticationError, match="not configured"):
        AzureOpenAI(azure_endpoint="http://x").response(says("hi"))
    with pytest.raises(ModelProviderError, match="azure_endpoint"):
        AzureOpenAI(api_key="k").response(says("hi"))
    with pytest.raises(ConfigurationError, match="got no id"):
        AzureOpenAIResponses()


# --- Groq, Mistral, Ollama -------------------------------------------------------------------------------------------


@each_way
async def test_groq(way):
    from wherry.models.groq import Groq

    usage = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7, "total_time": 0.5}
    whole = {
        "id": "1",
        "choices": [{"message": {"role": "assistant", "content": "so", "reasoning": "hm"}}],
        "usage": usage,
    }
    chunks = [
        {"choices": [{"delta": {"content": "so", "reasoning": "hm"}}]},
        {"choices": [], "x_groq": {"usage": usage}},
    ]
    with ReplayServer([{"raw": whole if way in {"run", "arun"} else [*chunks, "[DONE]"]}]) as server:
        model = Groq(api_key="k", base_url=server.url, max_retries=0)
        answer = await asked(way, model, says(("system", "s"), "hi"), response_format={"type": "json_object"})
        request = server.requests[0]
    assert request.path == "/openai/v1/chat/completions"
    assert request.body["messages"][0] == {"role": "system", "content": "s\n\nAnswer with JSON."}
    assert "stream_options" not in request.body
    assert (answer.content, answer.reasoning_content) == ("so", "hm")
    assert (answer.metrics.total_tokens, answer.metrics.provider_metrics) == (7, {"total_time": 0.5})
    assert answer.provider_data is None


@each_way
async def test_mistral(way):
    from wherry.models.mistral import MistralChat

    call = {"id": "abc123def", "function": {"name": "add", "arguments": '{"a": 1}'}, "index": 0}
    usage = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 99}
    message = {"role": "assistant", "content": "", "tool_calls": [call]}
    chunk = {"choices": [{"delta": message, "finish_reason": "tool_calls"}], "usage": usage}
    whole = {"choices": [{"message": message}], "usage": usage}
    foreign = [
        {
            "role": "assistant",
            "tool_calls": [{"id": "call_1", "type": "function", "function": {"name": "add", "arguments": "{}"}}],
        },
        {"role": "tool", "content": "3", "tool_call_id": "call_1"},
    ]
    with ReplayServer([{"raw": whole if way in {"run", "arun"} else [chunk, "[DONE]"]}]) as server:
        model = MistralChat(api_key="k", endpoint=server.url, safe_prompt=True)
        answer = await asked(way, model, says("hi", *foreign), tools=[tool()])
        body = server.requests[0].body
    assert server.requests[0].path == "/v1/chat/completions"
    assert body["messages"][1]["tool_calls"][0]["id"] == body["messages"][2]["tool_call_id"] == "000000000"
    assert (body["tool_choice"], body["safe_prompt"]) == ("auto", True)
    assert answer.tool_calls == [
        {"id": "abc123def", "type": "function", "function": {"name": "add", "arguments": '{"a": 1}'}}
    ]
    assert answer.metrics.total_tokens == 7


def test_mistral_goes_on_with_the_assistants_words():
    from wherry.models.mistral import MistralChat

    picture = {"role": "user", "content": "look", "images": [Image(url="https://x/y.png")]}
    with ReplayServer(["ok"]) as server:
        MistralChat(api_key="k", endpoint=server.url).response(says(picture, ("assistant", "I see")))
        messages = server.requests[0].body["messages"]
    assert messages[0]["content"][1] == {"type": "image_url", "image_url": "https://x/y.png"}
    assert messages[1] == {"role": "assistant", "content": "I see", "prefix": True}


CALL = {"function": {"name": "add", "arguments": {"a": 1}}}
LINES = "".join(
    json.dumps(line) + "\n"
    for line in (
        {"message": {"role": "assistant", "content": "hel"}, "done": False},
        {"message": {"role": "assistant", "content": "lo", "tool_calls": [CALL]}, "done": False},
        {
            "message": {"role": "assistant", "content": ""},
            "done": True,
            "prompt_eval_count": 3,
            "eval_count": 4,
            "eval_duration": 9,
        },
    )
)
WHOLE = {
    "message": {
        "role": "assistant",
        "content": "<think>hm</think>hello",
        "tool_calls": [{"function": {"name": "add", "arguments": {"a": 1}}}],
    },
    "done": True,
    "prompt_eval_count": 3,
    "eval_count": 4,
    "eval_duration": 9,
}


@each_way
async def test_ollama_speaks_its_own_protocol(way):
    from wherry.models.ollama import Ollama

    whole = way in {"run", "arun"}
    script = [{"raw": WHOLE}] if whole else [{"raw": LINES, "content_type": "application/x-ndjson"}]
    with ReplayServer(script) as server:
        model = Ollama(host=server.url, options={"temperature": 0}, keep_alive="5m")
        answer = await asked(
            way, model, says({"role": "user", "content": "hi", "images": [Image(content=b"img")]}), tools=[tool()]
        )
        request = server.requests[0]
    assert request.path == "/api/chat"
    assert request.body["stream"] is not whole
    assert request.body["messages"][0]["images"] == ["aW1n"]
    assert request.body["options"] == {"temperature": 0}
    assert answer.content == "hello"
    (call,) = answer.tool_calls
    assert call["function"] == {"name": "add", "arguments": '{"a": 1}'}
    assert call["id"]
    assert (answer.metrics.total_tokens, answer.metrics.provider_metrics) == (7, {"eval_duration": 9})


@each_way
async def test_ollamas_errors_are_told_in_its_words(way):
    from wherry.models.ollama import Ollama

    with ReplayServer([{"status": 404, "error": {"error": "model 'x' not found"}}]) as server:
        with pytest.raises(ModelProviderError, match="model 'x' not found") as caught:
            await asked(way, Ollama(host=server.url), says("hi"))
        assert caught.value.status_code == 404


@pytest.mark.parametrize(
    ("host", "address"),
    [
        (None, "http://127.0.0.1:11434"),
        ("myhost", "http://myhost:11434"),
        ("myhost:5000", "http://myhost:5000"),
        ("http://myhost", "http://myhost:80"),
        ("https://myhost/below/", "https://myhost:443/below"),
        ("[::1]:99", "http://[::1]:99"),
    ],
)
def test_where_ollama_listens(host, address):
    from wherry.models.ollama.chat import address as address_of

    assert address_of(host) == address


def test_ollamas_cloud_is_reached_with_a_key(monkeypatch):
    from wherry.models.ollama import Ollama, OllamaResponses

    monkeypatch.setenv("OLLAMA_API_KEY", "k")
    assert Ollama()._service().url == "https://ollama.com:443"
    assert Ollama()._service().headers["authorization"] == "Bearer k"
    assert OllamaResponses()._service().url == "https://ollama.com/v1"
    monkeypatch.delenv("OLLAMA_API_KEY")
    assert OllamaResponses()._service().url == "http://localhost:11434/v1"


def test_every_copy_of_chat_completions_is_an_openai_chat():
    assert sum(issubclass(cls, OpenAIChat) for cls in CLASSES) >= 40
