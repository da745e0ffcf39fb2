"""Models of one's own, as Agno's users write them: retries, guidance, folding, keeping replies, copying."""

import copy
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st
from model_kit import asked, each_way, says

from wherry.agent import Agent
from wherry.core.errors_services import (
    ContextWindowExceededError,
    ModelProviderError,
    ModelRateLimitError,
    RetryableModelProviderError,
)
from wherry.core.events.model_response import ModelResponse
from wherry.core.media import Audio
from wherry.core.messages import Message
from wherry.core.metrics import MessageMetrics
from wherry.core.waits import BLOCKING, LOOPING, drain, finish
from wherry.models import cache
from wherry.models.base import Model
from wherry.models.fold import StreamFold, fill_assistant
from wherry.models.openai import OpenAIChat
from wherry.models.retrying import call_with_retries, may_pass
from wherry.testing import ReplayServer


@dataclass
class Parrot(Model):
    """Says the last thing it heard; each entry of `troubles` is raised once before that."""

    id: str = "parrot"
    name: str | None = "Parrot"
    troubles: list = field(default_factory=list)
    heard: list = field(default_factory=list)

    def reply(self, messages):
        self.heard.append([message.content for message in messages])
        if self.troubles:
            raise self.troubles.pop(0)
        return messages[-1].content

    def invoke(self, messages, **kwargs):
        return ModelResponse(
            role="assistant", content=self.reply(messages), response_usage=MessageMetrics(input_tokens=1)
        )

    async def ainvoke(self, messages, **kwargs):
        return self.invoke(messages)

    def invoke_stream(self, messages, **kwargs):
        for word in self.reply(messages).split():
            yield ModelResponse(content=word + " ")

    async def ainvoke_stream(self, messages, **kwargs):
        for part in self.invoke_stream(messages):
            yield part


def trouble(status=500, text="boom"):
    return ModelProviderError(text, status)


@each_way
async def test_a_subclass_with_the_four_methods_is_a_model(way):
    answer = await asked(way, Parrot(), says("polly wants"))
    assert answer.content.strip() == "polly wants"
    assert answer.role == "assistant"


def test_a_subclass_without_them_cannot_be_made():
    class Nothing(Model):
        """Answers nothing."""

    with pytest.raises(TypeError, match="abstract"):
        Nothing(id="x")


@each_way
async def test_errors_that_may_pass_are_tried_again(way):
    model = Parrot(troubles=[trouble(), trouble(429)], retries=2, delay_between_retries=0)
    answer = await asked(way, model, says("again"))
    assert answer.content.strip() == "again"
    assert len(model.heard) == 3


@each_way
async def test_without_retries_the_first_error_counts(way):
    model = Parrot(troubles=[trouble()])
    with pytest.raises(ModelProviderError, match="boom"):
        await asked(way, model, says("again"))
    assert len(model.heard) == 1


@each_way
@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 422])
async def test_errors_of_the_request_are_not_tried_again(way, status):
    model = Parrot(troubles=[trouble(status)], retries=5, delay_between_retries=0)
    with pytest.raises(ModelProviderError):
        await asked(way, model, says("again"))
    assert len(model.heard) == 1


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (trouble(429), ModelRateLimitError),
        (trouble(529), ModelRateLimitError),
        (trouble(400, "This model's maximum context length is 5"), ContextWindowExceededError),
        (trouble(500, "The input token count (9) exceeds the maximum number of tokens"), ContextWindowExceededError),
        (trouble(500), ModelProviderError),
    ],
)
def test_errors_are_told_apart(error, kind):
    told = ModelProviderError.classify(error)
    assert type(told) is kind
    assert (told.message, told.status_code) == (error.message, error.status_code)


@given(status=st.integers(400, 599), text=st.sampled_from(["boom", "prompt is too long", "token limit"]))
def test_what_may_pass(status, text):
    too_long = text != "boom"
    assert may_pass(trouble(status, text)) is not (too_long or status in {400, 401, 403, 404, 413, 422})


def test_delays_double_when_asked():
    class Patient:
        blocking = True

        def __init__(self):
            self.slept = []

        async def wire(self, sync, twin, **kwargs):
            return sync(**kwargs)

        async def sleep(self, seconds):
            self.slept.append(seconds)

    waits = Patient()
    model = Parrot(
        troubles=[trouble(), trouble(), trouble()], retries=3, delay_between_retries=2, exponential_backoff=True
    )
    finish(call_with_retries(model, waits, messages=says("x")))
    assert waits.slept == [2, 4, 8]


@each_way
async def test_an_unusable_reply_is_asked_for_again_with_a_hint(way):
    hint = RetryableModelProviderError(original_error="odd", retry_guidance_message="Try words.")
    model, messages = Parrot(troubles=[hint]), says("hi")
    await asked(way, model, messages)
    assert model.heard[1] == ["hi", "Try words."]
    assert [message.temporary for message in messages] == [False, True, False]


@each_way
async def test_hints_have_a_limit(way):
    hints = [RetryableModelProviderError("odd", "Try words.") for _ in range(3)]
    with pytest.raises(ModelProviderError, match=r"Max retries with guidance reached\. Error: odd"):
        await asked(way, Parrot(troubles=hints), says("hi"))


def test_a_stream_left_early_is_closed():
    closed = []

    class Watched(Parrot):
        def invoke_stream(self, messages, **kwargs):
            try:
                yield from super().invoke_stream(messages)
            finally:
                closed.append(True)

    parts = Watched().response_stream(says("one two three"))
    next(parts)
    parts.close()
    assert closed == [True]


# --- folding ---------------------------------------------------------------------------------------------------------


@given(words=st.lists(st.text(min_size=1)), cuts=st.data())
def test_a_stream_folds_to_what_the_whole_reply_says(words, cuts):
    parts = [ModelResponse(content=word) for word in words]
    parts.append(ModelResponse(response_usage=MessageMetrics(input_tokens=3, output_tokens=len(words))))
    fold = StreamFold(Parrot())
    for part in parts:
        fold.add(part)
    streamed = fold.fill(Message(role="assistant"))
    whole = ModelResponse(
        content="".join(words) or None, response_usage=MessageMetrics(input_tokens=3, output_tokens=len(words))
    )
    filled = fill_assistant(Message(role="assistant"), whole)
    assert (streamed.content, streamed.metrics.output_tokens) == (filled.content, filled.metrics.output_tokens)


@given(arguments=st.text(), cut=st.integers(1, 7), count=st.integers(1, 3))
def test_tool_calls_come_together_however_they_are_cut(arguments, cut, count):
    fold = StreamFold(OpenAIChat(api_key="k"))
    for index in range(count):
        head = {"index": index, "id": f"c{index}", "type": "function", "function": {"name": "add", "arguments": ""}}
        fold.add(ModelResponse(tool_calls=[head]))
        for start in range(0, len(arguments), cut):
            piece = {"index": index, "function": {"arguments": arguments[start : start + cut]}}
            fold.add(ModelResponse(tool_calls=[piece]))
    calls = fold.fill(Message(role="assistant")).tool_calls
    assert [(call["id"], call["function"]) for call in calls] == [
        (f"c{index}", {"name": "add", "arguments": arguments}) for index in range(count)
    ]


def test_sound_comes_together():
    fold = StreamFold(Parrot())
    for piece, text in ((b"ab", "he"), (b"c", "llo")):
        fold.add(ModelResponse(audio=Audio(id="a1", content=piece, transcript=text, mime_type="pcm16")))
    sound = fold.fill(Message(role="assistant")).audio_output
    assert (sound.id, sound.content, sound.transcript, sound.mime_type) == ("a1", b"abc", "hello", "pcm16")


def test_lists_in_provider_data_grow_and_other_values_are_replaced():
    fold = StreamFold(Parrot())
    fold.add(ModelResponse(provider_data={"id": 1, "blocks": [1]}, extra={"ids": [1]}))
    fold.add(ModelResponse(provider_data={"id": 2, "blocks": [2]}, extra={"ids": [2]}))
    assert fold.fill(Message(role="assistant")).provider_data == {"id": 2, "blocks": [1, 2]}
    assert fold.extra == {"ids": [1, 2]}


def test_calls_without_an_id_are_given_one():
    call = {"type": "function", "function": {"name": "add", "arguments": "{}"}}
    message = fill_assistant(Message(role="assistant"), ModelResponse(tool_calls=[call]))
    assert len(message.tool_calls[0]["id"]) == 36


# --- keeping replies -------------------------------------------------------------------------------------------------


def request(*texts):
    return {"messages": says(*texts), "assistant_message": Message(role="assistant"), "tools": None}


async def collect(source):
    return [part.content async for part in source]


async def test_equal_requests_are_answered_from_files(tmp_path):
    with ReplayServer(["one", "two words", "three"]) as server:
        model = OpenAIChat(id="m", api_key="k", base_url=server.base_url, cache_dir=str(tmp_path / "deep"))
        first = [(await cache.cached_call(model, LOOPING, request("hi"))).content for _ in range(2)]
        streams = [await collect(cache.cached_stream(model, LOOPING, request("hi"))) for _ in range(2)]
        other = finish(cache.cached_call(model, BLOCKING, request("hello"))).content
        assert len(server.requests) == 3
    assert first == ["one", "one"]
    assert streams[0] == streams[1]
    assert other == "three"


def test_kept_replies_grow_old(tmp_path):
    with ReplayServer(["one", "two"]) as server:
        model = OpenAIChat(id="m", api_key="k", base_url=server.base_url, cache_dir=str(tmp_path), cache_ttl=0)
        finish(cache.cached_call(model, BLOCKING, request("hi")))
        file = next(tmp_path.glob("*.json"))
        file.write_text(file.read_text().replace('"timestamp":', '"timestamp":-'))
        assert finish(cache.cached_call(model, BLOCKING, request("hi"))).content == "two"


def test_a_kept_reply_that_cannot_be_read_is_made_anew(tmp_path, caplog):
    with ReplayServer(["one", "two"]) as server:
        model = OpenAIChat(id="m", api_key="k", base_url=server.base_url, cache_dir=str(tmp_path))
        finish(cache.cached_call(model, BLOCKING, request("hi")))
        next(tmp_path.glob("*.json")).write_text("{")
        assert finish(cache.cached_call(model, BLOCKING, request("hi"))).content == "two"
    assert "made anew" in caplog.text


def test_a_folder_that_cannot_be_written_only_costs_the_keeping(tmp_path, caplog):
    (tmp_path / "file").write_text("")
    with ReplayServer(["one"]) as server:
        model = OpenAIChat(id="m", api_key="k", base_url=server.base_url, cache_dir=str(tmp_path / "file" / "below"))
        assert finish(cache.cached_call(model, BLOCKING, request("hi"))).content == "one"
    assert "could not be kept" in caplog.text


def test_a_stream_left_early_is_not_kept(tmp_path):
    with ReplayServer(["one two", "three four"]) as server:
        model = OpenAIChat(id="m", api_key="k", base_url=server.base_url, cache_dir=str(tmp_path))
        parts = drain(cache.cached_stream(model, BLOCKING, request("hi")))
        next(parts)
        parts.close()
        assert list(tmp_path.glob("*.json")) == []


# --- copying ---------------------------------------------------------------------------------------------------------


def test_a_copy_has_its_own_settings_and_no_connection():
    stubborn = (part for part in ())
    model = OpenAIChat(id="m", api_key="k", extra_body={"a": [1]}, client=object(), http_client=object())
    model.stubborn = stubborn
    twin = copy.deepcopy(model)
    twin.extra_body["a"].append(2)
    assert model.extra_body == {"a": [1]}
    assert (twin.client, twin.http_client) == (None, None)
    assert twin.stubborn is stubborn


def test_labels_and_hooks_of_a_bare_model():
    model = Parrot(provider=None, name="Parrot")
    assert model.provider == "Parrot (parrot)"
    assert model.get_provider() == "Parrot (parrot)"
    assert model.to_dict() == {"name": "Parrot", "id": "parrot", "provider": "Parrot (parrot)"}
    assert model.get_system_message_for_model() is None
    assert model.get_instructions_for_model() is None
    with pytest.raises(NotImplementedError, match="Parrot"):
        model._parse_provider_response({})
    with pytest.raises(NotImplementedError, match="Parrot"):
        model._parse_provider_response_delta({})


def test_a_class_that_replaces_what_no_run_calls_is_told_so(caplog):
    class Mocked(Parrot):
        def response_stream(self, messages, **options):
            yield ModelResponse(content="never said")

        async def aresponse_stream(self, messages, **options):
            yield ModelResponse(content="never said")

    for name in ("", "a"):
        told = f"Model 'Mocked' has its own {name}response_stream(), which no run calls"
        assert f"{told}: put it into {name}invoke_stream()." in caplog.text
    caplog.clear()

    class Plain(Parrot):
        def invoke(self, messages, **options):
            return super().invoke(messages)

    assert caplog.text == ""


def test_a_class_whose_response_answers_for_it_is_not_told_otherwise(caplog):
    class Canned(Parrot):
        def response(self, messages, **options):
            return ModelResponse(content="Said.")

    assert Agent(model=Canned(id="parrot"), telemetry=False).run("Hi").content == "Said."
    assert caplog.text == ""
