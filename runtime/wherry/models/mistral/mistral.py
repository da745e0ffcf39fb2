"""Chat completions of Mistral. Mirrors `agno.models.mistral.mistral`, which speaks them through Mistral's SDK."""

from __future__ import annotations

from dataclasses import dataclass
from os import environ
from typing import TYPE_CHECKING, Any, ClassVar

from wherry import __version__
from wherry.core.errors import ConfigurationError
from wherry.core.events.model_response import ModelResponse
from wherry.core.log import log_warning
from wherry.models.wired import Ask, HttpModel, Service
from wherry.wires import chat_completions as wire
from wherry.wires.exchanges import MISTRAL_IDS, prepared
from wherry.wires.parts import all_readable, data_url
from wherry.wires.schemas import is_model, strict_schema

if TYPE_CHECKING:
    from wherry.core.media import Image
    from wherry.core.messages import Message
    from wherry.core.metrics import MessageMetrics
    from wherry.wires.transport import Call

__all__ = ["MistralChat"]

MISTRAL = "https://api.mistral.ai"
_PARAMETERS = (
    "temperature",
    "max_tokens",
    "top_p",
    "random_seed",
    "frequency_penalty",
    "presence_penalty",
    "stop",
)
_FUNCTION = ("name", "description", "strict", "parameters")
_CLIENT = frozenset({"api_key", "server_url", "timeout_ms"})


@dataclass
class MistralChat(HttpModel):
    """A model served by Mistral; mirrors `agno.models.mistral.MistralChat`.

    Without `api_key`, `MISTRAL_API_KEY` is read. `timeout` is in seconds.

    Attributes:
        safe_prompt: Let the service add its safety text.
        safe_mode: The older name of `safe_prompt`.
        request_params: Further body keys.
        endpoint: Address of the service.
        max_retries: Further tries of one HTTP request (default: none).
    """

    id: str = "mistral-large-latest"
    name: str | None = "MistralChat"
    provider: str | None = "Mistral"
    supports_native_structured_outputs: bool = True

    temperature: float | None = None
    max_tokens: int | None = None
    top_p: float | None = None
    random_seed: int | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    stop: str | list[str] | None = None
    safe_mode: bool = False
    safe_prompt: bool = False
    request_params: dict[str, Any] | None = None

    api_key: str | None = None
    endpoint: str | None = None
    max_retries: int | None = None
    timeout: int | None = None
    client_params: dict[str, Any] | None = None
    mistral_client: Any = None

    path: ClassVar[str] = "/v1/chat/completions"

    def to_dict(self) -> dict[str, Any]:
        """Name, id, provider and the request parameters that are set."""
        told = super().to_dict()
        stored = (*_PARAMETERS, "safe_mode", "safe_prompt")
        told.update({key: value for key in stored if (value := getattr(self, key)) is not None})
        return told

    def _settings(self) -> tuple[Any, ...]:
        return (self.api_key, self.endpoint, self.max_retries, self.timeout, self.client_params)

    def _connect(self) -> Service:
        further = self.client_params or {}
        if unknown := further.keys() - _CLIENT:
            raise ConfigurationError(
                f"client_params holds {min(unknown)!r}, which MistralChat cannot honour.",
                hint=f"It takes {', '.join(sorted(_CLIENT))}.",
            )
        self.api_key = further.get("api_key") or self.api_key or environ.get("MISTRAL_API_KEY")
        if not self.api_key:
            raise self._error("MISTRAL_API_KEY not set. Please set the MISTRAL_API_KEY environment variable.")
        milliseconds = further.get("timeout_ms")
        return Service(
            url=str(further.get("server_url") or self.endpoint or MISTRAL).rstrip("/"),
            headers={
                "accept": "application/json",
                "authorization": f"Bearer {self.api_key}",
                "content-type": "application/json",
                "user-agent": f"wherry/{__version__}",
            },
            timeout=self.timeout if milliseconds is None else milliseconds / 1000,
            max_retries=self.max_retries or 0,
        )

    def get_request_params(self, tools: list[dict[str, Any]] | None = None, tool_choice: Any = None) -> dict[str, Any]:
        """The body of a request without model and messages.

        Args:
            tools: Tools on offer, in wire form.
            tool_choice: Which of them must or may be called; ``auto`` unless given.
        """
        params = {name: value for name in _PARAMETERS if (value := getattr(self, name)) is not None}
        if self.safe_prompt or self.safe_mode:
            params["safe_prompt"] = True
        if tools:
            params["tools"] = [_function(tool) for tool in tools]
            params["tool_choice"] = "auto" if tool_choice is None else tool_choice
        params.update(self.request_params or {})
        return params

    def _request(self, ask: Ask) -> Call:
        messages = [_encoded(m, ask.compress_tool_results) for m in prepared(ask.messages, MISTRAL_IDS)]
        if messages and messages[-1]["role"] == "assistant":
            messages[-1]["prefix"] = True
        params: dict[str, Any] = {"model": self.id, "messages": messages, "stream": ask.stream}
        if is_model(ask.response_format) and not ask.stream:
            params["response_format"] = {
                "type": "json_schema",
                "json_schema": {
                    "name": ask.response_format.__name__,
                    "schema": strict_schema(ask.response_format),
                    "strict": True,
                },
            }
        params.update(self.get_request_params(ask.tools, ask.tool_choice))
        return self._call(self.path, params)

    def _refused(self, status: int, body: bytes) -> Exception:
        text = body.decode(errors="replace")
        return self._error(f"API error occurred: Status {status}. Body: {text}", status)

    def _parse_provider_response(self, response: Any, **kwargs: Any) -> ModelResponse:
        """A reply (the decoded JSON) as a ModelResponse."""
        decoded = ModelResponse()
        if choices := response.get("choices"):
            message = choices[0]["message"]
            decoded.content, decoded.role = message.get("content"), message.get("role")
            decoded.tool_calls = [_call(call) for call in message.get("tool_calls") or ()]
        if usage := response.get("usage"):
            decoded.response_usage = _usage(usage)
        return decoded

    def _parse_provider_response_delta(self, response: Any) -> ModelResponse:
        """A chunk (the decoded JSON) as a ModelResponse; it carries whole tool calls."""
        delta = response["choices"][0]["delta"]
        decoded = ModelResponse(role=delta.get("role"))
        if isinstance(delta.get("content"), str):
            decoded.content = delta["content"]
        decoded.tool_calls = [_call(call) for call in delta.get("tool_calls") or ()]
        if usage := response.get("usage"):
            decoded.response_usage = _usage(usage)
        return decoded


def _encoded(message: Message, compressed: bool) -> dict[str, Any]:
    if message.role == "tool":
        content = message.get_content(use_compressed_content=compressed)
        return {"role": "tool", "name": "tool", "content": content, "tool_call_id": message.tool_call_id}
    if message.role == "assistant":
        told: dict[str, Any] = {"role": "assistant", "content": message.content, "prefix": False}
        if message.tool_calls:
            told["tool_calls"] = [_sent_call(call) for call in message.tool_calls]
        return told
    if message.audio or message.files or message.videos:
        log_warning("Files, sounds and videos are not sent: Mistral takes none.")
    if not message.images:
        return {"role": message.role, "content": message.content}
    return {
        "role": message.role,
        "content": [{"type": "text", "text": message.content or ""}, *all_readable(_image, message.images)],
    }


def _image(image: Image) -> dict[str, Any]:
    url = image.url
    if url is None:
        url = data_url("image/jpeg", image.get_content_bytes() or b"")
    return {"type": "image_url", "image_url": url}


def _function(tool: dict[str, Any]) -> dict[str, Any]:
    function = tool.get("function")
    if not isinstance(function, dict):
        return tool
    return {**tool, "function": {key: function[key] for key in _FUNCTION if key in function}}


def _sent_call(call: dict[str, Any]) -> dict[str, Any]:
    return {"id": call.get("id"), "type": "function", "function": call["function"], "index": 0}


def _call(call: dict[str, Any]) -> dict[str, Any]:
    function = call.get("function") or {}
    told = {"name": function.get("name"), "arguments": function.get("arguments")}
    return {"id": call.get("id"), "type": "function", "function": told}


def _usage(usage: dict[str, Any]) -> MessageMetrics:
    metrics = wire.decode_usage(usage)
    metrics.total_tokens = metrics.input_tokens + metrics.output_tokens
    return metrics
