"""The retries of a model: which errors may pass, how long to wait, and the loop for both kinds of waiting.

Called by the agents' loop and by `models.rounds`. Mirrors `Model._invoke_with_retry` and its twins; the retries of
a single HTTP request are the transport's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.errors_services import (
    ContextWindowExceededError,
    ModelProviderError,
    RetryableModelProviderError,
    says_too_long,
)
from wherry.core.log import log_error, log_warning

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from wherry.core.events.model_response import ModelResponse
    from wherry.core.waits import Waits
    from wherry.models.base import Model

PERMANENT = frozenset({400, 401, 403, 404, 413, 422})
"""Statuses of requests that would fail the same way again."""


def may_pass(error: ModelProviderError) -> bool:
    """Whether another try can end better."""
    if isinstance(error, ContextWindowExceededError) or error.status_code in PERMANENT:
        return False
    return not says_too_long(error)


class Attempts:
    """Counts the tries of one request and decides about the next."""

    def __init__(self, model: Model, messages: list[Any], guided: int = 0) -> None:
        self.model = model
        self.messages = messages
        self.failed = 0
        self.guided = guided

    def next_delay(self, error: ModelProviderError) -> float:
        """Seconds to wait before the next try.

        Raises:
            ModelProviderError: The error, classified, when there is no next try.
        """
        model, told = self.model, ModelProviderError.classify(error)
        if not model._is_retryable_error(told):  # noqa: SLF001 - subclasses decide there, as in Agno
            log_error(f"{model.get_provider()} refused the request: {told.message}")
            raise told from error
        if self.failed >= model.retries:
            if model.retries:
                log_error(f"{model.get_provider()} failed {self.failed + 1} times: {told.message}")
            raise told from (error if told is not error else error.__cause__)
        delay = model._get_retry_delay(self.failed)  # noqa: SLF001 - subclasses decide there, as in Agno
        self.failed += 1
        log_warning(f"{model.get_provider()} failed ({told.message}); try {self.failed + 1} follows in {delay} s")
        return delay

    def guide(self, error: RetryableModelProviderError) -> None:
        """Add the hint that lets the model avoid the error.

        Raises:
            ModelProviderError: The hint has been given as often as the model allows.
        """
        from wherry.core.messages import Message

        model = self.model
        if self.guided >= model.retry_with_guidance_limit:
            raise ModelProviderError(
                f"Max retries with guidance reached. Error: {error.original_error}",
                model_name=model.name,
                model_id=model.id,
            ) from error
        self.guided += 1
        self.failed = 0
        self.messages.append(Message(role="user", content=error.retry_guidance_message, temporary=True))


async def call_with_retries(
    model: Model, waits: Waits, *, messages: list[Any], guided: int = 0, **request: Any
) -> ModelResponse:
    """Ask the model for a whole reply, trying again as its settings say.

    Args:
        model: Which model.
        waits: How to wait.
        messages: What to send; a hint may be appended as a temporary message.
        guided: How many hints were given already.
        **request: The other keywords of `Model.invoke`.

    Raises:
        ModelProviderError: The last error, classified.
    """
    attempts: Attempts | None = None  # few requests fail
    while True:
        try:
            return await waits.wire(model.invoke, model.ainvoke, messages=messages, **request)
        except ModelProviderError as error:
            attempts = attempts or Attempts(model, messages, guided)
            await waits.sleep(attempts.next_delay(error))
        except RetryableModelProviderError as error:
            attempts = attempts or Attempts(model, messages, guided)
            attempts.guide(error)


async def stream_with_retries(
    model: Model, waits: Waits, *, messages: list[Any], guided: int = 0, **request: Any
) -> AsyncGenerator[ModelResponse, None]:
    """Ask the model for a reply in parts; a retry starts the stream again from its beginning.

    Args and raises: as `call_with_retries`.
    """
    attempts = Attempts(model, messages, guided)
    while True:
        parts = waits.stream(model.invoke_stream, model.ainvoke_stream, messages=messages, **request)
        try:
            try:
                async for part in parts:
                    yield part
            finally:
                await parts.aclose()  # type: ignore[attr-defined] # both kinds of Waits make a generator
        except ModelProviderError as error:
            await waits.sleep(attempts.next_delay(error))
        except RetryableModelProviderError as error:
            attempts.guide(error)
        else:
            return
