"""`wherry.models.fallback`: one request, and who answers it when models fail, as in Agno 3.1.10."""

from __future__ import annotations

import asyncio

import pytest

from wherry.exceptions import ContextWindowExceededError, ModelProviderError, ModelRateLimitError
from wherry.models.base import Model
from wherry.models.fallback import (
    FallbackConfig,
    acall_model_stream_with_fallback,
    acall_model_with_fallback,
    call_model_stream_with_fallback,
    call_model_with_fallback,
    get_fallback_models,
)
from wherry.models.message import Message
from wherry.models.response import ModelResponse


class Scripted(Model):
    """Answers its id, after as many failures as it was given."""

    def __init__(self, id, *failures):
        super().__init__(id=id)
        self.failures, self.seen = list(failures), []

    def invoke(self, messages, **_request):
        self.seen.append([message.content for message in messages])
        if self.failures:
            raise self.failures.pop(0)
        return ModelResponse(role="assistant", content=self.id)

    async def ainvoke(self, **request):
        return self.invoke(**request)

    def invoke_stream(self, **request):
        yield self.invoke(**request)

    async def ainvoke_stream(self, **request):
        yield self.invoke(**request)

    def _parse_provider_response(self, response, **_options):
        return response

    _parse_provider_response_delta = _parse_provider_response


async def _all(parts):
    return [part async for part in parts]


def _whole(call):
    def ask(model, config, **request):
        return call(model, config, **request).content

    return ask


def _parts(call):
    def ask(model, config, **request):
        return "".join(part.content or "" for part in call(model, config, **request))

    return ask


WAYS = {
    "call": _whole(call_model_with_fallback),
    "acall": _whole(lambda *given, **request: asyncio.run(acall_model_with_fallback(*given, **request))),
    "stream": _parts(call_model_stream_with_fallback),
    "astream": _parts(lambda *given, **request: asyncio.run(_all(acall_model_stream_with_fallback(*given, **request)))),
}


def test_a_provider_that_is_too_busy_has_not_refused_the_request():
    busy, config = ModelProviderError("slow down", status_code=429), FallbackConfig(on_error=[Scripted("b")])
    assert get_fallback_models(config, busy) == config.on_error


@pytest.fixture(params=WAYS)
def ask(request):
    return WAYS[request.param]


def _down(text="down", status=503):
    return ModelProviderError(text, status_code=status)


def test_the_first_model_answers_when_it_can(ask):
    spare = Scripted("spare")
    config = FallbackConfig(on_error=[spare], callback=lambda *_: pytest.fail("nobody took over"))
    assert ask(Scripted("first"), config, messages=[Message(role="user", content="hi")]) == "first"
    assert not spare.seen


def test_the_next_model_that_can_takes_over_and_its_messages_are_kept(ask):
    told = []
    messages = [Message(role="user", content="hi"), Message(role="user", content="a hint", temporary=True)]
    broken, spare = Scripted("broken", _down()), Scripted("spare")
    config = FallbackConfig(on_error=[broken, spare], callback=lambda *who: told.append(who))
    first = Scripted("first", _down("first is down"))
    assert ask(first, config, messages=messages) == "spare"
    assert spare.seen == broken.seen == [["hi"]]
    assert [message.content for message in messages] == ["hi", "a hint", "spare"]
    assert [(*who[:2], who[2].message) for who in told] == [("first", "spare", "first is down")]


def test_a_stream_says_that_another_model_takes_over():
    parts = list(
        call_model_stream_with_fallback(
            Scripted("first", _down()), FallbackConfig(on_error=[Scripted("spare")]), messages=[]
        )
    )
    assert "FallbackModelActivated" in [part.event for part in parts]


def test_when_all_fail_it_is_with_the_first_error(ask):
    config = FallbackConfig(on_error=[Scripted("spare", _down("spare is down"))])
    for given in (config, FallbackConfig(), None):
        with pytest.raises(ModelProviderError, match="first is down"):
            ask(Scripted("first", _down("first is down")), given, messages=[])


def test_a_callback_that_fails_spoils_nothing(ask):
    config = FallbackConfig(on_error=[Scripted("spare")], callback=lambda *_: 1 / 0)
    assert ask(Scripted("first", _down()), config, messages=[]) == "spare"


def test_other_errors_than_a_providers_are_raised(ask):
    spare = Scripted("spare")
    with pytest.raises(ZeroDivisionError):
        ask(Scripted("first", ZeroDivisionError()), FallbackConfig(on_error=[spare]), messages=[])
    assert not spare.seen


def test_a_request_that_was_made_shorter_is_asked_again_first(ask):
    spare = Scripted("spare")
    config = FallbackConfig(on_error=[spare])
    too_long = [ContextWindowExceededError("too long"), ContextWindowExceededError("still too long")]
    assert ask(Scripted("first", too_long[0]), config, recover_from_overflow=lambda: True, messages=[]) == "first"
    assert ask(Scripted("first", *too_long), config, recover_from_overflow=lambda: True, messages=[]) == "spare"
    for recover in (lambda: False, lambda: 1 / 0):
        first = Scripted("first", too_long[0])
        assert ask(first, config, recover_from_overflow=recover, messages=[]) == "spare"
        assert len(first.seen) == 1
    first = Scripted("first", _down())
    assert ask(first, config, recover_from_overflow=lambda: pytest.fail("not too long"), messages=[]) == "spare"


def test_making_it_shorter_may_be_awaited():
    async def recover():
        return True

    first = Scripted("first", ContextWindowExceededError("too long"))
    assert asyncio.run(acall_model_with_fallback(first, None, recover, messages=[])).content == "first"
    first = Scripted("first", ContextWindowExceededError("too long"))
    config = FallbackConfig(on_error=[Scripted("spare")])
    assert call_model_with_fallback(first, config, recover, messages=[]).content == "spare"  # nobody can await it


def test_a_stream_that_is_given_up_is_closed():
    ended = []

    class Endless(Scripted):
        def response_stream(self, **request):
            try:
                while True:
                    yield self.invoke(**request)
            finally:
                ended.append(self.id)

        async def aresponse_stream(self, **request):
            for part in self.response_stream(**request):
                yield part

    async def begun():
        parts = acall_model_stream_with_fallback(Endless("awaited"), None, messages=[])
        await anext(parts)
        await parts.aclose()
        assert ended == ["called", "awaited"]

    parts = call_model_stream_with_fallback(Endless("called"), None, messages=[])
    next(parts)
    parts.close()
    assert ended == ["called"]
    asyncio.run(begun())


LIMIT, LONG, ANY = (Scripted(name) for name in ("limit", "long", "any"))
FULL = FallbackConfig(on_rate_limit=[LIMIT], on_context_overflow=[LONG], on_error=[ANY])


@pytest.mark.parametrize(
    ("error", "config", "models"),
    [
        (ModelRateLimitError("slow down"), FULL, [LIMIT]),
        (ContextWindowExceededError("too long"), FULL, [LONG]),
        (_down("slow down", 429), FULL, [LIMIT]),
        (_down("maximum context length is 10", 400), FULL, [LONG]),
        (_down(), FULL, [ANY]),
        (_down("no", 401), FULL, None),
        (_down("no", 400), FULL, None),
        (ModelRateLimitError("slow down"), FallbackConfig(on_error=[ANY]), [ANY]),
        (ContextWindowExceededError("too long"), FallbackConfig(on_error=[ANY]), [ANY]),
        (_down("busy", 529), FallbackConfig(on_error=[ANY]), [ANY]),
        (_down("maximum context length is 10", 400), FallbackConfig(on_error=[ANY]), None),
        (_down(), FallbackConfig(on_rate_limit=[LIMIT]), None),
        (ValueError("no"), FULL, [ANY]),
        (_down(), None, None),
    ],
)
def test_the_kind_of_failure_chooses_the_list(error, config, models):
    assert get_fallback_models(config, error) == models
