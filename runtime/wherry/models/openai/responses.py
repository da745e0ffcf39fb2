"""OpenAI's responses: requests that continue a conversation the service keeps.

Settings, chaining by `previous_response_id` and background mode are here, the format is in `wires.responses`. Mirrors
`agno.models.openai.responses`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from operator import attrgetter
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, ClassVar

from wherry.core.errors import ConfigurationError
from wherry.core.errors_services import ModelProviderError
from wherry.core.lean import lean
from wherry.core.log import log_warning
from wherry.models.openai.connection import OpenAILogin
from wherry.wires import responses as wire
from wherry.wires import transport
from wherry.wires.exchanges import RESPONSES_IDS, prepared
from wherry.wires.parts import responses_file
from wherry.wires.schemas import is_model, openai_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wherry.core.events.model_response import ModelResponse
    from wherry.core.messages import Message
    from wherry.models.wired import Ask

__all__ = ["OpenAIResponses"]

_PARAMETERS = (
    "background",
    "include",
    "max_output_tokens",
    "max_tool_calls",
    "metadata",
    "parallel_tool_calls",
    "temperature",
    "top_p",
    "truncation",
    "user",
    "service_tier",
    "extra_headers",
    "extra_query",
    "extra_body",
)
_all_parameters = attrgetter(*_PARAMETERS)
_KEPT_ID = "response_id"
_ENDED = frozenset({"completed", "failed", "incomplete", "cancelled"})


@lean
@dataclass
class OpenAIResponses(OpenAILogin):
    """A model behind OpenAI's responses; mirrors `agno.models.openai.OpenAIResponses`.

    Fields up to `request_params` are sent as they are named when they are set, except those listed here; the rest says
    how the service is reached, as for `OpenAIChat`.

    Attributes:
        reasoning: Settings of reasoning; `reasoning_effort` and `reasoning_summary` are put into it.
        verbosity: Length of the answer.
        store: Whether the service keeps the conversation (reasoning models: it does unless False).
        use_previous_response_id: Continue the kept conversation instead of sending it again.
        strict_output: Bind structured output strictly to its schema.
        background: Let the service work on and ask for the result; not for streams.
        background_poll_interval: Seconds between two such questions.
        background_max_wait: Seconds after which the work is cancelled.
        vector_store_name: Kept for compatibility; documents are not uploaded.
        role_map: Names of the roles on the wire.
    """

    id: str = "gpt-5.4-mini"
    name: str | None = "OpenAIResponses"
    provider: str | None = "OpenAI"
    supports_native_structured_outputs: bool = True

    include: list[str] | None = None
    max_output_tokens: int | None = None
    max_tool_calls: int | None = None
    metadata: dict[str, Any] | None = None
    parallel_tool_calls: bool | None = None
    reasoning: dict[str, Any] | None = None
    verbosity: str | None = None
    reasoning_effort: str | None = None
    reasoning_summary: str | None = None
    store: bool | None = None
    use_previous_response_id: bool = True
    temperature: float | None = None
    top_p: float | None = None
    truncation: str | None = None
    user: str | None = None
    service_tier: str | None = None
    strict_output: bool = True
    background: bool | None = None
    background_poll_interval: float = 2.0
    background_max_wait: float = 600.0
    extra_headers: Any = None
    extra_query: Any = None
    extra_body: Any = None
    request_params: dict[str, Any] | None = None

    api_key: str | None = None
    organization: str | None = None
    base_url: Any = None
    timeout: float | None = None
    max_retries: int | None = None
    default_headers: dict[str, str] | None = None
    default_query: dict[str, str] | None = None
    http_client: Any = None
    client_params: dict[str, Any] | None = None
    vector_store_name: str = "knowledge_base"
    client: Any = None
    async_client: Any = None
    role_map: dict[str, str] = field(
        default_factory=lambda: {"system": "developer", "user": "user", "assistant": "assistant", "tool": "tool"}
    )

    path: ClassVar[str] = "/responses"
    names_reasoning: ClassVar[bool] = True
    """Whether `reasoning` is sent even when nothing is set; some services refuse an empty one."""

    def get_provider(self) -> str:
        """Label of the provider in metrics."""
        return f"{super().get_provider()} Responses"

    def _using_reasoning_model(self) -> bool:
        return self.id.startswith(("o3", "o4-mini", "gpt-5", "gpt-6"))

    # Agno's name: subclasses that encode messages themselves ask for it.
    def _build_fc_id_to_call_id_map(self, messages: list[Message]) -> dict[str, str]:
        return wire.call_ids(messages)

    def _stored(self) -> bool | None:
        return True if self.background else self.store

    def _chains(self) -> bool:
        """Whether the conversation goes on by the id of its last response."""
        return self.use_previous_response_id and self._stored() is not False

    def get_request_params(
        self,
        messages: list[Message] | None = None,
        response_format: Any = None,
        tools: list[dict[str, Any]] | None = None,
        tool_choice: Any = None,
        run_response: Any = None,
    ) -> dict[str, Any]:
        """The body of a request without model and input.

        Args:
            messages: The conversation so far; names the response to continue.
            response_format: A pydantic model, a format dictionary, or None.
            tools: Tools on offer, in wire form.
            tool_choice: Which of them must or may be called.
            run_response: The run's output so far; unused here.
        """
        params = {
            name: value for name, value in zip(_PARAMETERS, _all_parameters(self), strict=True) if value is not None
        }
        stored = self._stored()
        if stored is not None:
            params["store"] = stored
        self._set_reasoning(params)
        if text := self._text(response_format):
            params["text"] = text
        offered = [wire.encode_tool(tool) for tool in tools or ()]
        if "deep-research" in self.id and not any(tool.get("type") == "web_search_preview" for tool in offered):
            offered.insert(0, {"type": "web_search_preview"})
        if offered:
            params["tools"] = offered
        if tool_choice is not None:
            params["tool_choice"] = tool_choice
        if self._using_reasoning_model() and messages is not None:
            self._continue(params, messages)
        if self.request_params:
            params.update(self.request_params)
        return params

    def _set_reasoning(self, params: dict[str, Any]) -> None:
        reasoning = dict(self.reasoning or {})
        if self.reasoning_effort is not None:
            reasoning["effort"] = self.reasoning_effort
        if self.reasoning_summary is not None:
            reasoning["summary"] = self.reasoning_summary
        if reasoning or self.names_reasoning or self.reasoning is not None:
            params["reasoning"] = reasoning

    def _text(self, response_format: Any) -> dict[str, Any]:
        text: dict[str, Any] = {}
        if self.verbosity is not None:
            text["verbosity"] = self.verbosity
        if response_format is None:
            return text
        nested = response_format.get("json_schema") if isinstance(response_format, dict) else None
        if is_model(response_format):
            schema = openai_schema(response_format)
            text["format"] = {
                "type": "json_schema",
                "name": response_format.__name__,
                "schema": schema,
                "strict": self.strict_output,
            }
        elif isinstance(nested, dict) and response_format.get("type") == "json_schema":
            text["format"] = {
                "type": "json_schema",
                "name": nested.get("name", "output"),
                "schema": nested.get("schema", {}),
                "strict": nested.get("strict", False),
            }
        else:
            text["format"] = response_format
        return text

    def _continue(self, params: dict[str, Any], messages: list[Message]) -> None:
        params["store"] = self._stored() is not False
        if not self._chains():
            include = list(params.get("include") or [])
            if "reasoning.encrypted_content" not in include:
                include.append("reasoning.encrypted_content")
            params["include"] = include
        elif last := wire.last_response(messages):
            params["previous_response_id"] = last[0]

    @staticmethod
    def _has_file_search_tool(tools: Sequence[Any] | None = None) -> bool:
        """Whether the service searches files that were uploaded to it."""
        return any(isinstance(tool, dict) and tool.get("type") == "file_search" for tool in tools or ())

    @staticmethod
    def _format_file_for_input(file: Any) -> wire.Item | None:
        """A document as part of the input; Agno's place for subclasses to send it otherwise."""
        return responses_file(file)

    def _format_messages(
        self, messages: list[Message], compress_tool_results: bool = False, tools: Sequence[Any] | None = None
    ) -> list[wire.Item]:
        """The input of a request; Agno's place for subclasses to change it."""
        reasoning = self._using_reasoning_model()
        last = wire.last_response(messages) if reasoning and self._chains() else None
        encoder = wire.Encoder(
            self.role_map,
            self._build_fc_id_to_call_id_map(messages),
            compressed=compress_tool_results,
            with_item_ids=not reasoning or self._stored() is False,
            embed_file=None if self._has_file_search_tool(tools) else self._format_file_for_input,
            replay_reasoning=last is None,
        )
        return encoder.items(messages[last[1] :] if last else messages)

    def _params(self, ask: Ask, conversation: list[Message]) -> dict[str, Any]:
        messages = prepared(conversation, RESPONSES_IDS)
        params = self._model_keys()
        if any(message.files for message in messages) and self._has_file_search_tool(ask.tools):
            raise ConfigurationError(
                f"{type(self).__name__} does not upload files for file_search.",
                hint="Upload them yourself and name the store in the tool's vector_store_ids.",
            )
        params["input"] = self._format_messages(messages, ask.compress_tool_results, ask.tools)
        params.update(
            self.get_request_params(
                messages=messages,
                response_format=ask.response_format,
                tools=ask.tools,
                tool_choice=ask.tool_choice,
                run_response=ask.run_response,
            )
        )
        if ask.stream:
            params["stream"] = True
            if params.pop("background", None):
                log_warning("background=True has no effect on a stream.")
        return params

    def _model_keys(self) -> dict[str, Any]:
        """How the body names the model."""
        return {"model": self.id}

    def _request(self, ask: Ask) -> transport.Call:
        return self._call(self.path, self._params(ask, ask.messages))

    def _otherwise(self, ask: Ask, error: ModelProviderError) -> transport.Call | None:
        """The whole conversation again, when the service has forgotten the response to continue."""
        text = str(error.message).lower()
        if error.status_code != 400 or "previous response" not in text or "not found" not in text:
            return None
        pinned = "previous_response_id" in (self.request_params or {})
        if pinned or not (self._using_reasoning_model() and self._chains() and wire.last_response(ask.messages)):
            return None
        log_warning("The service no longer knows the response to continue; the whole conversation is sent again.")
        forgotten = [_without_response_id(message) for message in ask.messages]
        return self._call(self.path, self._params(ask, forgotten))

    def _decoder(self, ask: Ask) -> Callable[[dict[str, Any]], ModelResponse | None]:
        return wire.StreamDecoder(
            self._error,
            keep_reasoning=not self._chains(),
            text_is_reasoning=self.reasoning is not None and self.reasoning_summary is None,
        )

    def _parse_provider_response(self, response: Any, **kwargs: Any) -> ModelResponse:
        """A reply (the decoded JSON) as a ModelResponse."""
        status = response.get("status")
        if status in {"failed", "cancelled"}:
            raise self._error(f"Background response {response.get('id')} was {status}")
        if status == "incomplete":
            log_warning(f"Response {response.get('id')} is incomplete: {response.get('incomplete_details')}")
        if not isinstance(response.get("output"), list):
            raise self._error(f"The reply is no response: {str(response)[:200]}")
        return wire.decode(response, keep_reasoning=not self._chains(), text_is_reasoning=self.reasoning is not None)

    def _fetch(self, ask: Ask) -> dict[str, Any]:
        reply = super()._fetch(ask)
        work = Background(self, reply)
        while work.goes_on():
            if work.late():
                transport.send(work.question("/cancel"))
                raise work.too_late()
            sleep(self.background_poll_interval)
            work.reply = self._loads(transport.send(work.question()))
        return work.reply

    async def _afetch(self, ask: Ask) -> dict[str, Any]:
        from wherry.core.waits import LOOPING

        reply = await super()._afetch(ask)
        work = Background(self, reply)
        while work.goes_on():
            if work.late():
                await transport.asend(work.question("/cancel"))
                raise work.too_late()
            await LOOPING.sleep(self.background_poll_interval)
            work.reply = self._loads(await transport.asend(work.question()))
        return work.reply


class Background:
    """Work that the service does after its first answer, and what it says about it."""

    def __init__(self, model: OpenAIResponses, reply: dict[str, Any]) -> None:
        self.model, self.reply = model, reply
        self.id = reply.get("id")
        self.deadline = monotonic() + model.background_max_wait

    def goes_on(self) -> bool:
        """Whether the result is still to come."""
        return bool(self.model.background and self.id and self.reply.get("status") not in _ENDED)

    def late(self) -> bool:
        """Whether it has taken longer than the model allows."""
        return monotonic() >= self.deadline

    def question(self, action: str = "") -> transport.Call:
        """How it is going, or an action upon it."""
        call = self.model._call(f"{self.model.path}/{self.id}{action}", {})  # noqa: SLF001 - a part of the model
        if not action:
            call.method, call.body = "GET", None
        return call

    def too_late(self) -> ModelProviderError:
        """The error of work that was cancelled for taking too long."""
        text = f"Background response {self.id} exceeded max wait of {self.model.background_max_wait}s"
        return ModelProviderError(text, model_name=self.model.name, model_id=self.model.id)


def _without_response_id(message: Message) -> Message:
    data = message.provider_data
    if not data or _KEPT_ID not in data:
        return message
    return message.model_copy(update={"provider_data": {key: value for key, value in data.items() if key != _KEPT_ID}})
