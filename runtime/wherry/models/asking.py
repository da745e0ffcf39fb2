"""How a model is asked again after a failure, and which kept reply is its answer: the methods that subclasses change.

The rules are in `retrying` and `cache`, which ask here; a run calls those, and `Model` inherits from this. Mirrors the
methods of `agno.models.base.Model` with these names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from wherry.core.errors_services import ModelProviderError
    from wherry.core.events.model_response import ModelResponse
    from wherry.core.messages import Message
    from wherry.models.base import Model


class Asking:
    """What a model decides about its requests, and a request with its retries for code that asks without a run."""

    retries: int
    delay_between_retries: int
    exponential_backoff: bool

    def _is_retryable_error(self, error: ModelProviderError) -> bool:
        """Whether another try can end better."""
        from wherry.models.retrying import may_pass

        return may_pass(error)

    def _get_retry_delay(self, attempt: int) -> float:
        """Seconds before the next try; `attempt` counts from 0."""
        return self.delay_between_retries * (2**attempt if self.exponential_backoff else 1)

    def _get_model_cache_key(self, messages: list[Message], stream: bool, **request: Any) -> str:
        """The name of the kept reply to a request: 32 hexadecimal digits over what goes to the model."""
        from wherry.models.cache import key_of

        return key_of(cast("Model", self), messages, request, stream=stream)

    def _invoke_with_retry(self, **request: Any) -> ModelResponse:
        """`invoke`, tried again as the model's settings say."""
        from wherry.core.waits import BLOCKING, finish
        from wherry.models.retrying import call_with_retries

        return finish(call_with_retries(cast("Model", self), BLOCKING, **_renamed(request)))

    async def _ainvoke_with_retry(self, **request: Any) -> ModelResponse:
        """`ainvoke`, tried again as the model's settings say."""
        from wherry.core.waits import LOOPING
        from wherry.models.retrying import call_with_retries

        return await call_with_retries(cast("Model", self), LOOPING, **_renamed(request))

    def _invoke_stream_with_retry(self, **request: Any) -> Iterator[ModelResponse]:
        """`invoke_stream`, begun again as the model's settings say."""
        from wherry.core.waits import BLOCKING, drain
        from wherry.models.retrying import stream_with_retries

        return drain(stream_with_retries(cast("Model", self), BLOCKING, **_renamed(request)))

    async def _ainvoke_stream_with_retry(self, **request: Any) -> AsyncIterator[ModelResponse]:
        """`ainvoke_stream`, begun again as the model's settings say."""
        from wherry.core.waits import LOOPING
        from wherry.models.retrying import stream_with_retries

        async for part in stream_with_retries(cast("Model", self), LOOPING, **_renamed(request)):
            yield part


def _renamed(request: dict[str, Any]) -> dict[str, Any]:
    """A request of Agno's, with Wherry's name for the hints that were given already."""
    return {"guided" if name == "retries_with_guidance_count" else name: value for name, value in request.items()}
