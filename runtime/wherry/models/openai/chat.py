"""OpenAI's chat completions; the base of every service that copies them.

Settings and request parameters are here, the format is in `wires.chat_completions`. Mirrors
`agno.models.openai.chat`.
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar

from wherry.core.lean import lean
from wherry.models.openai.connection import OpenAILogin
from wherry.wires import chat_completions as wire
from wherry.wires.exchanges import CHAT_IDS, IdForm, prepared
from wherry.wires.schemas import is_model, openai_schema

if TYPE_CHECKING:
    from wherry.core.events.model_response import ModelResponse
    from wherry.core.messages import Message
    from wherry.models.wired import Ask
    from wherry.wires.transport import Call

__all__ = ["OpenAIChat"]

_PARAMETERS = (
    "store",
    "reasoning_effort",
    "verbosity",
    "frequency_penalty",
    "logit_bias",
    "logprobs",
    "top_logprobs",
    "max_tokens",
    "max_completion_tokens",
    "modalities",
    "audio",
    "presence_penalty",
    "seed",
    "stop",
    "temperature",
    "user",
    "top_p",
    "extra_headers",
    "extra_query",
    "extra_body",
    "metadata",
    "service_tier",
)
_STORED = tuple(name for name in _PARAMETERS if name != "metadata")
_all_parameters = attrgetter(*_PARAMETERS)  # one call of C: they are read for each request
_NONE_SET = (None,) * len(_PARAMETERS)
_all_stored = attrgetter(*_STORED)
_NONE_STORED = (None,) * len(_STORED)
_INTERNAL = frozenset({"requires_confirmation", "external_execution", "approval_type"})
_STRICT_PROVIDERS = frozenset({"AIMLAPI", "Cloudflare", "Fireworks", "MiniMax", "Nvidia", "VLLM"})


@lean
@dataclass
class OpenAIChat(OpenAILogin):
    """A model behind OpenAI's chat completions; mirrors `agno.models.openai.OpenAIChat`.

    Fields up to `request_params` are sent as they are named when they are set; the rest says how the service is
    reached. `timeout` is in seconds. Without `api_key`, `OPENAI_API_KEY` is read; without `base_url`,
    `OPENAI_BASE_URL`.

    Attributes:
        collect_metrics_on_completion: Count tokens only in the chunk that ends a stream.
        strict_output: Bind structured output strictly to its schema.
        request_params: Further body keys; `extra_headers`, `extra_query`, `extra_body`, `timeout` go where they say.
        role_map: Names of the roles on the wire; None: `system` becomes `developer`.
        max_retries: Further tries of one HTTP request (default 2).
        http_client: An httpx client to send through.
        client_params: Further settings by the names of OpenAI's client.
        client: A ready OpenAI client; its address, key, headers, timeout and retries are taken over.
        async_client: The same for an AsyncOpenAI.
    """

    id: str = "gpt-5.4-mini"
    name: str | None = "OpenAIChat"
    provider: str | None = "OpenAI"
    supports_native_structured_outputs: bool = True
    collect_metrics_on_completion: bool = False

    store: bool | None = None
    reasoning_effort: str | None = None
    verbosity: str | None = None
    metadata: dict[str, Any] | None = None
    frequency_penalty: float | None = None
    logit_bias: Any = None
    logprobs: bool | None = None
    top_logprobs: int | None = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    modalities: list[str] | None = None
    audio: dict[str, Any] | None = None
    presence_penalty: float | None = None
    seed: int | None = None
    stop: str | list[str] | None = None
    temperature: float | None = None
    user: str | None = None
    top_p: float | None = None
    service_tier: str | None = None
    strict_output: bool = True
    extra_headers: Any = None
    extra_query: Any = None
    extra_body: Any = None
    request_params: dict[str, Any] | None = None
    role_map: dict[str, str] | None = None

    api_key: str | None = None
    organization: str | None = None
    base_url: Any = None
    timeout: float | None = None
    max_retries: int | None = None
    default_headers: Any = None
    default_query: Any = None
    http_client: Any = None
    client_params: dict[str, Any] | None = None
    client: Any = None
    async_client: Any = None

    default_role_map: ClassVar[dict[str, str]] = {
        "system": "developer",
        "user": "user",
        "assistant": "assistant",
        "tool": "tool",
        "model": "assistant",
    }
    ids: ClassVar[IdForm | None] = CHAT_IDS
    path: ClassVar[str] = "/chat/completions"

    def get_provider(self) -> str:
        """Label of the provider in metrics."""
        return f"{super().get_provider()} Chat"

    def to_dict(self) -> dict[str, Any]:
        """Name, id, provider and the request parameters that are set."""
        told, values = super().to_dict(), _all_stored(self)
        if values != _NONE_STORED:
            told |= {name: value for name, value in zip(_STORED, values, strict=True) if value is not None}
        return told

    def get_request_params(
        self,
        response_format: Any = None,
        tools: list[dict[str, Any]] | None = None,
        tool_choice: Any = None,
        run_response: Any = None,
    ) -> dict[str, Any]:
        """The body of a request without model and messages.

        Args:
            response_format: A pydantic model, a format dictionary, or None.
            tools: Tools on offer, in wire form.
            tool_choice: Which of them must or may be called; sent only with tools.
            run_response: The run's output so far; unused here.
        """
        values = _all_parameters(self)
        if values == _NONE_SET:
            params: dict[str, Any] = {}
        else:
            params = {name: value for name, value in zip(_PARAMETERS, values, strict=True) if value is not None}
        if response_format is not None:
            params["response_format"] = self._format(response_format)
        if tools:
            params["tools"] = self._offered(tools)
            if tool_choice is not None:
                params["tool_choice"] = tool_choice
        if self.request_params:
            params.update(self.request_params)
        return params

    def _beside(self, params: dict[str, Any], **keys: Any) -> None:
        """Add keys of the service's own to the body; those the user put there stay."""
        params["extra_body"] = {**keys, **(params.get("extra_body") or {})}

    def _format(self, response_format: Any) -> Any:
        if not is_model(response_format):
            return response_format
        schema = openai_schema(response_format)
        return {
            "type": "json_schema",
            "json_schema": {"name": response_format.__name__, "schema": schema, "strict": self.strict_output},
        }

    def _offered(self, tools: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The tools without the framework's own keys, for services that refuse those."""
        if self.provider not in _STRICT_PROVIDERS:
            return tools
        return [
            {**tool, "function": {key: value for key, value in tool["function"].items() if key not in _INTERNAL}}
            if tool.get("type") == "function"
            else tool
            for tool in tools
        ]

    def _format_message(self, message: Message, compress_tool_results: bool = False) -> dict[str, Any]:
        """One message as it is sent; a subclass may change it."""
        return wire.encode_message(message, self.role_map or self.default_role_map, compressed=compress_tool_results)

    def _request(self, ask: Ask) -> Call:
        messages, compressed = prepared(ask.messages, self.ids), ask.compress_tool_results
        form = self._format_message
        if getattr(form, "__func__", None) is OpenAIChat._format_message:  # nobody's own: a call less for each message
            roles, encode = self.role_map or self.default_role_map, wire.encode_message
            encoded = [encode(message, roles, compressed=compressed) for message in messages]
        else:
            encoded = [form(message, compressed) for message in messages]
        params: dict[str, Any] = {"model": self.id, "messages": encoded}
        if ask.stream:
            params["stream"] = True
            params["stream_options"] = {"include_usage": True}
        params.update(
            self.get_request_params(
                response_format=ask.response_format,
                tools=ask.tools,
                tool_choice=ask.tool_choice,
                run_response=ask.run_response,
            )
        )
        return self._call(self.path, params)

    @staticmethod
    def parse_tool_calls(tool_calls_data: list[Any]) -> list[dict[str, Any]]:
        """Put together the tool calls of a stream from their fragments: JSON, or objects of a provider's SDK."""
        return wire.join_calls(tool_calls_data)

    def _parse_provider_response(self, response: Any, **kwargs: Any) -> ModelResponse:
        """A reply (the decoded JSON) as a ModelResponse."""
        try:
            return wire.decode(response)
        except (LookupError, TypeError, AttributeError) as error:
            raise self._error(f"The reply is no chat completion: {str(response)[:200]}") from error

    def _parse_provider_response_delta(self, response: Any) -> ModelResponse:
        """A chunk (the decoded JSON) as a ModelResponse."""
        return wire.decode_chunk(response, usage_at_end=self.collect_metrics_on_completion)
