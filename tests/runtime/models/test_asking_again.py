"""What a model decides about its requests: whether and when to ask again, and which kept reply is the answer."""

from __future__ import annotations

import asyncio

import pytest
from pydantic import BaseModel

from wherry.exceptions import ContextWindowExceededError, ModelProviderError, ModelRateLimitError
from wherry.models.base import Model
from wherry.models.message import Message
from wherry.models.openai import OpenAIChat
from wherry.models.response import ModelResponse


class Failing(Model):
    """Fails as often as it is told, then answers."""

    def __init__(self, *failures, **settings):
        super().__init__(id="tide", delay_between_retries=0, **settings)
        self.failures, self.asked = list(failures), 0

    def invoke(self, **_request):
        self.asked += 1
        if self.failures:
            raise self.failures.pop(0)
        return ModelResponse(content="ebb")

    async def ainvoke(self, **request):
        return self.invoke(**request)

    def invoke_stream(self, **request):
        yield self.invoke(**request)

    async def ainvoke_stream(self, **request):
        yield self.invoke(**request)

    def _parse_provider_response(self, response, **_options):
        return response

    _parse_provider_response_delta = _parse_provider_response


async def _streamed(model):
    return "".join([part.content async for part in model._ainvoke_stream_with_retry(messages=[])])


WAYS = {
    "invoke": lambda model: model._invoke_with_retry(messages=[]).content,
    "ainvoke": lambda model: asyncio.run(model._ainvoke_with_retry(messages=[])).content,
    "stream": lambda model: next(model._invoke_stream_with_retry(messages=[])).content,
    "astream": lambda model: asyncio.run(_streamed(model)),
}


@pytest.fixture(params=WAYS)
def ask(request):
    return WAYS[request.param]


def test_a_failure_that_may_pass_is_asked_again(ask):
    model = Failing(ModelRateLimitError("slow"), ModelProviderError("down", status_code=503), retries=2)
    assert (ask(model), model.asked) == ("ebb", 3)
    model = Failing(*[ModelProviderError("down", status_code=503)] * 3, retries=1)
    with pytest.raises(ModelProviderError, match="down"):
        ask(model)
    assert model.asked == 2


def test_a_failure_that_stays_is_raised(ask):
    model = Failing(ModelProviderError("who are you", status_code=401), retries=2)
    with pytest.raises(ModelProviderError, match="who are you"):
        ask(model)
    assert model.asked == 1


def test_a_subclass_decides_what_is_asked_again_and_when(ask):
    class Stubborn(Failing):
        def _is_retryable_error(self, error):
            return error.status_code == 401

        def _get_retry_delay(self, attempt):
            self.delays = [*getattr(self, "delays", ()), attempt]
            return 0

    model = Stubborn(*[ModelProviderError("no", status_code=401)] * 2, retries=3)
    assert (ask(model), model.delays) == ("ebb", [0, 1])
    with pytest.raises(ModelProviderError, match="down"):
        ask(Stubborn(ModelProviderError("down", status_code=503), retries=3))


@pytest.mark.parametrize(
    ("error", "again"),
    [
        *[(ModelProviderError("x", status_code=status), False) for status in (400, 401, 403, 404, 413, 422)],
        *[(ModelProviderError("x", status_code=status), True) for status in (429, 500, 502, 503, 504)],
        (ContextWindowExceededError("x", status_code=500), False),
        (ModelProviderError("the maximum context length is 10", status_code=500), False),
    ],
)
def test_which_failures_may_pass(error, again):
    assert Failing()._is_retryable_error(error) is again


def test_delays_are_even_or_doubled():
    assert [OpenAIChat(delay_between_retries=2)._get_retry_delay(n) for n in range(3)] == [2, 2, 2]
    doubled = OpenAIChat(delay_between_retries=2, exponential_backoff=True)
    assert [doubled._get_retry_delay(n) for n in range(3)] == [2, 4, 8]


class Forgetful(Failing):
    def _get_model_cache_key(self, messages, stream, **kwargs):
        return f"one-for-all-{stream}"


KEPT = {
    "response": lambda model, asked: model.response(asked).content,
    "aresponse": lambda model, asked: asyncio.run(model.aresponse(asked)).content,
    "response_stream": lambda model, asked: "".join(part.content or "" for part in model.response_stream(asked)),
}


@pytest.mark.parametrize("way", KEPT)
@pytest.mark.parametrize(("kind", "asked"), [(Failing, 2), (Forgetful, 1)])
def test_a_kept_reply_is_the_answer_and_a_subclass_decides_which(tmp_path, kind, asked, way):
    model = kind(cache_response=True, cache_dir=str(tmp_path))
    for text in ("one", "two", "one"):
        messages = [Message(role="user", content=text)]
        assert KEPT[way](model, messages) == "ebb"
        assert messages[-1].content == "ebb"
    assert model.asked == asked


class Tide(BaseModel):
    port: str


def test_equal_requests_have_equal_keys():
    model, asked = OpenAIChat(id="gpt-5"), [Message(role="user", content="hi")]
    keys = [
        model._get_model_cache_key(asked, stream=False, response_format=Tide),
        model._get_model_cache_key([Message(role="user", content="hi")], stream=False, response_format=Tide),
        model._get_model_cache_key(asked, stream=True, response_format=Tide),
        model._get_model_cache_key(asked, stream=False, response_format=None),
        model._get_model_cache_key(asked, stream=False, response_format=Tide, tools=[{"type": "function"}]),
    ]
    assert keys[0] == keys[1]
    assert len(set(keys)) == 4
    assert {len(key) for key in keys} == {32}
