"""Gemini over Google's Generative Language API.

Settings and request parameters are here, the format is in `wires.gemini` and `wires.gemini_input`. Mirrors
`agno.models.google.gemini` as far as an API key reaches; Vertex AI and the management of uploaded files are not here.
"""

from __future__ import annotations

from dataclasses import dataclass
from os import environ
from typing import TYPE_CHECKING, Any

from wherry import __version__
from wherry.core.errors import ConfigurationError
from wherry.core.errors_services import RetryableModelProviderError
from wherry.core.matrix import raise_not_migrated
from wherry.models.wired import Ask, HttpModel, Service
from wherry.wires import gemini as wire
from wherry.wires.gemini_input import encode_messages, encode_tools, tool_config
from wherry.wires.gemini_schema import response_schema
from wherry.wires.schemas import is_model
from wherry.wires.sse import EventsOrObject

if TYPE_CHECKING:
    from collections.abc import Callable

    from wherry.core.events.model_response import ModelResponse
    from wherry.wires.transport import Call

__all__ = ["Gemini"]

GOOGLE = "https://generativelanguage.googleapis.com"

_SETTINGS = {
    "temperature": "temperature",
    "top_p": "topP",
    "top_k": "topK",
    "candidate_count": "candidateCount",
    "max_output_tokens": "maxOutputTokens",
    "stop_sequences": "stopSequences",
    "response_logprobs": "responseLogprobs",
    "logprobs": "logprobs",
    "presence_penalty": "presencePenalty",
    "frequency_penalty": "frequencyPenalty",
    "seed": "seed",
    "response_mime_type": "responseMimeType",
    "response_schema": "responseSchema",
    "response_json_schema": "responseJsonSchema",
    "response_modalities": "responseModalities",
    "media_resolution": "mediaResolution",
    "speech_config": "speechConfig",
    "thinking_config": "thinkingConfig",
    "image_config": "imageConfig",
}
"""Name of a setting in Python → its key in `generationConfig`."""

_BESIDE = {
    "safety_settings": "safetySettings",
    "tools": "tools",
    "tool_config": "toolConfig",
    "cached_content": "cachedContent",
    "labels": "labels",
    "service_tier": "serviceTier",
    "system_instruction": "systemInstruction",
}
_OWN = (
    "safety_settings",
    "temperature",
    "top_p",
    "top_k",
    "max_output_tokens",
    "stop_sequences",
    "logprobs",
    "presence_penalty",
    "frequency_penalty",
    "seed",
    "response_modalities",
    "speech_config",
    "cached_content",
)
_STORED = (
    "search",
    "grounding",
    "grounding_dynamic_threshold",
    "url_context",
    "vertexai_search",
    "vertexai_search_datastore",
    "file_search_store_names",
    "file_search_metadata_filter",
    "temperature",
    "top_p",
    "top_k",
    "max_output_tokens",
    "stop_sequences",
    "logprobs",
    "presence_penalty",
    "frequency_penalty",
    "seed",
    "response_modalities",
    "thinking_budget",
    "include_thoughts",
    "thinking_level",
    "vertexai",
    "project_id",
    "location",
)
_CLOUD = ("vertexai", "vertexai_search", "parallel_search", "credentials")


@dataclass
class Gemini(HttpModel):
    """A Gemini model behind an API key; mirrors `agno.models.google.Gemini`.

    Without `api_key`, `GOOGLE_API_KEY` is read; the address is `client_params["http_options"]["base_url"]` or
    `GOOGLE_GEMINI_BASE_URL`. `timeout` is in seconds.

    Attributes:
        generation_config: Settings of the generation as a dictionary; the fields below win over it.
        generative_model_kwargs: Further such settings.
        safety_settings: Thresholds for harmful content.
        search: Let the service search the web.
        grounding: The older form of `search`.
        url_context: Let the service read pages named in the conversation.
        file_search_store_names: Stores that the service searches.
        thinking_budget: Most tokens of thinking.
        include_thoughts: Report summaries of the thinking.
        thinking_level: How much to think: ``low`` or ``high``.
        cached_content: Name of content that the service keeps.
        request_params: Further body keys.
        collect_metrics_on_completion: Count tokens only in the chunk that ends a stream.

    Raises:
        NotMigratedError: A setting asks for Vertex AI.
    """

    id: str = "gemini-3.7-flash"
    name: str | None = "Gemini"
    provider: str | None = "Google"
    supports_native_structured_outputs: bool = True

    function_declarations: list[Any] | None = None
    generation_config: Any = None
    safety_settings: list[Any] | None = None
    generative_model_kwargs: dict[str, Any] | None = None
    search: bool = False
    grounding: bool = False
    grounding_dynamic_threshold: float | None = None
    url_context: bool = False
    vertexai_search: bool = False
    vertexai_search_datastore: str | None = None
    parallel_search: bool = False
    parallel_api_key: str | None = None
    parallel_config: dict[str, Any] | None = None
    file_search_store_names: list[str] | None = None
    file_search_metadata_filter: str | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    max_output_tokens: int | None = None
    stop_sequences: list[str] | None = None
    logprobs: bool | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    seed: int | None = None
    response_modalities: list[str] | None = None
    speech_config: Any = None
    cached_content: Any = None
    thinking_budget: int | None = None
    include_thoughts: bool | None = None
    thinking_level: str | None = None
    request_params: dict[str, Any] | None = None
    timeout: float | None = None
    collect_metrics_on_completion: bool = True

    credentials: Any = None
    api_key: str | None = None
    vertexai: bool = False
    project_id: str | None = None
    location: str | None = None
    client_params: dict[str, Any] | None = None
    client: Any = None

    def __post_init__(self) -> None:
        super().__post_init__()
        asked = [name for name in _CLOUD if getattr(self, name)]
        if not asked and environ.get("GOOGLE_GENAI_USE_VERTEXAI", "").lower() == "true":
            asked = ["GOOGLE_GENAI_USE_VERTEXAI"]
        if asked:
            raise_not_migrated("agno.models.google.gemini.Gemini(vertexai)", what=f"Gemini({asked[0]}=…)")

    def to_dict(self) -> dict[str, Any]:
        """Name, id, provider and the request parameters that are set."""
        told = super().to_dict()
        told.update({key: value for key in _STORED if (value := getattr(self, key)) is not None})
        return told

    def _settings(self) -> tuple[Any, ...]:
        return (self.api_key, self.timeout, self.client_params, self.client)

    def _connect(self) -> Service:
        further = dict(self.client_params or {})
        options = further.pop("http_options", None) or {}
        if not isinstance(options, dict):
            options = {name: getattr(options, name, None) for name in ("base_url", "api_version", "headers", "timeout")}
        key = (
            further.pop("api_key", None)
            or self.api_key
            or environ.get("GOOGLE_API_KEY")
            or environ.get("GEMINI_API_KEY")
        )
        if further:
            raise ConfigurationError(
                f"client_params holds {min(further)!r}, which Gemini cannot honour.",
                hint="It takes api_key and http_options.",
            )
        if not key:
            raise self._error("GOOGLE_API_KEY not set. Please set the GOOGLE_API_KEY environment variable.")
        self.api_key = key
        headers = {
            "content-type": "application/json",
            "x-goog-api-key": key.strip(),
            "user-agent": f"wherry/{__version__}",
        }
        headers.update({name.lower(): str(value) for name, value in (options.get("headers") or {}).items()})
        base = options.get("base_url") or environ.get("GOOGLE_GEMINI_BASE_URL") or GOOGLE
        version = options.get("api_version") or environ.get("GOOGLE_GENAI_API_VERSION") or "v1"
        milliseconds = options.get("timeout")
        timeout = self.timeout if milliseconds is None else milliseconds / 1000
        return Service(
            url=f"{str(base).rstrip('/')}/{'v1beta' if version == 'beta' else version}",
            headers=headers,
            timeout=timeout,
            max_retries=0,
        )

    def get_request_params(
        self,
        system_message: str | None = None,
        response_format: Any = None,
        tools: list[dict[str, Any]] | None = None,
        tool_choice: Any = None,
    ) -> dict[str, Any]:
        """The body of a request without its contents.

        Args:
            system_message: System text.
            response_format: A pydantic model, or anything else for none.
            tools: Tools on offer, in wire form; left out when one of the service's own is switched on.
            tool_choice: Which of them must or may be called.
        """
        config = {**_as_dict(self.generation_config), **(self.generative_model_kwargs or {})}
        further = dict(self.request_params or {})
        if "config" in further:
            config = _as_dict(further.pop("config"))
        else:
            config.update({name: value for name in _OWN if (value := getattr(self, name)) is not None})
            self._add_thinking(config)
            config.update(self._offered(tools))
            if (choice := tool_config(tool_choice)) is not None:
                config["tool_config"] = choice
            if is_model(response_format):
                config["response_mime_type"] = "application/json"
                config["response_schema"] = response_schema(response_format.model_json_schema())
        if system_message is not None:
            config["system_instruction"] = {"role": "user", "parts": [{"text": system_message}]}
        return {**(_body(config) if config else {}), **further}

    def _add_thinking(self, config: dict[str, Any]) -> None:
        thinking: dict[str, Any] = {}
        for name in ("include_thoughts", "thinking_budget"):
            if (value := getattr(self, name)) is not None:
                thinking[name] = value
        if self.thinking_level is not None:
            thinking["thinking_level"] = self.thinking_level.upper()
        if thinking:
            config["thinking_config"] = thinking

    def _offered(self, tools: list[dict[str, Any]] | None) -> dict[str, Any]:
        own: list[dict[str, Any]] = []
        if self.grounding:
            own.append({"googleSearch": {}})
        if self.search:
            own.append({"googleSearch": {}})
        if self.url_context:
            own.append({"urlContext": {}})
        if self.file_search_store_names:
            search: dict[str, Any] = {"file_search_store_names": self.file_search_store_names}
            if self.file_search_metadata_filter:
                search["metadata_filter"] = self.file_search_metadata_filter
            own.append({"fileSearch": search})
        if own:
            return {"tools": own}
        return {"tools": encode_tools(tools)} if tools else {}

    def _request(self, ask: Ask) -> Call:
        contents, system = encode_messages(ask.messages, model_id=self.id, compressed=ask.compress_tool_results)
        params = self.get_request_params(
            system, response_format=ask.response_format, tools=ask.tools, tool_choice=ask.tool_choice
        )
        name = self.id if "/" in self.id else f"models/{self.id}"
        path = f"/{name}:streamGenerateContent?alt=sse" if ask.stream else f"/{name}:generateContent"
        return self._call(path, {"contents": contents, **params}, framing=EventsOrObject)

    def _refused(self, status: int, body: bytes) -> Exception:
        return self._error(body.decode(errors="replace"), status)

    def _checked(self, reply: dict[str, Any]) -> dict[str, Any]:
        """The reply, unless it has to be asked for again with a hint."""
        candidate = wire.candidate_of(reply)
        if candidate is not None and candidate.get("finishReason") == wire.MALFORMED and self.retry_with_guidance:
            raise RetryableModelProviderError(
                original_error=f"Generation ended with finish reason: {wire.MALFORMED}",
                retry_guidance_message=wire.GUIDANCE,
            )
        return reply

    def _parse_provider_response(self, response: Any, **kwargs: Any) -> ModelResponse:
        """A reply (the decoded JSON) as a ModelResponse."""
        return wire.decode(self._checked(response))

    def _decoder(self, ask: Ask) -> Callable[[dict[str, Any]], ModelResponse | None]:
        return self._parse_provider_response_delta

    def _parse_provider_response_delta(self, response: Any) -> ModelResponse:
        """A chunk (the decoded JSON) as a ModelResponse."""
        checked = self._checked(response)
        return wire.decode(checked, part_of_stream=True, usage_at_end=self.collect_metrics_on_completion)


def _as_dict(config: Any) -> dict[str, Any]:
    if config is None:
        return {}
    dump = getattr(config, "model_dump", None)
    return dict(dump(exclude_none=True, mode="json") if dump is not None else config)


def _body(config: dict[str, Any]) -> dict[str, Any]:
    """Settings in their places: those of the generation together, the others beside them."""
    generation: dict[str, Any] = {}
    body: dict[str, Any] = {}
    for name, value in config.items():
        if name == "cached_content" and "/" not in str(value):
            value = f"cachedContents/{value}"  # noqa: PLW2901 - the full name
        elif name == "logprobs":
            value = int(value)  # noqa: PLW2901 - the service counts
        elif name == "top_k":
            value = float(value)  # noqa: PLW2901 - a number with a point on the wire, as the SDK sends it
        elif name == "safety_settings":
            value = [_as_dict(setting) for setting in value]  # noqa: PLW2901 - objects of the SDK are welcome
        if name in _BESIDE:
            body[_BESIDE[name]] = value
        else:
            generation[_SETTINGS.get(name, name)] = value
    body["generationConfig"] = generation
    return body
