"""Claude over Anthropic's messages API.

Settings and request parameters are here, the format is in `wires.anthropic` and `wires.anthropic_input`. Mirrors
`agno.models.anthropic.claude`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, is_dataclass
from os import environ
from typing import TYPE_CHECKING, Any, ClassVar

import orjson

from wherry import __version__
from wherry.core.errors import ConfigurationError
from wherry.core.errors_services import ModelRateLimitError
from wherry.core.lean import lean
from wherry.core.log import log_warning
from wherry.models.anthropic import families
from wherry.models.anthropic.system import SystemPromptBlock, system_blocks
from wherry.models.wired import Ask, HttpModel, Service, seconds
from wherry.wires import anthropic as wire
from wherry.wires.anthropic_input import encode_messages, encode_tools
from wherry.wires.schemas import anthropic_schema, is_model

if TYPE_CHECKING:
    from collections.abc import Callable

    from wherry.core.events.model_response import ModelResponse
    from wherry.core.messages import Message
    from wherry.wires.transport import Call

__all__ = ["Claude"]

ANTHROPIC = "https://api.anthropic.com"
API_VERSION = "2026-10-21"
STRUCTURED_OUTPUT = "structured-outputs-2025-11-13"
SKILL_BETAS = ("code-execution-2025-08-25", "skills-2025-10-02")
CODE_EXECUTION = {"type": "code_execution_20250825", "name": "code_execution"}
WITH_TOOLS = "Give the answer itself and leave out any remark on how good the tool results were.\n\n"

_PARAMETERS = ("max_tokens", "thinking", "output_config", "temperature", "stop_sequences", "top_p", "top_k")
_SAMPLING = ("temperature", "top_p", "top_k")
_STORED = (*_PARAMETERS, "cache_system_prompt", "extended_cache_time", "cache_tools", "betas")
_CLIENT = frozenset(
    {"api_key", "auth_token", "base_url", "timeout", "max_retries", "default_headers", "default_query", "http_client"}
)


@lean
@dataclass
class Claude(HttpModel):
    """A Claude model; mirrors `agno.models.anthropic.Claude`.

    Without `api_key` and `auth_token`, `ANTHROPIC_API_KEY` and `ANTHROPIC_AUTH_TOKEN` are read; the address is
    `client_params["base_url"]` or `ANTHROPIC_BASE_URL`. `timeout` is in seconds.

    Attributes:
        max_tokens: Most tokens of a reply.
        thinking: Settings of extended thinking; a budget becomes adaptive thinking where budgets are refused.
        output_config: Settings of the output, such as its effort.
        cache_system_prompt: Let the service cache the agent's system text.
        extended_cache_time: Cache for an hour instead of five minutes.
        cache_tools: Let the service cache the tools.
        system_prompt_blocks: Further system text, or a function that makes it for each request.
        request_params: Further body keys; they win over everything else.
        betas: Beta features to switch on.
        context_management: Settings of context editing.
        mcp_servers: MCP servers that the service itself asks.
        skills: Skills that the service itself uses.
        citations: Ask for citations of documents (not together with structured output).
        append_trailing_user_message: Close a conversation that ends with the assistant's words; None: where needed.
        trailing_user_message_content: Text of that message.
    """

    id: str = "claude-sonnet-5-5"
    name: str | None = "Claude"
    provider: str | None = "Anthropic"

    max_tokens: int | None = 8192
    thinking: dict[str, Any] | None = None
    output_config: dict[str, Any] | None = None
    temperature: float | None = None
    stop_sequences: list[str] | None = None
    top_p: float | None = None
    top_k: int | None = None
    cache_system_prompt: bool | None = False
    extended_cache_time: bool | None = False
    cache_tools: bool = False
    system_prompt_blocks: list[SystemPromptBlock] | Callable[[], list[SystemPromptBlock]] | None = None
    request_params: dict[str, Any] | None = None
    betas: list[str] | None = None
    context_management: dict[str, Any] | None = None
    mcp_servers: list[Any] | None = None
    skills: list[dict[str, str]] | None = None
    citations: bool = True
    append_trailing_user_message: bool | None = None
    trailing_user_message_content: str = "continue"

    api_key: str | None = None
    auth_token: str | None = None
    default_headers: dict[str, Any] | None = None
    timeout: float | None = None
    http_client: Any = None
    client_params: dict[str, Any] | None = None
    client: Any = None
    async_client: Any = None

    path: ClassVar[str] = "/v1/messages"

    def __post_init__(self) -> None:
        self._check_thinking()
        if self._supports_structured_outputs():
            self.supports_native_structured_outputs = True
        if self.skills:
            self.betas = [*(self.betas or ()), *(beta for beta in SKILL_BETAS if beta not in (self.betas or ()))]
        if self.append_trailing_user_message is None:
            self.append_trailing_user_message = not families.takes_prefill(self.id) or self._thinks()

    def _supports_structured_outputs(self) -> bool:
        """Whether the service binds this model's replies to a schema; subclasses may know better, as in Agno."""
        return families.takes_schemas(self.id)

    def _check_thinking(self) -> None:
        if self.thinking and self.id in families.NON_THINKING:
            raise ConfigurationError(
                f"Model {self.id!r} does not support extended thinking.",
                hint=f"All Claude models do except {', '.join(sorted(families.NON_THINKING))}.",
            )

    def _thinks(self) -> bool:
        thinking = (self.request_params or {}).get("thinking", self.thinking)
        return isinstance(thinking, dict) and thinking.get("type") != "disabled"

    def to_dict(self) -> dict[str, Any]:
        """Name, id, provider and the request parameters that are set."""
        told = super().to_dict()
        told.update({key: value for key in _STORED if (value := getattr(self, key)) is not None})
        return told

    def get_system_message_for_model(self, tools: list[Any] | None = None) -> str | None:
        """A sentence for requests with tools."""
        return WITH_TOOLS if tools else None

    def _settings(self) -> tuple[Any, ...]:
        return (
            self.api_key,
            self.auth_token,
            self.default_headers,
            self.timeout,
            self.http_client,
            self.client_params,
            self.client,
        )

    def _connect(self) -> Service:
        self.api_key = self.api_key or environ.get("ANTHROPIC_API_KEY")
        self.auth_token = self.auth_token or environ.get("ANTHROPIC_AUTH_TOKEN")
        further = self.client_params or {}
        if unknown := further.keys() - _CLIENT:
            raise ConfigurationError(
                f"client_params holds {min(unknown)!r}, which Claude cannot honour.",
                hint=f"It takes {', '.join(sorted(_CLIENT))}.",
            )
        made = self.client or self.async_client
        base = further.get("base_url") or getattr(made, "base_url", None) or environ.get("ANTHROPIC_BASE_URL")
        headers = {
            "accept": "application/json",
            "content-type": "application/json",
            "user-agent": f"wherry/{__version__}",
            "anthropic-version": API_VERSION,
            **self._credentials(further, made),
        }
        for extra in (further.get("default_headers"), self.default_headers):
            headers.update({name.lower(): str(value) for name, value in (extra or {}).items()})
        timeout = further.get("timeout", self.timeout)
        return Service(
            url=str(base or ANTHROPIC).rstrip("/"),
            headers=headers,
            query=dict(further.get("default_query") or {}),
            timeout=seconds(timeout),
            max_retries=further.get("max_retries", getattr(made, "max_retries", 2)),
            client=further.get("http_client") or self.http_client,
        )

    def _credentials(self, further: dict[str, Any], made: Any) -> dict[str, str]:
        key = further.get("api_key") or self.api_key or getattr(made, "api_key", None)
        token = further.get("auth_token") or self.auth_token or getattr(made, "auth_token", None)
        if key or token:
            return {"authorization": f"Bearer {key or token}"}
        raise self._error(
            "ANTHROPIC_API_KEY or ANTHROPIC_AUTH_TOKEN not set. Please set the ANTHROPIC_API_KEY or "
            "ANTHROPIC_AUTH_TOKEN environment variable."
        )

    def _build_output_format(self, response_format: Any) -> dict[str, Any] | None:
        if response_format is None or not self.supports_native_structured_outputs:
            return None
        if is_model(response_format):
            return {"type": "json_schema", "schema": anthropic_schema(response_format.model_json_schema())}
        if isinstance(response_format, dict) and response_format.get("type") != "json_object":
            return response_format
        return None

    def _output_format_enabled(self, response_format: Any = None) -> bool:
        """Whether a request carries a schema, with which the service refuses citations."""
        return self._build_output_format(response_format) is not None

    def _structured(self, response_format: Any, tools: list[dict[str, Any]] | None) -> bool:
        if response_format is not None:
            if self.supports_native_structured_outputs:
                return True
            log_warning(f"Model {self.id!r} does not support structured outputs; the schema is not sent.")
        functions = [tool.get("function", {}) for tool in tools or () if tool.get("type") == "function"]
        strict = any(function.get("strict") is True for function in functions)
        if strict and not self.supports_native_structured_outputs:
            raise self._error(f"Model {self.id!r} does not support structured outputs, which strict tools need.", 400)
        return strict

    def get_request_params(
        self, response_format: Any = None, tools: list[dict[str, Any]] | None = None
    ) -> dict[str, Any]:
        """The body of a request without model, messages, system text and tools; `betas` becomes a header.

        Args:
            response_format: A pydantic model, a format dictionary, or None.
            tools: Tools on offer, in wire form; strict ones need a beta.
        """
        self._check_thinking()
        params = {name: value for name in _PARAMETERS if (value := getattr(self, name)) or value == 0}
        betas = list(self.betas or ())
        if self._structured(response_format, tools) and STRUCTURED_OUTPUT not in betas:
            betas.append(STRUCTURED_OUTPUT)
        if betas:
            params["betas"] = betas
        if self.context_management:
            params["context_management"] = self.context_management
        if self.mcp_servers:
            params["mcp_servers"] = [_set_fields(server) for server in self.mcp_servers]
        if self.skills:
            params["container"] = {"skills": self.skills}
        params.update(self.request_params or {})
        self._adapt(params)
        return params

    def _adapt(self, params: dict[str, Any]) -> None:
        """Leave out or replace what newer models refuse."""
        if families.takes_sampling(self.id):
            return
        dropped = [name for name in _SAMPLING if params.pop(name, None) is not None]
        if dropped:
            log_warning(f"{self.id} does not take {', '.join(dropped)}; the request goes without.")
        thinking = params.get("thinking")
        if isinstance(thinking, dict) and thinking.get("type") == "enabled":
            log_warning(f"{self.id} does not take a thinking budget; it thinks adaptively instead.")
            params["thinking"] = {"type": "adaptive", "display": thinking.get("display", "summarized")}

    def _params(self, ask: Ask) -> dict[str, Any]:
        params = self.get_request_params(response_format=ask.response_format, tools=ask.tools)
        if self.skills and (container := _last_container(ask.messages)):
            params["container"] = {**params["container"], "id": container}
        tools = encode_tools([*(ask.tools or ()), *([CODE_EXECUTION] if self.skills else ())])
        if tools and self.cache_tools:
            tools[-1] = {**tools[-1], "cache_control": {"type": "ephemeral"}}
        if tools:
            params["tools"] = tools
        if output_format := self._build_output_format(ask.response_format):
            params["output_config"] = {**(params.get("output_config") or {}), "format": output_format}
        return params

    def _request(self, ask: Ask) -> Call:
        params = self._params(ask)
        messages, system = encode_messages(
            ask.messages,
            compressed=ask.compress_tool_results,
            citations=self.citations and self._build_output_format(ask.response_format) is None,
            closing=self.trailing_user_message_content if self.append_trailing_user_message else None,
        )
        blocks = system_blocks(
            system,
            self.system_prompt_blocks,
            cached=bool(self.cache_system_prompt),
            for_an_hour=bool(self.extended_cache_time),
        )
        body: dict[str, Any] = {**self._model_keys(ask), "messages": messages, **params}
        if blocks:
            body["system"] = blocks
        if betas := body.pop("betas", None):
            body["extra_headers"] = {"anthropic-beta": ",".join(betas), **(body.get("extra_headers") or {})}
        return self._call(self._path(ask), body)

    def _model_keys(self, ask: Ask) -> dict[str, Any]:
        return {"model": self.id, "stream": True} if ask.stream else {"model": self.id}

    def count_tokens(self, messages: list[Message], tools: Any = None, response_format: Any = None) -> int:
        """See `Model.count_tokens`; the third parameter has Agno's name of this class."""
        return super().count_tokens(messages, tools, response_format)

    async def acount_tokens(self, messages: list[Message], tools: Any = None, response_format: Any = None) -> int:
        """`count_tokens` for async code."""
        return self.count_tokens(messages, tools, response_format)

    def _path(self, ask: Ask) -> str:
        return self.path

    def _refused(self, status: int, body: bytes) -> Exception:
        text = body.decode(errors="replace").strip()
        try:
            message = f"Error code: {status} - {orjson.loads(text)}"
        except orjson.JSONDecodeError:
            message = text or f"Error code: {status}"
        return self._failure(message, status)

    def _failure(self, message: str, status: int) -> Exception:
        if status in {429, 529} or "overloaded_error" in message:
            return ModelRateLimitError(message, status, self.name, self.id)
        return self._error(message, status)

    def _decoder(self, ask: Ask) -> Callable[[dict[str, Any]], ModelResponse | None]:
        return wire.StreamDecoder(
            lambda event: self._failure(str(event), 200), context_management=self.context_management is not None
        )

    def _parse_provider_response(self, response: Any, **kwargs: Any) -> ModelResponse:
        """A reply (the decoded JSON) as a ModelResponse."""
        if not isinstance(response.get("content"), list):
            raise self._error(f"The reply is no message: {str(response)[:200]}")
        return wire.decode(
            response,
            context_management=self.context_management is not None,
            schema=kwargs.get("response_format"),
        )


def _set_fields(server: Any) -> dict[str, Any]:
    told = asdict(server) if is_dataclass(server) and not isinstance(server, type) else dict(server)
    return {key: value for key, value in told.items() if value is not None}


def _last_container(messages: list[Message]) -> str | None:
    """The container of the last turn, whose files the next turn finds again."""
    for message in reversed(messages):
        name = ((message.provider_data or {}).get("container") or {}).get("id")
        if name:
            return str(name)
    return None
