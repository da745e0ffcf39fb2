"""One request to a model and, when it fails, to others in turn; reached as `wherry.models.fallback`.

Runs of agents and teams have their own chain, in `core.asking.fallback`: this is for code that asks models itself.
"""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Any, cast

from wherry.core.asking.fallback import told_who_took_over
from wherry.core.errors_services import ContextWindowExceededError, ModelProviderError, ModelRateLimitError
from wherry.core.events.model_response import ModelResponse, ModelResponseEvent
from wherry.core.log import log_warning
from wherry.core.waits import BLOCKING, LOOPING, drain, finish

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator

    from wherry.core.asking.fallback import FallbackConfig
    from wherry.core.waits import Waits
    from wherry.models.base import Model

_OVERLOADED = (429, 529)
_ANNOUNCED = ModelResponseEvent.fallback_model_activated.value


def get_fallback_models(fallback_config: FallbackConfig | None, error: Exception) -> list[Any] | None:
    """The models that may take over after an error. Mirrors `agno.models.fallback.get_fallback_models`.

    Args:
        fallback_config: Who takes over when; None: nobody.
        error: What a model failed with; an error of a provider is classified by its status and words.

    Returns:
        The list for this kind of failure, else the one for all failures; None when it is empty or when the provider
        refused the request as faulty, which another model would only hide.
    """
    if fallback_config is None:
        return None
    ours = isinstance(error, ModelProviderError)
    kind = ModelProviderError.classify(error) if ours else error  # type: ignore[arg-type] # it is one
    if isinstance(kind, ModelRateLimitError) and fallback_config.on_rate_limit:
        return fallback_config.on_rate_limit
    if isinstance(kind, ContextWindowExceededError) and fallback_config.on_context_overflow:
        return fallback_config.on_context_overflow
    known = isinstance(error, (ModelRateLimitError, ContextWindowExceededError))
    status = getattr(error, "status_code", None) or 0
    if ours and not known and status not in _OVERLOADED and 400 <= status < 500:
        return None
    return fallback_config.on_error or None


class _Turn:
    """The attempts of one request after its first model failed.

    Attributes:
        models: Who may take over, in turn.
        error: What the request fails with when all do.
    """

    def __init__(
        self, model: Model, config: FallbackConfig | None, error: ModelProviderError, given: dict[str, Any]
    ) -> None:
        models = get_fallback_models(config, error)
        if not models:
            raise error
        self.models, self.error, self._config = models, error, config
        self._first, self._given, self._kept = model, given, given.get("messages")
        self._seed = [one for one in self._kept or () if not getattr(one, "temporary", False)]
        log_warning(f"{model.id!r} failed ({error}); its fallback models are asked.")

    def request(self) -> dict[str, Any]:
        """What an attempt is asked with: no hints that were meant for another model, and a list of its own."""
        return self._given if self._kept is None else {**self._given, "messages": list(self._seed)}

    def failed(self, model: Any, error: ModelProviderError) -> None:
        """An attempt failed too."""
        log_warning(f"The fallback model {model.id!r} failed, too: {error}")

    def answered(self, model: Any, request: dict[str, Any]) -> None:
        """Keep what a model added to its messages, and tell who took over."""
        if self._kept is not None:
            self._kept.extend(request["messages"][len(self._seed) :])
        told_who_took_over(self._config, self._first, model, self.error)


def _too_long(error: ModelProviderError) -> bool:
    return isinstance(ModelProviderError.classify(error), ContextWindowExceededError)


async def _shortened(waits: Waits, recover: Callable[[], Any] | None, error: ModelProviderError) -> bool:
    """Whether the caller could make a request shorter that was too long."""
    if recover is None or not _too_long(error):
        return False
    try:
        return bool(await waits.call(recover))
    except Exception as failure:  # noqa: BLE001 - the provider's error is what has to be told
        log_warning(f"The request could not be made shorter: {failure!r}")
        return False


async def _whole(waits: Waits, model: Model, request: dict[str, Any]) -> AsyncGenerator[Any, None]:
    yield await waits.wire(model.response, model.aresponse, **request)


def _stream(waits: Waits, model: Model, request: dict[str, Any]) -> AsyncGenerator[Any, None]:
    parts = waits.stream(model.response_stream, model.aresponse_stream, **request)
    return cast("AsyncGenerator[Any, None]", parts)  # both kinds of Waits make a generator


async def _answer(
    ask: Callable[[Waits, Model, dict[str, Any]], AsyncGenerator[Any, None]],
    waits: Waits,
    model: Model,
    config: FallbackConfig | None,
    recover: Callable[[], Any] | None,
    given: dict[str, Any],
) -> AsyncGenerator[Any, None]:
    """What the model that answers gives, after a part that says so when it is another one."""
    turn: _Turn | None = None
    again = False
    while turn is None:
        try:
            async with aclosing(ask(waits, model, given)) as parts:
                async for part in parts:
                    yield part
        except ModelProviderError as error:
            if again or not await _shortened(waits, recover, error):
                turn = _Turn(model, config, error, given)
            again = True
        else:
            return
    yield ModelResponse(event=_ANNOUNCED)
    for other in turn.models:
        request = turn.request()
        try:
            async with aclosing(ask(waits, other, request)) as parts:
                async for part in parts:
                    yield part
        except ModelProviderError as error:
            turn.failed(other, error)
            continue
        turn.answered(other, request)
        return
    raise turn.error


async def _last(parts: AsyncGenerator[Any, None]) -> ModelResponse:
    reply: ModelResponse = [part async for part in parts][-1]
    return reply


def call_model_with_fallback(
    model: Model,
    fallback_config: FallbackConfig | None,
    recover_from_overflow: Callable[[], bool] | None = None,
    **kwargs: Any,
) -> ModelResponse:
    """`model.response(**kwargs)`, or that of the next model. Mirrors `agno.models.fallback`.

    Args:
        model: Who is asked first; each model makes its own retries.
        fallback_config: Who takes over; None: nobody.
        recover_from_overflow: Called when the messages were too long; after True the first model is asked once more.
        **kwargs: The request; what the answering model appends to its messages is appended to the caller's list.

    Raises:
        ModelProviderError: The first model's last error, when nobody could answer.
    """
    return finish(_last(_answer(_whole, BLOCKING, model, fallback_config, recover_from_overflow, kwargs)))


async def acall_model_with_fallback(
    model: Model,
    fallback_config: FallbackConfig | None,
    recover_from_overflow: Callable[[], Any] | None = None,
    **kwargs: Any,
) -> ModelResponse:
    """`call_model_with_fallback`, awaited; `recover_from_overflow` may be a coroutine function."""
    return await _last(_answer(_whole, LOOPING, model, fallback_config, recover_from_overflow, kwargs))


def call_model_stream_with_fallback(
    model: Model,
    fallback_config: FallbackConfig | None,
    recover_from_overflow: Callable[[], bool] | None = None,
    **kwargs: Any,
) -> Iterator[Any]:
    """`call_model_with_fallback` in parts; one part says that another model takes over, and its stream follows."""
    yield from drain(_answer(_stream, BLOCKING, model, fallback_config, recover_from_overflow, kwargs))


async def acall_model_stream_with_fallback(
    model: Model,
    fallback_config: FallbackConfig | None,
    recover_from_overflow: Callable[[], Any] | None = None,
    **kwargs: Any,
) -> AsyncIterator[Any]:
    """`call_model_stream_with_fallback`, asynchronous; `recover_from_overflow` may be a coroutine function."""
    async with aclosing(_answer(_stream, LOOPING, model, fallback_config, recover_from_overflow, kwargs)) as parts:
        async for part in parts:
            yield part
