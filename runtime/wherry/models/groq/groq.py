"""Chat completions of Groq. Mirrors `agno.models.groq.groq`, which speaks them through Groq's SDK."""

from __future__ import annotations

from dataclasses import dataclass
from os import environ
from typing import TYPE_CHECKING, Any, ClassVar

from wherry.core.errors_services import ModelAuthenticationError
from wherry.core.log import log_warning
from wherry.core.metrics import MessageMetrics
from wherry.models.openai.connection import openai_service
from wherry.models.wired import Ask, HttpModel, Service
from wherry.wires import chat_completions as wire
from wherry.wires.exchanges import prepared
from wherry.wires.parts import all_readable, chat_image

if TYPE_CHECKING:
    from wherry.core.events.model_response import ModelResponse
    from wherry.core.messages import Message
    from wherry.wires.transport import Call

__all__ = ["Groq"]

GROQ = "https://api.groq.com"
JSON_WANTED = "\n\nAnswer with JSON."
_PARAMETERS = (
    "frequency_penalty",
    "logit_bias",
    "logprobs",
    "max_tokens",
    "presence_penalty",
    "seed",
    "stop",
    "temperature",
    "top_logprobs",
    "top_p",
    "user",
    "extra_headers",
    "extra_query",
)
_TIMES = ("completion_time", "prompt_time", "queue_time", "total_time")


@dataclass
class Groq(HttpModel):
    """A model served by Groq; mirrors `agno.models.groq.Groq`.

    Without `api_key`, `GROQ_API_KEY` is read; without `base_url`, `GROQ_BASE_URL`. `timeout` is in seconds. Fields up
    to `request_params` are sent as they are named when they are set.
    """

    id: str = "openai/gpt-oss-120b"
    name: str | None = "Groq"
    provider: str | None = "Groq"

    frequency_penalty: float | None = None
    logit_bias: Any = None
    logprobs: bool | None = None
    max_tokens: int | None = None
    presence_penalty: float | None = None
    seed: int | None = None
    stop: str | list[str] | None = None
    temperature: float | None = None
    top_logprobs: int | None = None
    top_p: float | None = None
    user: str | None = None
    extra_headers: Any = None
    extra_query: Any = None
    request_params: dict[str, Any] | None = None

    api_key: str | None = None
    base_url: Any = None
    timeout: int | None = None
    max_retries: int | None = None
    default_headers: Any = None
    default_query: Any = None
    http_client: Any = None
    client_params: dict[str, Any] | None = None
    client: Any = None
    async_client: Any = None

    path: ClassVar[str] = "/openai/v1/chat/completions"

    def to_dict(self) -> dict[str, Any]:
        """Name, id, provider and the request parameters that are set."""
        told = super().to_dict()
        told.update({key: value for key in _PARAMETERS if (value := getattr(self, key)) is not None})
        return told

    def _settings(self) -> tuple[Any, ...]:
        return (
            self.api_key,
            self.base_url,
            self.timeout,
            self.max_retries,
            self.default_headers,
            self.default_query,
            self.http_client,
            self.client_params,
            self.client,
        )

    def _connect(self) -> Service:
        self.api_key = self.api_key or environ.get("GROQ_API_KEY")
        if not (self.api_key or self.client or "api_key" in (self.client_params or {})):
            raise ModelAuthenticationError(
                "GROQ_API_KEY not set. Please set the GROQ_API_KEY environment variable.", model_name=self.name
            )
        service = openai_service(self, self.api_key)
        base = (self.client_params or {}).get("base_url") or self.base_url or environ.get("GROQ_BASE_URL") or GROQ
        service.url = str(base).rstrip("/")
        return service

    def get_request_params(
        self, response_format: Any = None, tools: list[dict[str, Any]] | None = None, tool_choice: Any = None
    ) -> dict[str, Any]:
        """The body of a request without model and messages.

        Args:
            response_format: A format dictionary, or None.
            tools: Tools on offer, in wire form.
            tool_choice: Which of them must or may be called; sent only with tools.
        """
        params = {name: value for name in _PARAMETERS if (value := getattr(self, name)) is not None}
        if response_format is not None:
            params["response_format"] = response_format
        if tools is not None:
            params["tools"] = tools
            if tool_choice is not None:
                params["tool_choice"] = tool_choice
        params.update(self.request_params or {})
        return params

    def format_message(
        self, message: Message, response_format: Any = None, compress_tool_results: bool = False
    ) -> dict[str, Any]:
        """One message as it is sent."""
        content: Any = message.get_content(use_compressed_content=compress_tool_results and message.role == "tool")
        if message.images and isinstance(content, str):
            content = [{"type": "text", "text": content}, *all_readable(chat_image, message.images)]
        if message.files or message.audio or message.videos:
            log_warning("Files, sounds and videos are not sent: Groq takes none.")
        told = {
            "role": message.role,
            "content": content,
            "name": message.name,
            "tool_call_id": message.tool_call_id,
            "tool_calls": message.tool_calls,
        }
        return {key: value for key, value in told.items() if value is not None}

    def _request(self, ask: Ask) -> Call:
        messages = [
            self.format_message(message, ask.response_format, ask.compress_tool_results)
            for message in prepared(ask.messages, None)
        ]
        if isinstance(ask.response_format, dict) and ask.response_format.get("type") == "json_object":
            _say_json(messages)
        params: dict[str, Any] = {"model": self.id, "messages": messages}
        if ask.stream:
            params["stream"] = True
        params.update(self.get_request_params(ask.response_format, ask.tools, ask.tool_choice))
        return self._call(self.path, params)

    def _refused(self, status: int, body: bytes) -> Exception:
        return self._error(body.decode(errors="replace"), status)

    @staticmethod
    def parse_tool_calls(tool_calls_data: list[Any]) -> list[dict[str, Any]]:
        """Put together the tool calls of a stream from their fragments: JSON, or objects of a provider's SDK."""
        return wire.join_calls(tool_calls_data)

    def _parse_provider_response(self, response: Any, **kwargs: Any) -> ModelResponse:
        """A reply (the decoded JSON) as a ModelResponse."""
        try:
            decoded = wire.decode(response)
        except (LookupError, TypeError, AttributeError) as error:
            raise self._error(f"The reply is no chat completion: {str(response)[:200]}") from error
        message = response["choices"][0]["message"]
        decoded.content = message.get("content")
        decoded.reasoning_content = message.get("reasoning")
        decoded.provider_data = None
        if usage := response.get("usage"):
            decoded.response_usage = _usage(usage)
        return decoded

    def _parse_provider_response_delta(self, response: Any) -> ModelResponse:
        """A chunk (the decoded JSON) as a ModelResponse."""
        decoded = wire.decode_chunk(response)
        decoded.provider_data = None
        usage = (response.get("x_groq") or {}).get("usage")
        decoded.response_usage = _usage(usage) if usage else None
        return decoded


def _say_json(messages: list[dict[str, Any]]) -> None:
    """Mention JSON when no message does: without the word, the service refuses its JSON mode."""
    if any("json" in str(message.get("content", "")).lower() for message in messages):
        return
    for message in messages:
        if message["role"] == "system" and isinstance(message.get("content"), str):
            message["content"] += JSON_WANTED
            return


def _usage(usage: dict[str, Any]) -> MessageMetrics:
    sent, made = usage.get("prompt_tokens") or 0, usage.get("completion_tokens") or 0
    metrics = MessageMetrics(input_tokens=sent, output_tokens=made, total_tokens=sent + made)
    if times := {name: usage[name] for name in _TIMES if usage.get(name)}:
        metrics.provider_metrics = times
    return metrics
