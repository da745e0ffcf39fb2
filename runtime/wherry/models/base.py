"""`Model`: what every model is, whoever speaks to it and over which wire.

A subclass answers one request at a time (`invoke` and its three twins); the loop runs the tools, fills the
assistant message (`models.fold`) and applies the retries (`models.retrying`). Mirrors `agno.models.base.Model`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from copy import copy, deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wherry.core.log import log_warning
from wherry.core.metrics import ModelType
from wherry.models.asking import Asking

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from wherry.core.events.model_response import ModelResponse
    from wherry.core.messages import Message

__all__ = ["Model"]

# What Agno asks a model's streams by, and what a run of Wherry asks by instead; whole replies: `asking.own_response`.
_ASKED_BY = {"response_stream": "invoke_stream", "aresponse_stream": "ainvoke_stream"}
_CONNECTIONS = frozenset({"client", "async_client", "http_client", "mistral_client", "model_client"})


@dataclass
class Model(Asking, ABC):
    """A language model as an agent sees it; mirrors `agno.models.base.Model`.

    Attributes:
        id: Name the service knows the model by.
        name: Name of the kind of model; never sent.
        provider: Who serves it; never sent.
        model_type: What the model does in a run; set by the agent.
        supports_native_structured_outputs: The service binds a reply to a JSON schema.
        supports_json_schema_outputs: The service takes a JSON schema but needs it spelled out.
        system_prompt: Text that the model adds to an agent's system message.
        instructions: Instructions that the model adds to an agent's.
        tool_message_role: Role of messages that carry tool results.
        assistant_message_role: Role of messages that the model writes.
        cache_response: Keep replies in files and answer equal requests from there.
        cache_ttl: Seconds a kept reply is valid; None: for ever.
        cache_dir: Folder of kept replies; None: `~/.wherry/cache/model_responses`.
        retries: Further tries after an error of the provider that may pass.
        delay_between_retries: Seconds between two tries.
        exponential_backoff: Double the delay with each try.
        retry_with_guidance: Try again with a hint when the reply was unusable.
        retry_with_guidance_limit: How many times.
    """

    id: str
    name: str | None = None
    provider: str | None = None
    model_type: ModelType = ModelType.MODEL
    supports_native_structured_outputs: bool = False
    supports_json_schema_outputs: bool = False
    _tool_choice: str | dict[str, Any] | None = None
    system_prompt: str | None = None
    instructions: list[str] | None = None
    tool_message_role: str = "tool"
    assistant_message_role: str = "assistant"
    cache_response: bool = False
    cache_ttl: int | None = None
    cache_dir: str | None = None
    retries: int = 0
    delay_between_retries: int = 1
    exponential_backoff: bool = False
    retry_with_guidance: bool = True
    retry_with_guidance_limit: int = 1

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        for name in _ASKED_BY.keys() & vars(cls).keys():
            better = _ASKED_BY[name]
            log_warning(f"Model {cls.__name__!r} has its own {name}(), which no run calls: put it into {better}().")

    def __post_init__(self) -> None:
        if self.provider is None and self.name is not None:
            self.provider = f"{self.name} ({self.id})"

    @abstractmethod
    def invoke(self, *args: Any, **kwargs: Any) -> ModelResponse:
        """Answer one request.

        Called with keywords: `messages` (list of Message), `assistant_message` (the Message to be filled),
        `response_format`, `tools` (wire dictionaries), `tool_choice`, `run_response`, `compress_tool_results`.
        """

    @abstractmethod
    async def ainvoke(self, *args: Any, **kwargs: Any) -> ModelResponse:
        """Answer one request on an event loop; arguments as for `invoke`."""

    @abstractmethod
    def invoke_stream(self, *args: Any, **kwargs: Any) -> Iterator[ModelResponse]:
        """Answer one request in parts; arguments as for `invoke`."""

    @abstractmethod
    def ainvoke_stream(self, *args: Any, **kwargs: Any) -> AsyncIterator[ModelResponse]:
        """Answer one request in parts on an event loop; arguments as for `invoke`."""

    def _parse_provider_response(self, response: Any, **kwargs: Any) -> ModelResponse:
        """Turn the service's reply into a ModelResponse; a hook for subclasses that call it themselves."""
        raise NotImplementedError(f"{type(self).__name__} does not define _parse_provider_response()")

    def _parse_provider_response_delta(self, response: Any) -> ModelResponse:
        """Turn one part of the service's reply into a ModelResponse; a hook like the one above."""
        raise NotImplementedError(f"{type(self).__name__} does not define _parse_provider_response_delta()")

    def parse_tool_calls(self, tool_calls_data: list[Any]) -> list[dict[str, Any]]:
        """Put together the tool calls of a stream from what its parts carried; whole calls by default."""
        return tool_calls_data

    def get_provider(self) -> str:
        """Label of the provider in metrics."""
        return self.provider or self.name or type(self).__name__

    def get_system_message_for_model(self, tools: list[Any] | None = None) -> str | None:
        """Text that the model wants in the system message of a request with these tools."""
        return self.system_prompt

    def get_instructions_for_model(self, tools: list[Any] | None = None) -> list[str] | None:
        """Instructions that the model wants in the system message of a request with these tools."""
        return self.instructions

    def to_dict(self) -> dict[str, Any]:
        """Name, id and provider, as stored with a session."""
        told = {"name": self.name, "id": self.id, "provider": self.provider}
        return told if None not in told.values() else {key: value for key, value in told.items() if value is not None}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Model:
        """A model from the dictionary of `to_dict`."""
        return cls(**data)

    def format_function_call_results(
        self, messages: list[Message], function_call_results: list[Message], **_options: Any
    ) -> None:
        """Append the results of a round's tool calls to the conversation."""
        messages.extend(function_call_results)

    def response(self, messages: list[Message], **options: Any) -> ModelResponse:
        """One round with the model: send, retry, append the assistant message to `messages`, return the reply.

        Tools are offered to the model but not run: that is an agent's work.

        Args:
            messages: What to send; grows by the assistant message.
            **options: `response_format`, `tools`, `tool_choice`, `run_response`, `compress_tool_results`.
        """
        from wherry.core.waits import BLOCKING, finish
        from wherry.models.rounds import one_round

        return finish(one_round(self, BLOCKING, messages, options))

    async def aresponse(self, messages: list[Message], **options: Any) -> ModelResponse:
        """`response` on an event loop."""
        from wherry.core.waits import LOOPING
        from wherry.models.rounds import one_round

        return await one_round(self, LOOPING, messages, options)

    def response_stream(self, messages: list[Message], **options: Any) -> Iterator[ModelResponse]:
        """`response` in parts."""
        from wherry.core.waits import BLOCKING, drain
        from wherry.models.rounds import one_streamed_round

        return drain(one_streamed_round(self, BLOCKING, messages, options))

    async def aresponse_stream(self, messages: list[Message], **options: Any) -> AsyncIterator[ModelResponse]:
        """`response_stream` on an event loop."""
        from wherry.core.waits import LOOPING
        from wherry.models.rounds import one_streamed_round

        async for part in one_streamed_round(self, LOOPING, messages, options):
            yield part

    def count_tokens(self, messages: list[Message], tools: Any = None, output_schema: Any = None) -> int:
        """How many tokens a request has, counted or estimated on this machine; see `models.token_counts`.

        Args:
            messages: What is sent.
            tools: Functions, or dictionaries as the model is sent them.
            output_schema: What the answer has to fit: a pydantic class or a dictionary.
        """
        from wherry.models.token_counts import count_tokens

        return count_tokens(messages, tools, self.id, output_schema)

    async def acount_tokens(self, messages: list[Message], tools: Any = None, output_schema: Any = None) -> int:
        """`count_tokens` for async code."""
        return self.count_tokens(messages, tools, output_schema)

    def __deepcopy__(self, memo: dict[int, Any]) -> Model:
        """A copy with its own settings; connections and clients are not copied."""
        made = type(self).__new__(type(self))
        memo[id(self)] = made
        for key, value in self.__dict__.items():
            if key in _CONNECTIONS:
                made.__dict__[key] = None
                continue
            try:
                made.__dict__[key] = deepcopy(value, memo)
            except Exception:  # noqa: BLE001 - a user's field may refuse in any way; it is then shared, as in Agno
                made.__dict__[key] = _shallow(value)
        return made


def _shallow(value: Any) -> Any:
    try:
        return copy(value)
    except Exception:  # noqa: BLE001 - see __deepcopy__
        return value


def __getattr__(name: str) -> Any:
    if name == "Function":  # what Agno's module has beside, for those who take it from there
        from wherry.core.tools.function import Function

        return Function
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
