"""Ollama's own chat protocol: JSON documents, one a line. Mirrors `agno.models.ollama.chat`."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from os import environ
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

import orjson

from wherry import __version__
from wherry.core.errors import ConfigurationError, WherryError
from wherry.core.events.model_response import ModelResponse
from wherry.core.log import log_warning
from wherry.core.metrics import MessageMetrics
from wherry.models.wired import Ask, HttpModel, Service, seconds
from wherry.wires.chat_completions import split_thinking
from wherry.wires.exchanges import prepared
from wherry.wires.parts import all_readable, base64_text
from wherry.wires.schemas import is_model
from wherry.wires.sse import Lines

if TYPE_CHECKING:
    from wherry.core.messages import Message
    from wherry.wires.transport import Call

__all__ = ["Ollama"]

_TIMES = ("total_duration", "load_duration", "prompt_eval_duration", "eval_duration")
_CLIENT = frozenset({"host", "timeout", "headers"})


@dataclass
class Ollama(HttpModel):
    """A model on an Ollama server; mirrors `agno.models.ollama.Ollama`.

    Attributes:
        format: Format of the reply: ``json`` or a JSON schema.
        options: Settings of the model.
        keep_alive: How long the server keeps the model loaded.
        request_params: Further body keys.
        host: Address of the server; None: Ollama's cloud when there is a key, else `OLLAMA_HOST`, else this machine.
        timeout: Seconds.
        api_key: Key of the cloud; None: `OLLAMA_API_KEY`.
        client_params: Further settings: `host`, `timeout`, `headers`.
    """

    id: str = "llama3.1"
    name: str | None = "Ollama"
    provider: str | None = "Ollama"
    supports_native_structured_outputs: bool = True

    format: Any = None
    options: Any = None
    keep_alive: float | str | None = None
    request_params: dict[str, Any] | None = None

    host: str | None = None
    timeout: Any = None
    api_key: str | None = None
    client_params: dict[str, Any] | None = None
    client: Any = None
    async_client: Any = None

    path: ClassVar[str] = "/api/chat"

    def __post_init__(self) -> None:
        super().__post_init__()
        self.api_key = self.api_key or environ.get("OLLAMA_API_KEY")

    def to_dict(self) -> dict[str, Any]:
        """Name, id, provider and the request parameters that are set."""
        told = super().to_dict()
        stored = ("format", "options", "keep_alive", "request_params")
        told.update({key: value for key in stored if (value := getattr(self, key)) is not None})
        return told

    def _settings(self) -> tuple[Any, ...]:
        return (self.host, self.timeout, self.api_key, self.client_params)

    def _connect(self) -> Service:
        further = self.client_params or {}
        if unknown := further.keys() - _CLIENT:
            raise ConfigurationError(
                f"client_params holds {min(unknown)!r}, which Ollama cannot honour.",
                hint=f"It takes {', '.join(sorted(_CLIENT))}.",
            )
        cloud = "https://ollama.com" if self.api_key else environ.get("OLLAMA_HOST")
        headers = {
            "accept": "application/json",
            "content-type": "application/json",
            "user-agent": f"wherry/{__version__}",
        }
        if self.api_key:
            headers["authorization"] = f"Bearer {self.api_key}"
        headers.update({name.lower(): str(value) for name, value in (further.get("headers") or {}).items()})
        return Service(
            url=address(further.get("host") or self.host or cloud),
            headers=headers,
            timeout=seconds(further.get("timeout", self.timeout)),
            max_retries=0,
        )

    def get_request_params(self, tools: list[dict[str, Any]] | None = None) -> dict[str, Any]:
        """The body of a request without model and messages."""
        told = {"format": self.format, "options": self.options, "keep_alive": self.keep_alive, "tools": tools or []}
        params = {key: value for key, value in told.items() if value is not None}
        params.update(self.request_params or {})
        return params

    def _request(self, ask: Ask) -> Call:
        messages = [self._format_message(m, ask.compress_tool_results) for m in prepared(ask.messages, None)]
        tools = [_function(tool) for tool in ask.tools or ()]
        params = {
            "model": self.id.strip(),
            "messages": messages,
            "stream": ask.stream,
            **self.get_request_params(tools),
        }
        if is_model(ask.response_format) and not ask.stream:
            params.setdefault("format", ask.response_format.model_json_schema())
        return self._call(self.path, params, framing=Lines)

    def _format_message(self, message: Message, compress_tool_results: bool = False) -> dict[str, Any]:
        content = message.get_content(use_compressed_content=compress_tool_results and message.role == "tool")
        told: dict[str, Any] = {"role": message.role}
        if content is not None:
            told["content"] = content
        if message.role == "assistant" and message.tool_calls:
            told["tool_calls"] = [_sent_call(call) for call in message.tool_calls]
        if message.role == "user":
            if message.images:
                told["images"] = [part["data"] for part in all_readable(_image, message.images)]
            if message.audio or message.files or message.videos:
                log_warning("Files, sounds and videos are not sent: Ollama takes none.")
        return told

    def _refused(self, status: int, body: bytes) -> Exception:
        text = body.decode(errors="replace")
        with contextlib.suppress(orjson.JSONDecodeError, AttributeError):
            text = str(orjson.loads(body).get("error", text))
        return self._error(text, status)

    def _parse_provider_response(self, response: Any, **kwargs: Any) -> ModelResponse:
        """A reply (the decoded JSON) as a ModelResponse."""
        message = response.get("message") or {}
        decoded = ModelResponse(role=message.get("role"), content=message.get("content"))
        if isinstance(decoded.content, str) and "<think>" in decoded.content and "</think>" in decoded.content:
            thinking, answer = split_thinking(decoded.content)
            if thinking:
                decoded.reasoning_content, decoded.content = thinking, answer
        decoded.tool_calls = [_call(call) for call in message.get("tool_calls") or ()]
        if response.get("done"):
            decoded.response_usage = _usage(response)
        return decoded

    def _parse_provider_response_delta(self, response: Any) -> ModelResponse:
        """A line of a stream (the decoded JSON) as a ModelResponse; it carries whole tool calls."""
        message = response.get("message") or {}
        decoded = ModelResponse(content=message.get("content") or None)
        decoded.tool_calls = [_call(call) for call in message.get("tool_calls") or ()]
        if response.get("done"):
            decoded.response_usage = _usage(response)
        return decoded


def address(host: str | None) -> str:
    """A server's address with scheme and port; by default Ollama's port on this machine."""
    text = (host or "").strip() or "127.0.0.1"
    if "://" not in text:
        text = f"http://{text}"
    parts = urlsplit(text)
    port = parts.port or {"https": 443}.get(parts.scheme, 80 if host and "://" in host else 11434)
    name = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{name}:{port}{parts.path.rstrip('/')}"


def _image(image: Any) -> dict[str, Any]:
    content = image.get_content_bytes()
    if not content:
        raise WherryError(f"Image {image.id!r} has no bytes.")
    return {"data": base64_text(content)}


def _function(tool: dict[str, Any]) -> dict[str, Any]:
    function = tool.get("function")
    if not isinstance(function, dict):
        return tool
    kept = {key: function[key] for key in ("name", "description", "parameters") if key in function}
    return {"type": "function", "function": kept}


def _sent_call(call: dict[str, Any]) -> dict[str, Any]:
    function = call["function"]
    arguments = function["arguments"]
    return {
        "function": {
            "name": function["name"],
            "arguments": json.loads(arguments or "{}") if isinstance(arguments, str) else arguments,
        }
    }


def _call(call: dict[str, Any]) -> dict[str, Any]:
    function = call.get("function") or {}
    arguments = function.get("arguments")
    told = {"name": function.get("name"), "arguments": None if arguments is None else json.dumps(arguments)}
    return {"type": "function", "function": told}


def _usage(reply: dict[str, Any]) -> MessageMetrics:
    sent, made = reply.get("prompt_eval_count") or 0, reply.get("eval_count") or 0
    metrics = MessageMetrics(input_tokens=sent, output_tokens=made, total_tokens=sent + made)
    if times := {name: reply[name] for name in _TIMES if reply.get(name) is not None}:
        metrics.provider_metrics = times
    return metrics
